use super::content::{image_format, write_citation, write_input, write_thought};
use super::decode::read_answer;
use super::stop::{read_stop, stop_reason};
use super::usage::{read_usage, write_usage};
use super::wire::ConverseReply;
use crate::ir::{Block, Candidate, Media, Reply, Source, Stop, Text};
use crate::json::{read, JsonWriter};
use crate::translate::{ReplyContext, ReplyError};

pub(crate) fn decode_reply(text: &str) -> Result<Reply<'_>, ReplyError> {
    let wire: ConverseReply<'_> = read(text)?;
    let message = wire
        .output
        .and_then(|output| output.message)
        .ok_or_else(|| ReplyError::Unreadable("it has no output message".to_owned()))?;
    let blocks = read_answer(message).map_err(ReplyError::Unreadable)?;
    let sequence = wire
        .additional_fields
        .and_then(|fields| fields.stop_sequence);
    let stop = match wire.stop_reason {
        Some(raw) => read_stop(&raw, sequence.as_deref()),
        None => Stop::default(),
    };
    Ok(Reply {
        candidates: vec![Candidate {
            index: 0,
            blocks,
            stop,
            logprobs: None,
        }],
        usage: wire.usage.as_ref().map(read_usage),
        ..Reply::default()
    })
}

pub(crate) fn encode_reply(reply: &Reply<'_>, context: &ReplyContext, out: &mut Vec<u8>) {
    let empty = Candidate::default();
    let candidate = reply.candidates.first().unwrap_or(&empty);
    let has_calls = candidate
        .blocks
        .iter()
        .any(|block| matches!(block, Block::ToolCall(_)));
    JsonWriter::new(out).object(|w| {
        w.member_object("output", |w| {
            w.member_object("message", |w| {
                w.member("role", "assistant");
                w.member_array("content", |w| {
                    for (ordinal, block) in (1u64..).zip(&candidate.blocks) {
                        write_reply_block(w, block, ordinal, context);
                    }
                });
            });
        });
        write_stop(w, &candidate.stop, has_calls);
        w.key("usage");
        write_usage(w, &reply.usage.unwrap_or_default());
        write_metrics(w, context);
    });
}

/// `stopReason`, and the sequence that was hit.
pub(super) fn write_stop(w: &mut JsonWriter<'_>, stop: &Stop, has_calls: bool) {
    let reason = stop.reason.agreeing_with(has_calls);
    w.member("stopReason", stop_reason(reason));
    if let Some(sequence) = &stop.sequence {
        w.member_object("additionalModelResponseFields", |w| {
            w.member("stop_sequence", sequence);
        });
    }
}

pub(super) fn write_metrics(w: &mut JsonWriter<'_>, context: &ReplyContext) {
    w.member_object("metrics", |w| {
        w.member_display("latencyMs", context.latency_ms);
    });
}

fn write_reply_block(
    w: &mut JsonWriter<'_>,
    block: &Block<'_>,
    ordinal: u64,
    context: &ReplyContext,
) {
    match block {
        Block::Text(text) if text.citations.is_empty() => {
            w.object(|w| w.member("text", &text.text));
        }
        Block::Text(text) => write_cited(w, text),
        Block::Refusal(text) => w.object(|w| w.member("text", text)),
        Block::Thought(thought) => write_thought(w, thought),
        Block::ToolCall(call) => w.object(|w| {
            w.member_object("toolUse", |w| {
                if call.id.is_empty() {
                    w.member("toolUseId", &context.made_id("tooluse_", ordinal));
                } else {
                    w.member("toolUseId", &call.id);
                }
                w.member("name", context.names.for_client(&call.name));
                w.key("input");
                write_input(w, &call.input);
            });
        }),
        Block::Media(media) => write_drawing(w, media),
        Block::SearchResult(_) | Block::ToolResult(_) | Block::Opaque(_) => {}
    }
}

/// Of media that this API has a part for.
fn write_drawing(w: &mut JsonWriter<'_>, media: &Media<'_>) {
    w.object(|w| {
        w.member_object("image", |w| {
            w.maybe_string("format", image_format(&media.media_type));
            write_source(w, media);
        });
    });
}

pub(super) fn write_source(w: &mut JsonWriter<'_>, media: &Media<'_>) {
    if let Source::Base64(data) = &media.source {
        w.member_object("source", |w| w.member("bytes", data));
    }
}

fn write_cited(w: &mut JsonWriter<'_>, text: &Text<'_>) {
    w.object(|w| {
        w.member_object("citationsContent", |w| {
            w.member_array("content", |w| w.object(|w| w.member("text", &text.text)));
            w.member_array("citations", |w| {
                for citation in &text.citations {
                    write_citation(w, citation);
                }
            });
        });
    });
}
