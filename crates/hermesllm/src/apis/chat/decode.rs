use std::borrow::Cow;

use super::parts::{read_content, read_drawings};
use super::thoughts::read_thoughts;
use super::tool_definitions::read_tools;
use super::wire::{CacheControl, ChatMessage, ChatRequest, ChatToolCall};
use crate::ir::{
    Block, CacheMark, Effort, Origin, OutputFormat, Proof, Reasoning, Request, Role, Sampling,
    SystemBlock, ToolCall, ToolInput, ToolResult, Turn,
};
use crate::json::{raw_string, read, TextOr};
use crate::translate::{Notes, RequestError};

pub(crate) fn decode_request<'a>(
    text: &'a str,
    notes: &mut Notes,
) -> Result<Request<'a>, RequestError> {
    let mut wire: ChatRequest<'a> = read(text)?;
    wire.extra
        .retain(|(key, raw)| &**key != "modalities" || raw.get().contains("audio"));
    if wire.extra.iter().any(|(key, _)| &**key == "modalities") {
        return Err(RequestError::invalid(
            "modalities",
            "audio output cannot be translated for this provider",
        ));
    }
    notes.unknown(&wire.extra);
    let model = wire
        .model
        .take()
        .ok_or_else(|| RequestError::missing("model"))?;
    let messages = wire
        .messages
        .take()
        .ok_or_else(|| RequestError::missing("messages"))?;
    let mut request = Request {
        model: model.0,
        stream: wire.stream.unwrap_or(false),
        include_usage: wire
            .stream_options
            .as_ref()
            .and_then(|options| options.include_usage)
            .unwrap_or(false),
        ..Request::default()
    };
    read_messages(messages, &mut request)?;
    read_tools(&mut wire, &mut request)?;
    request.sampling = read_sampling(&mut wire);
    request.max_output_tokens = wire.max_completion_tokens.or(wire.max_tokens);
    request.parallel_tool_calls = wire.parallel_tool_calls;
    request.reasoning = read_effort(wire.reasoning_effort.as_deref())?;
    request.output_format = read_response_format(wire.response_format)?;
    request.verbosity = wire.verbosity.map(|text| text.0);
    request.user = wire.user.or(wire.safety_identifier).map(|text| text.0);
    request.metadata = wire.metadata.map(|raw| Cow::Borrowed(raw.get()));
    request.service_tier = wire.service_tier.map(|text| text.0);
    request.store = wire.store;
    request.prompt_cache_key = wire.prompt_cache_key.map(|text| text.0);
    request.prompt_cache_retention = wire.prompt_cache_retention.map(|text| text.0);
    request.cache = wire.cache_control.map(cache_mark);
    Ok(request)
}

/// Refuses a body whose conversation cannot be read. What only a generation
/// needs, such as `model`, may be absent.
pub(crate) fn check_conversation(text: &str) -> Result<(), RequestError> {
    let wire: ChatRequest<'_> = read(text)?;
    let messages = wire
        .messages
        .ok_or_else(|| RequestError::missing("messages"))?;
    read_messages(messages, &mut Request::default())
}

pub(super) fn cache_mark(control: CacheControl<'_>) -> CacheMark<'_> {
    CacheMark {
        ttl: control.ttl.map(|ttl| ttl.0),
    }
}

fn read_sampling<'a>(wire: &mut ChatRequest<'a>) -> Sampling<'a> {
    Sampling {
        temperature: wire.temperature.take(),
        top_p: wire.top_p.take(),
        top_k: wire.top_k,
        stop: match wire.stop.take() {
            None => Vec::new(),
            Some(TextOr::Text(text)) => vec![text],
            Some(TextOr::List(list)) => list.into_iter().map(|text| text.0).collect(),
        },
        seed: wire.seed.take(),
        candidates: wire.n,
        presence_penalty: wire.presence_penalty.take(),
        frequency_penalty: wire.frequency_penalty.take(),
        logprobs: wire.logprobs,
        top_logprobs: wire.top_logprobs,
        logit_bias: wire.logit_bias.map(|raw| Cow::Borrowed(raw.get())),
    }
}

fn read_effort(effort: Option<&str>) -> Result<Option<Reasoning<'static>>, RequestError> {
    let Some(name) = effort else { return Ok(None) };
    let effort = Effort::parse(name).ok_or_else(|| {
        RequestError::invalid(
            "reasoning_effort",
            "must be none, minimal, low, medium, high, xhigh or max",
        )
    })?;
    Ok(Some(Reasoning {
        effort: Some(effort),
        disabled: effort == Effort::None,
        ..Reasoning::default()
    }))
}

fn read_response_format(
    format: Option<super::wire::ResponseFormat<'_>>,
) -> Result<Option<OutputFormat<'_>>, RequestError> {
    let Some(format) = format else {
        return Ok(None);
    };
    match format.kind.as_deref() {
        Some("text") => Ok(Some(OutputFormat::Text)),
        Some("json_object") => Ok(Some(OutputFormat::JsonObject)),
        Some("json_schema") => {
            let schema = format
                .json_schema
                .ok_or_else(|| RequestError::missing("response_format.json_schema"))?;
            Ok(Some(OutputFormat::JsonSchema {
                name: schema.name.map(|name| name.0),
                description: schema.description.map(|text| text.0),
                schema: schema
                    .schema
                    .map_or(Cow::Borrowed("{}"), |raw| raw.get().into()),
                strict: schema.strict,
            }))
        }
        _ => Err(RequestError::invalid(
            "response_format.type",
            "must be text, json_object or json_schema",
        )),
    }
}

fn read_messages<'a>(
    messages: Vec<ChatMessage<'a>>,
    request: &mut Request<'a>,
) -> Result<(), RequestError> {
    // Legacy calls have no id; the function's message follows its call.
    let mut legacy_call: Option<String> = None;
    for (index, mut message) in messages.into_iter().enumerate() {
        let role = message
            .role
            .take()
            .ok_or_else(|| RequestError::missing(format!("messages[{index}].role")))?;
        let name = message.name.take().map(|name| name.0);
        match &*role {
            "system" | "developer" => {
                let blocks = read_content(&mut message, index)?;
                if request.turns.is_empty() {
                    let developer = &*role == "developer";
                    request
                        .system
                        .extend(SystemBlock::of_turn(blocks, developer));
                } else {
                    request.turns.push(Turn {
                        at: index,
                        role: Role::System,
                        name,
                        blocks,
                    });
                }
            }
            "user" => {
                if message.content.is_none() {
                    return Err(RequestError::missing(format!("messages[{index}].content")));
                }
                let blocks = read_content(&mut message, index)?;
                request.turns.push(Turn {
                    at: index,
                    role: Role::User,
                    name,
                    blocks,
                });
            }
            "assistant" => {
                let blocks = read_assistant(message, index, &mut legacy_call)?;
                request.turns.push(Turn {
                    at: index,
                    role: Role::Assistant,
                    name,
                    blocks,
                });
            }
            "tool" | "function" => {
                let call_id = match (message.tool_call_id.take(), legacy_call.take()) {
                    (Some(id), _) => id.0,
                    (None, Some(id)) if &*role == "function" => Cow::Owned(id),
                    _ => {
                        return Err(RequestError::missing(format!(
                            "messages[{index}].tool_call_id"
                        )))
                    }
                };
                let mark = message.cache_control.take().map(cache_mark);
                let mut parts = read_content(&mut message, index)?;
                let cache = mark.or_else(|| take_last_mark(&mut parts));
                push_result(
                    &mut request.turns,
                    Block::ToolResult(ToolResult {
                        call_id,
                        parts,
                        is_error: false,
                        cache,
                    }),
                    index,
                );
            }
            _ => {
                return Err(RequestError::invalid(
                    format!("messages[{index}].role"),
                    "must be system, developer, user, assistant or tool",
                ))
            }
        }
    }
    Ok(())
}

/// A mark inside a result marks the result.
fn take_last_mark<'a>(parts: &mut [Block<'a>]) -> Option<CacheMark<'a>> {
    parts.iter_mut().rev().find_map(|part| match part {
        Block::Text(text) => text.cache.take(),
        Block::Media(media) => media.cache.take(),
        _ => None,
    })
}

/// Results of one assistant turn share one user turn.
fn push_result<'a>(turns: &mut Vec<Turn<'a>>, result: Block<'a>, index: usize) {
    if let Some(last) = turns.last_mut() {
        // A user turn that begins with a result holds nothing else.
        let has_results = matches!(last.blocks.first(), Some(Block::ToolResult(_)));
        if last.role == Role::User && has_results {
            last.blocks.push(result);
            return;
        }
    }
    turns.push(Turn {
        at: index,
        role: Role::User,
        name: None,
        blocks: vec![result],
    });
}

fn read_assistant<'a>(
    mut message: ChatMessage<'a>,
    index: usize,
    legacy_call: &mut Option<String>,
) -> Result<Vec<Block<'a>>, RequestError> {
    let mut blocks: Vec<Block<'a>> = read_thoughts(&mut message)
        .into_iter()
        .map(Block::Thought)
        .collect();
    blocks.extend(read_content(&mut message, index)?);
    blocks.extend(read_drawings(message.images.take()));
    if let Some(refusal) = message.refusal.take().filter(|text| !text.is_empty()) {
        blocks.push(Block::Refusal(refusal.0));
    }
    for (ordinal, call) in message.tool_calls.take().into_iter().flatten().enumerate() {
        let path = || format!("messages[{index}].tool_calls[{ordinal}]");
        blocks.push(Block::ToolCall(read_call(call).map_err(|field| {
            RequestError::missing(format!("{}.{field}", path()))
        })?));
    }
    if let Some(function) = message.function_call.take() {
        let id = format!("call_{index}");
        *legacy_call = Some(id.clone());
        blocks.push(Block::ToolCall(ToolCall {
            id: Cow::Owned(id),
            name: function.name.map_or(Cow::Borrowed(""), |name| name.0),
            namespace: None,
            input: ToolInput::Json(read_arguments(function.arguments)),
            proof: None,
            cache: None,
        }));
    }
    Ok(blocks)
}

/// A whole call of a message; the error is the name of the missing member.
pub(super) fn read_call(call: ChatToolCall<'_>) -> Result<ToolCall<'_>, &'static str> {
    let (name, input) = match (call.function, call.custom) {
        (_, Some(custom)) => (
            custom.name.ok_or("custom.name")?,
            ToolInput::Raw(custom.input.map_or(Cow::Borrowed(""), |input| input.0)),
        ),
        (Some(function), None) => (
            function.name.ok_or("function.name")?,
            ToolInput::Json(read_arguments(function.arguments)),
        ),
        (None, None) => return Err("function"),
    };
    Ok(ToolCall {
        id: call.id.map_or(Cow::Borrowed(""), |id| id.0),
        name: name.0,
        namespace: None,
        input,
        proof: call
            .extra_content
            .and_then(|extra| extra.google)
            .and_then(|google| google.thought_signature)
            .map(|signature| Proof {
                origin: Origin::Google,
                data: signature.0,
                id: None,
            }),
        cache: None,
    })
}

/// Arguments are JSON in a string; a bare object is taken as it is.
pub(super) fn read_arguments(raw: Option<&serde_json::value::RawValue>) -> Cow<'_, str> {
    raw.map_or(Cow::Borrowed(""), |raw| {
        raw_string(raw).unwrap_or(Cow::Borrowed(raw.get()))
    })
}
