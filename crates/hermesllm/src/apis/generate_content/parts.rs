//! Parts of a content, read.

use std::borrow::Cow;

use super::signatures::{carrier, unpack, ON_TEXT};
use super::wire::{FileData, FunctionCall, InlineData, Part};
use crate::api::Api;
use crate::ir::{
    Block, Media, MediaKind, Opaque, Origin, Source, Thought, ThoughtKind, ToolCall, ToolInput,
};

/// Appends what a part of a model's turn says; `id` is the call's when it has
/// none of its own.
pub(super) fn read_model_part<'a>(
    part: Part<'a>,
    id: impl FnOnce() -> String,
    blocks: &mut Vec<Block<'a>>,
) {
    let signature = part.thought_signature.filter(|text| !text.is_empty());
    if let Some(call) = part.function_call {
        let call = read_call(call, id);
        let proof = signature.map(|signature| unpack(signature.0));
        if let Some(proof) = proof {
            let id = Some(Cow::Owned(call.id.to_string()));
            blocks.push(Block::Thought(match proof.origin {
                Origin::Google => carrier(proof.data, id),
                _ => redacted(proof),
            }));
        }
        return blocks.push(Block::ToolCall(call));
    }
    let is_thought = part.thought.unwrap_or(false);
    let Some(text) = part.text else {
        if let Some(data) = part.inline_data {
            blocks.push(Block::Media(read_inline(data)));
            // Signed like a text that was written before.
            blocks.extend(signature.map(|signature| Block::Thought(carrier(signature.0, None))));
        } else if let Some((kind, _)) = part.extra.into_iter().next() {
            blocks.push(Block::Opaque(Opaque {
                api: Api::GenerateContent,
                kind: kind.0,
            }));
        }
        return;
    };
    match (is_thought, signature) {
        (true, signature) => push_thought(
            text.0,
            signature.map(|signature| unpack(signature.0)),
            blocks,
        ),
        (false, Some(signature)) if text.is_empty() => {
            blocks.push(Block::Thought(carrier(signature.0, None)));
        }
        (false, Some(signature)) => {
            blocks.push(Block::text(text.0));
            let id = Some(Cow::Borrowed(ON_TEXT));
            blocks.push(Block::Thought(carrier(signature.0, id)));
        }
        (false, None) if text.is_empty() => {}
        // Clients keep a streamed answer in the pieces it came in.
        (false, None) => match blocks.last_mut() {
            Some(Block::Text(last)) => last.text += text.0,
            _ => blocks.push(Block::text(text.0)),
        },
    }
}

fn redacted(proof: crate::ir::Proof<'_>) -> Thought<'_> {
    Thought {
        kind: ThoughtKind::Redacted,
        text: Cow::Borrowed(""),
        proof: Some(proof),
    }
}

/// Pieces of one thought belong together; a signature ends it. Google's own
/// signed parts stay as they are.
fn push_thought<'a>(
    text: Cow<'a, str>,
    proof: Option<crate::ir::Proof<'a>>,
    blocks: &mut Vec<Block<'a>>,
) {
    let is_own = proof
        .as_ref()
        .is_some_and(|proof| proof.origin == Origin::Google);
    if let (Some(Block::Thought(last)), false) = (blocks.last_mut(), is_own) {
        if last.proof.is_none() {
            last.text += text;
            last.proof = proof;
            return;
        }
    }
    let kind = match (&proof, text.is_empty()) {
        (Some(_), true) => ThoughtKind::Redacted,
        _ => ThoughtKind::Summary,
    };
    if proof.is_some() || !text.is_empty() {
        blocks.push(Block::Thought(Thought { kind, text, proof }));
    }
}

fn read_call<'a>(call: FunctionCall<'a>, id: impl FnOnce() -> String) -> ToolCall<'a> {
    ToolCall {
        id: match call.id.filter(|id| !id.is_empty()) {
            Some(id) => id.0,
            None => Cow::Owned(id()),
        },
        name: call.name.unwrap_or_default().0,
        namespace: None,
        input: ToolInput::Json(Cow::Borrowed(call.args.map_or("{}", |raw| raw.get()))),
        proof: None,
        cache: None,
    }
}

pub(super) fn read_inline(data: InlineData<'_>) -> Media<'_> {
    let media_type = data.mime_type.unwrap_or_default().0;
    Media {
        kind: kind_of(&media_type),
        source: Source::Base64(standard_alphabet(data.data.unwrap_or_default().0)),
        media_type,
        name: data.display_name.map(|name| name.0),
        context: None,
        detail: None,
        cite: false,
        cache: None,
    }
}

/// `None` for what only Google can fetch.
pub(super) fn read_file(file: FileData<'_>) -> Option<Media<'_>> {
    let uri = file.file_uri.unwrap_or_default().0;
    if !uri.starts_with("https://") && !uri.starts_with("http://") {
        return None;
    }
    let media_type = match file.mime_type {
        Some(media_type) => media_type.0,
        None => Cow::Borrowed(type_by_ending(&uri)),
    };
    let kind = match media_type.is_empty() {
        true => MediaKind::Image,
        false => kind_of(&media_type),
    };
    let is_stored = uri.contains("generativelanguage.googleapis.com/");
    Some(Media {
        kind,
        source: match is_stored {
            true => Source::File(uri),
            false => Source::Url(uri),
        },
        media_type,
        name: None,
        context: None,
        detail: None,
        cite: false,
        cache: None,
    })
}

fn kind_of(media_type: &str) -> MediaKind {
    match media_type.split('/').next() {
        Some("image") => MediaKind::Image,
        Some("audio") => MediaKind::Audio,
        Some("video") => MediaKind::Video,
        _ => MediaKind::Document,
    }
}

fn type_by_ending(uri: &str) -> &'static str {
    const ENDINGS: [(&str, &str); 4] = [
        (".pdf", "application/pdf"),
        (".txt", "text/plain"),
        (".mp4", "video/mp4"),
        (".mp3", "audio/mp3"),
    ];
    let path = uri.split(['?', '#']).next().unwrap_or(uri);
    let known = ENDINGS.iter().find(|(ending, _)| path.ends_with(ending));
    known.map_or("", |(_, media_type)| media_type)
}

/// Google also takes the alphabet for URLs, without padding.
fn standard_alphabet(data: Cow<'_, str>) -> Cow<'_, str> {
    let padding = (4 - data.len() % 4) % 4;
    if padding == 0 && !data.contains(['-', '_']) {
        return data;
    }
    let mut standard = data.replace('-', "+").replace('_', "/");
    standard.extend(std::iter::repeat_n('=', padding));
    Cow::Owned(standard)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_base64_of_either_alphabet() {
        for (data, expected) in [
            ("AAAA", "AAAA"),
            ("-_8", "+/8="),
            ("_w==", "/w=="),
            ("", ""),
        ] {
            assert_eq!(standard_alphabet(data.into()), expected);
        }
    }
}
