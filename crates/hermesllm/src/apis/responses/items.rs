//! Items that clients send, as turns.

use std::borrow::Cow;

use super::decode::read_member;
use super::parts::read_parts;
use super::reasoning::read_reasoning_item;
use super::tool_definitions::read_tools;
use super::wire::{Item, Part};
use crate::api::Api;
use crate::ir::{
    Block, Media, Opaque, Request, Role, Source, SystemBlock, ToolCall, ToolInput, ToolResult, Turn,
};
use crate::json::{raw_string, TextOr};
use crate::media::sniff;
use crate::translate::RequestError;

/// Neighbouring items of the assistant are one turn, and so are neighbouring
/// results of tools.
pub(super) fn read_items<'a>(
    items: Vec<Item<'a>>,
    request: &mut Request<'a>,
) -> Result<(), RequestError> {
    let mut reader = ItemReader { request };
    for (index, item) in items.into_iter().enumerate() {
        reader.read(item, index)?;
    }
    Ok(())
}

struct ItemReader<'r, 'a> {
    request: &'r mut Request<'a>,
}

impl<'a> ItemReader<'_, 'a> {
    fn read(&mut self, item: Item<'a>, index: usize) -> Result<(), RequestError> {
        let path = |member: &str| format!("input[{index}].{member}");
        match item.kind.as_deref() {
            Some("message") => self.read_message(item, index),
            None if item.role.is_some() => self.read_message(item, index),
            Some("reasoning") => {
                let thought = read_reasoning_item(item, &path("reasoning"))?;
                self.assistant(index, Block::Thought(thought));
                Ok(())
            }
            Some("function_call" | "custom_tool_call") => {
                let call = read_call(item).map_err(|member| RequestError::missing(path(member)))?;
                self.assistant(index, Block::ToolCall(call));
                Ok(())
            }
            Some(DRAWING) if item.result.is_some() => {
                if let Some(media) = read_drawing(item) {
                    self.assistant(index, Block::Media(media));
                }
                Ok(())
            }
            Some("function_call_output" | "custom_tool_call_output") => {
                let result = read_result(item, index)?;
                self.result(index, result);
                Ok(())
            }
            // Tools that Codex adds in the middle of a conversation.
            Some("additional_tools") => {
                if let Some(raw) = item.tools {
                    let tools = read_tools(raw, &path("tools"))?;
                    self.request.tools.extend(tools);
                }
                Ok(())
            }
            Some("item_reference") | None if item.id.is_some() => Err(RequestError::invalid(
                format!("input[{index}]"),
                "an item reference points to an item that lives at the provider that made it; \
                 send the item itself",
            )),
            None => Err(RequestError::missing(path("type"))),
            Some("compaction") => Err(RequestError::invalid(
                format!("input[{index}]"),
                "a compacted conversation can be read by the provider alone that made it; \
                 send the items themselves",
            )),
            Some(kind) => {
                let kind = Cow::Owned(kind.to_owned());
                let api = Api::Responses;
                self.assistant(index, Block::Opaque(Opaque { api, kind }));
                Ok(())
            }
        }
    }

    fn read_message(&mut self, item: Item<'a>, index: usize) -> Result<(), RequestError> {
        let path = || format!("input[{index}].content");
        let role = item
            .role
            .ok_or_else(|| RequestError::missing(format!("input[{index}].role")))?;
        let content = item.content.ok_or_else(|| RequestError::missing(path()))?;
        let blocks = match read_member::<TextOr<'a, Part<'a>>>(content, &path())? {
            TextOr::Text(text) if text.is_empty() => Vec::new(),
            TextOr::Text(text) => vec![Block::text(text)],
            TextOr::List(parts) => read_parts(parts, &path())?,
        };
        match &*role {
            "assistant" => {
                for block in blocks {
                    self.assistant(index, block);
                }
            }
            "user" => self.push(index, Role::User, blocks),
            "system" | "developer" if self.request.turns.is_empty() => {
                let developer = &*role == "developer";
                let system = SystemBlock::of_turn(blocks, developer);
                self.request.system.extend(system);
            }
            "system" | "developer" => self.push(index, Role::System, blocks),
            _ => {
                return Err(RequestError::invalid(
                    format!("input[{index}].role"),
                    "must be user, assistant, system or developer",
                ))
            }
        }
        Ok(())
    }

    fn push(&mut self, at: usize, role: Role, blocks: Vec<Block<'a>>) {
        self.request.turns.push(Turn {
            at,
            role,
            name: None,
            blocks,
        });
    }

    fn assistant(&mut self, index: usize, block: Block<'a>) {
        match self.request.turns.last_mut() {
            Some(last) if last.role == Role::Assistant => last.blocks.push(block),
            _ => self.push(index, Role::Assistant, vec![block]),
        }
    }

    fn result(&mut self, index: usize, result: ToolResult<'a>) {
        let block = Block::ToolResult(result);
        if let Some(last) = self.request.turns.last_mut() {
            // A user turn that begins with a result holds nothing else.
            let has_results = matches!(last.blocks.first(), Some(Block::ToolResult(_)));
            if last.role == Role::User && has_results {
                last.blocks.push(block);
                return;
            }
        }
        self.push(index, Role::User, vec![block]);
    }
}

/// The type of items that hold what the model drew.
pub(super) const DRAWING: &str = "image_generation_call";

/// The image of a finished item of type [`DRAWING`].
pub(super) fn read_drawing(item: Item<'_>) -> Option<Media<'_>> {
    let data = item.result.filter(|data| !data.is_empty())?.0;
    let media_type = match item.output_format.as_deref() {
        Some(format) => Cow::Owned(format!("image/{format}")),
        None => Cow::Borrowed(sniff(&data)),
    };
    Some(Media::drawn(media_type, Source::Base64(data)))
}

/// A call of a request or a reply; the error is the name of the missing member.
pub(super) fn read_call(item: Item<'_>) -> Result<ToolCall<'_>, &'static str> {
    let text = |raw| raw_string(raw).unwrap_or(Cow::Borrowed(raw.get()));
    let input = match item.kind.as_deref() {
        Some("custom_tool_call") => ToolInput::Raw(item.input.map_or(Cow::Borrowed(""), text)),
        // A string by contract; some services send an object.
        _ => ToolInput::Json(item.arguments.map_or(Cow::Borrowed(""), text)),
    };
    Ok(ToolCall {
        id: item.call_id.or(item.id).ok_or("call_id")?.0,
        name: item.name.ok_or("name")?.0,
        namespace: item.namespace.map(|namespace| namespace.0),
        input,
        proof: None,
        cache: None,
    })
}

fn read_result(item: Item<'_>, index: usize) -> Result<ToolResult<'_>, RequestError> {
    let path = format!("input[{index}].output");
    let call_id = item
        .call_id
        .ok_or_else(|| RequestError::missing(format!("input[{index}].call_id")))?;
    let raw = item
        .output
        .ok_or_else(|| RequestError::missing(path.clone()))?;
    let parts = if raw.get().starts_with('{') {
        // Not in the contract, but sent: a value instead of its text.
        vec![Block::text(raw.get())]
    } else {
        match read_member::<TextOr<'_, Part<'_>>>(raw, &path)? {
            TextOr::Text(text) => vec![Block::text(text)],
            TextOr::List(parts) => read_parts(parts, &path)?,
        }
    };
    Ok(ToolResult {
        call_id: call_id.0,
        parts,
        is_error: false,
        cache: None,
    })
}
