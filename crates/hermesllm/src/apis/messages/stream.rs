//! Messages as events, read and written.

mod decoder;
mod encoder;

pub(crate) use decoder::MessagesDecoder;
pub(crate) use encoder::MessagesEncoder;
