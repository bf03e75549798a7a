//! Cohere signs nothing: an empty proof tells that a thought is its own, and
//! by its id that it is a plan.

use std::borrow::Cow;

use crate::ir::{Origin, Proof, Thought, ThoughtKind};

/// Id of the proof of a plan.
pub(super) const PLAN: &str = "plan";

pub(super) fn own(kind: ThoughtKind, text: Cow<'_, str>) -> Thought<'_> {
    Thought {
        kind,
        text,
        proof: Some(Proof {
            origin: Origin::Cohere,
            data: Cow::Borrowed(""),
            id: (kind == ThoughtKind::Plan).then_some(Cow::Borrowed(PLAN)),
        }),
    }
}

pub(super) fn is_plan(thought: &Thought<'_>) -> bool {
    let id = thought.proof.as_ref().and_then(|proof| proof.id.as_deref());
    thought.kind == ThoughtKind::Plan || id == Some(PLAN)
}
