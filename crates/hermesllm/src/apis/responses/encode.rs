use super::dialect::{ResponsesDialect, CODEX_LINE};
use super::input::{check_results, write_input};
use super::tool_definitions::{write_tool, write_tool_choice};
use crate::ir::{Effort, OutputFormat, Reasoning, Request, SystemBlock};
use crate::json::JsonWriter;
use crate::tools::short_user;
use crate::translate::{Addressee, Notes, RequestError};

/// Least that `max_output_tokens` may say.
const MIN_OUTPUT_TOKENS: u64 = 16;

/// Writes `request` for its addressee, `input` last. Nothing is kept at the
/// provider unless the client asks for it.
pub(crate) fn encode_request(
    request: &Request<'_>,
    addressee: &mut Addressee<'_>,
    out: &mut Vec<u8>,
) -> Result<(), RequestError> {
    let dialect =
        ResponsesDialect::of(addressee.provider, addressee.model, &addressee.capabilities);
    let Addressee { model, notes, .. } = addressee;
    if request.turns.is_empty() && request.system.is_empty() {
        return Err(RequestError::invalid(
            "messages",
            "at least one message with content is required",
        ));
    }
    check_results(&request.turns)?;
    JsonWriter::new(out).object(|w| {
        w.member("model", model);
        if request.stream || dialect.codex_backend {
            w.member_display("stream", true);
        }
        let store = request.store.filter(|_| !dialect.codex_backend);
        w.member_display("store", store.unwrap_or(false));
        write_include(w, request, &dialect, notes);
        write_limits(w, request, &dialect, notes);
        if let Some(reasoning) = &request.reasoning {
            write_reasoning(w, reasoning, &dialect);
        }
        write_text(w, request);
        write_labels(w, request);
        if !request.tools.is_empty() {
            w.member_array("tools", |w| {
                for tool in &request.tools {
                    write_tool(w, tool, notes);
                }
            });
            write_tool_choice(w, request);
            w.maybe("parallel_tool_calls", request.parallel_tool_calls);
        }
        let top = instructions(&request.system);
        write_instructions(w, top, &dialect);
        let rest = request.system.get(top.len()..).unwrap_or_default();
        w.member_array("input", |w| write_input(w, rest, &request.turns, notes));
    });
    Ok(())
}

fn write_include(
    w: &mut JsonWriter<'_>,
    request: &Request<'_>,
    dialect: &ResponsesDialect,
    notes: &mut Notes,
) {
    let logprobs = request.sampling.logprobs == Some(true);
    if logprobs && request.stream {
        notes.dropped("logprobs", "a streamed answer carries none");
    }
    if !logprobs && !dialect.encrypts_reasoning {
        return;
    }
    w.member_array("include", |w| {
        if dialect.encrypts_reasoning {
            w.string("reasoning.encrypted_content");
        }
        if logprobs {
            w.string("message.output_text.logprobs");
        }
    });
}

fn write_limits(
    w: &mut JsonWriter<'_>,
    request: &Request<'_>,
    dialect: &ResponsesDialect,
    notes: &mut Notes,
) {
    if let Some(limit) = request.max_output_tokens {
        if dialect.codex_backend {
            notes.dropped("max_output_tokens", "the provider does not take it");
        } else {
            w.member_display("max_output_tokens", limit.max(MIN_OUTPUT_TOKENS));
        }
    }
    let sampling = &request.sampling;
    w.maybe("temperature", sampling.temperature.as_ref());
    w.maybe("top_p", sampling.top_p.as_ref());
    w.maybe("top_logprobs", sampling.top_logprobs);
}

fn write_reasoning(w: &mut JsonWriter<'_>, reasoning: &Reasoning<'_>, dialect: &ResponsesDialect) {
    let effort = match reasoning.disabled {
        // Not every model can be told so; those that think less by default need not be.
        true => reasoning.effort.filter(|effort| *effort == Effort::None),
        false => reasoning.as_effort(),
    };
    // Who asks for a budget, as Messages does, means to see the thinking.
    let shows = reasoning.budget.is_some() || reasoning.adaptive;
    let summary = reasoning
        .summary
        .as_deref()
        .or(shows.then_some("auto"))
        .filter(|_| !reasoning.disabled);
    let effort = effort.and_then(dialect.effort_word);
    if effort.is_none() && summary.is_none() {
        return;
    }
    w.member_object("reasoning", |w| {
        w.maybe_string("effort", effort);
        w.maybe_string("summary", summary);
    });
}

fn write_text(w: &mut JsonWriter<'_>, request: &Request<'_>) {
    let format = request
        .output_format
        .as_ref()
        .filter(|format| **format != OutputFormat::Text);
    if format.is_none() && request.verbosity.is_none() {
        return;
    }
    w.member_object("text", |w| {
        match format {
            None | Some(OutputFormat::Text) => {}
            Some(OutputFormat::JsonObject) => w.member_object("format", |w| {
                w.member("type", "json_object");
            }),
            Some(OutputFormat::JsonSchema {
                name,
                description,
                schema,
                strict,
            }) => w.member_object("format", |w| {
                w.member("type", "json_schema");
                w.member("name", name.as_deref().unwrap_or("response"));
                w.maybe_string("description", description.as_deref());
                w.member_raw("schema", schema);
                w.maybe("strict", *strict);
            }),
        }
        w.maybe_string("verbosity", request.verbosity.as_deref());
    });
}

fn write_labels(w: &mut JsonWriter<'_>, request: &Request<'_>) {
    let user = request.user.as_deref().map(short_user);
    w.maybe_string("user", user.as_deref());
    w.maybe_string("service_tier", request.service_tier.as_deref());
    w.maybe_string("prompt_cache_key", request.prompt_cache_key.as_deref());
    w.maybe_string(
        "prompt_cache_retention",
        request.prompt_cache_retention.as_deref(),
    );
    if let Some(metadata) = &request.metadata {
        w.member_raw("metadata", metadata);
    }
}

/// The system texts that are `instructions`: those ahead of a developer's.
fn instructions<'r, 'a>(system: &'r [SystemBlock<'a>]) -> &'r [SystemBlock<'a>] {
    let end = system
        .iter()
        .position(|block| block.developer)
        .unwrap_or(system.len());
    system.get(..end).unwrap_or_default()
}

fn write_instructions(
    w: &mut JsonWriter<'_>,
    blocks: &[SystemBlock<'_>],
    dialect: &ResponsesDialect,
) {
    let needs_line =
        dialect.codex_backend && !blocks.iter().any(|block| block.text.contains(CODEX_LINE));
    let texts: Vec<&str> = needs_line
        .then_some(CODEX_LINE)
        .into_iter()
        .chain(blocks.iter().map(|block| &*block.text))
        .collect();
    if !texts.is_empty() {
        w.member("instructions", &texts.join("\n\n"));
    }
}
