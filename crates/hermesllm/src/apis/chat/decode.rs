use std::borrow::Cow;

use super::thoughts::read_thoughts;
use super::wire::{
    CacheControl, ChatFunction, ChatMessage, ChatPart, ChatRequest, ChatTool, ChatToolCall,
    ImageUrl, ToolChoiceObject,
};
use crate::ir::{
    Block, CacheMark, Effort, Media, MediaKind, Origin, OutputFormat, Proof, Reasoning, Request,
    Role, Sampling, Source, SystemBlock, Text, Tool, ToolCall, ToolChoice, ToolInput, ToolKind,
    ToolResult, Turn,
};
use crate::json::{raw_string, read, Str, TextOr};
use crate::media::split_data_uri;
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

fn cache_mark(control: CacheControl<'_>) -> CacheMark<'_> {
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
                    request
                        .system
                        .extend(blocks.into_iter().filter_map(|block| match block {
                            Block::Text(text) => Some(SystemBlock {
                                text: text.text,
                                developer: &*role == "developer",
                                cache: text.cache,
                            }),
                            _ => None,
                        }));
                } else {
                    request.turns.push(Turn {
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
                    role: Role::User,
                    name,
                    blocks,
                });
            }
            "assistant" => {
                let blocks = read_assistant(message, index, &mut legacy_call)?;
                request.turns.push(Turn {
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
fn push_result<'a>(turns: &mut Vec<Turn<'a>>, result: Block<'a>) {
    if let Some(last) = turns.last_mut() {
        let only_results = last
            .blocks
            .iter()
            .all(|block| matches!(block, Block::ToolResult(_)));
        if last.role == Role::User && only_results && !last.blocks.is_empty() {
            last.blocks.push(result);
            return;
        }
    }
    turns.push(Turn {
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

/// Text and media of a message, empty text left out.
fn read_content<'a>(
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

/// Mistral's reasoning: a part that holds text parts.
pub(super) fn read_thinking<'a>(thinking: TextOr<'a, ChatPart<'a>>) -> crate::ir::Thought<'a> {
    let text = match thinking {
        TextOr::Text(text) => text,
        TextOr::List(parts) => parts
            .into_iter()
            .filter_map(|part| part.text)
            .fold(Cow::Borrowed(""), |joined, text| joined + text.0),
    };
    crate::ir::Thought {
        kind: crate::ir::ThoughtKind::Full,
        text,
        proof: None,
    }
}

fn read_image_url(
    raw: &serde_json::value::RawValue,
) -> Option<(Cow<'_, str>, Option<Cow<'_, str>>)> {
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

fn read_tools<'a>(
    wire: &mut ChatRequest<'a>,
    request: &mut Request<'a>,
) -> Result<(), RequestError> {
    for (index, tool) in wire.tools.take().into_iter().flatten().enumerate() {
        request.tools.push(read_tool(tool, index)?);
    }
    for (index, function) in wire.functions.take().into_iter().flatten().enumerate() {
        request.tools.push(read_function(
            function,
            None,
            &format!("functions[{index}]"),
        )?);
    }
    for (raw, path) in [
        (wire.tool_choice, "tool_choice"),
        (wire.function_call, "function_call"),
    ] {
        if let Some(raw) = raw {
            request.tool_choice = Some(read_tool_choice(raw, path)?);
        }
    }
    Ok(())
}

fn read_tool(tool: ChatTool<'_>, index: usize) -> Result<Tool<'_>, RequestError> {
    let path = format!("tools[{index}]");
    match (tool.function, tool.custom) {
        (Some(function), _) => {
            read_function(function, tool.cache_control, &format!("{path}.function"))
        }
        (None, Some(custom)) => Ok(Tool {
            name: custom
                .name
                .ok_or_else(|| RequestError::missing(format!("{path}.custom.name")))?
                .0,
            namespace: None,
            description: custom.description.map(|text| text.0),
            kind: ToolKind::Custom {
                format: custom.format.map(|raw| Cow::Borrowed(raw.get())),
            },
            cache: tool.cache_control.map(cache_mark),
        }),
        (None, None) => Err(match tool.kind {
            Some(kind) if &*kind != "function" && &*kind != "custom" => RequestError::invalid(
                format!("{path}.type"),
                &format!(
                    "tools of type `{}` cannot be translated for this provider",
                    &*kind
                ),
            ),
            _ => RequestError::missing(format!("{path}.function")),
        }),
    }
}

fn read_function<'a>(
    function: ChatFunction<'a>,
    outer_mark: Option<CacheControl<'a>>,
    path: &str,
) -> Result<Tool<'a>, RequestError> {
    Ok(Tool {
        name: function
            .name
            .ok_or_else(|| RequestError::missing(format!("{path}.name")))?
            .0,
        namespace: None,
        description: function.description.map(|text| text.0),
        kind: ToolKind::Function {
            parameters: function.parameters.map(|raw| Cow::Borrowed(raw.get())),
            strict: function.strict,
        },
        cache: outer_mark.or(function.cache_control).map(cache_mark),
    })
}

fn read_tool_choice<'a>(
    raw: &'a serde_json::value::RawValue,
    path: &str,
) -> Result<ToolChoice<'a>, RequestError> {
    let problem = || {
        RequestError::invalid(
            path,
            "must be none, auto, required, or an object naming a tool",
        )
    };
    if let Some(word) = raw_string(raw) {
        return match &*word {
            "auto" => Ok(ToolChoice::Auto),
            "required" | "any" => Ok(ToolChoice::Required),
            "none" => Ok(ToolChoice::None),
            _ => Err(problem()),
        };
    }
    let object: ToolChoiceObject<'a> = serde_json::from_str(raw.get()).map_err(|_| problem())?;
    if let Some(allowed) = object.allowed_tools {
        return Ok(ToolChoice::Subset {
            required: allowed.mode.as_deref() == Some("required"),
            names: allowed
                .tools
                .into_iter()
                .flatten()
                .filter_map(chosen_name)
                .map(|name| name.0)
                .collect(),
        });
    }
    chosen_name(object)
        .map(|name| ToolChoice::Named(name.0))
        .ok_or_else(problem)
}

fn chosen_name(object: ToolChoiceObject<'_>) -> Option<Str<'_>> {
    object
        .function
        .or(object.custom)
        .and_then(|inner| inner.name)
        .or(object.name)
}
