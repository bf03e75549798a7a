mod decoder;
mod drawing;
mod encoder;

pub(crate) use decoder::ConverseDecoder;
pub(crate) use encoder::ConverseEncoder;
