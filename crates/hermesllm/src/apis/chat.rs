//! OpenAI chat completions and the many services that speak it.

mod decode;
mod encode;
mod messages;
mod parts;
mod reply;
mod stop;
mod stream;
mod thoughts;
mod tool_definitions;
mod usage;
mod wire;

pub(crate) use decode::{check_conversation, decode_request};
#[cfg(test)]
pub(crate) use encode::encode_in_dialect;
pub(crate) use encode::encode_request;
pub(crate) use reply::{decode_reply, encode_reply};
pub(crate) use stream::{ChatDecoder, ChatEncoder};
pub(crate) use usage::read_usage;
