use super::contents::{call_names, write_content, SIGNER};
use super::models::{Model, Thinking};
use super::schema::to_google;
use super::tool_definitions::write_tools;
use crate::ir::{Block, Effort, OutputFormat, Reasoning, Request, Sampling, ToolKind};
use crate::json::JsonWriter;
use crate::translate::{format_instruction, Addressee, Notes, RequestError};
use crate::turns::merge;

/// Writes `request` for its addressee; model and streaming belong to the path.
/// What caches are kept of comes first, `contents` last.
pub(crate) fn encode_request(
    request: &Request<'_>,
    addressee: &mut Addressee<'_>,
    out: &mut Vec<u8>,
) -> Result<(), RequestError> {
    let model = Model::of(addressee.model);
    let turns = merge(&request.turns, SIGNER, &mut addressee.notes)?;
    if turns.is_empty() {
        return Err(RequestError::invalid(
            "contents",
            "at least one turn with content is required",
        ));
    }
    let has_functions = request.tools.iter().any(|tool| tool.is_callable());
    let searches = request
        .tools
        .iter()
        .any(|tool| matches!(tool.kind, ToolKind::WebSearch(_)))
        && can_search(model, has_functions, &mut addressee.notes);
    // JSON beside functions came with the third generation.
    let asks_in_words = (has_functions || searches) && !model.is_third;
    let instruction = match asks_in_words {
        true => format_instruction(request.output_format.as_ref(), false),
        false => None,
    };
    let names = call_names(&turns);
    JsonWriter::new(out).object(|w| {
        write_system(w, request, instruction.as_deref());
        write_tools(w, request, searches, addressee);
        write_config(w, request, model, asks_in_words, &mut addressee.notes);
        write_service_tier(w, request, &mut addressee.notes);
        w.member_array("contents", |w| {
            for turn in &turns {
                write_content(w, turn, model, &names);
            }
        });
    });
    Ok(())
}

fn can_search(model: Model, has_functions: bool, notes: &mut Notes) -> bool {
    let can = model.is_third || !has_functions;
    if !can {
        notes.dropped(
            "tools.web_search",
            "this model does not search beside functions",
        );
    }
    can
}

/// One part for each block; later instructions join them.
fn write_system(w: &mut JsonWriter<'_>, request: &Request<'_>, instruction: Option<&str>) {
    let mut texts = request
        .instructions()
        .map(|(text, _)| text)
        .chain(instruction)
        .peekable();
    if texts.peek().is_some() {
        w.member_object("systemInstruction", |w| {
            w.member_array("parts", |w| {
                texts.for_each(|text| w.object(|w| w.member("text", text)));
            });
        });
    }
}

fn write_config(
    w: &mut JsonWriter<'_>,
    request: &Request<'_>,
    model: Model,
    asks_in_words: bool,
    notes: &mut Notes,
) {
    let mut config = Vec::new();
    JsonWriter::new(&mut config).object(|w| {
        write_sampling(w, &request.sampling, notes);
        w.maybe("maxOutputTokens", request.max_output_tokens);
        if !asks_in_words {
            write_format(w, request.output_format.as_ref());
        }
        if let Some(reasoning) = &request.reasoning {
            write_thinking(w, reasoning, model.thinking, notes);
        }
        w.maybe_string("mediaResolution", resolution_of(request));
    });
    if config != b"{}" {
        w.key("generationConfig")
            .raw(&String::from_utf8_lossy(&config));
    }
}

fn write_sampling(w: &mut JsonWriter<'_>, sampling: &Sampling<'_>, notes: &mut Notes) {
    w.maybe("temperature", sampling.temperature.as_ref());
    w.maybe("topP", sampling.top_p.as_ref());
    w.maybe("topK", sampling.top_k);
    w.maybe(
        "candidateCount",
        sampling.candidates.filter(|count| *count != 1),
    );
    let stop = sampling.five_stops(notes);
    if !stop.is_empty() {
        w.member_array("stopSequences", |w| {
            stop.iter().for_each(|text| w.string(text))
        });
    }
    if let Some(seed) = &sampling.seed {
        // Seeds are 32 bits here; the same seed stays the same.
        match seed.as_i64().map(i32::try_from) {
            Some(Ok(seed)) => w.member_display("seed", seed),
            Some(Err(_)) | None => {
                let low = seed.as_u64().or(seed.as_i64().map(i64::unsigned_abs));
                w.member_display("seed", low.unwrap_or(0) & 0x7fff_ffff);
            }
        }
    }
    w.maybe("presencePenalty", sampling.presence_penalty.as_ref());
    w.maybe("frequencyPenalty", sampling.frequency_penalty.as_ref());
    if sampling.wants_logprobs() {
        w.member_display("responseLogprobs", true);
        w.maybe("logprobs", sampling.top_logprobs);
    }
}

fn write_format(w: &mut JsonWriter<'_>, format: Option<&OutputFormat<'_>>) {
    match format {
        None | Some(OutputFormat::Text) => {}
        Some(OutputFormat::JsonObject) => w.member("responseMimeType", "application/json"),
        Some(OutputFormat::JsonSchema { schema, .. }) => {
            w.member("responseMimeType", "application/json");
            w.member_raw("responseJsonSchema", &to_google(schema));
        }
    }
}

fn write_thinking(
    w: &mut JsonWriter<'_>,
    reasoning: &Reasoning<'_>,
    thinking: Thinking,
    notes: &mut Notes,
) {
    let effort = reasoning.as_effort();
    let off = effort == Some(Effort::None);
    match thinking {
        Thinking::Never => {
            if !off {
                notes.dropped("reasoning", "this model does not think");
            }
        }
        Thinking::Budget {
            min,
            max,
            may_be_off,
        } => w.member_object("thinkingConfig", |w| {
            if off {
                w.member_display("thinkingBudget", if may_be_off { 0 } else { min });
                return;
            }
            w.member_display("includeThoughts", true);
            let budget = reasoning.budget.or(reasoning.effort.map(Effort::budget));
            match budget {
                Some(budget) => w.member_display("thinkingBudget", budget.clamp(min, max)),
                None if reasoning.adaptive => w.member_display("thinkingBudget", -1),
                None => {}
            }
        }),
        Thinking::Level(levels) => w.member_object("thinkingConfig", |w| {
            if !off {
                w.member_display("includeThoughts", true);
            }
            if let Some(effort) = effort {
                w.member("thinkingLevel", level_of(effort, levels));
            }
        }),
    }
}

/// The model's level for an effort: the same, else the next above, else the
/// highest. `levels` begins with the lowest.
fn level_of(effort: Effort, levels: &'static [&'static str]) -> &'static str {
    let wanted = match effort {
        Effort::None => return levels.first().copied().unwrap_or("LOW"),
        Effort::Minimal => ["MINIMAL", "LOW"],
        Effort::Low => ["LOW", "LOW"],
        Effort::Medium => ["MEDIUM", "HIGH"],
        Effort::High => ["HIGH", "HIGH"],
        Effort::ExtraHigh | Effort::Max => ["XHIGH", "HIGH"],
    };
    let known = wanted.into_iter().find(|level| levels.contains(level));
    known.unwrap_or("HIGH")
}

/// Images differ in what is wanted of them; here all have the finest of it.
fn resolution_of(request: &Request<'_>) -> Option<&'static str> {
    let details = request
        .turns
        .iter()
        .flat_map(|turn| &turn.blocks)
        .filter_map(|block| match block {
            Block::Media(media) => media.detail.as_deref(),
            _ => None,
        });
    details
        .filter_map(|detail| match detail {
            "low" => Some((0, "MEDIA_RESOLUTION_LOW")),
            "high" => Some((1, "MEDIA_RESOLUTION_HIGH")),
            _ => None,
        })
        .max()
        .map(|(_, resolution)| resolution)
}

fn write_service_tier(w: &mut JsonWriter<'_>, request: &Request<'_>, notes: &mut Notes) {
    match request.service_tier.as_deref() {
        // Google's own default.
        None | Some("auto") => {}
        Some("default") => w.member("serviceTier", "standard"),
        Some(tier @ ("flex" | "priority")) => w.member("serviceTier", tier),
        Some(_) => notes.no_counterpart("service_tier"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn efforts_have_levels() {
        for (effort, pro, flash) in [
            (Effort::None, "LOW", "MINIMAL"),
            (Effort::Minimal, "LOW", "MINIMAL"),
            (Effort::Low, "LOW", "LOW"),
            (Effort::Medium, "HIGH", "MEDIUM"),
            (Effort::High, "HIGH", "HIGH"),
            (Effort::Max, "HIGH", "HIGH"),
        ] {
            assert_eq!(level_of(effort, &["LOW", "HIGH"]), pro);
            assert_eq!(
                level_of(effort, &["MINIMAL", "LOW", "MEDIUM", "HIGH"]),
                flash
            );
        }
    }
}
