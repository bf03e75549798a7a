//! Cohere chat v2.

mod conversation;
mod decode;
mod documents;
mod encode;
mod messages;
mod reply;
mod stop;
mod stream;
mod thoughts;
mod usage;
mod wire;

pub(crate) use decode::{check_conversation, decode_request};
pub(crate) use encode::encode_request;
pub(crate) use reply::{decode_reply, encode_reply};
pub(crate) use stream::{CohereChatDecoder, CohereChatEncoder};
pub(crate) use usage::read_usage;
