use std::borrow::Cow;

use super::content::{cache_mark, read_content};
use super::wire::{
    ContentBlock, InputMessage, MessagesFormat, MessagesRequest, MessagesTool, MessagesToolChoice,
    Thinking,
};
use crate::ir::{
    Effort, OutputFormat, Reasoning, Request, Role, Sampling, SystemBlock, Tool, ToolChoice,
    ToolKind, Turn, WebSearch,
};
use crate::json::{read, Str, TextOr};
use crate::translate::{Notes, RequestError};

pub(crate) fn decode_request<'a>(
    text: &'a str,
    notes: &mut Notes,
) -> Result<Request<'a>, RequestError> {
    let mut wire: MessagesRequest<'a> = read(text)?;
    notes.unknown(&wire.extra);
    let model = wire
        .model
        .take()
        .ok_or_else(|| RequestError::missing("model"))?;
    let messages = wire
        .messages
        .take()
        .ok_or_else(|| RequestError::missing("messages"))?;
    let max_tokens = wire
        .max_tokens
        .ok_or_else(|| RequestError::missing("max_tokens"))?;
    let mut request = Request {
        model: model.0,
        stream: wire.stream.unwrap_or(false),
        max_output_tokens: Some(max_tokens),
        system: read_system(wire.system.take())?,
        sampling: Sampling {
            temperature: wire.temperature.take(),
            top_p: wire.top_p.take(),
            top_k: wire.top_k,
            stop: wire
                .stop_sequences
                .take()
                .into_iter()
                .flatten()
                .map(|text| text.0)
                .collect(),
            ..Sampling::default()
        },
        reasoning: read_reasoning(
            wire.thinking.as_ref(),
            wire.output_config
                .as_ref()
                .and_then(|config| config.effort.as_deref()),
        )?,
        user: wire
            .metadata
            .and_then(|metadata| metadata.user_id)
            .map(|user| user.0),
        service_tier: wire.service_tier.map(|tier| match &*tier {
            "standard_only" => Cow::Borrowed("default"),
            _ => tier.0,
        }),
        cache: wire.cache_control.map(cache_mark),
        ..Request::default()
    };
    read_messages(messages, &mut request)?;
    for (index, tool) in wire.tools.into_iter().flatten().enumerate() {
        if tool.max_uses.is_some() {
            notes.no_counterpart(format!("tools[{index}].max_uses"));
        }
        request.tools.push(read_tool(tool, index)?);
    }
    if let Some(choice) = wire.tool_choice {
        request.parallel_tool_calls = choice.disable_parallel_tool_use.map(|disabled| !disabled);
        request.tool_choice = Some(read_tool_choice(choice)?);
    }
    let format = wire
        .output_config
        .and_then(|config| config.format)
        .or(wire.output_format);
    request.output_format = format.map(read_format).transpose()?;
    Ok(request)
}

/// Refuses a body whose conversation cannot be read. What only a generation
/// needs, such as `max_tokens`, may be absent.
pub(crate) fn check_conversation(text: &str) -> Result<(), RequestError> {
    let wire: MessagesRequest<'_> = read(text)?;
    let messages = wire
        .messages
        .ok_or_else(|| RequestError::missing("messages"))?;
    read_messages(messages, &mut Request::default())?;
    read_system(wire.system)?;
    Ok(())
}

fn read_system<'a>(
    system: Option<TextOr<'a, ContentBlock<'a>>>,
) -> Result<Vec<SystemBlock<'a>>, RequestError> {
    match system {
        None => Ok(Vec::new()),
        Some(TextOr::Text(text)) => Ok(vec![SystemBlock {
            text,
            developer: false,
            cache: None,
        }]),
        Some(TextOr::List(blocks)) => blocks
            .into_iter()
            .enumerate()
            .map(|(index, block)| {
                Ok(SystemBlock {
                    text: block
                        .text
                        .ok_or_else(|| RequestError::missing(format!("system[{index}].text")))?
                        .0,
                    developer: false,
                    cache: block.cache_control.map(cache_mark),
                })
            })
            .collect(),
    }
}

fn read_reasoning<'a>(
    thinking: Option<&Thinking<'a>>,
    effort: Option<&str>,
) -> Result<Option<Reasoning<'a>>, RequestError> {
    let effort = effort
        .map(|word| {
            Effort::parse(word).ok_or_else(|| {
                RequestError::invalid(
                    "output_config.effort",
                    "must be low, medium, high, xhigh or max",
                )
            })
        })
        .transpose()?;
    let kind = thinking.and_then(|thinking| thinking.kind.as_deref());
    let (adaptive, disabled) = match (thinking, kind) {
        (None, _) => (false, false),
        (Some(_), Some("enabled")) => (false, false),
        (Some(_), Some("adaptive")) => (true, false),
        (Some(_), Some("disabled")) => (false, true),
        _ => {
            return Err(RequestError::invalid(
                "thinking.type",
                "must be enabled, adaptive or disabled",
            ))
        }
    };
    if thinking.is_none() && effort.is_none() {
        return Ok(None);
    }
    Ok(Some(Reasoning {
        effort,
        budget: thinking.and_then(|thinking| thinking.budget_tokens),
        adaptive,
        disabled,
        summary: thinking
            .and_then(|thinking| thinking.display.as_deref())
            .filter(|display| *display == "summarized")
            .map(|_| Cow::Borrowed("auto")),
    }))
}

/// Instructions ahead of the conversation join those at the top; later ones
/// (taken since version 2026-10-21) keep their place.
fn read_messages<'a>(
    messages: Vec<InputMessage<'a>>,
    request: &mut Request<'a>,
) -> Result<(), RequestError> {
    request.turns.reserve(messages.len());
    for (index, message) in messages.into_iter().enumerate() {
        let turn = read_message(message, index)?;
        if turn.role == Role::System && request.turns.is_empty() {
            let blocks = SystemBlock::of_turn(turn.blocks, false);
            request.system.extend(blocks);
        } else {
            request.turns.push(turn);
        }
    }
    Ok(())
}

fn read_message<'a>(message: InputMessage<'a>, index: usize) -> Result<Turn<'a>, RequestError> {
    let role = match message.role.as_deref() {
        Some("user") => Role::User,
        Some("assistant") => Role::Assistant,
        Some("system") => Role::System,
        Some(_) => {
            return Err(RequestError::invalid(
                format!("messages[{index}].role"),
                "must be user or assistant",
            ))
        }
        None => return Err(RequestError::missing(format!("messages[{index}].role"))),
    };
    let blocks = match message.content {
        None => return Err(RequestError::missing(format!("messages[{index}].content"))),
        Some(content) => read_content(content, &format!("messages[{index}].content"))?,
    };
    Ok(Turn {
        at: index,
        role,
        name: None,
        blocks,
    })
}

fn read_tool(tool: MessagesTool<'_>, index: usize) -> Result<Tool<'_>, RequestError> {
    let name = tool
        .name
        .ok_or_else(|| RequestError::missing(format!("tools[{index}].name")))?;
    let kind = match tool.kind {
        Some(kind) if kind.starts_with("web_search") => ToolKind::WebSearch(WebSearch {
            context_size: None,
            user_location: tool.user_location.map(|raw| Cow::Borrowed(raw.get())),
            allowed_domains: names(tool.allowed_domains),
            blocked_domains: names(tool.blocked_domains),
        }),
        Some(kind) if &*kind != "custom" => ToolKind::BuiltIn { kind: kind.0 },
        _ => ToolKind::Function {
            parameters: tool.input_schema.map(|raw| Cow::Borrowed(raw.get())),
            strict: tool.strict,
        },
    };
    Ok(Tool {
        name: name.0,
        namespace: None,
        description: tool.description.map(|text| text.0),
        kind,
        cache: tool.cache_control.map(cache_mark),
    })
}

fn names<'a>(list: Option<Vec<Str<'a>>>) -> Vec<Cow<'a, str>> {
    list.into_iter().flatten().map(|name| name.0).collect()
}

fn read_tool_choice(choice: MessagesToolChoice<'_>) -> Result<ToolChoice<'_>, RequestError> {
    match choice.kind.as_deref() {
        Some("auto") => Ok(ToolChoice::Auto),
        Some("any") => Ok(ToolChoice::Required),
        Some("none") => Ok(ToolChoice::None),
        Some("tool") => choice
            .name
            .map(|name| ToolChoice::Named(name.0))
            .ok_or_else(|| RequestError::missing("tool_choice.name")),
        _ => Err(RequestError::invalid(
            "tool_choice.type",
            "must be auto, any, tool or none",
        )),
    }
}

fn read_format(format: MessagesFormat<'_>) -> Result<OutputFormat<'_>, RequestError> {
    match (format.kind.as_deref(), format.schema) {
        (Some("json_schema"), Some(schema)) => Ok(OutputFormat::JsonSchema {
            name: None,
            description: None,
            schema: Cow::Borrowed(schema.get()),
            strict: None,
        }),
        (Some("json_schema"), None) => Err(RequestError::missing("output_config.format.schema")),
        _ => Err(RequestError::invalid(
            "output_config.format.type",
            "must be json_schema",
        )),
    }
}
