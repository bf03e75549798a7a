use std::borrow::Cow;

use super::{Media, Origin, Stop, ThoughtKind};
use crate::errors::ApiError;
use crate::usage::Usage;

/// One step of a streamed answer. Decoders name blocks by any number of their
/// own; indices, ids and sequence numbers of the output belong to encoders.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Event<'a> {
    Start(Start<'a>),
    BlockStart {
        /// Number of the answer it belongs to, when several were asked for.
        candidate: u32,
        block: u32,
        start: BlockStart<'a>,
    },
    Delta {
        block: u32,
        delta: Delta<'a>,
    },
    BlockStop {
        block: u32,
    },
    /// Cumulative: each one replaces the last.
    Usage(Usage),
    Stop {
        candidate: u32,
        stop: Stop,
    },
    Error(ApiError),
    /// The provider is done.
    End,
}

#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Start<'a> {
    pub(crate) id: Cow<'a, str>,
    pub(crate) model: Cow<'a, str>,
    pub(crate) created: Option<u64>,
    pub(crate) usage: Option<Usage>,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum BlockStart<'a> {
    Text,
    Refusal,
    Thought(ThoughtKind),
    ToolCall {
        id: Cow<'a, str>,
        name: Cow<'a, str>,
        /// The input is free text, not JSON.
        custom: bool,
    },
    /// What the model drew: whole, without deltas.
    Media(Box<Media<'a>>),
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Delta<'a> {
    /// Text of a text, refusal or thought block.
    Text(Cow<'a, str>),
    /// A fragment of a tool call's input.
    Input(Cow<'a, str>),
    Proof {
        origin: Origin,
        data: Cow<'a, str>,
        id: Option<Cow<'a, str>>,
    },
    /// A citation of the text block.
    Citation(super::Citation<'a>),
}

/// Takes events in order.
pub(crate) trait Sink {
    fn take(&mut self, event: Event<'_>);
}
