use super::wire::ResponseWire;
use crate::ir::{Stop, StopReason};

/// Why an answer that did not fail ended.
pub(super) fn read_stop(wire: &ResponseWire<'_>, has_calls: bool) -> Stop {
    let reason = wire
        .incomplete_details
        .as_ref()
        .and_then(|details| details.reason.as_deref());
    let status = wire.status.as_deref().unwrap_or("completed");
    Stop {
        reason: match (reason, status) {
            (Some("content_filter"), _) => StopReason::Safety,
            (Some("max_output_tokens"), _) | (_, "incomplete") => StopReason::TokenLimit,
            _ => StopReason::End.agreeing_with(has_calls),
        },
        sequence: None,
        raw: reason.unwrap_or(status).to_owned(),
    }
}

/// How an answer ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ending {
    Completed,
    /// The reason.
    Incomplete(&'static str),
    Failed,
}

impl Ending {
    pub(super) fn of(reason: StopReason) -> Self {
        match reason {
            StopReason::End | StopReason::StopSequence | StopReason::Tools | StopReason::Paused => {
                Self::Completed
            }
            StopReason::TokenLimit | StopReason::ContextFull => {
                Self::Incomplete("max_output_tokens")
            }
            StopReason::Safety => Self::Incomplete("content_filter"),
            StopReason::Malformed => Self::Failed,
        }
    }

    pub(super) fn status(self) -> &'static str {
        match self {
            Self::Completed => "completed",
            Self::Incomplete(_) => "incomplete",
            Self::Failed => "failed",
        }
    }

    /// Status of the last item, which is cut when the answer is.
    pub(super) fn last_item_status(self) -> &'static str {
        match self {
            Self::Completed => "completed",
            Self::Incomplete(_) | Self::Failed => "incomplete",
        }
    }
}
