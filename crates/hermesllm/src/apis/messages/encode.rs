use super::blocks::{write_block, write_mark};
use super::claude;
use super::limits::{Limits, ThinkingMode};
use super::tool_definitions::{write_tool, write_tool_choice};
use crate::api::Api;
use crate::features::Feature;
use crate::ir::{Block, CacheMark, Origin, OutputFormat, Request, Role};
use crate::json::JsonWriter;
use crate::translate::{format_instruction, Addressee, Notes, RequestError};
use crate::turns::{merge, MergedTurn};

/// Writes `request` for its addressee. Cached prefixes (`tools`, `system`) come
/// first, `messages` last.
pub(crate) fn encode_request(
    request: &Request<'_>,
    addressee: &mut Addressee<'_>,
    out: &mut Vec<u8>,
) -> Result<(), RequestError> {
    let Addressee {
        model,
        capabilities,
        notes,
        provider,
        ..
    } = addressee;
    let takes_schemas = capabilities.supports(Feature::JsonSchema);
    let turns = merge(&request.turns, Origin::Anthropic, notes)?;
    if turns.is_empty() {
        return Err(RequestError::invalid(
            "messages",
            "at least one message with content is required",
        ));
    }
    let limits = Limits::of(request, model, &turns, notes);
    JsonWriter::new(out).object(|w| {
        match provider.version_in_body(Api::Messages) {
            Some(version) => w.member("anthropic_version", version),
            None => w.member("model", model),
        }
        w.member_display("max_tokens", limits.max_tokens);
        if request.stream {
            w.member_display("stream", true);
        }
        write_sampling(w, request, model, &limits, notes);
        limits.write_thinking(w, request);
        write_output_config(w, request, takes_schemas, &limits);
        if let Some(user) = &request.user {
            w.member_object("metadata", |w| w.member("user_id", user));
        }
        write_service_tier(w, request, notes);
        write_mark(w, request.cache.as_ref());
        if !request.tools.is_empty() {
            w.member_array("tools", |w| {
                for tool in &request.tools {
                    write_tool(w, tool);
                }
            });
            write_tool_choice(w, request, &limits, notes);
        }
        write_system(w, request, takes_schemas);
        w.member_array("messages", |w| {
            for turn in &turns {
                write_turn(w, turn);
            }
        });
    });
    Ok(())
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
            notes.dropped("temperature", "at most 1 here, which was sent");
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

fn write_output_config(
    w: &mut JsonWriter<'_>,
    request: &Request<'_>,
    takes_schemas: bool,
    limits: &Limits,
) {
    let effort = limits.effort();
    let schema = match &request.output_format {
        Some(OutputFormat::JsonSchema { schema, .. }) if takes_schemas => Some(schema),
        _ => None,
    };
    if effort.is_none() && schema.is_none() {
        return;
    }
    w.member_object("output_config", |w| {
        w.maybe_string("effort", effort);
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

fn write_system(w: &mut JsonWriter<'_>, request: &Request<'_>, takes_schemas: bool) {
    let instruction = format_instruction(request.output_format.as_ref(), takes_schemas);
    let blocks: Vec<(&str, Option<&CacheMark<'_>>)> = request
        .instructions()
        .chain(instruction.as_deref().map(|text| (text, None)))
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

fn write_turn(w: &mut JsonWriter<'_>, turn: &MergedTurn<'_, '_>) {
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
                write_block(w, block);
            }
        });
    });
}
