use std::borrow::Cow;

use super::blocks::{check, write_block, write_mark};
use super::claude;
use super::turns::{merge, MergedTurn};
use crate::ir::{
    Block, CacheMark, Effort, Origin, OutputFormat, Request, Role, Tool, ToolChoice, ToolKind,
};
use crate::json::JsonWriter;
use crate::tools::{drop_built_in, ToolNames, EMPTY_SCHEMA, LOWERED_SCHEMA};
use crate::translate::{Notes, RequestError};

/// Messages requires a limit; this one is sent when the client named none.
const DEFAULT_MAX_TOKENS: u64 = 4096;
/// Smallest thinking budget that Messages takes.
const MIN_BUDGET: u64 = 1024;

/// Writes `request` for `model`. Cached prefixes (`tools`, `system`) come first,
/// `messages` last.
pub(crate) fn encode_request(
    request: &Request<'_>,
    model: &str,
    names: &mut ToolNames,
    notes: &mut Notes,
    out: &mut Vec<u8>,
) -> Result<(), RequestError> {
    if request.sampling.candidates.is_some_and(|count| count > 1) {
        return Err(RequestError::invalid(
            "n",
            "this provider gives one answer per request",
        ));
    }
    let turns = merge(&request.turns, notes)?;
    if turns.is_empty() {
        return Err(RequestError::invalid(
            "messages",
            "at least one message with content is required",
        ));
    }
    for turn in &turns {
        turn.blocks.iter().try_for_each(|block| check(block))?;
    }
    note_losses(request, notes);
    let limits = Limits::of(request, model, &turns, notes);
    let tools = offered_tools(request, &turns, notes)?;

    JsonWriter::new(out).object(|w| {
        w.member("model", model);
        w.member_display("max_tokens", limits.max_tokens);
        if request.stream {
            w.member_display("stream", true);
        }
        write_sampling(w, request, model, &limits, notes);
        write_thinking(w, request, &limits);
        write_output_config(w, request, model, &limits);
        if let Some(user) = &request.user {
            w.member_object("metadata", |w| w.member("user_id", user));
        }
        write_service_tier(w, request, notes);
        write_mark(w, request.cache.as_ref());
        if !tools.is_empty() {
            w.member_array("tools", |w| {
                for tool in &tools {
                    write_tool(w, tool, names);
                }
            });
            write_tool_choice(w, request, &limits, names, notes);
        }
        write_system(w, request, model);
        w.member_array("messages", |w| {
            for turn in &turns {
                write_turn(w, turn, names);
            }
        });
    });
    Ok(())
}

fn note_losses(request: &Request<'_>, notes: &mut Notes) {
    let sampling = &request.sampling;
    notes.no_counterpart_if(sampling.seed.is_some(), "seed");
    notes.no_counterpart_if(sampling.presence_penalty.is_some(), "presence_penalty");
    notes.no_counterpart_if(sampling.frequency_penalty.is_some(), "frequency_penalty");
    notes.no_counterpart_if(sampling.logprobs == Some(true), "logprobs");
    notes.no_counterpart_if(sampling.top_logprobs.is_some(), "top_logprobs");
    notes.no_counterpart_if(sampling.logit_bias.is_some(), "logit_bias");
    notes.no_counterpart_if(request.verbosity.is_some(), "verbosity");
    notes.no_counterpart_if(request.store == Some(true), "store");
    notes.no_counterpart_if(request.prompt_cache_key.is_some(), "prompt_cache_key");
    notes.no_counterpart_if(
        request.prompt_cache_retention.is_some(),
        "prompt_cache_retention",
    );
    notes.metadata(request.metadata.as_ref());
    for (index, turn) in request.turns.iter().enumerate() {
        if turn.name.is_some() {
            notes.no_counterpart(format!("messages[{index}].name"));
        }
    }
}

/// The output limit and, within it, how much the model may think.
#[derive(Debug, Clone, Copy)]
struct Limits {
    max_tokens: u64,
    thinking: ThinkingMode,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum ThinkingMode {
    Off,
    Budget(u64),
    /// The model decides; the effort, if any, guides it.
    Adaptive(Option<Effort>),
}

impl Limits {
    fn of(
        request: &Request<'_>,
        model: &str,
        turns: &[MergedTurn<'_, '_>],
        notes: &mut Notes,
    ) -> Self {
        let off = Self {
            max_tokens: request.max_output_tokens.unwrap_or(DEFAULT_MAX_TOKENS),
            thinking: ThinkingMode::Off,
        };
        let Some(reasoning) = &request.reasoning else {
            return off;
        };
        if reasoning.disabled {
            return off;
        }
        if reasoning.adaptive || claude::thinks_adaptively(model) {
            return Self {
                thinking: ThinkingMode::Adaptive(reasoning.as_effort()),
                ..off
            };
        }
        let wanted = reasoning
            .budget
            .or_else(|| reasoning.effort.map(Effort::budget))
            .unwrap_or(MIN_BUDGET)
            .max(MIN_BUDGET);
        if awaits_thinking(turns) {
            notes.dropped(
                "reasoning",
                "thinking is off: the last tool call came back without its signed reasoning",
            );
            return off;
        }
        match request.max_output_tokens {
            None => Self {
                max_tokens: wanted + DEFAULT_MAX_TOKENS,
                thinking: ThinkingMode::Budget(wanted),
            },
            Some(limit) if limit <= MIN_BUDGET => {
                notes.dropped("reasoning", "the output limit leaves no room for thinking");
                off
            }
            Some(limit) => Self {
                max_tokens: limit,
                thinking: ThinkingMode::Budget(wanted.min(limit - 1)),
            },
        }
    }
}

/// With a thinking budget, a turn that called tools must come back with its
/// signed thinking first; clients that do not keep it would get a 400.
fn awaits_thinking(turns: &[MergedTurn<'_, '_>]) -> bool {
    let Some(last) = turns.iter().rfind(|turn| turn.role == Role::Assistant) else {
        return false;
    };
    let answers_tools = turns.last().is_some_and(|turn| {
        turn.blocks
            .iter()
            .any(|block| matches!(**block, Block::ToolResult(_)))
    });
    let signed = last.blocks.iter().any(|block| match &**block {
        Block::Thought(thought) => thought
            .proof
            .as_ref()
            .is_some_and(|proof| proof.origin == Origin::Anthropic),
        _ => false,
    });
    answers_tools && !signed
}

fn write_sampling(
    w: &mut JsonWriter<'_>,
    request: &Request<'_>,
    model: &str,
    limits: &Limits,
    notes: &mut Notes,
) {
    let sampling = &request.sampling;
    let thinks = limits.thinking != ThinkingMode::Off;
    if let Some(temperature) = &sampling.temperature {
        let value = temperature.as_f64().unwrap_or(1.0);
        if thinks && value != 1.0 {
            notes.dropped("temperature", "not available while the model thinks");
        } else if value > 1.0 {
            w.member_display("temperature", 1);
        } else {
            w.member_display("temperature", temperature);
        }
    }
    if let Some(top_p) = &sampling.top_p {
        if sampling.temperature.is_some() && claude::takes_one_of_temperature_and_top_p(model) {
            notes.dropped("top_p", "this model takes temperature or top_p, not both");
        } else {
            w.member_display("top_p", top_p);
        }
    }
    if let Some(top_k) = sampling.top_k {
        if thinks {
            notes.dropped("top_k", "not available while the model thinks");
        } else {
            w.member_display("top_k", top_k);
        }
    }
    let mut stop = sampling
        .stop
        .iter()
        .filter(|text| !text.trim().is_empty())
        .peekable();
    if stop.peek().is_some() {
        w.member_array("stop_sequences", |w| stop.for_each(|text| w.string(text)));
    }
}

fn write_thinking(w: &mut JsonWriter<'_>, request: &Request<'_>, limits: &Limits) {
    match limits.thinking {
        ThinkingMode::Off => {}
        ThinkingMode::Budget(budget) => w.member_object("thinking", |w| {
            w.member("type", "enabled");
            w.member_display("budget_tokens", budget);
        }),
        ThinkingMode::Adaptive(_) => w.member_object("thinking", |w| {
            w.member("type", "adaptive");
            // Without it these models send signatures only, no text.
            if request
                .reasoning
                .as_ref()
                .is_some_and(|reasoning| reasoning.summary.is_some() || !reasoning.adaptive)
            {
                w.member("display", "summarized");
            }
        }),
    }
}

fn write_output_config(
    w: &mut JsonWriter<'_>,
    request: &Request<'_>,
    model: &str,
    limits: &Limits,
) {
    let effort = match limits.thinking {
        ThinkingMode::Adaptive(effort) => effort,
        _ => None,
    };
    let schema = match &request.output_format {
        Some(OutputFormat::JsonSchema { schema, .. }) if claude::takes_schemas(model) => {
            Some(schema)
        }
        _ => None,
    };
    if effort.is_none() && schema.is_none() {
        return;
    }
    w.member_object("output_config", |w| {
        if let Some(effort) = effort {
            w.member("effort", effort.max(Effort::Low).as_str());
        }
        if let Some(schema) = schema {
            w.member_object("format", |w| {
                w.member("type", "json_schema");
                w.member_raw("schema", schema);
            });
        }
    });
}

fn write_service_tier(w: &mut JsonWriter<'_>, request: &Request<'_>, notes: &mut Notes) {
    match request.service_tier.as_deref() {
        None => {}
        Some("auto") => w.member("service_tier", "auto"),
        Some("default") => w.member("service_tier", "standard_only"),
        Some(_) => notes.no_counterpart("service_tier"),
    }
}

/// The tools of the request, fewer by a subset choice, or minimal ones for the
/// calls of the history, which Messages does not take without definitions.
fn offered_tools<'r, 'a>(
    request: &'r Request<'a>,
    turns: &'r [MergedTurn<'r, 'a>],
    notes: &mut Notes,
) -> Result<Vec<Cow<'r, Tool<'a>>>, RequestError> {
    let chosen = match &request.tool_choice {
        Some(ToolChoice::Subset { names, .. }) => Some(names),
        _ => None,
    };
    let mut tools: Vec<Cow<'r, Tool<'a>>> = Vec::new();
    for tool in &request.tools {
        if let ToolKind::BuiltIn { kind } = &tool.kind {
            drop_built_in(kind, notes)?;
        } else if chosen.is_none_or(|names| names.contains(&tool.name)) {
            tools.push(Cow::Borrowed(tool));
        }
    }
    if !tools.is_empty() {
        return Ok(tools);
    }
    for block in turns.iter().flat_map(|turn| &turn.blocks) {
        if let Block::ToolCall(call) = &**block {
            if !tools.iter().any(|tool| tool.name == call.name) {
                tools.push(Cow::Owned(Tool {
                    name: call.name.clone(),
                    namespace: None,
                    description: None,
                    kind: ToolKind::Function {
                        parameters: None,
                        strict: None,
                    },
                    cache: None,
                }));
            }
        }
    }
    Ok(tools)
}

fn write_tool(w: &mut JsonWriter<'_>, tool: &Tool<'_>, names: &mut ToolNames) {
    w.object(|w| {
        w.member("name", &names.for_provider(&tool.name));
        w.maybe_string("description", tool.description.as_deref());
        match &tool.kind {
            ToolKind::Function { parameters, strict } => {
                w.member_raw(
                    "input_schema",
                    parameters.as_deref().unwrap_or(EMPTY_SCHEMA),
                );
                if *strict == Some(true) {
                    w.member_display("strict", true);
                }
            }
            ToolKind::Custom { .. } | ToolKind::BuiltIn { .. } => {
                names.lower(&tool.name);
                w.member_raw("input_schema", LOWERED_SCHEMA);
            }
        }
        write_mark(w, tool.cache.as_ref());
    });
}

fn write_tool_choice(
    w: &mut JsonWriter<'_>,
    request: &Request<'_>,
    limits: &Limits,
    names: &mut ToolNames,
    notes: &mut Notes,
) {
    let one_at_a_time = request.parallel_tool_calls == Some(false);
    let (kind, name) = match &request.tool_choice {
        None if !one_at_a_time => return,
        None
        | Some(
            ToolChoice::Auto
            | ToolChoice::Subset {
                required: false, ..
            },
        ) => ("auto", None),
        Some(ToolChoice::None) => ("none", None),
        Some(ToolChoice::Required | ToolChoice::Subset { required: true, .. }) => ("any", None),
        Some(ToolChoice::Named(name)) => ("tool", Some(name)),
    };
    let forced = matches!(kind, "any" | "tool");
    let (kind, name) = if forced && limits.thinking != ThinkingMode::Off {
        notes.dropped(
            "tool_choice",
            "a model that thinks cannot be made to call a tool",
        );
        ("auto", None)
    } else {
        (kind, name)
    };
    w.member_object("tool_choice", |w| {
        w.member("type", kind);
        if let Some(name) = name {
            w.member("name", &names.for_provider(name));
        }
        if one_at_a_time && kind != "none" {
            w.member_display("disable_parallel_tool_use", true);
        }
    });
}

fn write_system(w: &mut JsonWriter<'_>, request: &Request<'_>, model: &str) {
    let later = request
        .turns
        .iter()
        .filter(|turn| turn.role == Role::System)
        .flat_map(|turn| &turn.blocks)
        .filter_map(|block| match block {
            Block::Text(text) => Some((&*text.text, text.cache.as_ref())),
            _ => None,
        });
    let instruction = format_instruction(request.output_format.as_ref(), model);
    let blocks: Vec<(&str, Option<&CacheMark<'_>>)> = request
        .system
        .iter()
        .map(|block| (&*block.text, block.cache.as_ref()))
        .chain(later)
        .chain(instruction.as_deref().map(|text| (text, None)))
        .filter(|(text, _)| !text.trim().is_empty())
        .collect();
    match blocks.as_slice() {
        [] => {}
        [(text, None)] => w.member("system", text),
        blocks => w.member_array("system", |w| {
            for (text, mark) in blocks {
                w.object(|w| {
                    w.member("type", "text");
                    w.member("text", text);
                    write_mark(w, *mark);
                });
            }
        }),
    }
}

/// Asks in words for the output format that the model has no switch for.
fn format_instruction(format: Option<&OutputFormat<'_>>, model: &str) -> Option<String> {
    match format? {
        OutputFormat::Text => None,
        OutputFormat::JsonObject => {
            Some("Answer with one JSON object and nothing else, without code fences.".to_owned())
        }
        OutputFormat::JsonSchema { schema, .. } => (!claude::takes_schemas(model)).then(|| {
            format!(
                "Answer with one JSON value and nothing else, without code fences. \
                 It must match this JSON Schema: {schema}"
            )
        }),
    }
}

fn write_turn(w: &mut JsonWriter<'_>, turn: &MergedTurn<'_, '_>, names: &mut ToolNames) {
    w.object(|w| {
        w.member(
            "role",
            if turn.role == Role::Assistant {
                "assistant"
            } else {
                "user"
            },
        );
        if let [block] = turn.blocks.as_slice() {
            if let Block::Text(text) = &**block {
                if text.cache.is_none() {
                    return w.member("content", &text.text);
                }
            }
        }
        w.member_array("content", |w| {
            for block in &turn.blocks {
                write_block(w, block, names);
            }
        });
    });
}
