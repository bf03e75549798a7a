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
#[path = "../../hermesllm/tests/translation/cohere_chat_sequence.rs"]
mod cohere_chat_sequence;
#[path = "../../hermesllm/tests/translation/converse_sequence.rs"]
mod converse_sequence;
#[path = "../../hermesllm/tests/translation/frames.rs"]
mod frames;
#[path = "../../hermesllm/tests/translation/generate_content_sequence.rs"]
mod generate_content_sequence;
#[path = "../../hermesllm/tests/translation/messages_sequence.rs"]
mod messages_sequence;
#[path = "../../hermesllm/tests/translation/responses_sequence.rs"]
mod responses_sequence;

pub use errors::error_decode;
pub use events::{frames, sse};
pub use exchange::exchange;
pub use replies::{
    reply_chat, reply_cohere_chat, reply_converse, reply_generate_content, reply_messages,
    reply_responses,
};
pub use requests::{
    request_chat, request_cohere_chat, request_converse, request_generate_content,
    request_messages, request_responses,
};
pub use splice::splice;
pub use streams::{
    stream_chat_to_cohere_chat, stream_chat_to_converse, stream_chat_to_generate_content,
    stream_chat_to_messages, stream_chat_to_responses, stream_cohere_chat_to_messages,
    stream_converse_to_responses, stream_generate_content_to_chat, stream_messages_to_chat,
    stream_messages_to_responses, stream_responses_to_messages,
};
pub use usage::usage_tap;

/// A function that any bytes may be given to.
pub type Target = fn(&[u8]);

/// Every target by its name, which is also the name of its corpus folder.
pub const TARGETS: [(&str, Target); 29] = [
    ("splice", splice),
    ("sse", sse),
    ("frames", frames),
    ("stream_chat_to_messages", stream_chat_to_messages),
    ("stream_messages_to_chat", stream_messages_to_chat),
    ("stream_chat_to_responses", stream_chat_to_responses),
    ("stream_messages_to_responses", stream_messages_to_responses),
    ("stream_responses_to_messages", stream_responses_to_messages),
    (
        "stream_generate_content_to_chat",
        stream_generate_content_to_chat,
    ),
    (
        "stream_cohere_chat_to_messages",
        stream_cohere_chat_to_messages,
    ),
    ("stream_converse_to_responses", stream_converse_to_responses),
    ("stream_chat_to_converse", stream_chat_to_converse),
    (
        "stream_chat_to_generate_content",
        stream_chat_to_generate_content,
    ),
    ("stream_chat_to_cohere_chat", stream_chat_to_cohere_chat),
    ("request_chat", request_chat),
    ("request_messages", request_messages),
    ("request_responses", request_responses),
    ("request_generate_content", request_generate_content),
    ("request_converse", request_converse),
    ("request_cohere_chat", request_cohere_chat),
    ("reply_chat", reply_chat),
    ("reply_messages", reply_messages),
    ("reply_responses", reply_responses),
    ("reply_generate_content", reply_generate_content),
    ("reply_converse", reply_converse),
    ("reply_cohere_chat", reply_cohere_chat),
    ("usage_tap", usage_tap),
    ("error_decode", error_decode),
    ("exchange", exchange),
];
