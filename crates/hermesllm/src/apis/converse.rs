//! Bedrock converse and converse-stream.

mod blocks;
mod content;
mod decode;
mod encode;
mod proofs;
mod reply;
mod stop;
mod stream;
mod usage;
mod wire;

pub(crate) use decode::{check_conversation, decode_request};
pub(crate) use encode::encode_request;
pub(crate) use reply::{decode_reply, encode_reply};
pub(crate) use stream::{ConverseDecoder, ConverseEncoder};
pub(crate) use usage::read_usage;
