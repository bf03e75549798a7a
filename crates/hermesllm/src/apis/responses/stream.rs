mod decoder;
mod encoder;
mod events;
mod items;

pub(crate) use decoder::ResponsesDecoder;
pub(crate) use encoder::ResponsesEncoder;
