//! Google's signatures: each comes on a part and goes back on that very part.
//! In the neutral form it is a thought without words ahead of a call, its proof
//! naming the call, so that every API can carry it.
//! <https://ai.google.dev/gemini-api/docs/thought-signatures>

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use base64::Engine;

use crate::ir::{Block, Origin, Proof, Thought, ThoughtKind};
use crate::proofs;

/// Takes the place of a call's id in the proof of a signed text.
pub(super) const ON_TEXT: &str = "text";

/// Accepted in place of a signature, for calls that another model made.
pub(super) const BYPASS: &str = "skip_thought_signature_validator";

/// The signatures of one turn, by the parts they belong to.
#[derive(Debug, Default)]
pub(super) struct Signatures<'b> {
    of_calls: HashMap<&'b str, &'b str>,
    /// By the ordinal of the text block.
    of_texts: HashMap<usize, &'b str>,
}

impl<'b> Signatures<'b> {
    pub(super) fn of(blocks: impl Iterator<Item = &'b Block<'b>> + Clone) -> Self {
        let mut signatures = Self::default();
        let mut texts = blocks
            .clone()
            .enumerate()
            .filter(|(_, block)| matches!(block, Block::Text(_)))
            .map(|(at, _)| at);
        let last_text = texts.clone().last();
        let first_text = texts.next();
        let calls: HashSet<&str> = blocks
            .clone()
            .filter_map(|block| match block {
                Block::ToolCall(call) => Some(&*call.id),
                _ => None,
            })
            .collect();
        let mut text_before = None;
        for (at, block) in blocks.enumerate() {
            match block {
                Block::Text(text) => {
                    text_before = Some(at);
                    if let Some(proof) = google(text.proof.as_ref()) {
                        signatures.of_texts.insert(at, &proof.data);
                    }
                }
                Block::ToolCall(call) => {
                    if let Some(proof) = google(call.proof.as_ref()) {
                        signatures.of_calls.insert(&call.id, &proof.data);
                    }
                }
                Block::Thought(thought) => {
                    let Some(proof) = google(thought.proof.as_ref()) else {
                        continue;
                    };
                    let Some(id) = proof.id.as_deref() else {
                        continue;
                    };
                    if calls.contains(id) {
                        signatures.of_calls.entry(id).or_insert(&proof.data);
                    } else if id == ON_TEXT && first_text.is_some() {
                        let text = text_before.or(last_text).unwrap_or(at);
                        signatures.of_texts.insert(text, &proof.data);
                    }
                }
                _ => {}
            }
        }
        signatures
    }

    pub(super) fn of_call(&self, id: &str) -> Option<&'b str> {
        self.of_calls.get(id).copied()
    }

    pub(super) fn of_text(&self, at: usize) -> Option<&'b str> {
        self.of_texts.get(&at).copied()
    }
}

fn google<'p, 'a>(proof: Option<&'p Proof<'a>>) -> Option<&'p Proof<'a>> {
    proof.filter(|proof| proof.origin == Origin::Google)
}

/// The thought that carries the signature of a call or a text.
pub(super) fn carrier<'a>(signature: Cow<'a, str>, id: Option<Cow<'a, str>>) -> Thought<'a> {
    Thought {
        kind: ThoughtKind::Redacted,
        text: Cow::Borrowed(""),
        proof: Some(Proof {
            origin: Origin::Google,
            data: signature,
            id,
        }),
    }
}

/// The proof as a `thoughtSignature`: Google's own as it is, others tagged, and
/// in base64, because clients decode it.
pub(super) fn pack(origin: Origin, data: &str, id: Option<&str>) -> String {
    if origin == Origin::Google {
        return data.to_owned();
    }
    STANDARD.encode(proofs::pack_for(Origin::Google, origin, data, id))
}

/// The reverse of [`pack`].
pub(super) fn unpack(signature: Cow<'_, str>) -> Proof<'_> {
    foreign(&signature).unwrap_or(Proof {
        origin: Origin::Google,
        data: signature,
        id: None,
    })
}

fn foreign(signature: &str) -> Option<Proof<'static>> {
    // Base64 of the tag's first bytes, so that others cost nothing.
    if !signature.starts_with("cGxhbm8x") {
        return None;
    }
    let bytes = STANDARD
        .decode(signature)
        .or_else(|_| URL_SAFE.decode(signature))
        .ok()?;
    let packed = String::from_utf8(bytes).ok()?;
    let proof = proofs::unpack_for(Origin::Google, Cow::Owned(packed));
    (proof.origin != Origin::Google).then_some(proof)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn foreign_proofs_come_back() {
        for (origin, id) in [
            (Origin::Anthropic, None),
            (Origin::OpenAi, Some("rs_1")),
            (Origin::Google, None),
        ] {
            let proof = unpack(pack(origin, "a.b==", id).into());
            assert_eq!(
                (proof.origin, &*proof.data, proof.id.as_deref()),
                (origin, "a.b==", id)
            );
        }
        assert_eq!(unpack("cGxhbm8xxx".into()).origin, Origin::Google);
    }
}
