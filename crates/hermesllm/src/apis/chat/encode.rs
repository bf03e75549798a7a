use super::messages::write_messages;
use crate::ir::{Effort, OutputFormat, Reasoning, Request, Tool, ToolChoice, ToolKind};
use crate::json::JsonWriter;
use crate::providers::{chat_dialect, ChatDialect, ReasoningField};
use crate::tools::{short_user, EMPTY_SCHEMA};
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
    let Addressee { model, notes, .. } = addressee;
    JsonWriter::new(out).object(|w| {
        w.member("model", model);
        if request.stream {
            w.member_display("stream", true);
            // Other clients always get usage; a Chat stream only when asked.
            if dialect.stream_options {
                w.member_object("stream_options", |w| {
                    w.member_display("include_usage", true);
                });
            }
        }
        w.maybe(dialect.limit_key, request.max_output_tokens);
        write_sampling(w, request, dialect, notes);
        if let Some(reasoning) = &request.reasoning {
            write_reasoning(w, reasoning, dialect);
        }
        write_format(w, request.output_format.as_ref());
        write_labels(w, request);
        write_web_search(w, request);
        if request.tools.iter().any(Tool::is_callable) {
            w.member_array("tools", |w| {
                for tool in &request.tools {
                    write_tool(w, tool);
                }
            });
            write_tool_choice(w, request, dialect);
            if request.parallel_tool_calls == Some(false) {
                w.member_display("parallel_tool_calls", false);
            }
        }
        w.member_array("messages", |w| {
            write_messages(w, request, dialect, notes);
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
        w.member_display("temperature", dialect.fit_temperature(temperature));
    }
    if let Some(top_p) = &sampling.top_p {
        w.member_display("top_p", dialect.fit_top_p(top_p));
    }
    if let Some(top_k) = sampling.top_k {
        w.member_display("top_k", top_k);
    }
    if !sampling.stop.is_empty() {
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
        w.member_display(dialect.seed_key, seed);
    }
    if let Some(count) = sampling.candidates.filter(|count| *count != 1) {
        w.member_display("n", count);
    }
    for (key, penalty) in [
        ("presence_penalty", &sampling.presence_penalty),
        ("frequency_penalty", &sampling.frequency_penalty),
    ] {
        if let Some(penalty) = penalty {
            w.member_display(key, penalty);
        }
    }
    if sampling.logprobs.is_some() || sampling.wants_logprobs() {
        w.member_display("logprobs", sampling.wants_logprobs());
    }
    if let Some(count) = sampling.top_logprobs {
        w.member_display("top_logprobs", count);
    }
    if let Some(bias) = &sampling.logit_bias {
        w.member_raw("logit_bias", bias);
    }
}

fn write_reasoning(w: &mut JsonWriter<'_>, reasoning: &Reasoning<'_>, dialect: &ChatDialect) {
    match dialect.reasoning {
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

fn write_labels(w: &mut JsonWriter<'_>, request: &Request<'_>) {
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
            w.member(key, text);
        }
    }
    if let Some(metadata) = &request.metadata {
        w.member_raw("metadata", metadata);
    }
    if let Some(store) = request.store {
        w.member_display("store", store);
    }
}

fn write_web_search(w: &mut JsonWriter<'_>, request: &Request<'_>) {
    for tool in &request.tools {
        if let ToolKind::WebSearch(search) = &tool.kind {
            return w.member_object("web_search_options", |w| {
                w.maybe_string("search_context_size", search.context_size.as_deref());
                if let Some(location) = &search.user_location {
                    w.member_object("user_location", |w| {
                        w.member("type", "approximate");
                        w.member_raw("approximate", location);
                    });
                }
            });
        }
    }
}

fn write_tool(w: &mut JsonWriter<'_>, tool: &Tool<'_>) {
    let ToolKind::Function { parameters, strict } = &tool.kind else {
        return;
    };
    w.object(|w| {
        w.member("type", "function");
        w.member_object("function", |w| {
            w.member("name", &tool.name);
            w.maybe_string("description", tool.description.as_deref());
            w.member_raw("parameters", parameters.as_deref().unwrap_or(EMPTY_SCHEMA));
            w.maybe("strict", *strict);
        });
        if let Some(mark) = &tool.cache {
            super::messages::write_mark(w, mark);
        }
    });
}

fn write_tool_choice(w: &mut JsonWriter<'_>, request: &Request<'_>, dialect: &ChatDialect) {
    let word = match &request.tool_choice {
        // The default; some services take no other and some not even this one.
        None | Some(ToolChoice::Auto | ToolChoice::Subset { .. }) => return,
        Some(ToolChoice::None) => "none",
        Some(ToolChoice::Required) => dialect.required_word,
        Some(ToolChoice::Named(name)) => {
            return w.member_object("tool_choice", |w| {
                w.member("type", "function");
                w.member_object("function", |w| w.member("name", name));
            });
        }
    };
    w.member("tool_choice", word);
}
