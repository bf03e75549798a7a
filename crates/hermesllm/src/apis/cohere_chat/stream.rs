//! Cohere's chat as events, read and written.

mod decoder;
mod encoder;

pub(crate) use decoder::CohereChatDecoder;
pub(crate) use encoder::CohereChatEncoder;
