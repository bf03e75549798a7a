use std::borrow::Cow;

use super::conversation::{detail_of, read_contents};
use super::schema::{choices, from_google};
use super::tool_definitions::{read_tool_choice, read_tools};
use super::wire::{Content, CountRequest, GenerateRequest, GenerationConfig, ThinkingConfig};
use crate::ir::{Effort, OutputFormat, Reasoning, Request, Sampling, SystemBlock};
use crate::json::read;
use crate::translate::{Notes, RequestError};

/// Reads a request; its model and whether it streams are in the path.
pub(crate) fn decode_request<'a>(
    text: &'a str,
    notes: &mut Notes,
) -> Result<Request<'a>, RequestError> {
    let mut wire: GenerateRequest<'a> = read(text)?;
    notes.unknown(&wire.extra);
    let contents = wire
        .contents
        .take()
        .ok_or_else(|| RequestError::missing("contents"))?;
    if wire.cached_content.is_some() {
        return Err(RequestError::invalid(
            "cachedContent",
            "what another provider keeps cannot be used; send the contents",
        ));
    }
    for (given, field) in [
        (wire.safety_settings.is_some(), "safetySettings"),
        (wire.labels.is_some(), "labels"),
        (wire.store == Some(true), "store"),
    ] {
        if given {
            notes.no_counterpart(field);
        }
    }
    let mut config = wire.generation_config.take().unwrap_or_default();
    for (key, _) in &config.extra {
        notes.dropped(format!("generationConfig.{}", &**key), "unknown field");
    }
    refuse_other_output(&config)?;
    let resolution = config.media_resolution.as_deref().and_then(detail_of);
    let thinking = config.thinking_config.take();
    let (output_format, instruction) = read_format(&config)?;
    let mut request = Request {
        model: wire.model.unwrap_or_default().0,
        turns: read_contents(contents, resolution)?,
        system: read_system(wire.system_instruction),
        hide_thoughts: thinking
            .as_ref()
            .is_none_or(|thinking| thinking.include_thoughts != Some(true)),
        reasoning: thinking.map(read_thinking).transpose()?,
        max_output_tokens: config.max_output_tokens.map(|count| count.0),
        output_format,
        service_tier: wire.service_tier.map(|tier| match &*tier {
            "standard" => Cow::Borrowed("default"),
            _ => tier.0,
        }),
        sampling: read_sampling(config),
        ..Request::default()
    };
    if let Some(instruction) = instruction {
        request.system.push(SystemBlock {
            text: Cow::Owned(instruction),
            developer: false,
            cache: None,
        });
    }
    read_tools(wire.tools, &mut request, notes)?;
    let calling = wire.tool_config.and_then(|config| config.calling);
    request.tool_choice = calling.map(read_tool_choice).transpose()?;
    Ok(request)
}

/// Refuses a body, of a generation or of `countTokens`, whose conversation
/// cannot be read.
pub(crate) fn check_conversation(text: &str) -> Result<(), RequestError> {
    let wire: CountRequest<'_> = read(text)?;
    let contents = wire
        .contents
        .or_else(|| wire.request.and_then(|request| request.contents))
        .ok_or_else(|| RequestError::missing("contents"))?;
    read_contents(contents, None)?;
    Ok(())
}

fn refuse_other_output(config: &GenerationConfig<'_>) -> Result<(), RequestError> {
    let modalities = config.response_modalities.iter().flatten();
    let other = modalities
        .into_iter()
        .any(|word| !word.eq_ignore_ascii_case("text"));
    for (wanted, member) in [
        (other, "responseModalities"),
        (config.speech_config.is_some(), "speechConfig"),
        (config.image_config.is_some(), "imageConfig"),
    ] {
        if wanted {
            return Err(RequestError::invalid(
                format!("generationConfig.{member}"),
                "this provider answers in text only",
            ));
        }
    }
    Ok(())
}

fn read_system(content: Option<Content<'_>>) -> Vec<SystemBlock<'_>> {
    let parts = content.and_then(|content| content.parts);
    let texts = parts.into_iter().flatten().filter_map(|part| part.text);
    texts
        .filter(|text| !text.is_empty())
        .map(|text| SystemBlock {
            text: text.0,
            developer: false,
            cache: None,
        })
        .collect()
}

fn read_sampling(config: GenerationConfig<'_>) -> Sampling<'_> {
    Sampling {
        temperature: config.temperature,
        top_p: config.top_p,
        top_k: config.top_k.map(|count| count.0),
        stop: config
            .stop_sequences
            .into_iter()
            .flatten()
            .map(|text| text.0)
            .collect(),
        seed: config.seed,
        candidates: config.candidate_count.map(|count| count.0),
        presence_penalty: config.presence_penalty,
        frequency_penalty: config.frequency_penalty,
        logprobs: config.response_logprobs,
        top_logprobs: config.logprobs.map(|count| count.0),
        logit_bias: None,
    }
}

fn read_thinking(thinking: ThinkingConfig<'_>) -> Result<Reasoning<'static>, RequestError> {
    let at = "generationConfig.thinkingConfig";
    if thinking.thinking_budget.is_some() && thinking.thinking_level.is_some() {
        return Err(RequestError::invalid(
            at,
            "takes thinkingBudget or thinkingLevel, not both",
        ));
    }
    let effort = match thinking.thinking_level.as_deref() {
        None | Some("THINKING_LEVEL_UNSPECIFIED") => None,
        Some(level) => Some(Effort::parse(level).ok_or_else(|| {
            RequestError::invalid(
                format!("{at}.thinkingLevel"),
                "must be MINIMAL, LOW, MEDIUM or HIGH",
            )
        })?),
    };
    let disabled = thinking.thinking_budget == Some(0);
    Ok(Reasoning {
        effort: effort.or(disabled.then_some(Effort::None)),
        budget: thinking
            .thinking_budget
            .and_then(|budget| u64::try_from(budget).ok())
            .filter(|budget| *budget > 0),
        adaptive: thinking.thinking_budget == Some(-1),
        disabled,
        summary: (thinking.include_thoughts == Some(true)).then_some(Cow::Borrowed("auto")),
    })
}

/// The output format, and what is asked for in words instead.
fn read_format<'a>(
    config: &GenerationConfig<'a>,
) -> Result<(Option<OutputFormat<'a>>, Option<String>), RequestError> {
    let schema = match (config.response_json_schema, config.response_schema) {
        (Some(_), Some(_)) => {
            return Err(RequestError::invalid(
                "generationConfig.responseSchema",
                "responseSchema and responseJsonSchema exclude each other",
            ))
        }
        (Some(raw), None) => Some(Cow::Borrowed(raw.get())),
        (None, Some(raw)) => Some(from_google(raw.get())),
        (None, None) => None,
    };
    match (config.response_mime_type.as_deref(), schema) {
        (Some("application/json"), None) => Ok((Some(OutputFormat::JsonObject), None)),
        (Some("application/json"), Some(schema)) => Ok((
            Some(OutputFormat::JsonSchema {
                name: None,
                description: None,
                schema,
                strict: None,
            }),
            None,
        )),
        (Some("text/x.enum"), Some(schema)) => {
            let words = choices(&schema).join(", ");
            let instruction = format!("Answer with exactly one of these and nothing else: {words}");
            Ok((None, Some(instruction)))
        }
        (Some("text/x.enum"), None) => {
            Err(RequestError::missing("generationConfig.responseSchema"))
        }
        (None | Some("text/plain"), None) => Ok((None, None)),
        (None | Some("text/plain"), Some(_)) => Err(RequestError::invalid(
            "generationConfig.responseMimeType",
            "a schema needs application/json or text/x.enum",
        )),
        (Some(_), _) => Err(RequestError::invalid(
            "generationConfig.responseMimeType",
            "must be text/plain, application/json or text/x.enum",
        )),
    }
}
