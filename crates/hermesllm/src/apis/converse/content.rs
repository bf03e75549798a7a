//! Content blocks on the way to the wire, for providers and clients.

use std::borrow::Cow;
use std::collections::HashSet;

use base64::engine::general_purpose::STANDARD;
use base64::Engine;

use super::blocks::document_format;
use super::proofs::to_blob;
use crate::ir::{
    Block, CacheMark, Citation, Media, MediaKind, Passage, PassageUnit, SearchResult, Source,
    Thought, ThoughtKind, ToolCall, ToolInput, ToolResult,
};
use crate::json::{is_object, JsonWriter};
use crate::proofs;
use crate::tools::plain_call_id;
use crate::translate::RequestError;

/// What is known of documents while they are written.
#[derive(Debug, Default)]
pub(super) struct Documents {
    /// Names given so far: each must be another.
    names: HashSet<String>,
    /// The model cites documents.
    cites: bool,
}

impl Documents {
    /// None written yet.
    pub(super) fn new(cites: bool) -> Self {
        Self {
            names: HashSet::new(),
            cites,
        }
    }

    /// Whether the model is asked to cite this one.
    fn cites(&self, media: &Media<'_>) -> bool {
        self.cites && media.cite
    }

    /// A name of the characters that Bedrock takes, not yet given.
    fn name(&mut self, wanted: Option<&str>) -> String {
        let kept: String = wanted
            .unwrap_or("document")
            .chars()
            .map(|c| match c {
                c if c.is_ascii_alphanumeric() || "-()[]".contains(c) => c,
                _ => ' ',
            })
            .collect();
        // Several spaces in a row are refused, too.
        let words: Vec<&str> = kept.split_whitespace().collect();
        let mut base: String = words.join(" ").chars().take(180).collect();
        if base.is_empty() {
            base.push_str("document");
        }
        let mut name = base.clone();
        let mut number = 2;
        while !self.names.insert(name.clone()) {
            name = format!("{base} {number}");
            number += 1;
        }
        name
    }
}

/// The cache point after a marked block.
pub(super) fn write_mark(w: &mut JsonWriter<'_>, mark: Option<&CacheMark<'_>>) {
    if let Some(mark) = mark {
        w.object(|w| {
            w.member_object("cachePoint", |w| {
                w.member("type", "default");
                w.maybe_string("ttl", mark.ttl.as_deref());
            });
        });
    }
}

/// Writes the blocks of a turn. Media of results that the model does not take
/// there follow the results; a document gets the text it must not be without.
pub(super) fn write_blocks(
    w: &mut JsonWriter<'_>,
    blocks: &[Cow<'_, Block<'_>>],
    takes_result_media: bool,
    documents: &mut Documents,
) -> Result<(), RequestError> {
    let mut moved: Vec<(&ToolResult<'_>, &Media<'_>)> = Vec::new();
    let mut has_text = false;
    let mut has_document = false;
    let mut past_results = false;
    for block in blocks {
        if !matches!(**block, Block::ToolResult(_)) && !past_results {
            past_results = true;
            write_moved(w, &mut moved, documents)?;
        }
        let mark = match &**block {
            Block::Text(text) => {
                has_text = true;
                w.object(|w| w.member("text", &text.text));
                text.cache.as_ref()
            }
            Block::Refusal(text) => {
                has_text = true;
                w.object(|w| w.member("text", text));
                None
            }
            Block::Media(media) => {
                let in_words = is_text(media) && !documents.cites(media);
                has_text |= in_words;
                has_document |= media.kind == MediaKind::Document && !in_words;
                write_media(w, media, documents)?;
                media.cache.as_ref()
            }
            Block::SearchResult(found) => {
                write_search_result(w, found);
                found.cache.as_ref()
            }
            Block::Thought(thought) => {
                write_thought(w, thought);
                None
            }
            Block::ToolCall(call) => {
                write_call(w, call);
                call.cache.as_ref()
            }
            Block::ToolResult(result) => {
                write_result(w, result, takes_result_media, &mut moved, documents)?;
                result.cache.as_ref()
            }
            Block::Opaque(_) => None,
        };
        write_mark(w, mark);
    }
    write_moved(w, &mut moved, documents)?;
    if has_document && !has_text {
        w.object(|w| w.member("text", "See the document."));
    }
    Ok(())
}

fn write_moved(
    w: &mut JsonWriter<'_>,
    moved: &mut Vec<(&ToolResult<'_>, &Media<'_>)>,
    documents: &mut Documents,
) -> Result<(), RequestError> {
    for (result, media) in moved.drain(..) {
        w.object(|w| {
            w.member_joined(
                "text",
                ["Attachment of the result of ", &result.call_id, ":"],
            );
        });
        write_media(w, media, documents)?;
    }
    Ok(())
}

fn write_call(w: &mut JsonWriter<'_>, call: &ToolCall<'_>) {
    w.object(|w| {
        w.member_object("toolUse", |w| {
            w.member("toolUseId", &plain_call_id(&call.id));
            w.member("name", &call.name);
            w.key("input");
            write_input(w, &call.input);
        });
    });
}

/// A tool's input is an object here; what is not one is wrapped.
pub(super) fn write_input(w: &mut JsonWriter<'_>, input: &ToolInput<'_>) {
    match input {
        ToolInput::Json(json) if json.trim().is_empty() => w.raw("{}"),
        ToolInput::Json(json) if is_object(json) => w.raw(json),
        ToolInput::Json(text) | ToolInput::Raw(text) => w.object(|w| w.member("raw", text)),
    }
}

fn write_result<'r, 'a>(
    w: &mut JsonWriter<'_>,
    result: &'r ToolResult<'a>,
    takes_media: bool,
    moved: &mut Vec<(&'r ToolResult<'a>, &'r Media<'a>)>,
    documents: &mut Documents,
) -> Result<(), RequestError> {
    let mut problem = Ok(());
    w.object(|w| {
        w.member_object("toolResult", |w| {
            w.member("toolUseId", &plain_call_id(&result.call_id));
            w.member_array("content", |w| {
                let mut empty = true;
                for part in &result.parts {
                    let written = match part {
                        Block::Text(text) if text.text.trim().is_empty() => continue,
                        Block::Text(text) => {
                            w.object(|w| w.member("text", &text.text));
                            Ok(())
                        }
                        Block::SearchResult(found) => {
                            write_search_result(w, found);
                            Ok(())
                        }
                        Block::Media(media) if takes_media || is_text(media) => {
                            write_media(w, media, documents)
                        }
                        Block::Media(media) => {
                            moved.push((result, media));
                            w.object(|w| w.member("text", "[attachment: see below]"));
                            Ok(())
                        }
                        _ => continue,
                    };
                    empty = false;
                    problem = std::mem::replace(&mut problem, Ok(())).and(written);
                }
                if empty {
                    w.object(|w| w.member("text", "(no output)"));
                }
            });
            if result.is_error {
                w.member("status", "error");
            }
        });
    });
    problem
}

fn is_text(media: &Media<'_>) -> bool {
    matches!(media.source, Source::PlainText(_))
}

fn write_media(
    w: &mut JsonWriter<'_>,
    media: &Media<'_>,
    documents: &mut Documents,
) -> Result<(), RequestError> {
    let data = match &media.source {
        Source::PlainText(text) if documents.cites(media) => {
            w.object(|w| write_document(w, media, "txt", documents, ("text", text)));
            return Ok(());
        }
        Source::PlainText(text) => {
            w.object(|w| match &media.name {
                Some(name) => w.member_joined("text", [name.as_ref(), "\n", text.as_ref()]),
                None => w.member("text", text),
            });
            return Ok(());
        }
        Source::Base64(data) => data,
        // Taken out before.
        Source::Url(_) | Source::File(_) => return Ok(()),
    };
    let data = standard(data)
        .ok_or_else(|| RequestError::invalid("messages", "inline data must be base64"))?;
    let media_type = match media.media_type.is_empty() {
        true => crate::media::sniff(&data),
        false => &media.media_type,
    };
    if let Some(format) = document_format(media_type) {
        w.object(|w| write_document(w, media, format, documents, ("bytes", &data)));
        return Ok(());
    }
    let Some(format) = image_format(media_type) else {
        return Err(RequestError::invalid(
            "messages",
            &format!("media of type '{media_type}' is not available at this provider"),
        ));
    };
    w.object(|w| {
        w.member_object("image", |w| {
            w.member("format", format);
            w.member_object("source", |w| w.member("bytes", &data));
        });
    });
    Ok(())
}

fn write_search_result(w: &mut JsonWriter<'_>, found: &SearchResult<'_>) {
    w.object(|w| {
        w.member_object("searchResult", |w| {
            w.member("source", &found.source);
            w.member("title", &found.title);
            w.member_array("content", |w| {
                for text in &found.texts {
                    w.object(|w| w.member("text", text));
                }
            });
            w.member_object("citations", |w| w.member_display("enabled", found.cite));
        });
    });
}

fn write_document(
    w: &mut JsonWriter<'_>,
    media: &Media<'_>,
    format: &str,
    documents: &mut Documents,
    (key, data): (&str, &str),
) {
    w.member_object("document", |w| {
        w.member("format", format);
        w.member("name", &documents.name(media.name.as_deref()));
        w.member_object("source", |w| w.member(key, data));
        if documents.cites {
            w.maybe_string("context", media.context.as_deref());
        }
        if documents.cites(media) {
            w.member_object("citations", |w| w.member_display("enabled", true));
        }
    });
}

/// Base64 of the standard alphabet with its padding.
fn standard(data: &str) -> Option<Cow<'_, str>> {
    if STANDARD.decode(data).is_ok() {
        return Some(Cow::Borrowed(data));
    }
    let mut kept: String = data
        .chars()
        .filter(|c| !c.is_ascii_whitespace() && *c != '=')
        .map(|c| match c {
            '-' => '+',
            '_' => '/',
            c => c,
        })
        .collect();
    while !kept.len().is_multiple_of(4) {
        kept.push('=');
    }
    STANDARD.decode(&kept).ok()?;
    Some(Cow::Owned(kept))
}

pub(super) fn image_format(media_type: &str) -> Option<&'static str> {
    match media_type.split(';').next().unwrap_or_default().trim() {
        "image/png" => Some("png"),
        "image/jpeg" | "image/jpg" => Some("jpeg"),
        "image/gif" => Some("gif"),
        "image/webp" => Some("webp"),
        _ => None,
    }
}

pub(super) fn write_thought(w: &mut JsonWriter<'_>, thought: &Thought<'_>) {
    let proof = thought
        .proof
        .as_ref()
        .map(|proof| (proof.origin, &*proof.data, proof.id.as_deref()));
    w.object(|w| {
        w.member_object("reasoningContent", |w| match (thought.kind, proof) {
            (ThoughtKind::Redacted, Some((origin, data, id))) => {
                w.member("redactedContent", &to_blob(origin, data, id));
            }
            (_, proof) => w.member_object("reasoningText", |w| {
                w.member("text", &thought.text);
                if let Some((origin, data, id)) = proof {
                    w.member("signature", &proofs::pack(origin, data, id));
                }
            }),
        });
    });
}

fn write_passage(w: &mut JsonWriter<'_>, passage: Passage) {
    let (kind, source) = match passage.unit {
        PassageUnit::Character => ("documentChar", "documentIndex"),
        PassageUnit::Page => ("documentPage", "documentIndex"),
        PassageUnit::Piece => ("documentChunk", "documentIndex"),
        PassageUnit::SearchResult => ("searchResultLocation", "searchResultIndex"),
    };
    w.member_object(kind, |w| {
        w.member_display(source, passage.source);
        w.member_display("start", passage.start);
        w.member_display("end", passage.end);
    });
}

pub(super) fn write_citation(w: &mut JsonWriter<'_>, citation: &Citation<'_>) {
    w.object(|w| {
        w.maybe_string("title", citation.title.as_deref());
        if let Some(text) = &citation.cited_text {
            w.member_array("sourceContent", |w| w.object(|w| w.member("text", text)));
        }
        if citation.passage.is_some() && !citation.url.is_empty() {
            w.member("source", &citation.url);
        }
        w.member_object("location", |w| match citation.passage {
            None => w.member_object("web", |w| w.member("url", &citation.url)),
            Some(passage) => write_passage(w, passage),
        });
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn document_names_are_legal_and_differ() {
        let mut documents = Documents::default();
        for (wanted, given) in [
            (Some("Bericht: Q3/2026.pdf"), "Bericht Q3 2026 pdf"),
            (Some("a  b"), "a b"),
            (Some("a_b"), "a b 2"),
            (Some("…"), "document"),
            (None, "document 2"),
        ] {
            assert_eq!(documents.name(wanted), given);
        }
    }

    #[test]
    fn base64_of_the_other_alphabet_is_respelt() {
        assert_eq!(standard("-_8").as_deref(), Some("+/8="));
        assert_eq!(standard("AAAA").as_deref(), Some("AAAA"));
        assert_eq!(standard("%").as_deref(), None);
    }
}
