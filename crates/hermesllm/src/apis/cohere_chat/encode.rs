use serde_json::Number;

use super::documents;
use super::messages::{documents_of, write_turn};
use crate::ir::{
    Block, Effort, Origin, OutputFormat, Reasoning, Request, Role, Sampling, Tool, ToolChoice,
    ToolKind,
};
use crate::json::JsonWriter;
use crate::tools::EMPTY_SCHEMA;
use crate::translate::{format_instruction, Addressee, Notes, RequestError};
use crate::turns::merge;

/// Largest `k`.
const MAX_TOP_K: u64 = 500;

/// Writes `request` for its addressee, `messages` last.
pub(crate) fn encode_request(
    request: &Request<'_>,
    addressee: &mut Addressee<'_>,
    out: &mut Vec<u8>,
) -> Result<(), RequestError> {
    let notes = &mut addressee.notes;
    let turns = merge(&request.turns, Origin::Cohere, notes)?;
    if turns.is_empty() {
        return Err(RequestError::invalid(
            "messages",
            "at least one message with content is required",
        ));
    }
    let tools = offered_tools(request);
    let documents = documents_of(&turns);
    let asks_for_json = !matches!(request.output_format, None | Some(OutputFormat::Text));
    // A format goes neither with tools nor with documents: the former are
    // needed, the latter can be told in words.
    let formats = asks_for_json && tools.is_empty() && is_object_schema(request);
    let documents_beside = !asks_for_json && has_words(&turns);
    let instruction = format_instruction(request.output_format.as_ref(), formats);
    JsonWriter::new(out).object(|w| {
        w.member("model", addressee.model);
        if request.stream {
            w.member_display("stream", true);
        }
        w.maybe("max_tokens", request.max_output_tokens);
        write_sampling(w, &request.sampling, notes);
        if let Some(reasoning) = &request.reasoning {
            write_thinking(w, reasoning, request.max_output_tokens);
        }
        if formats {
            write_format(w, request.output_format.as_ref());
        }
        write_tools(w, request, &tools);
        if documents_beside {
            documents::write(w, &documents);
        }
        w.member_array("messages", |w| {
            write_system(w, request, instruction.as_deref());
            for turn in &turns {
                write_turn(w, turn, documents_beside);
            }
        });
    });
    Ok(())
}

/// Every turn of the user's says something besides its documents.
fn has_words(turns: &[crate::turns::MergedTurn<'_, '_>]) -> bool {
    let users = turns.iter().filter(|turn| turn.role == Role::User);
    users.into_iter().all(|turn| {
        turn.blocks
            .iter()
            .any(|block| matches!(**block, Block::Text(_) | Block::ToolResult(_)))
    })
}

/// Cohere holds answers to schemas of objects only.
fn is_object_schema(request: &Request<'_>) -> bool {
    let Some(OutputFormat::JsonSchema { schema, .. }) = &request.output_format else {
        return true;
    };
    serde_json::from_str::<serde_json::Value>(schema)
        .is_ok_and(|schema| schema.get("type").is_some_and(|kind| kind == "object"))
}

fn write_sampling(w: &mut JsonWriter<'_>, sampling: &Sampling<'_>, notes: &mut Notes) {
    w.maybe("temperature", sampling.temperature.as_ref());
    if let Some(top_p) = sampling.top_p.as_ref().and_then(Number::as_f64) {
        // One is what it is without.
        if top_p < 1.0 {
            w.member_display("p", top_p.clamp(0.01, 0.99));
        }
    }
    w.maybe("k", sampling.top_k.map(|top_k| top_k.min(MAX_TOP_K)));
    let stop = sampling.five_stops(notes);
    if !stop.is_empty() {
        w.member_array("stop_sequences", |w| {
            stop.iter().for_each(|text| w.string(text))
        });
    }
    if let Some(seed) = &sampling.seed {
        let seed = seed.as_u64().or(seed.as_i64().map(i64::unsigned_abs));
        w.maybe("seed", seed);
    }
    for (key, penalty) in [
        ("frequency_penalty", &sampling.frequency_penalty),
        ("presence_penalty", &sampling.presence_penalty),
    ] {
        match penalty.as_ref().and_then(Number::as_f64) {
            None => {}
            Some(value) if value < 0.0 => notes.dropped(key, "the provider takes 0 to 1"),
            Some(value) if value > 1.0 => w.member_display(key, 1),
            Some(_) => w.maybe(key, penalty.as_ref()),
        }
    }
    if sampling.wants_logprobs() {
        w.member_display("logprobs", true);
    }
}

/// The budget must be smaller than the limit.
fn write_thinking(w: &mut JsonWriter<'_>, reasoning: &Reasoning<'_>, limit: Option<u64>) {
    let off = reasoning.as_effort() == Some(Effort::None);
    let budget = reasoning
        .budget
        .or(reasoning.effort.map(Effort::budget))
        .map(|budget| limit.map_or(budget, |limit| budget.min(limit.saturating_sub(1))))
        .filter(|budget| !off && *budget > 0);
    w.member_object("thinking", |w| {
        w.member("type", if off { "disabled" } else { "enabled" });
        w.maybe("token_budget", budget);
    });
}

fn write_format(w: &mut JsonWriter<'_>, format: Option<&OutputFormat<'_>>) {
    w.member_object("response_format", |w| {
        w.member("type", "json_object");
        if let Some(OutputFormat::JsonSchema { schema, .. }) = format {
            w.member_raw("json_schema", schema);
        }
    });
}

/// A choice of one tool is a choice among all when the others are gone.
fn offered_tools<'r, 'a>(request: &'r Request<'a>) -> Vec<&'r Tool<'a>> {
    let named = match &request.tool_choice {
        Some(ToolChoice::Named(name)) => Some(name),
        _ => None,
    };
    request
        .tools
        .iter()
        .filter(|tool| tool.is_callable())
        .filter(|tool| named.is_none_or(|name| *name == tool.name))
        .collect()
}

fn write_tools(w: &mut JsonWriter<'_>, request: &Request<'_>, tools: &[&Tool<'_>]) {
    if tools.is_empty() {
        return;
    }
    w.member_array("tools", |w| {
        tools.iter().for_each(|tool| write_tool(w, tool))
    });
    let is_strict = |tool: &&Tool<'_>| {
        matches!(
            tool.kind,
            ToolKind::Function {
                strict: Some(true),
                ..
            }
        )
    };
    if tools.iter().any(is_strict) {
        w.member_display("strict_tools", true);
    }
    match &request.tool_choice {
        None
        | Some(
            ToolChoice::Auto
            | ToolChoice::Subset {
                required: false, ..
            },
        ) => {}
        Some(ToolChoice::None) => w.member("tool_choice", "NONE"),
        Some(ToolChoice::Required | ToolChoice::Named(_) | ToolChoice::Subset { .. }) => {
            w.member("tool_choice", "REQUIRED");
        }
    }
}

fn write_tool(w: &mut JsonWriter<'_>, tool: &Tool<'_>) {
    w.object(|w| {
        w.member("type", "function");
        w.member_object("function", |w| {
            w.member("name", &tool.name);
            w.maybe_string("description", tool.description.as_deref());
            let parameters = match &tool.kind {
                ToolKind::Function { parameters, .. } => parameters.as_deref(),
                _ => None,
            };
            w.member_raw("parameters", parameters.unwrap_or(EMPTY_SCHEMA));
        });
    });
}

/// One message for all instructions; later ones join them.
fn write_system(w: &mut JsonWriter<'_>, request: &Request<'_>, instruction: Option<&str>) {
    let texts: Vec<&str> = request
        .instructions()
        .map(|(text, _)| text)
        .chain(instruction)
        .collect();
    if texts.is_empty() {
        return;
    }
    w.object(|w| {
        w.member("role", "system");
        match texts.as_slice() {
            [text] => w.member("content", text),
            texts => w.member_array("content", |w| {
                for text in texts {
                    w.object(|w| {
                        w.member("type", "text");
                        w.member("text", text);
                    });
                }
            }),
        }
    });
}
