use std::borrow::Cow;

use super::{Block, Json};
use crate::usage::Usage;

/// A whole answer.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Reply<'a> {
    /// The provider's id of the answer; empty when it gives none.
    pub(crate) id: Cow<'a, str>,
    pub(crate) model: Cow<'a, str>,
    /// Unix seconds.
    pub(crate) created: Option<u64>,
    pub(crate) candidates: Vec<Candidate<'a>>,
    pub(crate) usage: Option<Usage>,
    pub(crate) service_tier: Option<Cow<'a, str>>,
}

#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Candidate<'a> {
    pub(crate) index: u32,
    pub(crate) blocks: Vec<Block<'a>>,
    pub(crate) stop: Stop,
    /// Chat's own form.
    pub(crate) logprobs: Option<Json<'a>>,
}

/// Why the model stopped.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Stop {
    pub(crate) reason: StopReason,
    /// The stop sequence that was hit, when the provider tells.
    pub(crate) sequence: Option<String>,
    /// What the provider called it.
    pub(crate) raw: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum StopReason {
    #[default]
    End,
    StopSequence,
    TokenLimit,
    ContextFull,
    Tools,
    Safety,
    /// A long server-side turn that the client may resume.
    Paused,
    Malformed,
}

impl StopReason {
    /// Providers report a natural end after tool calls, or tool calls where
    /// there are none; clients act on this value, so it follows the content.
    pub(crate) fn agreeing_with(self, has_calls: bool) -> Self {
        match self {
            Self::End if has_calls => Self::Tools,
            Self::Tools if !has_calls => Self::End,
            other => other,
        }
    }
}
