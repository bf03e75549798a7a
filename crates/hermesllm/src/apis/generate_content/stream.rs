//! Gemini as chunks, read and written.

mod decoder;
mod encoder;

pub(crate) use decoder::GenerateContentDecoder;
pub(crate) use encoder::GenerateContentEncoder;
