//! Content parts of messages and tool outputs.

use std::borrow::Cow;

use serde_json::value::RawValue;

use super::wire::{Annotation, ImageUrl, Part};
use crate::ir::{Block, Citation, Media, MediaKind, Source, Text};
use crate::json::{raw_string, JsonWriter};
use crate::media::{sniff, split_data_uri};
use crate::translate::RequestError;

pub(super) fn read_parts<'a>(
    parts: Vec<Part<'a>>,
    path: &str,
) -> Result<Vec<Block<'a>>, RequestError> {
    let mut blocks = Vec::with_capacity(parts.len());
    for (index, part) in parts.into_iter().enumerate() {
        blocks.extend(read_part(part, &|| format!("{path}[{index}]"))?);
    }
    Ok(blocks)
}

fn read_part<'a>(
    part: Part<'a>,
    path: &dyn Fn() -> String,
) -> Result<Option<Block<'a>>, RequestError> {
    let missing = |member: &str| RequestError::missing(format!("{}.{member}", path()));
    let kind = part.kind.ok_or_else(|| missing("type"))?;
    let media = |kind, source, media_type| Media {
        kind,
        source,
        media_type,
        name: None,
        context: None,
        detail: None,
        cite: false,
        cache: None,
    };
    Ok(match &*kind {
        "input_text" | "output_text" | "text" | "summary_text" => {
            let text = part.text.ok_or_else(|| missing("text"))?;
            (!text.is_empty()).then(|| {
                Block::Text(Text {
                    text: text.0,
                    citations: read_annotations(part.annotations),
                    ..Text::default()
                })
            })
        }
        "refusal" => part.refusal.map(|text| Block::Refusal(text.0)),
        "input_image" => {
            let url = part.image_url.and_then(read_image_url);
            let (source, media_type) = match (url, part.file_id) {
                (Some(url), _) => read_url(url),
                (None, Some(id)) => (Source::File(id.0), Cow::Borrowed("")),
                (None, None) => return Err(missing("image_url")),
            };
            Some(Block::Media(Media {
                detail: part.detail.map(|detail| detail.0),
                ..media(MediaKind::Image, source, media_type)
            }))
        }
        "input_file" => {
            let (source, media_type) = match (part.file_data, part.file_url, part.file_id) {
                (Some(data), ..) => match read_url(data.0) {
                    // Bare base64 is taken too.
                    (Source::Url(data), _) if !data.contains(':') => {
                        (Source::Base64(data), Cow::Borrowed("application/pdf"))
                    }
                    read => read,
                },
                (None, Some(url), _) => read_url(url.0),
                (None, None, Some(id)) => (Source::File(id.0), Cow::Borrowed("")),
                (None, None, None) => return Err(missing("file_data")),
            };
            Some(Block::Media(Media {
                name: part.filename.map(|name| name.0),
                ..media(MediaKind::Document, source, media_type)
            }))
        }
        "input_audio" => {
            let audio = part.input_audio.ok_or_else(|| missing("input_audio"))?;
            let data = audio.data.ok_or_else(|| missing("input_audio.data"))?;
            let format = audio.format.as_deref().unwrap_or("wav");
            let media_type = Cow::Owned(format!("audio/{format}"));
            Some(Block::Media(media(
                MediaKind::Audio,
                Source::Base64(data.0),
                media_type,
            )))
        }
        other => {
            return Err(RequestError::invalid(
                format!("{}.type", path()),
                &format!("content of type `{other}` cannot be translated for this provider"),
            ))
        }
    })
}

/// A string by contract; the object of Chat is taken too.
fn read_image_url(raw: &RawValue) -> Option<Cow<'_, str>> {
    raw_string(raw).or_else(|| {
        let image: ImageUrl<'_> = serde_json::from_str(raw.get()).ok()?;
        Some(image.url?.0)
    })
}

fn read_url(url: Cow<'_, str>) -> (Source<'_>, Cow<'_, str>) {
    match split_data_uri(url) {
        Ok((media_type, data)) => (Source::Base64(data), media_type),
        Err(url) => (Source::Url(url), Cow::Borrowed("")),
    }
}

pub(super) fn read_annotations(annotations: Option<Vec<Annotation<'_>>>) -> Vec<Citation<'_>> {
    annotations
        .into_iter()
        .flatten()
        .filter_map(read_annotation)
        .collect()
}

/// Only pages have a form in other APIs; files are the provider's own.
pub(super) fn read_annotation(annotation: Annotation<'_>) -> Option<Citation<'_>> {
    if annotation.kind.as_deref() != Some("url_citation") {
        return None;
    }
    Some(Citation {
        url: annotation.url?.0,
        title: annotation.title.map(|title| title.0),
        passage: None,
        cited_text: None,
        span: annotation
            .start_index
            .zip(annotation.end_index)
            .map(|(start, end)| (start.0, end.0)),
    })
}

/// `text` is that of the part.
pub(super) fn write_annotation(w: &mut JsonWriter<'_>, citation: &Citation<'_>, text: &str) {
    let (start, end) = citation.span_in(text);
    w.object(|w| {
        w.member("type", "url_citation");
        w.member("url", &citation.url);
        w.member("title", citation.title.as_deref().unwrap_or_default());
        w.member_display("start_index", start);
        w.member_display("end_index", end);
    });
}

/// A part of what the user or a tool gives.
pub(super) fn write_input_part(w: &mut JsonWriter<'_>, block: &Block<'_>) {
    match block {
        Block::Text(text) => write_input_text(w, &text.text),
        Block::Refusal(text) => write_input_text(w, text),
        Block::Media(media) => write_media(w, media),
        _ => {}
    }
}

fn write_input_text(w: &mut JsonWriter<'_>, text: &str) {
    w.object(|w| {
        w.member("type", "input_text");
        w.member("text", text);
    });
}

fn write_media(w: &mut JsonWriter<'_>, media: &Media<'_>) {
    w.object(|w| match (&media.source, media.kind) {
        (Source::PlainText(text), _) => {
            w.member("type", "input_text");
            match &media.name {
                Some(name) => w.member_joined("text", [name.as_ref(), "\n", text.as_ref()]),
                None => w.member("text", text),
            }
        }
        (source, MediaKind::Audio) => {
            w.member("type", "input_audio");
            w.member_object("input_audio", |w| {
                if let Source::Base64(data) = source {
                    w.member("data", data);
                }
                let format = media.media_type.rsplit('/').next();
                w.member("format", format.unwrap_or("wav"));
            });
        }
        (source, MediaKind::Image) => {
            w.member("type", "input_image");
            match source {
                Source::Base64(data) => write_data(w, "image_url", media, sniff(data), data),
                Source::File(id) => w.member("file_id", id),
                Source::Url(url) | Source::PlainText(url) => w.member("image_url", url),
            }
            w.member("detail", media.detail.as_deref().unwrap_or("auto"));
        }
        (source, MediaKind::Document | MediaKind::Video) => {
            w.member("type", "input_file");
            match source {
                Source::Base64(data) => {
                    w.member("filename", media.name.as_deref().unwrap_or("document.pdf"));
                    write_data(w, "file_data", media, "application/pdf", data);
                }
                Source::File(id) => w.member("file_id", id),
                Source::Url(url) | Source::PlainText(url) => w.member("file_url", url),
            }
        }
    });
}

fn write_data(w: &mut JsonWriter<'_>, member: &str, media: &Media<'_>, default: &str, data: &str) {
    let media_type = match media.media_type.is_empty() {
        true => default,
        false => &media.media_type,
    };
    w.member_joined(member, ["data:", media_type, ";base64,", data]);
}
