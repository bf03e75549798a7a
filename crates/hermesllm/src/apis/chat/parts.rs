//! Content parts of messages that clients send.

use std::borrow::Cow;

use serde_json::value::RawValue;

use super::decode::cache_mark;
use super::wire::{ChatMessage, ChatPart, ImageUrl};
use crate::ir::{Block, Media, MediaKind, Source, Text, Thought, ThoughtKind};
use crate::json::{raw_string, TextOr};
use crate::media::split_data_uri;
use crate::translate::RequestError;

/// Text and media of a message, empty text left out.
pub(super) fn read_content<'a>(
    message: &mut ChatMessage<'a>,
    index: usize,
) -> Result<Vec<Block<'a>>, RequestError> {
    match message.content.take() {
        None => Ok(Vec::new()),
        Some(TextOr::Text(text)) => Ok(if text.is_empty() {
            Vec::new()
        } else {
            vec![Block::Text(Text {
                text,
                cache: message.cache_control.take().map(cache_mark),
                ..Text::default()
            })]
        }),
        Some(TextOr::List(parts)) => {
            let mut blocks = Vec::with_capacity(parts.len());
            for (ordinal, part) in parts.into_iter().enumerate() {
                let path = || format!("messages[{index}].content[{ordinal}]");
                blocks.extend(read_part(part, &path)?);
            }
            Ok(blocks)
        }
    }
}

fn read_part<'a>(
    part: ChatPart<'a>,
    path: &dyn Fn() -> String,
) -> Result<Option<Block<'a>>, RequestError> {
    let cache = part.cache_control.map(cache_mark);
    let kind = part
        .kind
        .ok_or_else(|| RequestError::missing(format!("{}.type", path())))?;
    match &*kind {
        "text" | "input_text" | "output_text" => {
            let text = part
                .text
                .ok_or_else(|| RequestError::missing(format!("{}.text", path())))?;
            Ok((!text.is_empty()).then(|| {
                Block::Text(Text {
                    text: text.0,
                    cache,
                    ..Text::default()
                })
            }))
        }
        "image_url" | "video_url" => {
            let raw = part
                .image_url
                .or(part.video_url)
                .ok_or_else(|| RequestError::missing(format!("{}.{}", path(), &*kind)))?;
            let (url, detail) = read_image_url(raw).ok_or_else(|| {
                RequestError::invalid(
                    format!("{}.{}", path(), &*kind),
                    "must be an object with a url",
                )
            })?;
            let (source, media_type) = read_url(url);
            Ok(Some(Block::Media(Media {
                kind: if &*kind == "image_url" {
                    MediaKind::Image
                } else {
                    MediaKind::Video
                },
                source,
                media_type,
                name: None,
                context: None,
                detail,
                cite: false,
                cache,
            })))
        }
        "file" => {
            let file = part
                .file
                .ok_or_else(|| RequestError::missing(format!("{}.file", path())))?;
            let (source, media_type) = match (file.file_data, file.file_id) {
                (Some(data), _) => read_url(data.0),
                (None, Some(id)) => (Source::File(id.0), Cow::Borrowed("")),
                (None, None) => {
                    return Err(RequestError::missing(format!("{}.file.file_data", path())))
                }
            };
            Ok(Some(Block::Media(Media {
                kind: MediaKind::Document,
                source,
                media_type,
                name: file.filename.map(|name| name.0),
                context: None,
                detail: None,
                cite: false,
                cache,
            })))
        }
        "input_audio" => {
            let audio = part
                .input_audio
                .ok_or_else(|| RequestError::missing(format!("{}.input_audio", path())))?;
            let format = audio.format.unwrap_or_default();
            Ok(Some(Block::Media(Media {
                kind: MediaKind::Audio,
                source: Source::Base64(audio.data.unwrap_or_default().0),
                media_type: Cow::Owned(format!("audio/{}", &*format)),
                name: None,
                context: None,
                detail: None,
                cite: false,
                cache,
            })))
        }
        "refusal" => Ok(part.refusal.map(|text| Block::Refusal(text.0))),
        "thinking" => Ok(part
            .thinking
            .map(|thinking| Block::Thought(read_thinking(thinking)))),
        other => Err(RequestError::invalid(
            format!("{}.type", path()),
            &format!("content of type `{other}` cannot be translated for this provider"),
        )),
    }
}

/// What a model drew: a list beside the text.
/// <https://openrouter.ai/docs/features/multimodal/image-generation>
pub(super) fn read_drawings<'a>(images: Option<Vec<ChatPart<'a>>>) -> Vec<Block<'a>> {
    let urls = images
        .into_iter()
        .flatten()
        .filter_map(|part| read_image_url(part.image_url?));
    urls.filter_map(|(url, _)| {
        let (source, media_type) = read_url(url);
        let leads_somewhere = match &source {
            Source::Url(url) => url.starts_with("https://") || url.starts_with("http://"),
            _ => true,
        };
        leads_somewhere.then(|| Block::Media(Media::drawn(media_type, source)))
    })
    .collect()
}

/// Mistral's reasoning: a part that holds text parts.
pub(super) fn read_thinking<'a>(thinking: TextOr<'a, ChatPart<'a>>) -> Thought<'a> {
    let text = match thinking {
        TextOr::Text(text) => text,
        TextOr::List(parts) => parts
            .into_iter()
            .filter_map(|part| part.text)
            .fold(Cow::Borrowed(""), |joined, text| joined + text.0),
    };
    Thought {
        kind: ThoughtKind::Full,
        text,
        proof: None,
    }
}

fn read_image_url(raw: &RawValue) -> Option<(Cow<'_, str>, Option<Cow<'_, str>>)> {
    if let Some(url) = raw_string(raw) {
        return Some((url, None));
    }
    let image: ImageUrl<'_> = serde_json::from_str(raw.get()).ok()?;
    Some((image.url?.0, image.detail.map(|detail| detail.0)))
}

fn read_url(url: Cow<'_, str>) -> (Source<'_>, Cow<'_, str>) {
    match split_data_uri(url) {
        Ok((media_type, data)) => (Source::Base64(data), media_type),
        Err(url) => (Source::Url(url), Cow::Borrowed("")),
    }
}
