use std::borrow::Cow;

use serde_json::value::RawValue;

use super::conversation::read_messages;
use super::wire::{CohereFormat, CohereRequest, CohereThinking, CohereTool};
use crate::ir::{Effort, OutputFormat, Reasoning, Request, Sampling, Tool, ToolChoice, ToolKind};
use crate::json::read;
use crate::translate::{Notes, RequestError};

pub(crate) fn decode_request<'a>(
    text: &'a str,
    notes: &mut Notes,
) -> Result<Request<'a>, RequestError> {
    let mut wire: CohereRequest<'a> = read(text)?;
    notes.unknown(&wire.extra);
    for (given, field) in [
        (wire.safety_mode.is_some(), "safety_mode"),
        (wire.priority.is_some(), "priority"),
        (wire.raw_prompting == Some(true), "raw_prompting"),
    ] {
        if given {
            notes.no_counterpart(field);
        }
    }
    let model = wire
        .model
        .take()
        .ok_or_else(|| RequestError::missing("model"))?;
    let mut request = Request {
        model: model.0,
        stream: wire.stream.unwrap_or(false),
        max_output_tokens: wire.max_tokens,
        reasoning: wire.thinking.take().map(read_thinking).transpose()?,
        output_format: wire.response_format.take().map(read_format).transpose()?,
        tool_choice: wire
            .tool_choice
            .take()
            .map(|word| read_choice(&word))
            .transpose()?,
        ..Request::default()
    };
    let cites = wire
        .citation_options
        .take()
        .and_then(|options| options.mode)
        .is_some_and(|mode| !matches!(&*mode, "OFF" | "DISABLED"));
    let documents = wire.documents.take().unwrap_or_default();
    let messages = wire
        .messages
        .take()
        .ok_or_else(|| RequestError::missing("messages"))?;
    read_messages(messages, &mut request)?;
    super::documents::add(documents, cites, &mut request);
    let strict = wire.strict_tools.filter(|strict| *strict);
    for (index, tool) in wire.tools.take().into_iter().flatten().enumerate() {
        request.tools.push(read_tool(tool, strict, index)?);
    }
    request.sampling = Sampling {
        temperature: wire.temperature,
        top_p: wire.p,
        top_k: wire.k.map(|count| count.0),
        stop: wire
            .stop_sequences
            .into_iter()
            .flatten()
            .map(|text| text.0)
            .collect(),
        seed: wire.seed,
        presence_penalty: wire.presence_penalty,
        frequency_penalty: wire.frequency_penalty,
        logprobs: wire.logprobs,
        ..Sampling::default()
    };
    Ok(request)
}

/// Refuses a body whose conversation cannot be read.
pub(crate) fn check_conversation(text: &str) -> Result<(), RequestError> {
    let wire: CohereRequest<'_> = read(text)?;
    let messages = wire
        .messages
        .ok_or_else(|| RequestError::missing("messages"))?;
    read_messages(messages, &mut Request::default())
}

fn read_thinking(thinking: CohereThinking<'_>) -> Result<Reasoning<'static>, RequestError> {
    let disabled = match thinking.kind.as_deref() {
        None | Some("enabled") => false,
        Some("disabled") => true,
        Some(_) => {
            return Err(RequestError::invalid(
                "thinking.type",
                "must be enabled or disabled",
            ))
        }
    };
    Ok(Reasoning {
        effort: disabled.then_some(Effort::None),
        budget: thinking.token_budget,
        disabled,
        ..Reasoning::default()
    })
}

fn read_format(format: CohereFormat<'_>) -> Result<OutputFormat<'_>, RequestError> {
    let schema = format.json_schema.or(format.schema).map(RawValue::get);
    match (format.kind.as_deref(), schema) {
        (Some("text"), _) => Ok(OutputFormat::Text),
        (Some("json_object"), None) => Ok(OutputFormat::JsonObject),
        (Some("json_object"), Some(schema)) => Ok(OutputFormat::JsonSchema {
            name: None,
            description: None,
            schema: Cow::Borrowed(schema),
            strict: None,
        }),
        _ => Err(RequestError::invalid(
            "response_format.type",
            "must be text or json_object",
        )),
    }
}

fn read_choice(word: &str) -> Result<ToolChoice<'static>, RequestError> {
    match word {
        "REQUIRED" => Ok(ToolChoice::Required),
        "NONE" => Ok(ToolChoice::None),
        _ => Err(RequestError::invalid(
            "tool_choice",
            "must be REQUIRED or NONE",
        )),
    }
}

fn read_tool<'a>(
    tool: CohereTool<'a>,
    strict: Option<bool>,
    index: usize,
) -> Result<Tool<'a>, RequestError> {
    let function = tool
        .function
        .ok_or_else(|| RequestError::missing(format!("tools[{index}].function")))?;
    Ok(Tool {
        name: function
            .name
            .ok_or_else(|| RequestError::missing(format!("tools[{index}].function.name")))?
            .0,
        namespace: None,
        description: function.description.map(|text| text.0),
        kind: ToolKind::Function {
            parameters: function.parameters.map(|raw| Cow::Borrowed(raw.get())),
            strict,
        },
        cache: None,
    })
}
