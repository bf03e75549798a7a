//! Content blocks on the way to the wire.

use std::borrow::Cow;

use base64::engine::general_purpose::STANDARD;
use base64::Engine;

use crate::ir::{Block, CacheMark, Media, MediaKind, Source, ThoughtKind, ToolInput, ToolResult};
use crate::json::{is_object, JsonWriter};
use crate::tools::plain_call_id;

pub(super) fn write_mark(w: &mut JsonWriter<'_>, mark: Option<&CacheMark<'_>>) {
    if let Some(mark) = mark {
        w.member_object("cache_control", |w| {
            w.member("type", "ephemeral");
            w.maybe_string("ttl", mark.ttl.as_deref());
        });
    }
}

/// Writes the block, if it has a form here.
pub(super) fn write_block(w: &mut JsonWriter<'_>, block: &Block<'_>) {
    match block {
        Block::Text(text) => w.object(|w| {
            w.member("type", "text");
            w.member("text", &text.text);
            write_mark(w, text.cache.as_ref());
        }),
        Block::Refusal(text) => w.object(|w| {
            w.member("type", "text");
            w.member("text", text);
        }),
        Block::Media(media) => write_media(w, media),
        Block::SearchResult(found) => w.object(|w| {
            w.member("type", "search_result");
            w.member("source", &found.source);
            w.member("title", &found.title);
            w.member_array("content", |w| {
                for text in &found.texts {
                    w.object(|w| {
                        w.member("type", "text");
                        w.member("text", text);
                    });
                }
            });
            if found.cite {
                w.member_object("citations", |w| w.member_display("enabled", true));
            }
            write_mark(w, found.cache.as_ref());
        }),
        Block::Thought(thought) => w.object(|w| {
            let proof = thought.proof.as_ref().map_or("", |proof| &*proof.data);
            if thought.kind == ThoughtKind::Redacted {
                w.member("type", "redacted_thinking");
                w.member("data", proof);
            } else {
                w.member("type", "thinking");
                w.member("thinking", &thought.text);
                w.member("signature", proof);
            }
        }),
        Block::ToolCall(call) => w.object(|w| {
            w.member("type", "tool_use");
            w.member("id", &plain_call_id(&call.id));
            w.member("name", &call.name);
            w.key("input");
            write_input(w, &call.input);
            write_mark(w, call.cache.as_ref());
        }),
        Block::ToolResult(result) => write_result(w, result),
        // Nothing of another vendor's gets this far.
        Block::Opaque(_) => {}
    }
}

/// A tool's input is an object here; what is not one is wrapped.
pub(super) fn write_input(w: &mut JsonWriter<'_>, input: &ToolInput<'_>) {
    match input {
        ToolInput::Json(json) if json.trim().is_empty() => w.raw("{}"),
        ToolInput::Json(json) if is_object(json) => w.raw(json),
        ToolInput::Json(json) => w.object(|w| w.member("raw", json)),
        ToolInput::Raw(text) => w.object(|w| w.member("raw", text)),
    }
}

fn write_result(w: &mut JsonWriter<'_>, result: &ToolResult<'_>) {
    w.object(|w| {
        w.member("type", "tool_result");
        w.member("tool_use_id", &plain_call_id(&result.call_id));
        match result.parts.as_slice() {
            [] => {}
            [Block::Text(text)] if text.cache.is_none() => w.member("content", &text.text),
            parts => w.member_array("content", |w| {
                for part in parts {
                    write_block(w, part);
                }
            }),
        }
        if result.is_error {
            w.member_display("is_error", true);
        }
        write_mark(w, result.cache.as_ref());
    });
}

fn write_media(w: &mut JsonWriter<'_>, media: &Media<'_>) {
    let is_document = media.kind == MediaKind::Document || is_document_type(&media.media_type);
    w.object(|w| {
        w.member("type", if is_document { "document" } else { "image" });
        w.member_object("source", |w| write_source(w, media, is_document));
        if is_document {
            w.maybe_string("title", media.name.as_deref());
            w.maybe_string("context", media.context.as_deref());
            if media.cite {
                w.member_object("citations", |w| w.member_display("enabled", true));
            }
        }
        write_mark(w, media.cache.as_ref());
    });
}

fn is_document_type(media_type: &str) -> bool {
    media_type == "application/pdf" || media_type.starts_with("text/")
}

fn write_source(w: &mut JsonWriter<'_>, media: &Media<'_>, is_document: bool) {
    match &media.source {
        Source::Url(url) => {
            w.member("type", "url");
            w.member("url", url);
        }
        Source::File(id) => {
            w.member("type", "file");
            w.member("file_id", id);
        }
        Source::PlainText(text) => write_plain_text(w, text),
        Source::Base64(data) => {
            if is_document && media.media_type.starts_with("text/") {
                if let Some(text) = decode_text(data) {
                    return write_plain_text(w, &text);
                }
            }
            w.member("type", "base64");
            w.member("media_type", media_type(media, data, is_document));
            w.member("data", data);
        }
    }
}

fn write_plain_text(w: &mut JsonWriter<'_>, text: &str) {
    w.member("type", "text");
    w.member("media_type", "text/plain");
    w.member("data", text);
}

fn decode_text(data: &str) -> Option<String> {
    String::from_utf8(STANDARD.decode(data).ok()?).ok()
}

fn media_type<'m>(media: &'m Media<'_>, data: &str, is_document: bool) -> &'m str {
    let named: &Cow<'_, str> = &media.media_type;
    match (named.is_empty(), is_document) {
        (false, _) if named == "image/jpg" => "image/jpeg",
        (false, _) => named,
        (true, true) => "application/pdf",
        (true, false) => crate::media::sniff(data),
    }
}
