//! Gemini generateContent and streamGenerateContent.

mod contents;
mod conversation;
mod decode;
mod encode;
mod logprobs;
mod models;
mod parts;
mod reply;
mod schema;
mod signatures;
mod stop;
mod stream;
mod tool_definitions;
mod usage;
mod wire;

pub(crate) use decode::{check_conversation, decode_request};
pub(crate) use encode::encode_request;
pub(crate) use reply::{decode_reply, encode_reply};
pub(crate) use stream::{GenerateContentDecoder, GenerateContentEncoder};
pub(crate) use usage::read_usage;
