//! The door of this crate: whole requests, whole replies, streams.

mod addressee;
mod context;
mod filters;
mod fit;
mod fold;
mod format_instruction;
mod framing;
#[cfg(test)]
mod identity;
mod notes;
mod remote_media;
mod reply;
mod request;
mod request_error;
mod sequential;
mod stream;

pub(crate) use addressee::Addressee;
pub(crate) use context::made_id;
pub use context::ReplyContext;
pub(crate) use format_instruction::format_instruction;
pub use notes::Dropped;
pub(crate) use notes::Notes;
pub use remote_media::RemoteMedia;
pub use reply::{translate_reply, BufferedReply, ReplyError, TranslatedReply};
pub(crate) use request::{rewrite_request, without_private_keys, PRIVATE_KEYS};
pub use request::{translate_request, translate_with_media, Call, Target, TranslatedRequest};
pub use request_error::RequestError;
pub(crate) use sequential::Sequential;
pub use stream::StreamTranslation;
