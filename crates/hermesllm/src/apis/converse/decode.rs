use std::borrow::Cow;

use super::blocks::{cache_mark, read_blocks, BlockProblem};
use super::wire::{
    AdditionalFields, AdditionalFormat, ConverseBlock, ConverseMessage, ConverseOutputConfig,
    ConverseRequest, ConverseToolChoice, CountRequest, ToolConfig,
};
use crate::ir::{
    Block, Effort, OutputFormat, Reasoning, Request, Role, Sampling, SystemBlock, Tool, ToolChoice,
    ToolKind, Turn,
};
use crate::json::read;
use crate::translate::{Notes, RequestError};

pub(crate) fn decode_request<'a>(
    text: &'a str,
    notes: &mut Notes,
) -> Result<Request<'a>, RequestError> {
    let mut wire: ConverseRequest<'a> = read(text)?;
    notes.unknown(&wire.extra);
    refuse_what_protects(&wire)?;
    if wire.performance_config.is_some() {
        notes.no_counterpart("performanceConfig");
    }
    for path in wire.response_field_paths.take().into_iter().flatten() {
        if &*path != "/stop_sequence" {
            notes.no_counterpart(format!("additionalModelResponseFieldPaths.{}", &*path));
        }
    }
    let messages = wire
        .messages
        .take()
        .ok_or_else(|| RequestError::missing("messages"))?;
    let config = wire.inference_config.take().unwrap_or_default();
    let mut additional = wire.additional_fields.take().unwrap_or_default();
    for (key, _) in &additional.extra {
        notes.no_counterpart(format!("additionalModelRequestFields.{}", &**key));
    }
    if additional.anthropic_beta.is_some() {
        notes.no_counterpart("additionalModelRequestFields.anthropic_beta");
    }
    let mut request = Request {
        max_output_tokens: config.max_tokens,
        sampling: Sampling {
            temperature: config.temperature,
            top_p: config.top_p,
            top_k: additional.top_k,
            stop: config
                .stop_sequences
                .into_iter()
                .flatten()
                .map(|text| text.0)
                .collect(),
            ..Sampling::default()
        },
        metadata: wire.request_metadata.map(|raw| Cow::Borrowed(raw.get())),
        service_tier: wire
            .service_tier
            .and_then(|tier| tier.kind)
            .map(|tier| tier.0),
        ..Request::default()
    };
    read_conversation(messages, wire.system.take(), &mut request)?;
    let output = wire.output_config.take().unwrap_or_default();
    request.reasoning = read_reasoning(&additional, &output)?;
    let claudes_own = additional
        .output_config
        .take()
        .and_then(|output| output.format);
    request.output_format = match read_format(output)? {
        None => claudes_own.map(read_claudes_format).transpose()?,
        told => told,
    };
    if let Some(tools) = wire.tool_config.take() {
        read_tools(tools, &mut request, notes)?;
    }
    Ok(request)
}

/// What guards the model's words must not be lost in silence.
fn refuse_what_protects(wire: &ConverseRequest<'_>) -> Result<(), RequestError> {
    for (present, field) in [
        (wire.guardrail_config.is_some(), "guardrailConfig"),
        (wire.prompt_variables.is_some(), "promptVariables"),
    ] {
        if present {
            return Err(RequestError::invalid(
                field,
                "only Bedrock itself has this; it is not available at this provider",
            ));
        }
    }
    Ok(())
}

/// Refuses a body whose conversation cannot be read; takes what token counting
/// wraps it in, too.
pub(crate) fn check_conversation(text: &str) -> Result<(), RequestError> {
    let count: CountRequest<'_> = read(text)?;
    let (wire, prefix) = match count.input {
        None => (read(text)?, ""),
        Some(input) => {
            let converse = input.converse.ok_or_else(|| {
                RequestError::invalid("input", "only `converse` can be counted here")
            })?;
            (converse, "input.converse.")
        }
    };
    let wire: ConverseRequest<'_> = wire;
    let messages = wire
        .messages
        .ok_or_else(|| RequestError::missing(format!("{prefix}messages")))?;
    read_conversation(messages, wire.system, &mut Request::default())
}

fn read_conversation<'a>(
    messages: Vec<ConverseMessage<'a>>,
    system: Option<Vec<ConverseBlock<'a>>>,
    request: &mut Request<'a>,
) -> Result<(), RequestError> {
    if let Some(system) = system {
        let blocks = read_blocks(system).map_err(|problem| at("system", problem))?;
        request.system.extend(SystemBlock::of_turn(blocks, false));
    }
    request.turns.reserve(messages.len());
    for (index, message) in messages.into_iter().enumerate() {
        let path = format!("messages[{index}]");
        let role = match message.role.as_deref() {
            Some("user") => Role::User,
            Some("assistant") => Role::Assistant,
            Some("system") => Role::System,
            Some(_) => {
                return Err(RequestError::invalid(
                    format!("{path}.role"),
                    "must be user or assistant",
                ))
            }
            None => return Err(RequestError::missing(format!("{path}.role"))),
        };
        let content = message
            .content
            .ok_or_else(|| RequestError::missing(format!("{path}.content")))?;
        let blocks =
            read_blocks(content).map_err(|problem| at(&format!("{path}.content"), problem))?;
        if role == Role::System && request.turns.is_empty() {
            request.system.extend(SystemBlock::of_turn(blocks, false));
        } else {
            request.turns.push(Turn {
                at: index,
                role,
                name: None,
                blocks,
            });
        }
    }
    Ok(())
}

fn at(list: &str, (index, problem): (usize, BlockProblem)) -> RequestError {
    match problem {
        BlockProblem::Missing(member) => RequestError::missing(format!("{list}[{index}].{member}")),
        BlockProblem::Invalid(member, words) => {
            RequestError::invalid(format!("{list}[{index}].{member}"), words)
        }
    }
}

fn read_reasoning<'a>(
    additional: &AdditionalFields<'a>,
    output: &ConverseOutputConfig<'a>,
) -> Result<Option<Reasoning<'a>>, RequestError> {
    let word = output.effort.as_deref().or(additional
        .output_config
        .as_ref()
        .and_then(|config| config.effort.as_deref()));
    let effort = word
        .map(|word| {
            Effort::parse(word).ok_or_else(|| {
                RequestError::invalid(
                    "outputConfig.effort",
                    "must be low, medium, high, xhigh or max",
                )
            })
        })
        .transpose()?;
    let thinking = additional.thinking.as_ref();
    let kind = thinking.and_then(|thinking| thinking.kind.as_deref());
    if thinking.is_none() && effort.is_none() {
        return Ok(None);
    }
    if !matches!(kind, None | Some("enabled" | "adaptive" | "disabled")) {
        return Err(RequestError::invalid(
            "additionalModelRequestFields.thinking.type",
            "must be enabled, adaptive or disabled",
        ));
    }
    Ok(Some(Reasoning {
        effort,
        budget: thinking.and_then(|thinking| thinking.budget_tokens),
        adaptive: kind == Some("adaptive"),
        disabled: kind == Some("disabled"),
        summary: thinking
            .and_then(|thinking| thinking.display.as_deref())
            .filter(|display| *display == "summarized")
            .map(|_| Cow::Borrowed("auto")),
    }))
}

/// `output_config.format` of the Messages API.
fn read_claudes_format(format: AdditionalFormat<'_>) -> Result<OutputFormat<'_>, RequestError> {
    let path = "additionalModelRequestFields.output_config.format";
    if format.kind.as_deref() != Some("json_schema") {
        return Err(RequestError::invalid(
            format!("{path}.type"),
            "must be json_schema",
        ));
    }
    let schema = format
        .schema
        .ok_or_else(|| RequestError::missing(format!("{path}.schema")))?;
    Ok(OutputFormat::JsonSchema {
        name: None,
        description: None,
        schema: Cow::Borrowed(schema.get()),
        strict: Some(true),
    })
}

fn read_format<'a>(
    output: ConverseOutputConfig<'a>,
) -> Result<Option<OutputFormat<'a>>, RequestError> {
    let Some(format) = output.text_format else {
        return Ok(None);
    };
    if format.kind.as_deref() != Some("json_schema") {
        return Err(RequestError::invalid(
            "outputConfig.textFormat.type",
            "must be json_schema",
        ));
    }
    let path = "outputConfig.textFormat.structure.jsonSchema.schema";
    let schema = format
        .structure
        .and_then(|structure| structure.json_schema)
        .unwrap_or_default();
    let text = schema.schema.ok_or_else(|| RequestError::missing(path))?.0;
    if !crate::json::is_object(&text) {
        return Err(RequestError::invalid(
            path,
            "must be a JSON object written as a string",
        ));
    }
    Ok(Some(OutputFormat::JsonSchema {
        name: schema.name.map(|name| name.0),
        description: schema.description.map(|text| text.0),
        schema: text,
        strict: Some(true),
    }))
}

fn read_tools<'a>(
    config: ToolConfig<'a>,
    request: &mut Request<'a>,
    notes: &mut Notes,
) -> Result<(), RequestError> {
    for (index, tool) in config.tools.into_iter().flatten().enumerate() {
        let path = format!("toolConfig.tools[{index}]");
        if let Some(point) = tool.cache_point {
            if let Some(last) = request.tools.last_mut() {
                last.cache = Some(cache_mark(point));
            }
            continue;
        }
        if let Some(system_tool) = tool.system_tool {
            let name = system_tool.name.unwrap_or_default();
            notes.no_counterpart(format!("{path}.systemTool.{}", &*name));
            continue;
        }
        let spec = tool
            .tool_spec
            .ok_or_else(|| RequestError::missing(format!("{path}.toolSpec")))?;
        request.tools.push(Tool {
            name: spec
                .name
                .ok_or_else(|| RequestError::missing(format!("{path}.toolSpec.name")))?
                .0,
            namespace: None,
            description: spec.description.map(|text| text.0),
            kind: ToolKind::Function {
                parameters: spec
                    .input_schema
                    .and_then(|schema| schema.json)
                    .map(|raw| Cow::Borrowed(raw.get())),
                strict: spec.strict,
            },
            cache: None,
        });
    }
    request.tool_choice = config.tool_choice.map(read_choice).transpose()?;
    Ok(())
}

fn read_choice(choice: ConverseToolChoice<'_>) -> Result<ToolChoice<'_>, RequestError> {
    if let Some(tool) = choice.tool {
        let name = tool
            .name
            .ok_or_else(|| RequestError::missing("toolConfig.toolChoice.tool.name"))?;
        return Ok(ToolChoice::Named(name.0));
    }
    match (choice.any, choice.auto) {
        (Some(_), _) => Ok(ToolChoice::Required),
        (None, Some(_)) => Ok(ToolChoice::Auto),
        (None, None) => Err(RequestError::invalid(
            "toolConfig.toolChoice",
            "must hold auto, any or tool",
        )),
    }
}

/// The blocks of an answer.
pub(super) fn read_answer(message: ConverseMessage<'_>) -> Result<Vec<Block<'_>>, String> {
    read_blocks(message.content.unwrap_or_default())
        .map_err(|(index, problem)| format!("output.message.content[{index}]: {problem:?}"))
}
