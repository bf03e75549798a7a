//! The conversation on the way to a Chat provider.

use std::borrow::Cow;

use super::thoughts::write_thoughts;
use crate::ir::{
    Block, CacheMark, Media, MediaKind, Request, Role, Source, Text, Thought, ToolCall, ToolInput,
    ToolResult, Turn,
};
use crate::json::JsonWriter;
use crate::providers::{ChatDialect, Replay};
use crate::tools::nine_character_call_id;
use crate::translate::Notes;

pub(super) fn write_mark(w: &mut JsonWriter<'_>, mark: &CacheMark<'_>) {
    w.member_object("cache_control", |w| {
        w.member("type", "ephemeral");
        w.maybe_string("ttl", mark.ttl.as_deref());
    });
}

pub(super) fn write_messages(
    w: &mut JsonWriter<'_>,
    request: &Request<'_>,
    dialect: &ChatDialect,
    notes: &mut Notes,
) {
    write_system(w, request, dialect);
    // Nothing may come between calls and their results, not even instructions.
    let mut held: Vec<&Turn<'_>> = Vec::new();
    for turn in &request.turns {
        match turn.role {
            Role::System => {
                held.push(turn);
                continue;
            }
            Role::User => write_results(w, turn, dialect),
            Role::Assistant => {}
        }
        for system in held.drain(..) {
            write_message(w, dialect.system_role, system, notes);
        }
        match turn.role {
            Role::Assistant => write_assistant(w, turn, dialect, notes),
            Role::User | Role::System => write_message(w, "user", turn, notes),
        }
    }
    for system in held {
        write_message(w, dialect.system_role, system, notes);
    }
}

fn write_system(w: &mut JsonWriter<'_>, request: &Request<'_>, dialect: &ChatDialect) {
    if request.system.is_empty() {
        return;
    }
    let marked = request.system.iter().any(|block| block.cache.is_some());
    w.object(|w| {
        w.member("role", dialect.system_role);
        if marked {
            w.member_array("content", |w| {
                for block in &request.system {
                    w.object(|w| {
                        w.member("type", "text");
                        w.member("text", &block.text);
                        if let Some(mark) = &block.cache {
                            write_mark(w, mark);
                        }
                    });
                }
            });
        } else {
            let texts: Vec<&str> = request.system.iter().map(|block| &*block.text).collect();
            w.member("content", &texts.join("\n"));
        }
    });
}

/// Results come first, as their own messages; what a tool message cannot hold
/// follows in a user message.
fn write_results(w: &mut JsonWriter<'_>, turn: &Turn<'_>, dialect: &ChatDialect) {
    let results = turn.blocks.iter().filter_map(|block| match block {
        Block::ToolResult(result) => Some(result),
        _ => None,
    });
    let mut moved: Vec<(&ToolResult<'_>, &Media<'_>)> = Vec::new();
    for result in results {
        write_result(w, result, dialect);
        moved.extend(result.parts.iter().filter_map(|part| match part {
            Block::Media(media) if !is_text(media) => Some((result, media)),
            _ => None,
        }));
    }
    if !moved.is_empty() {
        w.object(|w| {
            w.member("role", "user");
            w.member_array("content", |w| {
                for (result, media) in moved {
                    let label = format!("Attachment of the result of {}:", result.call_id);
                    write_part(w, &Block::text(label));
                    write_media(w, media);
                }
            });
        });
    }
}

fn is_text(media: &Media<'_>) -> bool {
    matches!(media.source, Source::PlainText(_))
}

/// The text and media of a turn, if it has any.
fn write_message(w: &mut JsonWriter<'_>, role: &str, turn: &Turn<'_>, notes: &mut Notes) {
    let parts: Vec<&Block<'_>> = turn.blocks.iter().filter(|block| is_part(block)).collect();
    note_opaque(turn, notes);
    if parts.is_empty() {
        return;
    }
    w.object(|w| {
        w.member("role", role);
        write_name(w, turn);
        match parts.as_slice() {
            [Block::Text(text)] if text.cache.is_none() => {
                w.member("content", &text.text);
            }
            parts => w.member_array("content", |w| {
                for part in parts {
                    write_part(w, part);
                }
            }),
        }
    });
}

fn write_name(w: &mut JsonWriter<'_>, turn: &Turn<'_>) {
    if let Some(name) = &turn.name {
        w.member("name", name);
    }
}

fn is_part(block: &Block<'_>) -> bool {
    match block {
        Block::Text(text) => !text.text.is_empty(),
        Block::Media(_) => true,
        _ => false,
    }
}

fn note_opaque(turn: &Turn<'_>, notes: &mut Notes) {
    for block in &turn.blocks {
        if let Block::Opaque(opaque) = block {
            notes.dropped(
                format!("messages.{}", opaque.kind),
                "only the vendor that made it understands it",
            );
        }
    }
}

fn call_id<'i>(id: &'i str, dialect: &ChatDialect) -> Cow<'i, str> {
    if dialect.short_call_ids {
        nine_character_call_id(id)
    } else {
        Cow::Borrowed(id)
    }
}

fn write_result(w: &mut JsonWriter<'_>, result: &ToolResult<'_>, dialect: &ChatDialect) {
    let parts = || {
        let error = result.is_error.then_some("Error: ");
        error
            .into_iter()
            .chain(result.parts.iter().map(result_text))
    };
    w.object(|w| {
        w.member("role", "tool");
        w.member("tool_call_id", &call_id(&result.call_id, dialect));
        match &result.cache {
            None => w.member_joined("content", parts()),
            Some(mark) => w.member_array("content", |w| {
                w.object(|w| {
                    w.member("type", "text");
                    w.member_joined("text", parts());
                    write_mark(w, mark);
                });
            }),
        }
    });
}

/// A part of a result in words.
fn result_text<'r>(part: &'r Block<'_>) -> &'r str {
    match part {
        Block::Text(part) => &part.text,
        Block::Refusal(part) => part,
        Block::Media(media) => match (&media.source, media.kind) {
            (Source::PlainText(text), _) => text,
            (_, MediaKind::Image) => "[image: see the next message]",
            _ => "[file: see the next message]",
        },
        _ => "",
    }
}

fn write_assistant(
    w: &mut JsonWriter<'_>,
    turn: &Turn<'_>,
    dialect: &ChatDialect,
    notes: &mut Notes,
) {
    note_opaque(turn, notes);
    let mut texts: Vec<&str> = Vec::new();
    let mut refusal: Option<&str> = None;
    let mut thoughts: Vec<&Thought<'_>> = Vec::new();
    let mut calls: Vec<&ToolCall<'_>> = Vec::new();
    let mut images: Vec<&Media<'_>> = Vec::new();
    for block in &turn.blocks {
        match block {
            Block::Text(block) if block.text.is_empty() => {}
            Block::Text(block) => texts.push(&block.text),
            Block::Refusal(words) => refusal = Some(words),
            Block::Thought(thought) => thoughts.push(thought),
            Block::ToolCall(call) => calls.push(call),
            Block::Media(media) => images.push(media),
            Block::SearchResult(_) | Block::ToolResult(_) | Block::Opaque(_) => {}
        }
    }
    if texts.is_empty() && refusal.is_none() && calls.is_empty() && images.is_empty() {
        return;
    }
    w.object(|w| {
        w.member("role", "assistant");
        write_name(w, turn);
        if texts.is_empty() {
            w.member_null("content");
        } else {
            w.member_joined("content", texts);
        }
        w.maybe_string("refusal", refusal);
        write_replay(w, &thoughts, dialect, notes);
        if !images.is_empty() {
            w.member_array("images", |w| {
                images.into_iter().for_each(|image| write_media(w, image));
            });
        }
        if !calls.is_empty() {
            w.member_array("tool_calls", |w| {
                for call in calls {
                    write_call(w, call, dialect);
                }
            });
        }
    });
}

fn write_replay(
    w: &mut JsonWriter<'_>,
    thoughts: &[&Thought<'_>],
    dialect: &ChatDialect,
    notes: &mut Notes,
) {
    if thoughts.is_empty() {
        return;
    }
    match dialect.replay {
        Replay::Nothing => notes.dropped(
            "messages.reasoning",
            "the provider does not take back reasoning",
        ),
        Replay::Text => {
            let texts = thoughts.iter().map(|thought| &*thought.text);
            w.member_joined("reasoning_content", texts);
        }
        Replay::Details => write_thoughts(w, thoughts),
    }
}

fn write_call(w: &mut JsonWriter<'_>, call: &ToolCall<'_>, dialect: &ChatDialect) {
    w.object(|w| {
        w.member("id", &call_id(&call.id, dialect));
        w.member("type", "function");
        w.member_object("function", |w| {
            w.member("name", &call.name);
            match &call.input {
                ToolInput::Json(json) if json.trim().is_empty() => w.member("arguments", "{}"),
                ToolInput::Json(json) => w.member("arguments", json),
                ToolInput::Raw(text) => w.member("arguments", text),
            }
        });
    });
}

fn write_part(w: &mut JsonWriter<'_>, block: &Block<'_>) {
    match block {
        Block::Text(text) => write_text(w, text),
        Block::Media(media) => write_media(w, media),
        _ => {}
    }
}

fn write_text(w: &mut JsonWriter<'_>, text: &Text<'_>) {
    w.object(|w| {
        w.member("type", "text");
        w.member("text", &text.text);
        if let Some(mark) = text.cache.as_ref() {
            write_mark(w, mark);
        }
    });
}

pub(super) fn write_media(w: &mut JsonWriter<'_>, media: &Media<'_>) {
    w.object(|w| {
        match (&media.source, media.kind) {
            (Source::PlainText(text), _) => {
                w.member("type", "text");
                match &media.name {
                    Some(name) => w.member_joined("text", [name.as_ref(), "\n", text.as_ref()]),
                    None => w.member("text", text),
                }
            }
            (Source::Base64(data), MediaKind::Audio) => {
                w.member("type", "input_audio");
                w.member_object("input_audio", |w| {
                    let format = media.media_type.rsplit('/').next().unwrap_or("wav");
                    w.member("data", data);
                    w.member("format", format);
                });
            }
            (Source::Base64(data), MediaKind::Document) => {
                w.member("type", "file");
                w.member_object("file", |w| {
                    let media_type = or_default(&media.media_type, "application/pdf");
                    w.member("filename", media.name.as_deref().unwrap_or("document.pdf"));
                    w.member_joined(
                        "file_data",
                        ["data:", media_type, ";base64,", data.as_ref()],
                    );
                });
            }
            (source, _) => {
                w.member("type", "image_url");
                w.member_object("image_url", |w| {
                    match source {
                        Source::Base64(data) => {
                            let sniffed = crate::media::sniff(data);
                            let media_type = or_default(&media.media_type, sniffed);
                            w.member_joined(
                                "url",
                                ["data:", media_type, ";base64,", data.as_ref()],
                            );
                        }
                        Source::Url(text) | Source::File(text) | Source::PlainText(text) => {
                            w.member("url", text);
                        }
                    }
                    w.maybe_string("detail", media.detail.as_deref());
                });
            }
        }
        if let Some(mark) = media.cache.as_ref() {
            write_mark(w, mark);
        }
    });
}

fn or_default<'t>(text: &'t str, default: &'t str) -> &'t str {
    if text.is_empty() {
        default
    } else {
        text
    }
}
