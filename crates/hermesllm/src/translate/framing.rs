use crate::api::Api;
use crate::event_stream::FrameParser;
use crate::sse::{SseEvent, SseParser};
use crate::translate::ReplyError;

/// Cuts a provider's stream into events.
#[derive(Debug)]
pub(crate) enum Framing {
    Events(SseParser),
    Frames(FrameParser),
}

impl Framing {
    /// The framing of streams of `upstream`.
    pub(crate) fn of(upstream: Api) -> Self {
        match upstream {
            Api::Converse => Self::Frames(FrameParser::default()),
            _ => Self::Events(SseParser::default()),
        }
    }

    pub(crate) fn push(
        &mut self,
        bytes: &[u8],
        handle: &mut dyn FnMut(SseEvent<'_>),
    ) -> Result<(), ReplyError> {
        match self {
            Self::Events(parser) => Ok(parser.push(bytes, &mut |event| handle(event))?),
            Self::Frames(parser) => Ok(parser.push(bytes, handle)?),
        }
    }

    /// The stream has ended; a last event may still come of it.
    pub(crate) fn finish(
        &mut self,
        handle: &mut dyn FnMut(SseEvent<'_>),
    ) -> Result<(), ReplyError> {
        match self {
            Self::Events(parser) => Ok(parser.finish(&mut |event| handle(event))?),
            Self::Frames(parser) => Ok(parser.finish()?),
        }
    }
}
