use std::collections::HashSet;

use super::messages::{check, write_messages};
use crate::ir::{Effort, OutputFormat, Reasoning, Request, Tool, ToolChoice, ToolKind};
use crate::json::JsonWriter;
use crate::providers::{chat_dialect, ChatDialect, ReasoningField};
use crate::tools::{drop_built_in, short_user, ToolNames, EMPTY_SCHEMA, LOWERED_SCHEMA};
use crate::translate::{Addressee, Notes, RequestError};

/// Most stop sequences that Chat takes.
const MAX_STOPS: usize = 4;

/// Writes `request` in the dialect of its addressee, `messages` last.
pub(crate) fn encode_request(
    request: &Request<'_>,
    addressee: &mut Addressee<'_>,
    out: &mut Vec<u8>,
) -> Result<(), RequestError> {
    let dialect = chat_dialect(addressee.provider, addressee.model);
    encode_in_dialect(request, addressee, &dialect, out)
}

/// Writes `request` in `dialect`.
pub(crate) fn encode_in_dialect(
    request: &Request<'_>,
    addressee: &mut Addressee<'_>,
    dialect: &ChatDialect,
    out: &mut Vec<u8>,
) -> Result<(), RequestError> {
    let Addressee {
        model,
        names,
        notes,
        ..
    } = addressee;
    check(&request.turns)?;
    let tools = offered_tools(request, dialect, notes)?;
    JsonWriter::new(out).object(|w| {
        w.member("model", model);
        if request.stream {
            w.member_display("stream", true);
            // Other clients always get usage; a Chat stream only when asked.
            if dialect.takes("stream_options", notes) {
                w.member_object("stream_options", |w| {
                    w.member_display("include_usage", true);
                });
            }
        }
        w.maybe(dialect.limit_key, request.max_output_tokens);
        write_sampling(w, request, dialect, notes);
        if let Some(reasoning) = &request.reasoning {
            write_reasoning(w, reasoning, dialect, notes);
        }
        write_format(w, request.output_format.as_ref());
        write_labels(w, request, dialect, notes);
        if !tools.is_empty() {
            w.member_array("tools", |w| {
                for tool in &tools {
                    write_tool(w, tool, dialect, names);
                }
            });
            write_tool_choice(w, request, dialect, names, notes);
            if request.parallel_tool_calls == Some(false)
                && dialect.takes("parallel_tool_calls", notes)
            {
                w.member_display("parallel_tool_calls", false);
            }
        }
        w.member_array("messages", |w| {
            write_messages(w, request, dialect, names, notes);
        });
    });
    Ok(())
}

fn write_sampling(
    w: &mut JsonWriter<'_>,
    request: &Request<'_>,
    dialect: &ChatDialect,
    notes: &mut Notes,
) {
    let sampling = &request.sampling;
    if let Some(temperature) = &sampling.temperature {
        if dialect.takes("temperature", notes) {
            w.member_display("temperature", dialect.fit_temperature(temperature));
        }
    }
    if let Some(top_p) = &sampling.top_p {
        if dialect.takes("top_p", notes) {
            w.member_display("top_p", dialect.fit_top_p(top_p));
        }
    }
    if let Some(top_k) = sampling.top_k {
        if dialect.takes("top_k", notes) {
            w.member_display("top_k", top_k);
        }
    }
    if !sampling.stop.is_empty() && dialect.takes("stop", notes) {
        if sampling.stop.len() > MAX_STOPS {
            notes.dropped("stop", "the provider takes four stop sequences");
        }
        w.member_array("stop", |w| {
            for text in sampling.stop.iter().take(MAX_STOPS) {
                w.string(text);
            }
        });
    }
    if let Some(seed) = &sampling.seed {
        if dialect.takes("seed", notes) {
            w.member_display(dialect.seed_key, seed);
        }
    }
    if let Some(count) = sampling.candidates.filter(|count| *count != 1) {
        if dialect.takes("n", notes) {
            w.member_display("n", count);
        }
    }
    for (key, penalty) in [
        ("presence_penalty", &sampling.presence_penalty),
        ("frequency_penalty", &sampling.frequency_penalty),
    ] {
        if let Some(penalty) = penalty {
            if dialect.takes(key, notes) {
                w.member_display(key, penalty);
            }
        }
    }
    if let Some(logprobs) = sampling.logprobs {
        if dialect.takes("logprobs", notes) {
            w.member_display("logprobs", logprobs);
        }
    }
    if let Some(count) = sampling.top_logprobs {
        if dialect.takes("top_logprobs", notes) {
            w.member_display("top_logprobs", count);
        }
    }
    if let Some(bias) = &sampling.logit_bias {
        if dialect.takes("logit_bias", notes) {
            w.member_raw("logit_bias", bias);
        }
    }
}

fn write_reasoning(
    w: &mut JsonWriter<'_>,
    reasoning: &Reasoning<'_>,
    dialect: &ChatDialect,
    notes: &mut Notes,
) {
    match dialect.reasoning {
        ReasoningField::Unavailable => {
            notes.no_counterpart_if(!reasoning.disabled, "reasoning");
        }
        ReasoningField::Effort => {
            let effort = match reasoning.disabled {
                true => reasoning.effort.filter(|effort| *effort == Effort::None),
                false => reasoning.as_effort(),
            };
            if let Some(word) = effort.and_then(dialect.effort_word) {
                w.member("reasoning_effort", word);
            }
        }
        ReasoningField::Switch => w.member_object("thinking", |w| {
            let off = reasoning.as_effort() == Some(Effort::None);
            w.member("type", if off { "disabled" } else { "enabled" });
        }),
        ReasoningField::Budget => {
            let off = reasoning.as_effort() == Some(Effort::None);
            w.member_display("enable_thinking", !off);
            let budget = reasoning
                .budget
                .or_else(|| reasoning.effort.map(Effort::budget));
            if let Some(budget) = budget.filter(|_| !off) {
                w.member_display("thinking_budget", budget);
            }
        }
    }
}

fn write_format(w: &mut JsonWriter<'_>, format: Option<&OutputFormat<'_>>) {
    match format {
        None | Some(OutputFormat::Text) => {}
        Some(OutputFormat::JsonObject) => w.member_object("response_format", |w| {
            w.member("type", "json_object");
        }),
        Some(OutputFormat::JsonSchema {
            name,
            description,
            schema,
            strict,
        }) => w.member_object("response_format", |w| {
            w.member("type", "json_schema");
            w.member_object("json_schema", |w| {
                w.member("name", name.as_deref().unwrap_or("response"));
                w.maybe_string("description", description.as_deref());
                w.member_raw("schema", schema);
                w.maybe("strict", *strict);
            });
        }),
    }
}

fn write_labels(
    w: &mut JsonWriter<'_>,
    request: &Request<'_>,
    dialect: &ChatDialect,
    notes: &mut Notes,
) {
    let user = request.user.as_deref().map(short_user);
    for (key, text) in [
        ("verbosity", request.verbosity.as_deref()),
        ("user", user.as_deref()),
        ("service_tier", request.service_tier.as_deref()),
        ("prompt_cache_key", request.prompt_cache_key.as_deref()),
        (
            "prompt_cache_retention",
            request.prompt_cache_retention.as_deref(),
        ),
    ] {
        if let Some(text) = text {
            if dialect.takes(key, notes) {
                w.member(key, text);
            }
        }
    }
    if let Some(metadata) = &request.metadata {
        if dialect.takes("metadata", notes) {
            w.member_raw("metadata", metadata);
        }
    }
    if let Some(store) = request.store {
        if dialect.takes("store", notes) {
            w.member_display("store", store);
        }
    }
}

fn offered_tools<'r, 'a>(
    request: &'r Request<'a>,
    dialect: &ChatDialect,
    notes: &mut Notes,
) -> Result<Vec<&'r Tool<'a>>, RequestError> {
    if request.tools.is_empty() || !dialect.takes("tools", notes) {
        return Ok(Vec::new());
    }
    let chosen = match &request.tool_choice {
        Some(ToolChoice::Subset { names, .. }) => Some(names.iter().collect::<HashSet<_>>()),
        _ => None,
    };
    let mut tools = Vec::with_capacity(request.tools.len());
    for tool in &request.tools {
        if let ToolKind::BuiltIn { kind } = &tool.kind {
            drop_built_in(kind, notes)?;
        } else if let ToolKind::WebSearch(_) = &tool.kind {
            drop_built_in("web_search", notes)?;
        } else if chosen
            .as_ref()
            .is_none_or(|names| names.contains(&tool.name))
        {
            tools.push(tool);
        }
    }
    Ok(tools)
}

fn write_tool(
    w: &mut JsonWriter<'_>,
    tool: &Tool<'_>,
    dialect: &ChatDialect,
    names: &mut ToolNames,
) {
    w.object(|w| {
        w.member("type", "function");
        w.member_object("function", |w| {
            w.member("name", &names.for_provider(&tool.name));
            w.maybe_string("description", tool.description.as_deref());
            match &tool.kind {
                ToolKind::Function { parameters, strict } => {
                    w.member_raw("parameters", parameters.as_deref().unwrap_or(EMPTY_SCHEMA));
                    if !dialect.refused.contains(&"strict") {
                        w.maybe("strict", *strict);
                    }
                }
                ToolKind::Custom { .. } | ToolKind::WebSearch(_) | ToolKind::BuiltIn { .. } => {
                    names.lower(&tool.name);
                    w.member_raw("parameters", LOWERED_SCHEMA);
                }
            }
        });
        if let Some(mark) = tool.cache.as_ref().filter(|_| dialect.cache_marks) {
            super::messages::write_mark(w, mark);
        }
    });
}

fn write_tool_choice(
    w: &mut JsonWriter<'_>,
    request: &Request<'_>,
    dialect: &ChatDialect,
    names: &mut ToolNames,
    notes: &mut Notes,
) {
    let word = match &request.tool_choice {
        // The default; some services take no other and some not even this one.
        None
        | Some(
            ToolChoice::Auto
            | ToolChoice::Subset {
                required: false, ..
            },
        ) => return,
        Some(ToolChoice::None) => "none",
        Some(ToolChoice::Required | ToolChoice::Subset { required: true, .. }) => {
            dialect.required_word
        }
        Some(ToolChoice::Named(name)) => {
            if dialect.takes("tool_choice", notes) {
                w.member_object("tool_choice", |w| {
                    w.member("type", "function");
                    w.member_object("function", |w| {
                        w.member("name", &names.for_provider(name));
                    });
                });
            }
            return;
        }
    };
    if dialect.takes("tool_choice", notes) {
        w.member("tool_choice", word);
    }
}
