//! Chat as events, read and written.

mod calls;
mod choice;
mod decoder;
mod encoder;

pub(crate) use decoder::ChatDecoder;
pub(crate) use encoder::ChatEncoder;
