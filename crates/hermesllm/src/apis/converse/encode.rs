use super::content::{write_blocks, write_mark, Documents};
use crate::apis::messages::claude;
use crate::apis::messages::limits::{Limits, ThinkingMode};
use crate::features::Feature;
use crate::ir::{Block, Origin, OutputFormat, Request, Role, Tool, ToolChoice, ToolKind};
use crate::json::JsonWriter;
use crate::tools::EMPTY_SCHEMA;
use crate::translate::{format_instruction, Addressee, Notes, RequestError};
use crate::turns::{merge, MergedTurn};

/// Writes `request` for its addressee. Cached prefixes (tools, system) come
/// first, `messages` last. The model and whether to stream stand in the path.
pub(crate) fn encode_request(
    request: &Request<'_>,
    addressee: &mut Addressee<'_>,
    out: &mut Vec<u8>,
) -> Result<(), RequestError> {
    let Addressee {
        model,
        capabilities,
        notes,
        ..
    } = addressee;
    let turns = merge(&request.turns, signer(model), notes)?;
    if turns.is_empty() {
        return Err(RequestError::invalid(
            "messages",
            "at least one message with content is required",
        ));
    }
    let limits = Limits::of(request, model, &turns, notes);
    let takes_schemas = capabilities.supports(Feature::JsonSchema);
    let takes_result_media = capabilities.supports(Feature::ToolResultMedia);
    let mut documents = Documents::new(capabilities.supports(Feature::DocumentCitations));
    let mut problem = Ok(());
    JsonWriter::new(out).object(|w| {
        write_inference_config(w, request, model, &limits, notes);
        write_additional_fields(w, request, &limits, notes);
        write_output_config(w, request, takes_schemas, &limits);
        if let Some(metadata) = &request.metadata {
            w.member_raw("requestMetadata", metadata);
        }
        write_service_tier(w, request, notes);
        write_tool_config(w, request, &turns, &limits, notes);
        write_system(w, request, takes_schemas);
        w.member_array("messages", |w| {
            for turn in &turns {
                let written = write_turn(w, turn, takes_result_media, &mut documents);
                problem = std::mem::replace(&mut problem, Ok(())).and(written);
            }
        });
    });
    problem
}

fn write_inference_config(
    w: &mut JsonWriter<'_>,
    request: &Request<'_>,
    model: &str,
    limits: &Limits,
    notes: &mut Notes,
) {
    let sampling = &request.sampling;
    let thinks = limits.thinking != ThinkingMode::Off;
    let temperature = sampling.temperature.as_ref().filter(|temperature| {
        let keeps = !thinks || temperature.as_f64() == Some(1.0);
        if !keeps {
            notes.dropped("temperature", "not available while the model thinks");
        }
        keeps
    });
    let top_p = sampling.top_p.as_ref().filter(|_| {
        let clashes = temperature.is_some() && claude::takes_one_of_temperature_and_top_p(model);
        if clashes {
            notes.dropped("top_p", "this model takes temperature or top_p, not both");
        }
        !clashes
    });
    let max_tokens = match limits.thinking {
        ThinkingMode::Budget(_) => Some(limits.max_tokens),
        _ => request.max_output_tokens,
    };
    let stop: Vec<&str> = sampling
        .stop
        .iter()
        .map(|text| &**text)
        .filter(|text| !text.trim().is_empty())
        .collect();
    if max_tokens.is_none() && temperature.is_none() && top_p.is_none() && stop.is_empty() {
        return;
    }
    w.member_object("inferenceConfig", |w| {
        w.maybe("maxTokens", max_tokens);
        if let Some(temperature) = temperature {
            if temperature.as_f64().is_some_and(|value| value > 1.0) {
                notes.dropped("temperature", "at most 1 here, which was sent");
                w.member_display("temperature", 1);
            } else {
                w.member_display("temperature", temperature);
            }
        }
        w.maybe("topP", top_p);
        if !stop.is_empty() {
            w.member_array("stopSequences", |w| {
                stop.iter().for_each(|text| w.string(text));
            });
        }
    });
}

/// What only the model's maker knows of.
fn write_additional_fields(
    w: &mut JsonWriter<'_>,
    request: &Request<'_>,
    limits: &Limits,
    notes: &mut Notes,
) {
    let thinks = limits.thinking != ThinkingMode::Off;
    let top_k = request.sampling.top_k.filter(|_| {
        if thinks {
            notes.dropped("top_k", "not available while the model thinks");
        }
        !thinks
    });
    if !thinks && top_k.is_none() {
        return;
    }
    w.member_object("additionalModelRequestFields", |w| {
        limits.write_thinking(w, request);
        w.maybe("top_k", top_k);
    });
}

/// Whose reasoning the model takes back: of all on Bedrock only Claude signs.
fn signer(model: &str) -> Origin {
    match claude::generation(model) {
        Some(_) => Origin::Anthropic,
        None => Origin::Other,
    }
}

fn write_output_config(
    w: &mut JsonWriter<'_>,
    request: &Request<'_>,
    takes_schemas: bool,
    limits: &Limits,
) {
    let effort = limits.effort();
    let format = match &request.output_format {
        Some(OutputFormat::JsonSchema {
            name,
            description,
            schema,
            ..
        }) if takes_schemas => Some((name, description, schema)),
        _ => None,
    };
    if effort.is_none() && format.is_none() {
        return;
    }
    w.member_object("outputConfig", |w| {
        w.maybe_string("effort", effort);
        if let Some((name, description, schema)) = format {
            w.member_object("textFormat", |w| {
                w.member("type", "json_schema");
                w.member_object("structure", |w| {
                    w.member_object("jsonSchema", |w| {
                        w.member("schema", schema);
                        w.member("name", name.as_deref().unwrap_or("response"));
                        w.maybe_string("description", description.as_deref());
                    });
                });
            });
        }
    });
}

fn write_service_tier(w: &mut JsonWriter<'_>, request: &Request<'_>, notes: &mut Notes) {
    match request.service_tier.as_deref() {
        None | Some("auto") => {}
        Some(tier @ ("default" | "priority" | "flex")) => {
            w.member_object("serviceTier", |w| w.member("type", tier));
        }
        Some(_) => notes.no_counterpart("service_tier"),
    }
}

/// Tools that must not be called are left out, unless the history calls them.
fn write_tool_config(
    w: &mut JsonWriter<'_>,
    request: &Request<'_>,
    turns: &[MergedTurn<'_, '_>],
    limits: &Limits,
    notes: &mut Notes,
) {
    let forbidden = request.tool_choice == Some(ToolChoice::None);
    let called = || {
        turns
            .iter()
            .flat_map(|turn| &turn.blocks)
            .any(|block| matches!(**block, Block::ToolCall(_) | Block::ToolResult(_)))
    };
    if request.tools.is_empty() || (forbidden && !called()) {
        return;
    }
    w.member_object("toolConfig", |w| {
        w.member_array("tools", |w| {
            for tool in &request.tools {
                write_tool(w, tool);
            }
        });
        let thinks = limits.thinking != ThinkingMode::Off;
        match &request.tool_choice {
            Some(ToolChoice::Required | ToolChoice::Named(_)) if thinks => notes.dropped(
                "tool_choice",
                "a model that thinks cannot be made to call a tool",
            ),
            Some(ToolChoice::Auto) => {
                w.member_object("toolChoice", |w| w.member_object("auto", |_| {}));
            }
            Some(ToolChoice::Required) => {
                w.member_object("toolChoice", |w| w.member_object("any", |_| {}));
            }
            Some(ToolChoice::Named(name)) => w.member_object("toolChoice", |w| {
                w.member_object("tool", |w| w.member("name", name));
            }),
            None | Some(ToolChoice::None | ToolChoice::Subset { .. }) => {}
        }
    });
}

fn write_tool(w: &mut JsonWriter<'_>, tool: &Tool<'_>) {
    let ToolKind::Function { parameters, strict } = &tool.kind else {
        return;
    };
    w.object(|w| {
        w.member_object("toolSpec", |w| {
            w.member("name", &tool.name);
            w.maybe_string(
                "description",
                tool.description.as_deref().filter(|text| !text.is_empty()),
            );
            w.member_object("inputSchema", |w| {
                w.member_raw("json", parameters.as_deref().unwrap_or(EMPTY_SCHEMA));
            });
            if *strict == Some(true) {
                w.member_display("strict", true);
            }
        });
    });
    write_mark(w, tool.cache.as_ref());
}

fn write_system(w: &mut JsonWriter<'_>, request: &Request<'_>, takes_schemas: bool) {
    let instruction = format_instruction(request.output_format.as_ref(), takes_schemas);
    let mut blocks = request
        .instructions()
        .chain(instruction.as_deref().map(|text| (text, None)))
        .peekable();
    if blocks.peek().is_none() {
        return;
    }
    w.member_array("system", |w| {
        for (text, mark) in blocks {
            w.object(|w| w.member("text", text));
            write_mark(w, mark);
        }
    });
}

fn write_turn(
    w: &mut JsonWriter<'_>,
    turn: &MergedTurn<'_, '_>,
    takes_result_media: bool,
    documents: &mut Documents,
) -> Result<(), RequestError> {
    let mut result = Ok(());
    w.object(|w| {
        let role = match turn.role {
            Role::Assistant => "assistant",
            Role::User | Role::System => "user",
        };
        w.member("role", role);
        w.member_array("content", |w| {
            result = write_blocks(w, &turn.blocks, takes_result_media, documents);
        });
    });
    result
}
