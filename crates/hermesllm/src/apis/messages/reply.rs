use serde_json::value::RawValue;

use super::blocks::write_input;
use super::content::{read_block, BlockProblem};
use super::stop::{read_stop, stop_reason};
use super::usage::{read_usage, write_usage};
use super::wire::{MessagesReply, TextCitation};
use crate::errors::decode_error_value;
use crate::ir::{
    Block, Candidate, Citation, Origin, Passage, PassageUnit, Reply, Stop, Thought, ThoughtKind,
};
use crate::json::{read, JsonWriter};
use crate::proofs;
use crate::translate::{ReplyContext, ReplyError};
use crate::usage::Usage;

pub(crate) fn decode_reply(text: &str) -> Result<Reply<'_>, ReplyError> {
    let wire: MessagesReply<'_> = read(text)?;
    if let Some(error) = wire.error {
        return Err(ReplyError::upstream(decode_error_value(error.get(), None)));
    }
    let content = wire
        .content
        .ok_or_else(|| ReplyError::Unreadable("it has no content".to_owned()))?;
    let blocks = content
        .into_iter()
        .map(read_block)
        .collect::<Result<Vec<_>, BlockProblem>>()
        .map_err(|problem| ReplyError::Unreadable(format!("content: {problem:?}")))?;
    let stop = match wire.stop_reason {
        Some(raw) => read_stop(&raw, wire.stop_sequence.as_deref()),
        None => Stop::default(),
    };
    Ok(Reply {
        id: wire.id.unwrap_or_default().0,
        model: wire.model.unwrap_or_default().0,
        created: None,
        candidates: vec![Candidate {
            index: 0,
            blocks,
            stop,
            logprobs: None,
        }],
        usage: wire.usage.as_ref().map(|wire| {
            let mut usage = Usage::default();
            read_usage(wire, &mut usage);
            usage
        }),
        service_tier: None,
    })
}

pub(super) fn read_citations(raw: Option<&RawValue>) -> Vec<Citation<'_>> {
    raw.and_then(|raw| serde_json::from_str::<Vec<TextCitation<'_>>>(raw.get()).ok())
        .into_iter()
        .flatten()
        .filter_map(read_citation)
        .collect()
}

pub(super) fn read_citation(citation: TextCitation<'_>) -> Option<Citation<'_>> {
    let unit = match citation.kind.as_deref() {
        Some("char_location") => Some(PassageUnit::Character),
        Some("page_location") => Some(PassageUnit::Page),
        Some("content_block_location") => Some(PassageUnit::Piece),
        Some("search_result_location") => Some(PassageUnit::SearchResult),
        _ => None,
    };
    let passage = unit.and_then(|unit| {
        Some(Passage {
            unit,
            source: citation.index?.0,
            start: citation.start?.0,
            end: citation.end?.0,
        })
    });
    let url = citation.url.or(citation.source);
    if url.is_none() && passage.is_none() {
        return None;
    }
    let title = citation.title.or(citation.document_title);
    Some(Citation {
        url: url.unwrap_or_default().0,
        title: title.map(|title| title.0),
        cited_text: citation.cited_text.map(|text| text.0),
        span: None,
        passage,
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
        w.member("id", &context.client_id("msg_", &reply.id));
        w.member("type", "message");
        w.member("role", "assistant");
        w.member("model", context.model_or_requested(&reply.model));
        w.member_array("content", |w| {
            for (ordinal, block) in (1u64..).zip(&candidate.blocks) {
                write_reply_block(w, block, ordinal, context);
            }
        });
        write_stop(w, &candidate.stop, has_calls);
        w.key("usage");
        write_usage(w, &reply.usage.unwrap_or_default());
    });
}

/// `stop_reason` and `stop_sequence`.
pub(super) fn write_stop(w: &mut JsonWriter<'_>, stop: &Stop, has_calls: bool) {
    let reason = stop.reason.agreeing_with(has_calls);
    w.member("stop_reason", stop_reason(reason));
    match &stop.sequence {
        Some(sequence) => w.member("stop_sequence", sequence),
        None => w.member_null("stop_sequence"),
    }
}

fn write_reply_block(
    w: &mut JsonWriter<'_>,
    block: &Block<'_>,
    ordinal: u64,
    context: &ReplyContext,
) {
    match block {
        Block::Text(text) => w.object(|w| {
            w.member("type", "text");
            w.member("text", &text.text);
            if !text.citations.is_empty() {
                w.member_array("citations", |w| {
                    for citation in &text.citations {
                        write_citation(w, citation);
                    }
                });
            }
        }),
        Block::Refusal(text) => w.object(|w| {
            w.member("type", "text");
            w.member("text", text);
        }),
        Block::Thought(thought) => write_thought(w, thought),
        Block::ToolCall(call) => w.object(|w| {
            w.member("type", "tool_use");
            if call.id.is_empty() {
                w.member("id", &context.made_id("toolu_", ordinal));
            } else {
                w.member("id", &call.id);
            }
            w.member("name", context.names.for_client(&call.name));
            w.key("input");
            write_input(w, &call.input);
        }),
        Block::Media(_) | Block::SearchResult(_) | Block::ToolResult(_) | Block::Opaque(_) => {}
    }
}

fn write_thought(w: &mut JsonWriter<'_>, thought: &Thought<'_>) {
    let proof = thought.proof.as_ref().map(|proof| {
        (
            proof.origin,
            proofs::pack(proof.origin, &proof.data, proof.id.as_deref()),
        )
    });
    w.object(|w| match (thought.kind, proof) {
        (ThoughtKind::Redacted, Some((Origin::Anthropic, data))) => {
            w.member("type", "redacted_thinking");
            w.member("data", &data);
        }
        (_, proof) => {
            w.member("type", "thinking");
            w.member("thinking", &thought.text);
            w.member(
                "signature",
                proof.as_ref().map_or("", |(_, signature)| signature),
            );
        }
    });
}

pub(super) fn write_citation(w: &mut JsonWriter<'_>, citation: &Citation<'_>) {
    w.object(|w| {
        let title = |w: &mut JsonWriter<'_>, key| match &citation.title {
            Some(title) => w.member(key, title),
            None => w.member_null(key),
        };
        let cited_text = citation.cited_text.as_deref().unwrap_or_default();
        let Some(passage) = citation.passage else {
            w.member("type", "web_search_result_location");
            w.member("url", &citation.url);
            title(w, "title");
            w.member("encrypted_index", "");
            return w.member("cited_text", cited_text);
        };
        let (kind, start, end) = match passage.unit {
            PassageUnit::Character => ("char_location", "start_char_index", "end_char_index"),
            PassageUnit::Page => ("page_location", "start_page_number", "end_page_number"),
            PassageUnit::Piece => (
                "content_block_location",
                "start_block_index",
                "end_block_index",
            ),
            PassageUnit::SearchResult => (
                "search_result_location",
                "start_block_index",
                "end_block_index",
            ),
        };
        w.member("type", kind);
        w.member("cited_text", cited_text);
        if passage.unit == PassageUnit::SearchResult {
            w.member("source", &citation.url);
            title(w, "title");
            w.member_display("search_result_index", passage.source);
        } else {
            w.member_display("document_index", passage.source);
            title(w, "document_title");
            w.member_null("file_id");
        }
        w.member_display(start, passage.start);
        w.member_display(end, passage.end);
    });
}
