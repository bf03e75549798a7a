//! Anthropic messages.

mod blocks;
pub(crate) mod claude;
mod content;
mod decode;
mod encode;
pub(crate) mod limits;
mod reply;
mod stop;
mod stream;
mod tool_definitions;
mod usage;
mod wire;

pub(crate) use decode::{check_conversation, decode_request};
pub(crate) use encode::encode_request;
pub(crate) use reply::{decode_reply, encode_reply};
pub(crate) use stream::{MessagesDecoder, MessagesEncoder};
pub(crate) use usage::read_usage;
