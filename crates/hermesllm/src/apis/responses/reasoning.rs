//! Reasoning items. Other vendors' proofs travel in `encrypted_content` under
//! a tag; see [`crate::proofs`].

use std::borrow::Cow;

use serde_json::value::RawValue;

use super::decode::read_member;
use super::wire::{Item, Part};
use crate::ir::{Origin, Thought, ThoughtKind};
use crate::proofs;
use crate::translate::RequestError;

/// In the place of an id, it tells a redacted block from one without words.
pub(super) const REDACTED: &str = "redacted";

pub(super) fn read_reasoning_item<'a>(
    item: Item<'a>,
    path: &str,
) -> Result<Thought<'a>, RequestError> {
    let full = read_texts(item.content, &format!("{path}.content"))?;
    let summary = read_texts(item.summary, &format!("{path}.summary"))?;
    let mut proof = item
        .encrypted_content
        .filter(|data| !data.is_empty())
        .map(|data| proofs::unpack_for(Origin::OpenAi, data.0));
    let (text, is_full) = if full.is_empty() {
        (summary, false)
    } else {
        (full, true)
    };
    let mut redacted = text.is_empty();
    match &mut proof {
        Some(proof) if proof.origin == Origin::OpenAi => {
            proof.id = proof.id.take().or(item.id.map(|id| id.0));
        }
        Some(proof) if proof.origin == Origin::Anthropic => {
            redacted = proof.id.take().is_some_and(|id| id == REDACTED);
        }
        _ => {}
    }
    let foreign = proof
        .as_ref()
        .is_some_and(|proof| proof.origin != Origin::OpenAi);
    Ok(Thought {
        kind: match (redacted, is_full || foreign) {
            (true, _) => ThoughtKind::Redacted,
            // Foreign reasoning was shown as a summary, whatever it was.
            (false, true) => ThoughtKind::Full,
            (false, false) => ThoughtKind::Summary,
        },
        text,
        proof,
    })
}

/// The texts of a summary or content, a blank line between them.
fn read_texts<'a>(raw: Option<&'a RawValue>, path: &str) -> Result<Cow<'a, str>, RequestError> {
    let Some(raw) = raw else {
        return Ok(Cow::Borrowed(""));
    };
    let parts: Vec<Part<'a>> = read_member(raw, path)?;
    let texts = parts.into_iter().filter_map(|part| part.text);
    Ok(texts
        .map(|text| text.0)
        .reduce(|joined, text| joined + BETWEEN_PARTS + text)
        .unwrap_or_default())
}

/// Parts of a summary are paragraphs.
pub(super) const BETWEEN_PARTS: &str = "\n\n";

/// The proof as `encrypted_content` of the item with this id.
pub(super) fn pack(
    kind: ThoughtKind,
    origin: Origin,
    data: &str,
    id: Option<&str>,
    item_id: &str,
) -> String {
    let id = match origin {
        Origin::OpenAi if id == Some(item_id) => None,
        Origin::Anthropic if kind == ThoughtKind::Redacted => Some(REDACTED),
        _ => id,
    };
    proofs::pack_for(Origin::OpenAi, origin, data, id)
}
