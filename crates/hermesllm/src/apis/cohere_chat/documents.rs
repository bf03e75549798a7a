//! Documents that come beside the conversation.

use std::borrow::Cow;

use serde_json::value::RawValue;

use super::wire::{CohereDocument, DocumentData};
use crate::ir::{Block, Media, MediaKind, Request, Role, Source, Turn};
use crate::json::{raw_string, JsonWriter};

/// Puts the documents ahead of what the user says first.
pub(super) fn add<'a>(documents: Vec<&'a RawValue>, cites: bool, request: &mut Request<'a>) {
    if documents.is_empty() {
        return;
    }
    let mut blocks: Vec<Block<'a>> = documents
        .into_iter()
        .map(|raw| Block::Media(read_document(raw, cites)))
        .collect();
    match request
        .turns
        .iter_mut()
        .find(|turn| turn.role == Role::User)
    {
        Some(turn) => {
            blocks.append(&mut turn.blocks);
            turn.blocks = blocks;
        }
        None => request.turns.push(Turn {
            at: 0,
            role: Role::User,
            name: None,
            blocks,
        }),
    }
}

fn read_document(raw: &RawValue, cites: bool) -> Media<'_> {
    let (text, name) = match raw_string(raw) {
        Some(text) => (text, None),
        None => {
            let document: CohereDocument<'_> = serde_json::from_str(raw.get()).unwrap_or_default();
            let (text, title) = document.data.map_or((Cow::Borrowed(""), None), read_data);
            (text, title.or(document.id.map(|id| id.0)))
        }
    };
    Media {
        kind: MediaKind::Document,
        source: Source::PlainText(text),
        media_type: Cow::Borrowed("text/plain"),
        name,
        context: None,
        detail: None,
        cite: cites,
        cache: None,
    }
}

/// A document's text and title; JSON when there is more.
pub(super) fn read_data(data: &RawValue) -> (Cow<'_, str>, Option<Cow<'_, str>>) {
    if let Some(text) = raw_string(data) {
        return (text, None);
    }
    if let Ok(fields) = serde_json::from_str::<DocumentData<'_>>(data.get()) {
        if let (Some(Some(text)), true) = (fields.text.map(raw_string), fields.extra.is_empty()) {
            return (text, fields.title.and_then(raw_string));
        }
    }
    (Cow::Borrowed(data.get()), None)
}

/// `documents`, when the conversation has any that are plain text.
pub(super) fn write(w: &mut JsonWriter<'_>, documents: &[&Media<'_>]) {
    if documents.is_empty() {
        return;
    }
    w.member_array("documents", |w| {
        for (ordinal, document) in documents.iter().enumerate() {
            w.object(|w| {
                w.member("id", &format!("document_{ordinal}"));
                w.member_object("data", |w| {
                    w.maybe_string("title", document.name.as_deref());
                    w.maybe_string("context", document.context.as_deref());
                    if let Source::PlainText(text) = &document.source {
                        w.member("text", text);
                    }
                });
            });
        }
    });
}
