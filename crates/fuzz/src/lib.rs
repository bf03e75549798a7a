//! What must hold for any bytes whatever: one function for each part of the
//! gateway that reads bytes of strangers. Each panics when a promise is broken.
//!
//! `tests/corpus.rs` runs them over `corpus/<target>/`; the package in
//! `libfuzzer/` searches for new inputs (`npm run fuzz`).
//!
//! The first bytes of an input say how it is used (see each target), so that a
//! recorded body with a few characters in front makes a good seed.

#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "a target tells by panicking what is wrong"
)]

mod errors;
mod events;
mod exchange;
mod input;
mod replies;
mod requests;
mod splice;
mod streams;
mod usage;

#[path = "../../hermesllm/tests/translation/chat_sequence.rs"]
mod chat_sequence;
#[path = "../../hermesllm/tests/translation/messages_sequence.rs"]
mod messages_sequence;
#[path = "../../hermesllm/tests/translation/responses_sequence.rs"]
mod responses_sequence;

pub use errors::error_decode;
pub use events::sse;
pub use exchange::exchange;
pub use replies::{reply_chat, reply_messages, reply_responses};
pub use requests::{request_chat, request_messages, request_responses};
pub use splice::splice;
pub use streams::{
    stream_chat_to_messages, stream_chat_to_responses, stream_messages_to_chat,
    stream_messages_to_responses, stream_responses_to_messages,
};
pub use usage::usage_tap;

/// A function that any bytes may be given to.
pub type Target = fn(&[u8]);

/// Every target by its name, which is also the name of its corpus folder.
pub const TARGETS: [(&str, Target); 16] = [
    ("splice", splice),
    ("sse", sse),
    ("stream_chat_to_messages", stream_chat_to_messages),
    ("stream_messages_to_chat", stream_messages_to_chat),
    ("stream_chat_to_responses", stream_chat_to_responses),
    ("stream_messages_to_responses", stream_messages_to_responses),
    ("stream_responses_to_messages", stream_responses_to_messages),
    ("request_chat", request_chat),
    ("request_messages", request_messages),
    ("request_responses", request_responses),
    ("reply_chat", reply_chat),
    ("reply_messages", reply_messages),
    ("reply_responses", reply_responses),
    ("usage_tap", usage_tap),
    ("error_decode", error_decode),
    ("exchange", exchange),
];
