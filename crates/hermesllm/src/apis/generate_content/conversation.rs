//! Contents as turns.

use std::borrow::Cow;

use super::parts::{read_file, read_inline, read_model_part};
use super::wire::{Content, FunctionResponse, Part, PartResolution};
use crate::api::Api;
use crate::ir::{Block, Media, Opaque, Role, ToolResult, Turn};
use crate::json::{read, wire_struct, Str};
use crate::translate::RequestError;

use serde_json::value::RawValue;

wire_struct!(
    /// The two keys by which a response says what came of the call.
    Outcome<'a> {
        "output" => output: &'a RawValue,
        "error" => error: &'a RawValue,
    }
);

/// A call that waits for its response.
#[derive(Debug)]
struct OpenCall {
    id: String,
    name: String,
}

/// Reads the contents in order; `resolution` is that of all their images.
pub(super) fn read_contents<'a>(
    contents: Vec<Content<'a>>,
    resolution: Option<&'static str>,
) -> Result<Vec<Turn<'a>>, RequestError> {
    let mut turns: Vec<Turn<'a>> = Vec::with_capacity(contents.len());
    let mut open: Vec<OpenCall> = Vec::new();
    let mut made = 0u64;
    for (at, content) in contents.into_iter().enumerate() {
        let role = match content.role.as_deref() {
            None | Some("" | "user" | "function") => Role::User,
            Some("model") => Role::Assistant,
            Some(_) => {
                return Err(RequestError::invalid(
                    format!("contents[{at}].role"),
                    "must be user or model",
                ))
            }
        };
        let mut blocks = match turns.last_mut() {
            Some(last) if last.role == role => std::mem::take(&mut last.blocks),
            _ => {
                if role == Role::Assistant {
                    open.clear();
                }
                turns.push(Turn {
                    at,
                    role,
                    name: None,
                    blocks: Vec::new(),
                });
                Vec::new()
            }
        };
        for (ordinal, part) in content.parts.into_iter().flatten().enumerate() {
            let path = || format!("contents[{at}].parts[{ordinal}]");
            if role == Role::Assistant {
                let mut make = || {
                    made += 1;
                    format!("call_{made}")
                };
                read_model_part(part, &mut make, &mut blocks);
                if let Some(Block::ToolCall(call)) = blocks.last() {
                    if open.last().is_none_or(|last| *last.id != *call.id) {
                        open.push(OpenCall {
                            id: call.id.to_string(),
                            name: call.name.to_string(),
                        });
                    }
                }
            } else {
                read_user_part(part, resolution, &mut open, &mut made, &path, &mut blocks)?;
            }
        }
        if let Some(last) = turns.last_mut() {
            last.blocks = blocks;
        }
    }
    turns.retain(|turn| !turn.blocks.is_empty());
    Ok(turns)
}

fn read_user_part<'a>(
    part: Part<'a>,
    resolution: Option<&'static str>,
    open: &mut Vec<OpenCall>,
    made: &mut u64,
    path: &dyn Fn() -> String,
    blocks: &mut Vec<Block<'a>>,
) -> Result<(), RequestError> {
    let detail = read_resolution(part.media_resolution).or(resolution);
    let with_detail = |media: Media<'a>| Media {
        detail: detail.map(Cow::Borrowed),
        ..media
    };
    if let Some(response) = part.function_response {
        blocks.push(Block::ToolResult(read_response(
            response, open, made, path,
        )?));
    } else if let Some(text) = part.text {
        if !text.is_empty() {
            blocks.push(Block::text(text.0));
        }
    } else if let Some(data) = part.inline_data {
        blocks.push(Block::Media(with_detail(read_inline(data))));
    } else if let Some(file) = part.file_data {
        let media = read_file(file).ok_or_else(|| unfetched(path))?;
        blocks.push(Block::Media(with_detail(media)));
    } else if part.function_call.is_some() {
        return Err(RequestError::invalid(
            path(),
            "a functionCall can only be in a content of the role `model`",
        ));
    } else if let Some((kind, _)) = part.extra.into_iter().next() {
        blocks.push(Block::Opaque(Opaque {
            api: Api::GenerateContent,
            kind: kind.0,
        }));
    }
    Ok(())
}

fn unfetched(path: &dyn Fn() -> String) -> RequestError {
    RequestError::invalid(
        format!("{}.fileData.fileUri", path()),
        "only Google can read this address; send the data inline",
    )
}

fn read_resolution(resolution: Option<PartResolution<'_>>) -> Option<&'static str> {
    detail_of(resolution?.level.as_deref()?)
}

/// A `mediaResolution` in the words of Chat.
pub(super) fn detail_of(resolution: &str) -> Option<&'static str> {
    match resolution {
        "MEDIA_RESOLUTION_LOW" => Some("low"),
        "MEDIA_RESOLUTION_MEDIUM" => Some("auto"),
        "MEDIA_RESOLUTION_HIGH" | "MEDIA_RESOLUTION_ULTRA_HIGH" => Some("high"),
        _ => None,
    }
}

/// Without an id, a response belongs to the first open call of its name, else
/// to the first open call.
fn read_response<'a>(
    response: FunctionResponse<'a>,
    open: &mut Vec<OpenCall>,
    made: &mut u64,
    path: &dyn Fn() -> String,
) -> Result<ToolResult<'a>, RequestError> {
    let given = response.id.filter(|id| !id.is_empty());
    let name = response.name.unwrap_or_default();
    let at = match &given {
        Some(id) => open.iter().position(|call| *call.id == **id),
        None => open
            .iter()
            .position(|call| *call.name == *name)
            .or_else(|| (!open.is_empty()).then_some(0)),
    };
    let call_id = match (at.map(|at| open.remove(at)), given) {
        (Some(call), _) => Cow::Owned(call.id),
        (None, Some(id)) => id.0,
        (None, None) => {
            *made += 1;
            Cow::Owned(format!("call_{made}"))
        }
    };
    let (text, is_error) = response
        .response
        .map_or((Cow::Borrowed(""), false), read_outcome);
    let mut parts = match text.is_empty() {
        true => Vec::new(),
        false => vec![Block::text(text)],
    };
    for part in response.parts.into_iter().flatten() {
        if let Some(data) = part.inline_data {
            parts.push(Block::Media(read_inline(data)));
        } else if let Some(file) = part.file_data {
            let media = read_file(file).ok_or_else(|| unfetched(path))?;
            parts.push(Block::Media(media));
        }
    }
    Ok(ToolResult {
        call_id,
        parts,
        is_error,
        cache: None,
    })
}

/// A lone `output` or `error` is what the function gave; any other object is
/// as a whole.
fn read_outcome(response: &RawValue) -> (Cow<'_, str>, bool) {
    let whole = (Cow::Borrowed(response.get()), false);
    let Ok(outcome) = read::<Outcome<'_>>(response.get()) else {
        return whole;
    };
    match (outcome.output, outcome.error, outcome.extra.as_slice()) {
        (Some(output), None, []) => (words(output), false),
        (None, Some(error), []) => (words(error), true),
        _ => whole,
    }
}

fn words(raw: &RawValue) -> Cow<'_, str> {
    match serde_json::from_str::<Str<'_>>(raw.get()) {
        Ok(text) => text.0,
        Err(_) => Cow::Borrowed(raw.get()),
    }
}
