//! Most APIs have no part for a refusal, only a reason to stop: a client that
//! sees text and a natural end would take the refusal for the answer.

use super::Filter;
use crate::api::Api;
use crate::ir::{Block, BlockStart, Candidate, Event, Reply, Sink, StopReason};
use crate::translate::ReplyContext;

/// Whether the provider may send a part that the client's API lacks.
pub(super) fn expected(context: &ReplyContext) -> bool {
    let has_part = |api| matches!(api, Api::Chat | Api::Responses);
    has_part(context.upstream) && !has_part(context.client)
}

/// Gives refusals in a whole reply their reason.
pub(super) fn tell(reply: &mut Reply<'_>) {
    let refused = |candidate: &Candidate<'_>| {
        let is_refusal = |block: &Block<'_>| matches!(block, Block::Refusal(_));
        candidate.blocks.iter().any(is_refusal)
    };
    for candidate in &mut reply.candidates {
        if refused(candidate) {
            candidate.stop.reason = reason(candidate.stop.reason);
        }
    }
}

fn reason(told: StopReason) -> StopReason {
    match told {
        StopReason::End => StopReason::Safety,
        other => other,
    }
}

/// Gives refusals in a stream their reason.
#[derive(Debug, Default)]
pub(super) struct Refusals {
    /// Answers that hold one.
    candidates: Vec<u32>,
}

impl Filter for Refusals {
    fn take(&mut self, mut event: Event<'_>, sink: &mut dyn Sink) {
        match &mut event {
            Event::BlockStart {
                candidate,
                start: BlockStart::Refusal,
                ..
            } => self.candidates.push(*candidate),
            Event::Stop { candidate, stop } if self.candidates.contains(candidate) => {
                stop.reason = reason(stop.reason);
            }
            _ => {}
        }
        sink.take(event);
    }
}
