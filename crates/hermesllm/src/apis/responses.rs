//! OpenAI responses.

mod decode;
mod dialect;
mod echo;
mod encode;
mod envelope;
mod input;
mod items;
mod output;
mod parts;
mod reasoning;
mod reply;
mod stop;
mod stream;
mod tool_definitions;
mod usage;
mod wire;

pub(crate) use decode::{check_conversation, decode_request};
pub(crate) use dialect::CODEX_LINE;
pub(crate) use encode::encode_request;
pub(crate) use reply::{decode_reply, encode_reply};
pub(crate) use stream::{ResponsesDecoder, ResponsesEncoder};
pub(crate) use usage::read_usage;
