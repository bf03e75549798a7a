//! Turns as messages.

use super::thoughts::is_plan;
use crate::ir::{Block, Media, Role, Source, Thought, ToolCall, ToolInput, ToolResult};
use crate::json::JsonWriter;
use crate::turns::MergedTurn;

/// Plain-text documents of the conversation.
pub(super) fn documents_of<'r, 'a>(turns: &'r [MergedTurn<'_, 'a>]) -> Vec<&'r Media<'a>> {
    let blocks = turns.iter().flat_map(|turn| &turn.blocks);
    blocks
        .filter_map(|block| match &**block {
            Block::Media(media) if is_text(media) => Some(media),
            _ => None,
        })
        .collect()
}

fn is_text(media: &Media<'_>) -> bool {
    matches!(media.source, Source::PlainText(_))
}

/// The turn's messages; documents are left out when they go beside.
pub(super) fn write_turn(
    w: &mut JsonWriter<'_>,
    turn: &MergedTurn<'_, '_>,
    documents_beside: bool,
) {
    match turn.role {
        Role::Assistant => write_assistant(w, turn),
        Role::User | Role::System => write_user(w, turn, documents_beside),
    }
}

/// Results come first, each a message of its own; their media follow in one of
/// the user's.
fn write_user(w: &mut JsonWriter<'_>, turn: &MergedTurn<'_, '_>, documents_beside: bool) {
    let mut parts: Vec<Part<'_>> = Vec::new();
    for block in &turn.blocks {
        match &**block {
            Block::ToolResult(result) => {
                write_result(w, result);
                for part in &result.parts {
                    if let Block::Media(media) = part {
                        if !is_text(media) {
                            parts.push(Part::Label(&result.call_id));
                            parts.push(Part::Media(media));
                        }
                    }
                }
            }
            Block::Text(text) => parts.push(Part::Text(&text.text)),
            Block::Refusal(text) => parts.push(Part::Text(text)),
            Block::Media(media) if is_text(media) && documents_beside => {}
            Block::Media(media) => parts.push(Part::Media(media)),
            _ => {}
        }
    }
    if parts.is_empty() {
        return;
    }
    w.object(|w| {
        w.member("role", "user");
        match parts.as_slice() {
            [Part::Text(text)] => w.member("content", text),
            parts => w.member_array("content", |w| parts.iter().for_each(|part| part.write(w))),
        }
    });
}

enum Part<'p> {
    Text(&'p str),
    /// Names the call whose attachment follows.
    Label(&'p str),
    Media(&'p Media<'p>),
}

impl Part<'_> {
    fn write(&self, w: &mut JsonWriter<'_>) {
        match self {
            Self::Text(text) => write_text(w, [*text]),
            Self::Label(call_id) => write_text(w, ["Attachment of the result of ", call_id, ":"]),
            Self::Media(media) => write_media(w, media),
        }
    }
}

fn write_text<'t>(w: &mut JsonWriter<'_>, text: impl IntoIterator<Item = &'t str>) {
    w.object(|w| {
        w.member("type", "text");
        w.member_joined("text", text);
    });
}

fn write_media(w: &mut JsonWriter<'_>, media: &Media<'_>) {
    if let Source::PlainText(text) = &media.source {
        let name = media.name.as_deref();
        let heading = name.into_iter().flat_map(|name| [name, "\n"]);
        return write_text(w, heading.chain([text.as_ref()]));
    }
    w.object(|w| {
        w.member("type", "image_url");
        w.member_object("image_url", |w| {
            match &media.source {
                Source::Base64(data) => {
                    let media_type = match &*media.media_type {
                        "" => crate::media::sniff(data),
                        named => named,
                    };
                    w.member_joined("url", ["data:", media_type, ";base64,", data.as_ref()]);
                }
                Source::Url(text) | Source::File(text) | Source::PlainText(text) => {
                    w.member("url", text);
                }
            }
            w.maybe_string("detail", media.detail.as_deref());
        });
    });
}

fn write_result(w: &mut JsonWriter<'_>, result: &ToolResult<'_>) {
    let error = result.is_error.then_some("Error: ");
    let texts = result.parts.iter().filter_map(|part| match part {
        Block::Text(text) => Some(&*text.text),
        Block::Refusal(text) => Some(&**text),
        Block::Media(media) => Some(match &media.source {
            Source::PlainText(text) => text,
            _ => "[image: see the next message]",
        }),
        _ => None,
    });
    w.object(|w| {
        w.member("role", "tool");
        w.member("tool_call_id", &result.call_id);
        w.member_joined("content", error.into_iter().chain(texts));
    });
}

fn write_assistant(w: &mut JsonWriter<'_>, turn: &MergedTurn<'_, '_>) {
    let mut plan: Vec<&str> = Vec::new();
    let mut content: Vec<&Block<'_>> = Vec::new();
    let mut calls: Vec<&ToolCall<'_>> = Vec::new();
    for block in &turn.blocks {
        match &**block {
            Block::Thought(thought) if is_plan(thought) => plan.push(&thought.text),
            Block::Thought(Thought { text, .. }) if text.is_empty() => {}
            block @ (Block::Thought(_) | Block::Text(_) | Block::Refusal(_)) => content.push(block),
            Block::ToolCall(call) => calls.push(call),
            _ => {}
        }
    }
    let says_nothing = calls.is_empty()
        && !content
            .iter()
            .any(|block| !matches!(block, Block::Thought(_)));
    if says_nothing {
        return;
    }
    w.object(|w| {
        w.member("role", "assistant");
        match content.as_slice() {
            [] => {}
            [Block::Text(text)] => w.member("content", &text.text),
            content => w.member_array("content", |w| {
                for block in content {
                    write_assistant_part(w, block);
                }
            }),
        }
        // Beside calls only is there a place for a plan.
        if !calls.is_empty() {
            if !plan.is_empty() {
                w.member_joined("tool_plan", plan);
            }
            w.member_array("tool_calls", |w| {
                calls
                    .iter()
                    .for_each(|call| write_call(w, call, &call.name));
            });
        }
    });
}

/// A text or a thought.
pub(super) fn write_assistant_part(w: &mut JsonWriter<'_>, block: &Block<'_>) {
    match block {
        Block::Text(text) => write_text(w, [&*text.text]),
        Block::Refusal(text) => write_text(w, [&**text]),
        Block::Thought(thought) => w.object(|w| {
            w.member("type", "thinking");
            w.member("thinking", &thought.text);
        }),
        _ => {}
    }
}

/// A call under the name that its reader knows.
pub(super) fn write_call(w: &mut JsonWriter<'_>, call: &ToolCall<'_>, name: &str) {
    w.object(|w| {
        w.member("id", &call.id);
        w.member("type", "function");
        w.member_object("function", |w| {
            w.member("name", name);
            let (ToolInput::Json(input) | ToolInput::Raw(input)) = &call.input;
            let input = if input.trim().is_empty() { "{}" } else { input };
            w.member("arguments", input);
        });
    });
}
