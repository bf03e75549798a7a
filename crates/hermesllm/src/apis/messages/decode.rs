use std::borrow::Cow;

use serde_json::value::RawValue;

use super::wire::{
    BlockSource, CacheControl, ContentBlock, DocumentCitations, InputMessage, MessagesFormat,
    MessagesRequest, MessagesTool, MessagesToolChoice, SourceField, Thinking,
};
use crate::api::Api;
use crate::ir::{
    Block, CacheMark, Effort, Media, MediaKind, Opaque, OutputFormat, Reasoning, Request, Role,
    Sampling, Source, SystemBlock, Text, Thought, ThoughtKind, Tool, ToolCall, ToolChoice,
    ToolInput, ToolKind, ToolResult, Turn, WebSearch,
};
use crate::json::{read, Str, TextOr};
use crate::proofs;
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

fn cache_mark(control: CacheControl<'_>) -> CacheMark<'_> {
    CacheMark {
        ttl: control.ttl.map(|ttl| ttl.0),
    }
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

fn read_content<'a>(
    content: TextOr<'a, ContentBlock<'a>>,
    path: &str,
) -> Result<Vec<Block<'a>>, RequestError> {
    match content {
        TextOr::Text(text) if text.is_empty() => Ok(Vec::new()),
        TextOr::Text(text) => Ok(vec![Block::text(text)]),
        TextOr::List(blocks) => blocks
            .into_iter()
            .enumerate()
            .map(|(index, block)| {
                read_block(block).map_err(|problem| problem.at(&format!("{path}[{index}]")))
            })
            .collect(),
    }
}

/// What is wrong with a block, before its place is known.
#[derive(Debug)]
pub(super) enum BlockProblem {
    Missing(&'static str),
    Content(String),
}

impl BlockProblem {
    fn at(self, path: &str) -> RequestError {
        match self {
            Self::Missing(member) => RequestError::missing(format!("{path}.{member}")),
            Self::Content(problem) => RequestError::invalid(format!("{path}.content"), &problem),
        }
    }
}

/// Reads a block of any type; types that are not known come out opaque.
pub(super) fn read_block(block: ContentBlock<'_>) -> Result<Block<'_>, BlockProblem> {
    let kind = block.kind.ok_or(BlockProblem::Missing("type"))?;
    let cache = block.cache_control.map(cache_mark);
    Ok(match &*kind {
        "text" => Block::Text(Text {
            text: block.text.ok_or(BlockProblem::Missing("text"))?.0,
            cache,
            proof: None,
            citations: super::reply::read_citations(block.citations),
        }),
        "image" | "document" => {
            let Some(SourceField::Data(source)) = block.source else {
                return Err(BlockProblem::Missing("source.type"));
            };
            let (source, media_type) = read_source(source)?;
            Block::Media(Media {
                kind: if &*kind == "image" {
                    MediaKind::Image
                } else {
                    MediaKind::Document
                },
                source,
                media_type,
                name: block.title.map(|title| title.0),
                context: block.context.map(|context| context.0),
                detail: None,
                cite: block
                    .citations
                    .and_then(|raw| serde_json::from_str::<DocumentCitations<'_>>(raw.get()).ok())
                    .and_then(|citations| citations.enabled)
                    .unwrap_or(false),
                cache,
            })
        }
        "thinking" => Block::Thought(Thought {
            kind: ThoughtKind::Full,
            text: block.thinking.unwrap_or_default().0,
            proof: block
                .signature
                .filter(|signature| !signature.is_empty())
                .map(|signature| proofs::unpack(signature.0)),
        }),
        "redacted_thinking" => Block::Thought(Thought {
            kind: ThoughtKind::Redacted,
            text: Cow::Borrowed(""),
            proof: Some(proofs::unpack(
                block.data.ok_or(BlockProblem::Missing("data"))?.0,
            )),
        }),
        "tool_use" => Block::ToolCall(ToolCall {
            id: block.id.ok_or(BlockProblem::Missing("id"))?.0,
            name: block.name.ok_or(BlockProblem::Missing("name"))?.0,
            namespace: None,
            input: ToolInput::Json(Cow::Borrowed(
                block.input.ok_or(BlockProblem::Missing("input"))?.get(),
            )),
            proof: None,
            cache,
        }),
        "tool_result" => Block::ToolResult(ToolResult {
            call_id: block
                .tool_use_id
                .ok_or(BlockProblem::Missing("tool_use_id"))?
                .0,
            parts: match block.content {
                None => Vec::new(),
                Some(raw) => {
                    let content: TextOr<'_, ContentBlock<'_>> = read(raw.get())
                        .map_err(|error| BlockProblem::Content(error.to_string()))?;
                    read_content(content, "")
                        .map_err(|error| BlockProblem::Content(error.message))?
                }
            },
            is_error: block.is_error.unwrap_or(false),
            cache,
        }),
        "search_result" => Block::Text(Text {
            text: Cow::Owned(search_result_text(
                block.title,
                block.source,
                block.content,
            )?),
            cache,
            ..Text::default()
        }),
        // A tool that a search found.
        "tool_reference" => {
            let name = block.tool_name.ok_or(BlockProblem::Missing("tool_name"))?;
            Block::text(format!("[tool: {}]", &*name))
        }
        _ => Block::Opaque(Opaque {
            api: Api::Messages,
            kind: kind.0,
        }),
    })
}

/// Title, address and text of a search result, a line each: no other API has
/// such a block.
fn search_result_text(
    title: Option<Str<'_>>,
    source: Option<SourceField<'_>>,
    content: Option<&RawValue>,
) -> Result<String, BlockProblem> {
    let content = content.ok_or(BlockProblem::Missing("content"))?;
    let content: TextOr<'_, ContentBlock<'_>> =
        read(content.get()).map_err(|error| BlockProblem::Content(error.to_string()))?;
    let texts = match content {
        TextOr::Text(text) => vec![text],
        TextOr::List(blocks) => {
            let texts = blocks.into_iter().filter_map(|block| block.text);
            texts.map(|text| text.0).collect()
        }
    };
    let address = match source {
        Some(SourceField::Address(address)) => Some(address),
        _ => None,
    };
    let head = title.map(|title| title.0).into_iter().chain(address);
    let lines: Vec<Cow<'_, str>> = head.chain(texts).filter(|line| !line.is_empty()).collect();
    Ok(lines.join("\n"))
}

fn read_source(source: BlockSource<'_>) -> Result<(Source<'_>, Cow<'_, str>), BlockProblem> {
    let media_type = source.media_type.unwrap_or_default().0;
    let source = match source.kind.as_deref() {
        Some("base64") => {
            Source::Base64(source.data.ok_or(BlockProblem::Missing("source.data"))?.0)
        }
        Some("url") => Source::Url(source.url.ok_or(BlockProblem::Missing("source.url"))?.0),
        Some("file") => Source::File(
            source
                .file_id
                .ok_or(BlockProblem::Missing("source.file_id"))?
                .0,
        ),
        Some("text") => {
            Source::PlainText(source.data.ok_or(BlockProblem::Missing("source.data"))?.0)
        }
        Some("content") => Source::PlainText(match source.content {
            None => return Err(BlockProblem::Missing("source.content")),
            Some(TextOr::Text(text)) => text,
            Some(TextOr::List(blocks)) => blocks
                .into_iter()
                .filter_map(|block| block.text)
                .fold(Cow::Borrowed(""), |joined, text| joined + text.0),
        }),
        _ => return Err(BlockProblem::Missing("source.type")),
    };
    Ok((source, media_type))
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
