use std::borrow::Cow;

use serde_json::value::RawValue;

use super::envelope::{Envelope, Progress};
use super::items::{read_call, read_drawing, DRAWING};
use super::output::{
    write_drawing_item, write_message_item, write_reasoning_item, write_refusal_part,
    write_text_part, CallItem,
};
use super::parts::read_annotations;
use super::reasoning::{pack, read_reasoning_item};
use super::stop::{read_stop, Ending};
use super::usage::read_usage;
use super::wire::{Item, Part, ResponseWire};
use crate::api::Api;
use crate::errors::{decode_error_value, ApiError, ErrorKind};
use crate::ir::{
    Block, Candidate, Media, Opaque, Origin, Proof, Reply, Source, Text, Thought, ToolCall,
    ToolInput,
};
use crate::json::{read, wire_struct, JsonWriter};
use crate::tools::raise_input;
use crate::translate::{ReplyContext, ReplyError};

wire_struct!(ChatLogprobs<'a> { "content" => content: &'a RawValue, });

pub(crate) fn decode_reply(text: &str) -> Result<Reply<'_>, ReplyError> {
    let wire: ResponseWire<'_> = read(text)?;
    if let Some(error) = read_failure(&wire) {
        return Err(ReplyError::upstream(error));
    }
    let mut wire = wire;
    let output = wire
        .output
        .take()
        .ok_or_else(|| ReplyError::Unreadable("it has no output".to_owned()))?;
    let mut candidate = Candidate::default();
    for (index, item) in output.into_iter().enumerate() {
        read_output_item(item, &mut candidate)
            .map_err(|problem| ReplyError::Unreadable(format!("output[{index}]: {problem}")))?;
    }
    let has_calls = candidate
        .blocks
        .iter()
        .any(|block| matches!(block, Block::ToolCall(_)));
    candidate.stop = read_stop(&wire, has_calls);
    Ok(Reply {
        id: wire.id.unwrap_or_default().0,
        model: wire.model.unwrap_or_default().0,
        created: wire.created_at.map(|created| created.0),
        candidates: vec![candidate],
        usage: wire.usage.as_ref().map(read_usage),
        service_tier: wire.service_tier.map(|tier| tier.0),
    })
}

/// The error of an answer that failed or was not finished.
pub(super) fn read_failure(wire: &ResponseWire<'_>) -> Option<ApiError> {
    if let Some(error) = wire.error {
        return Some(decode_error_value(error.get(), None));
    }
    let problem = match wire.status.as_deref()? {
        "failed" => "the provider could not answer",
        "cancelled" => "the provider's answer was cancelled",
        "queued" | "in_progress" => "the provider has not finished its answer",
        _ => return None,
    };
    Some(ApiError::new(ErrorKind::BadGateway, problem))
}

fn read_output_item<'a>(
    item: Item<'a>,
    candidate: &mut Candidate<'a>,
) -> Result<(), Cow<'static, str>> {
    match item.kind.as_deref() {
        Some("message") => {
            for part in read_message_parts(&item)? {
                add_part(part, candidate);
            }
        }
        Some("reasoning") => {
            let thought = read_reasoning_item(item, "reasoning")
                .map_err(|error| Cow::Owned(error.message))?;
            // Without words and without proof it says nothing.
            if !thought.text.is_empty() || thought.proof.is_some() {
                candidate.blocks.push(Block::Thought(thought));
            }
        }
        Some("function_call" | "custom_tool_call") => {
            let call = read_call(item).map_err(Cow::Borrowed)?;
            candidate.blocks.push(Block::ToolCall(call));
        }
        Some(DRAWING) if item.result.is_some() => {
            candidate
                .blocks
                .extend(read_drawing(item).map(Block::Media));
        }
        Some(kind) => candidate.blocks.push(Block::Opaque(Opaque {
            api: Api::Responses,
            kind: Cow::Owned(kind.to_owned()),
        })),
        None => return Err(Cow::Borrowed("it has no type")),
    }
    Ok(())
}

pub(super) fn read_message_parts<'a>(item: &Item<'a>) -> Result<Vec<Part<'a>>, Cow<'static, str>> {
    item.content.map_or(Ok(Vec::new()), |raw| {
        read(raw.get()).map_err(|error| Cow::Owned(format!("content{}", error.path)))
    })
}

fn add_part<'a>(part: Part<'a>, candidate: &mut Candidate<'a>) {
    if let Some(raw) = part.logprobs.filter(|raw| raw.get().len() > 2) {
        add_logprobs(candidate, raw.get());
    }
    if let Some(refusal) = part.refusal {
        candidate.blocks.push(Block::Refusal(refusal.0));
    } else if let Some(text) = part.text.filter(|text| !text.is_empty()) {
        candidate.blocks.push(Block::Text(Text {
            text: text.0,
            citations: read_annotations(part.annotations),
            ..Text::default()
        }));
    }
}

/// Each entry is the same in Chat, which has one list of them per answer.
fn add_logprobs(candidate: &mut Candidate<'_>, list: &str) {
    const TAIL: &str = r#"],"refusal":null}"#;
    let entries = list.trim_start_matches('[').trim_end_matches(']');
    let joined = match candidate
        .logprobs
        .as_deref()
        .and_then(|known| known.strip_suffix(TAIL))
    {
        Some(known) => format!("{known},{entries}{TAIL}"),
        None => format!(r#"{{"content":[{entries}{TAIL}"#),
    };
    candidate.logprobs = Some(Cow::Owned(joined));
}

pub(crate) fn encode_reply(reply: &Reply<'_>, context: &ReplyContext, out: &mut Vec<u8>) {
    let empty = Candidate::default();
    let candidate = reply.candidates.first().unwrap_or(&empty);
    let ending = Ending::of(candidate.stop.reason);
    let envelope = Envelope {
        id: &context.client_id("resp_", &reply.id),
        model: context.model_or_requested(&reply.model),
        created: reply.created.unwrap_or(context.now_unix),
        echo: &context.echo,
        service_tier: reply.service_tier.as_deref(),
    };
    let usage = reply.usage.unwrap_or_default();
    let mut w = JsonWriter::new(out);
    envelope.write(&mut w, Progress::Ended(ending), Some(&usage), |w| {
        write_output(w, candidate, ending, context);
    });
}

fn write_output(
    w: &mut JsonWriter<'_>,
    candidate: &Candidate<'_>,
    ending: Ending,
    context: &ReplyContext,
) {
    let mut logprobs = candidate
        .logprobs
        .as_deref()
        .and_then(|raw| serde_json::from_str::<ChatLogprobs<'_>>(raw).ok())
        .and_then(|logprobs| logprobs.content);
    let blocks: Vec<&Block<'_>> = candidate
        .blocks
        .iter()
        .filter(|block| match block {
            Block::Text(text) => !text.text.is_empty(),
            Block::Refusal(_) | Block::Thought(_) | Block::ToolCall(_) | Block::Media(_) => true,
            Block::SearchResult(_) | Block::ToolResult(_) | Block::Opaque(_) => false,
        })
        .collect();
    let is_said = |block: &Block<'_>| matches!(block, Block::Text(_) | Block::Refusal(_));
    let mut runs = blocks.chunk_by(|a, b| is_said(a) && is_said(b)).peekable();
    let mut ordinal = 0;
    while let Some(run) = runs.next() {
        ordinal += 1;
        let status = match runs.peek() {
            Some(_) => "completed",
            None => ending.last_item_status(),
        };
        match run {
            [Block::Thought(thought)] => write_thought(w, thought, status, ordinal, context),
            [Block::ToolCall(call)] => write_call(w, call, status, ordinal, context),
            [Block::Media(media)] => write_drawing(w, media, ordinal, context),
            said => {
                let id = context.made_id("msg_", ordinal);
                write_message_item(w, &id, status, |w| {
                    for block in said {
                        match block {
                            Block::Refusal(text) => write_refusal_part(w, text),
                            Block::Text(text) => {
                                let logprobs = logprobs.take().map(RawValue::get);
                                write_text_part(w, &text.text, &text.citations, logprobs);
                            }
                            _ => {}
                        }
                    }
                });
            }
        }
    }
}

fn write_thought(
    w: &mut JsonWriter<'_>,
    thought: &Thought<'_>,
    status: &str,
    ordinal: u64,
    context: &ReplyContext,
) {
    let proof = thought.proof.as_ref();
    let id = match proof {
        Some(Proof {
            origin: Origin::OpenAi,
            id: Some(id),
            ..
        }) => id.to_string(),
        _ => context.made_id("rs_", ordinal),
    };
    let encrypted = proof.map(|proof| {
        pack(
            thought.kind,
            proof.origin,
            &proof.data,
            proof.id.as_deref(),
            &id,
        )
    });
    write_reasoning_item(w, &id, status, &thought.text, encrypted.as_deref());
}

fn write_drawing(w: &mut JsonWriter<'_>, media: &Media<'_>, ordinal: u64, context: &ReplyContext) {
    if let Source::Base64(data) = &media.source {
        let id = context.made_id("ig_", ordinal);
        write_drawing_item(w, &id, "completed", &media.media_type, Some(data));
    }
}

fn write_call(
    w: &mut JsonWriter<'_>,
    call: &ToolCall<'_>,
    status: &str,
    ordinal: u64,
    context: &ReplyContext,
) {
    let tool = context.names.tool(&call.name);
    let raw = matches!(call.input, ToolInput::Raw(_));
    let id = context.made_id(CallItem::prefix(tool.lowered || raw), ordinal);
    let made;
    let call_id = match call.id.is_empty() {
        true => {
            made = context.made_id("call_", ordinal);
            &made
        }
        false => &*call.id,
    };
    let item = CallItem {
        status,
        ..CallItem::of_tool(tool, &id, call_id, raw)
    };
    match &call.input {
        ToolInput::Raw(text) => item.write(w, text),
        ToolInput::Json(json) if tool.lowered => item.write(w, &raise_input(json)),
        ToolInput::Json(json) if json.trim().is_empty() => item.write(w, "{}"),
        ToolInput::Json(json) => item.write(w, json),
    }
}
