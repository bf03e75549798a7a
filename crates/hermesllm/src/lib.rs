//! Translation between the APIs of language models: bytes in, bytes out, no
//! I/O, no clock. Requests, replies, streams and errors of any API become a
//! neutral form and leave it as any other.

mod adaptation;
mod api;
mod apis;
mod capabilities;
mod errors;
mod estimate;
mod event_stream;
mod features;
mod ir;
mod json;
mod media;
mod proofs;
pub mod providers;
pub mod splice;
mod sse;
mod tools;
mod translate;
mod turns;
mod usage;

pub use adaptation::{Adaptation, AdaptedRequest};
pub use api::Api;
pub use capabilities::Capabilities;
pub use errors::{
    decode_error, encode_error, has_error_shape, stream_error_event, ApiError, EncodedError,
    ErrorKind, ProviderFailure,
};
pub use estimate::estimate_tokens;
pub use event_stream::{FrameError, FrameParser};
pub use features::{Feature, Support};
pub use sse::{SseError, SseEvent, SseParser};
pub use translate::{
    translate_reply, translate_request, translate_with_media, BufferedReply, Call, Dropped,
    RemoteMedia, ReplyContext, ReplyError, RequestError, StreamTranslation, Target,
    TranslatedReply, TranslatedRequest,
};
pub use usage::{Usage, UsageTap};
