//! Turns as contents.

use std::borrow::Cow;
use std::collections::HashMap;

use super::models::Model;
use super::signatures::{Signatures, BYPASS};
use crate::ir::{Block, Media, Origin, Proof, Role, Source, ToolInput, ToolResult};
use crate::json::{is_object, JsonWriter};
use crate::turns::MergedTurn;

/// Names of the calls by their ids: a response names its function too.
pub(super) type CallNames<'r> = HashMap<&'r str, &'r str>;

pub(super) fn call_names<'r>(turns: &'r [MergedTurn<'_, '_>]) -> CallNames<'r> {
    let blocks = turns.iter().flat_map(|turn| &turn.blocks);
    blocks
        .filter_map(|block| match &**block {
            Block::ToolCall(call) => Some((&*call.id, &*call.name)),
            _ => None,
        })
        .collect()
}

pub(super) fn write_content(
    w: &mut JsonWriter<'_>,
    turn: &MergedTurn<'_, '_>,
    model: Model,
    names: &CallNames<'_>,
) {
    w.object(|w| match turn.role {
        Role::Assistant => {
            w.member("role", "model");
            w.member_array("parts", |w| write_model_parts(w, turn, model));
        }
        Role::User | Role::System => {
            w.member("role", "user");
            w.member_array("parts", |w| write_user_parts(w, turn, model, names));
        }
    });
}

fn write_model_parts(w: &mut JsonWriter<'_>, turn: &MergedTurn<'_, '_>, model: Model) {
    let blocks = turn.blocks.iter().map(|block| &**block);
    let signatures = Signatures::of(blocks.clone());
    let mut has_called = false;
    for (at, block) in blocks.enumerate() {
        match block {
            Block::Text(text) => w.object(|w| {
                w.member("text", &text.text);
                w.maybe_string("thoughtSignature", signatures.of_text(at));
            }),
            Block::Refusal(text) => write_text(w, text),
            Block::Thought(thought) => {
                // What belongs to another part is told there, or that part is gone.
                let own = |proof: &&Proof<'_>| proof.id.is_none();
                if let Some(proof) = thought.proof.as_ref().filter(own) {
                    w.object(|w| {
                        w.member("text", &thought.text);
                        if !thought.text.is_empty() {
                            w.member_display("thought", true);
                        }
                        w.member("thoughtSignature", &proof.data);
                    });
                }
            }
            Block::ToolCall(call) => {
                let first = !std::mem::replace(&mut has_called, true);
                // The third generation refuses a step whose first call has none.
                let bypass = (first && model.is_third).then_some(BYPASS);
                w.object(|w| {
                    w.member_object("functionCall", |w| {
                        w.member("id", &call.id);
                        w.member("name", &call.name);
                        w.key("args");
                        write_args(w, &call.input);
                    });
                    let signature = signatures.of_call(&call.id).or(bypass);
                    w.maybe_string("thoughtSignature", signature);
                });
            }
            Block::Media(media) => write_media(w, media),
            Block::SearchResult(_) | Block::ToolResult(_) | Block::Opaque(_) => {}
        }
    }
}

/// Arguments are an object here; what is not one is wrapped.
pub(super) fn write_args(w: &mut JsonWriter<'_>, input: &ToolInput<'_>) {
    match input {
        ToolInput::Json(json) if json.trim().is_empty() => w.raw("{}"),
        ToolInput::Json(json) if is_object(json) => w.raw(json),
        ToolInput::Json(text) | ToolInput::Raw(text) => w.object(|w| w.member("raw", text)),
    }
}

/// Responses come first, in their order; media that older models do not take
/// inside them follow, each with its call named.
fn write_user_parts(
    w: &mut JsonWriter<'_>,
    turn: &MergedTurn<'_, '_>,
    model: Model,
    names: &CallNames<'_>,
) {
    let mut moved: Vec<(&str, &Media<'_>)> = Vec::new();
    let mut responding = true;
    for block in &turn.blocks {
        if let Block::ToolResult(result) = &**block {
            write_response(w, result, model, names);
            if !model.is_third {
                moved.extend(data_of(result).map(|media| (&*result.call_id, media)));
            }
            continue;
        }
        if std::mem::take(&mut responding) {
            write_moved(w, &mut moved, names);
        }
        match &**block {
            Block::Text(text) => write_text(w, &text.text),
            Block::Refusal(text) => write_text(w, text),
            Block::Media(media) => write_media(w, media),
            _ => {}
        }
    }
    write_moved(w, &mut moved, names);
}

fn write_moved(w: &mut JsonWriter<'_>, moved: &mut Vec<(&str, &Media<'_>)>, names: &CallNames<'_>) {
    for (call_id, media) in moved.drain(..) {
        let name = names.get(call_id).copied().unwrap_or_default();
        write_text(
            w,
            &format!("Attachment of the result of {name} ({call_id}):"),
        );
        write_media(w, media);
    }
}

fn data_of<'r, 'a>(result: &'r ToolResult<'a>) -> impl Iterator<Item = &'r Media<'a>> {
    result.parts.iter().filter_map(|part| match part {
        Block::Media(media) if !matches!(media.source, Source::PlainText(_)) => Some(media),
        _ => None,
    })
}

fn write_response(
    w: &mut JsonWriter<'_>,
    result: &ToolResult<'_>,
    model: Model,
    names: &CallNames<'_>,
) {
    let texts = result.parts.iter().filter_map(|part| match part {
        Block::Text(text) => Some(&*text.text),
        Block::Refusal(text) => Some(&**text),
        Block::Media(media) => match &media.source {
            Source::PlainText(text) => Some(&**text),
            _ => None,
        },
        _ => None,
    });
    let has_data = model.is_third && data_of(result).next().is_some();
    w.object(|w| {
        w.member_object("functionResponse", |w| {
            w.member("id", &result.call_id);
            w.member(
                "name",
                names.get(&*result.call_id).copied().unwrap_or_default(),
            );
            w.member_object("response", |w| {
                w.member_joined(if result.is_error { "error" } else { "output" }, texts);
            });
            if has_data {
                w.member_array("parts", |w| {
                    data_of(result).for_each(|media| write_media(w, media));
                });
            }
        });
    });
}

fn write_text(w: &mut JsonWriter<'_>, text: &str) {
    w.object(|w| w.member("text", text));
}

pub(super) fn write_media(w: &mut JsonWriter<'_>, media: &Media<'_>) {
    match &media.source {
        Source::PlainText(text) => w.object(|w| match &media.name {
            Some(name) => w.member_joined("text", [name.as_ref(), "\n", text.as_ref()]),
            None => w.member("text", text),
        }),
        Source::Base64(data) => w.object(|w| {
            w.member_object("inlineData", |w| {
                w.member("mimeType", &media_type(media, data));
                w.member("data", data);
            });
        }),
        Source::Url(uri) | Source::File(uri) => w.object(|w| {
            w.member_object("fileData", |w| {
                if !media.media_type.is_empty() {
                    w.member("mimeType", &media.media_type);
                }
                w.member("fileUri", uri);
            });
        }),
    }
}

fn media_type<'m>(media: &'m Media<'_>, data: &str) -> Cow<'m, str> {
    match &*media.media_type {
        "" => Cow::Borrowed(crate::media::sniff(data)),
        "image/jpg" => Cow::Borrowed("image/jpeg"),
        named => Cow::Borrowed(named),
    }
}

/// Whose reasoning goes back to this provider.
pub(super) const SIGNER: Origin = Origin::Google;
