//! Messages as turns.

use std::borrow::Cow;

use super::documents::read_data;
use super::thoughts::own;
use super::wire::{CohereCall, CohereMessage, ContentPart};
use crate::ir::{
    Block, Media, MediaKind, Request, Role, Source, SystemBlock, ThoughtKind, ToolCall, ToolInput,
    ToolResult, Turn,
};
use crate::json::TextOr;
use crate::media::split_data_uri;
use crate::translate::RequestError;

pub(super) fn read_messages<'a>(
    messages: Vec<CohereMessage<'a>>,
    request: &mut Request<'a>,
) -> Result<(), RequestError> {
    for (at, mut message) in messages.into_iter().enumerate() {
        let path = format!("messages[{at}]");
        let role = message
            .role
            .take()
            .ok_or_else(|| RequestError::missing(format!("{path}.role")))?;
        let (role, blocks) = match &*role {
            "system" | "developer" => {
                let blocks = read_content(message.content, &path)?;
                if request.turns.is_empty() {
                    request.system.extend(SystemBlock::of_turn(blocks, false));
                    continue;
                }
                (Role::System, blocks)
            }
            "user" => (Role::User, read_content(message.content, &path)?),
            "assistant" => (Role::Assistant, read_assistant(message, &path)?),
            "tool" => {
                let result = Block::ToolResult(ToolResult {
                    call_id: message
                        .tool_call_id
                        .take()
                        .ok_or_else(|| RequestError::missing(format!("{path}.tool_call_id")))?
                        .0,
                    parts: read_content(message.content, &path)?,
                    is_error: false,
                    cache: None,
                });
                match request.turns.last_mut() {
                    // Results of one assistant turn share one user turn.
                    Some(last) if matches!(last.blocks.first(), Some(Block::ToolResult(_))) => {
                        last.blocks.push(result);
                        continue;
                    }
                    _ => (Role::User, vec![result]),
                }
            }
            _ => {
                return Err(RequestError::invalid(
                    format!("{path}.role"),
                    "must be system, user, assistant or tool",
                ))
            }
        };
        request.turns.push(Turn {
            at,
            role,
            name: None,
            blocks,
        });
    }
    Ok(())
}

/// What an assistant said, in a request or in a reply.
pub(super) fn read_assistant<'a>(
    message: CohereMessage<'a>,
    path: &str,
) -> Result<Vec<Block<'a>>, RequestError> {
    let mut blocks = read_content(message.content, path)?;
    if let Some(plan) = message.tool_plan.filter(|plan| !plan.is_empty()) {
        // Ahead of what is said, behind what is thought.
        let is_thought = |block: &Block<'_>| matches!(block, Block::Thought(_));
        let at = blocks.iter().take_while(|block| is_thought(block)).count();
        blocks.insert(at, Block::Thought(own(ThoughtKind::Plan, plan.0)));
    }
    for (ordinal, call) in message.tool_calls.into_iter().flatten().enumerate() {
        let call = read_call(call).ok_or_else(|| {
            RequestError::missing(format!("{path}.tool_calls[{ordinal}].function"))
        })?;
        blocks.push(Block::ToolCall(call));
    }
    Ok(blocks)
}

fn read_call(call: CohereCall<'_>) -> Option<ToolCall<'_>> {
    let function = call.function?;
    Some(ToolCall {
        id: call.id.unwrap_or_default().0,
        name: function.name.unwrap_or_default().0,
        namespace: None,
        input: ToolInput::Json(function.arguments.unwrap_or_default().0),
        proof: None,
        cache: None,
    })
}

fn read_content<'a>(
    content: Option<TextOr<'a, ContentPart<'a>>>,
    path: &str,
) -> Result<Vec<Block<'a>>, RequestError> {
    match content {
        None => Ok(Vec::new()),
        Some(TextOr::Text(text)) if text.is_empty() => Ok(Vec::new()),
        Some(TextOr::Text(text)) => Ok(vec![Block::text(text)]),
        Some(TextOr::List(parts)) => {
            let mut blocks = Vec::with_capacity(parts.len());
            for (ordinal, part) in parts.into_iter().enumerate() {
                blocks.extend(read_part(part, &format!("{path}.content[{ordinal}]"))?);
            }
            Ok(blocks)
        }
    }
}

fn read_part<'a>(part: ContentPart<'a>, path: &str) -> Result<Option<Block<'a>>, RequestError> {
    if let Some(text) = part.text {
        return Ok((!text.is_empty()).then(|| Block::text(text.0)));
    }
    if let Some(text) = part.thinking {
        return Ok((!text.is_empty()).then(|| Block::Thought(own(ThoughtKind::Full, text.0))));
    }
    if let Some(image) = part.image_url {
        let (source, media_type) = match split_data_uri(image.url.unwrap_or_default().0) {
            Ok((media_type, data)) => (Source::Base64(data), media_type),
            Err(url) => (Source::Url(url), Cow::Borrowed("")),
        };
        return Ok(Some(Block::Media(Media {
            kind: MediaKind::Image,
            source,
            media_type,
            name: None,
            context: None,
            detail: image.detail.map(|detail| detail.0),
            cite: false,
            cache: None,
        })));
    }
    if let Some(data) = part.document.and_then(|document| document.data) {
        return Ok(Some(Block::text(read_data(data).0)));
    }
    Err(RequestError::invalid(
        format!("{path}.type"),
        "must be text, thinking, image_url or document",
    ))
}
