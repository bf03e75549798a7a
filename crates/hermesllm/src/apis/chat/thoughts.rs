//! Reasoning on Chat: the text as `reasoning_content`, its proof as
//! OpenRouter's `reasoning_details`.

use std::borrow::Cow;

use super::wire::{ChatMessage, ReasoningDetail};
use crate::ir::{Origin, Proof, Thought, ThoughtKind};
use crate::json::JsonWriter;

const FORMATS: [(&str, Origin); 4] = [
    ("anthropic-claude-v1", Origin::Anthropic),
    ("openai-responses-v1", Origin::OpenAi),
    ("google-gemini-v1", Origin::Google),
    ("cohere-chat-v2", Origin::Cohere),
];

pub(super) fn origin_of(format: Option<&str>) -> Origin {
    match format {
        // Written before formats were named, when only Claude signed.
        None => Origin::Anthropic,
        Some(format) => FORMATS
            .iter()
            .find(|(known, _)| *known == format)
            .map_or(Origin::Other, |(_, origin)| *origin),
    }
}

fn format_of(origin: Origin) -> &'static str {
    FORMATS
        .iter()
        .find(|(_, known)| *known == origin)
        .map_or("unknown", |(format, _)| format)
}

/// The thoughts of a whole message, in order. Details win over plain text,
/// which repeats them.
pub(super) fn read_thoughts<'a>(message: &mut ChatMessage<'a>) -> Vec<Thought<'a>> {
    let details = message.reasoning_details.take().unwrap_or_default();
    if !details.is_empty() {
        return merge_details(details);
    }
    message
        .reasoning_content
        .take()
        .filter(|text| !text.is_empty())
        .or_else(|| message.reasoning.take())
        .filter(|text| !text.is_empty())
        .map(|text| Thought {
            kind: ThoughtKind::Full,
            text: text.0,
            proof: None,
        })
        .into_iter()
        .collect()
}

/// Clients that only collect what a stream brought send one detail in pieces:
/// neighbours with the same index and type belong together.
fn merge_details(details: Vec<ReasoningDetail<'_>>) -> Vec<Thought<'_>> {
    let mut thoughts: Vec<Thought<'_>> = Vec::with_capacity(details.len());
    let mut last: Option<(u64, String)> = None;
    for detail in details {
        let key = detail.index.map(|index| {
            (
                index.0,
                detail.kind.as_deref().unwrap_or_default().to_owned(),
            )
        });
        let thought = read_detail(detail);
        let unsigned = |thought: &&mut Thought<'_>| thought.proof.is_none();
        match thoughts.last_mut().filter(unsigned) {
            Some(open) if key.is_some() && key == last => {
                open.text += thought.text;
                open.proof = thought.proof;
            }
            _ => thoughts.push(thought),
        }
        last = key;
    }
    thoughts
}

fn read_detail(detail: ReasoningDetail<'_>) -> Thought<'_> {
    let origin = origin_of(detail.format.as_deref());
    let summary = detail.kind.as_deref() == Some("reasoning.summary");
    let redacted = detail.kind.as_deref() == Some("reasoning.encrypted")
        && detail.text.is_none()
        && detail.summary.is_none();
    let id = detail.id.map(|id| id.0);
    Thought {
        kind: if redacted {
            ThoughtKind::Redacted
        } else if summary {
            ThoughtKind::Summary
        } else {
            ThoughtKind::Full
        },
        text: detail
            .text
            .or(detail.summary)
            .map_or(Cow::Borrowed(""), |text| text.0),
        proof: detail
            .signature
            .or(detail.data)
            // Cohere's proofs are empty: they tell only whose the thought is.
            .filter(|data| !data.is_empty() || origin == Origin::Cohere)
            .map(|data| Proof {
                origin,
                data: data.0,
                id,
            }),
    }
}

/// One entry of `reasoning_details`.
pub(super) fn write_detail(
    w: &mut JsonWriter<'_>,
    index: usize,
    kind: ThoughtKind,
    text: &str,
    proof: Option<(Origin, &str, Option<&str>)>,
) {
    w.object(|w| {
        let format = format_of(proof.map_or(Origin::Other, |(origin, ..)| origin));
        match kind {
            ThoughtKind::Redacted => w.member("type", "reasoning.encrypted"),
            ThoughtKind::Summary => {
                w.member("type", "reasoning.summary");
                w.member("summary", text);
            }
            ThoughtKind::Full | ThoughtKind::Plan => {
                w.member("type", "reasoning.text");
                w.member("text", text);
            }
        }
        if let Some((_, data, id)) = proof {
            let key = match kind {
                ThoughtKind::Full | ThoughtKind::Plan => "signature",
                ThoughtKind::Redacted | ThoughtKind::Summary => "data",
            };
            w.member(key, data);
            w.maybe_string("id", id);
            w.member("format", format);
        }
        w.member_display("index", index);
    });
}

/// A piece of a detail's text, whose proof comes later.
pub(super) fn write_text_detail(
    w: &mut JsonWriter<'_>,
    index: usize,
    kind: ThoughtKind,
    text: &str,
    origin: Origin,
) {
    w.object(|w| {
        if kind == ThoughtKind::Summary {
            w.member("type", "reasoning.summary");
            w.member("summary", text);
        } else {
            w.member("type", "reasoning.text");
            w.member("text", text);
        }
        w.member("format", format_of(origin));
        w.member_display("index", index);
    });
}

/// `reasoning_content` and, when there is a proof, `reasoning_details`.
pub(super) fn write_thoughts(w: &mut JsonWriter<'_>, thoughts: &[&Thought<'_>]) {
    if thoughts.iter().any(|thought| !thought.text.is_empty()) {
        let texts = thoughts.iter().map(|thought| &*thought.text);
        w.member_joined("reasoning_content", texts);
    }
    if thoughts.iter().any(|thought| thought.proof.is_some()) {
        w.member_array("reasoning_details", |w| {
            for (index, thought) in thoughts.iter().enumerate() {
                let proof = thought
                    .proof
                    .as_ref()
                    .map(|proof| (proof.origin, &*proof.data, proof.id.as_deref()));
                write_detail(w, index, thought.kind, &thought.text, proof);
            }
        });
    }
}
