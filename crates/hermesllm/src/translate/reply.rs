use super::filters::{drop_nameless_calls, filter_reply, filtered_decoder};
use super::fold::{replay, ReplyBuilder};
use super::framing::Framing;
use super::{ReplyContext, StreamTranslation};
use crate::apis::{decode_reply, encode_reply, event_encoder};
use crate::errors::{ApiError, ErrorKind};
use crate::event_stream::FrameError;
use crate::ir::Reply;
use crate::json::JsonError;
use crate::sse::SseError;
use crate::usage::Usage;

/// A whole reply in the client's API.
#[derive(Debug)]
pub struct TranslatedReply {
    /// JSON, or a finished stream of events if the client asked for one.
    pub body: Vec<u8>,
    pub usage: Option<Usage>,
}

/// How a provider sent a reply that was read whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BufferedReply {
    Json,
    /// The events of a stream.
    Events,
}

/// Why a reply cannot be translated.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReplyError {
    /// The provider reports an error in an answer that says it is none.
    #[error("{}", .0.message)]
    Upstream(Box<ApiError>),
    #[error("the answer cannot be read: {0}")]
    Unreadable(String),
    #[error(transparent)]
    Stream(#[from] SseError),
    #[error(transparent)]
    Frame(#[from] FrameError),
}

impl ReplyError {
    pub(crate) fn upstream(error: ApiError) -> Self {
        Self::Upstream(Box::new(error))
    }

    /// The error for the client; `provider` is named in it.
    pub fn into_api_error(self, provider: &str) -> ApiError {
        match self {
            Self::Upstream(error) => *error,
            other => ApiError::new(
                ErrorKind::BadGateway,
                format!("model provider '{provider}': {other}"),
            ),
        }
    }
}

impl From<JsonError> for ReplyError {
    fn from(error: JsonError) -> Self {
        Self::Unreadable(if error.path.is_empty() {
            error.message
        } else {
            format!("{}: {}", error.path, error.message)
        })
    }
}

/// Translates a reply that was read whole, for a client that asked for a
/// `stream` or did not, whichever way the provider sent it.
pub fn translate_reply(
    body: &[u8],
    kind: BufferedReply,
    context: &ReplyContext,
    stream: bool,
) -> Result<TranslatedReply, ReplyError> {
    let mut out = Vec::with_capacity(body.len() + body.len() / 4);
    let usage = match (kind, stream) {
        (BufferedReply::Json, false) => {
            let mut reply = decode_reply(context.upstream, text_of(body)?)?;
            filter_reply(&mut reply, context);
            encode_reply(&reply, context, &mut out);
            reply.usage
        }
        (BufferedReply::Json, true) => {
            let mut reply = decode_reply(context.upstream, text_of(body)?)?;
            filter_reply(&mut reply, context);
            if context.takes_one_answer() {
                reply.candidates.truncate(1);
            }
            let mut encoder = event_encoder(context.clone());
            replay(&reply, &mut *encoder);
            std::mem::swap(encoder.out(), &mut out);
            reply.usage
        }
        (BufferedReply::Events, false) => {
            let mut reply = fold(body, context)?;
            drop_nameless_calls(&mut reply);
            encode_reply(&reply, context, &mut out);
            reply.usage
        }
        (BufferedReply::Events, true) => {
            let mut translation = StreamTranslation::new(context.clone());
            translation.push(body, &mut out)?;
            translation.finish(&mut out);
            if let Some(error) = translation.before_first_byte_error() {
                return Err(ReplyError::upstream(error));
            }
            translation.usage()
        }
    };
    Ok(TranslatedReply { body: out, usage })
}

fn text_of(body: &[u8]) -> Result<&str, ReplyError> {
    std::str::from_utf8(body).map_err(|error| ReplyError::Unreadable(error.to_string()))
}

fn fold(body: &[u8], context: &ReplyContext) -> Result<Reply<'static>, ReplyError> {
    let mut framing = Framing::of(context.upstream);
    let mut decoder = filtered_decoder(context);
    let mut builder = ReplyBuilder::default();
    {
        let mut handle = |event: crate::sse::SseEvent<'_>| decoder.take(event, &mut builder);
        framing.push(body, &mut handle)?;
        framing.finish(&mut handle)?;
    }
    decoder.finish(&mut builder);
    builder.finish()
}
