use std::borrow::Cow;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::echo::echo;
use super::items::read_items;
use super::tool_definitions::{read_tool_choice, read_tools};
use super::wire::{ReasoningOptions, ResponsesRequest, TextFormat, TextOptions};
use crate::ir::{Block, Effort, OutputFormat, Reasoning, Request, Role, SystemBlock, Turn};
use crate::json::{raw_string, read, TextOr};
use crate::translate::{Notes, RequestError};

/// What `include` may ask for that every reply has anyway.
const ENCRYPTED_REASONING: &str = "reasoning.encrypted_content";
const LOGPROBS: &str = "message.output_text.logprobs";

pub(crate) fn decode_request<'a>(
    text: &'a str,
    notes: &mut Notes,
) -> Result<Request<'a>, RequestError> {
    let mut wire: ResponsesRequest<'a> = read(text)?;
    notes.unknown(&wire.extra);
    refuse_state(&wire)?;
    note_losses(&wire, notes);
    let mut request = Request {
        echo: Cow::Owned(echo(&wire)),
        ..Request::default()
    };
    request.model = wire
        .model
        .take()
        .ok_or_else(|| RequestError::missing("model"))?
        .0;
    read_conversation(&mut wire, &mut request)?;
    if let Some(raw) = wire.tools {
        request.tools.splice(..0, read_tools(raw, "tools")?);
    }
    request.tool_choice = wire.tool_choice.map(read_tool_choice).transpose()?;
    if let Some(raw) = wire.text {
        read_text(read_member(raw, "text")?, &mut request)?;
    }
    request.reasoning = wire.reasoning.map(read_reasoning).transpose()?.flatten();
    request.stream = wire.stream.unwrap_or(false);
    request.parallel_tool_calls = wire.parallel_tool_calls;
    request.max_output_tokens = wire.max_output_tokens;
    request.sampling.temperature = wire.temperature;
    request.sampling.top_p = wire.top_p;
    let include = wire.include.unwrap_or_default();
    request.sampling.top_logprobs = wire.top_logprobs.filter(|count| *count > 0);
    let includes = include.iter().any(|name| &**name == LOGPROBS);
    request.sampling.logprobs = includes.then_some(true);
    request.user = wire.user.or(wire.safety_identifier).map(|text| text.0);
    request.metadata = wire.metadata.map(|raw| Cow::Borrowed(raw.get()));
    request.service_tier = wire.service_tier.map(|text| text.0);
    request.store = wire.store;
    request.prompt_cache_key = wire.prompt_cache_key.map(|text| text.0);
    request.prompt_cache_retention = wire.prompt_cache_retention.map(|text| text.0);
    Ok(request)
}

/// Refuses a body whose conversation cannot be read. What only a generation
/// needs, such as `model`, may be absent.
pub(crate) fn check_conversation(text: &str) -> Result<(), RequestError> {
    let mut wire: ResponsesRequest<'_> = read(text)?;
    refuse_state(&wire)?;
    read_conversation(&mut wire, &mut Request::default())
}

/// Reads a member kept as text; errors name the path from the root.
pub(super) fn read_member<'a, T: Deserialize<'a>>(
    raw: &'a RawValue,
    path: &str,
) -> Result<T, RequestError> {
    read(raw.get()).map_err(|error| {
        let path = match error.path.as_str() {
            "" => path.to_owned(),
            inner if inner.starts_with('[') => format!("{path}{inner}"),
            inner => format!("{path}.{inner}"),
        };
        RequestError::invalid(path, &error.message)
    })
}

/// What lives at OpenAI cannot be had anywhere else.
fn refuse_state(wire: &ResponsesRequest<'_>) -> Result<(), RequestError> {
    let state = "lives at the provider that made it; send the items themselves in `input`";
    for (present, path, problem) in [
        (
            wire.previous_response_id.is_some(),
            "previous_response_id",
            state,
        ),
        (wire.conversation.is_some(), "conversation", state),
        (wire.prompt.is_some(), "prompt", state),
        (
            wire.background == Some(true),
            "background",
            "this provider does not answer in the background",
        ),
    ] {
        if present {
            return Err(RequestError::invalid(path, problem));
        }
    }
    Ok(())
}

fn note_losses(wire: &ResponsesRequest<'_>, notes: &mut Notes) {
    for name in wire.include.iter().flatten() {
        if ![ENCRYPTED_REASONING, LOGPROBS].contains(&&**name) {
            notes.no_counterpart(format!("include.{}", &**name));
        }
    }
    let truncates = wire
        .truncation
        .as_deref()
        .is_some_and(|it| it != "disabled");
    if truncates {
        notes.no_counterpart("truncation");
    }
    if wire.max_tool_calls.is_some() {
        notes.no_counterpart("max_tool_calls");
    }
}

fn read_conversation<'a>(
    wire: &mut ResponsesRequest<'a>,
    request: &mut Request<'a>,
) -> Result<(), RequestError> {
    match wire.instructions.map(raw_string) {
        None => {}
        Some(Some(text)) if text.is_empty() => {}
        Some(Some(text)) => request.system.push(SystemBlock {
            text,
            developer: false,
            cache: None,
        }),
        Some(None) => return Err(RequestError::invalid("instructions", "must be a string")),
    }
    let input = wire
        .input
        .take()
        .ok_or_else(|| RequestError::missing("input"))?;
    match input {
        TextOr::Text(text) => request.turns.push(Turn {
            at: 0,
            role: Role::User,
            name: None,
            blocks: vec![Block::text(text)],
        }),
        TextOr::List(items) => read_items(items, request)?,
    }
    Ok(())
}

fn read_reasoning(raw: &RawValue) -> Result<Option<Reasoning<'_>>, RequestError> {
    let options: ReasoningOptions<'_> = read_member(raw, "reasoning")?;
    let effort = options
        .effort
        .map(|name| {
            Effort::parse(&name).ok_or_else(|| {
                RequestError::invalid(
                    "reasoning.effort",
                    "must be none, minimal, low, medium, high, xhigh or max",
                )
            })
        })
        .transpose()?;
    let summary = options.summary.or(options.generate_summary);
    if effort.is_none() && summary.is_none() {
        return Ok(None);
    }
    Ok(Some(Reasoning {
        effort,
        disabled: effort == Some(Effort::None),
        summary: summary.map(|word| word.0),
        ..Reasoning::default()
    }))
}

fn read_text<'a>(options: TextOptions<'a>, request: &mut Request<'a>) -> Result<(), RequestError> {
    request.verbosity = options.verbosity.map(|word| word.0);
    request.output_format = options.format.map(read_format).transpose()?;
    Ok(())
}

fn read_format(format: TextFormat<'_>) -> Result<OutputFormat<'_>, RequestError> {
    match format.kind.as_deref() {
        Some("text") => Ok(OutputFormat::Text),
        Some("json_object") => Ok(OutputFormat::JsonObject),
        Some("json_schema") => Ok(OutputFormat::JsonSchema {
            name: format.name.map(|name| name.0),
            description: format.description.map(|text| text.0),
            schema: Cow::Borrowed(
                format
                    .schema
                    .ok_or_else(|| RequestError::missing("text.format.schema"))?
                    .get(),
            ),
            strict: format.strict,
        }),
        _ => Err(RequestError::invalid(
            "text.format.type",
            "must be text, json_object or json_schema",
        )),
    }
}
