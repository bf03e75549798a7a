//! The door of this crate: whole requests, whole replies, streams.

mod context;
mod fold;
#[cfg(test)]
mod identity;
mod notes;
mod reply;
mod request;
mod request_error;
mod stream;

pub(crate) use context::made_id;
pub use context::ReplyContext;
pub use notes::Dropped;
pub(crate) use notes::Notes;
pub use reply::{translate_reply, BufferedReply, ReplyError, TranslatedReply};
pub use request::{translate_request, Target, TranslatedRequest};
pub use request_error::RequestError;
pub use stream::StreamTranslation;

use crate::api::Api;

/// Whether requests of `client` can be translated for a provider that speaks
/// `upstream`. The same API on both sides needs no translation: bytes are
/// spliced, see [`crate::splice`].
pub fn can_translate(client: Api, upstream: Api) -> bool {
    matches!(
        (client, upstream),
        (Api::Chat, Api::Messages) | (Api::Messages, Api::Chat)
    )
}
