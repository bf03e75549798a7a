use std::borrow::Cow;

use super::conversation::read_assistant;
use super::messages::{write_assistant_part, write_call};
use super::stop::{failure, finish_reason, read_stop};
use super::thoughts::is_plan;
use super::usage::{read_usage, write_usage};
use super::wire::{CohereCitation, CohereLogprob, CohereReply};
use crate::ir::{Block, Candidate, Citation, Reply, Stop, Thought, ToolCall};
use crate::json::{raw_string, read, JsonWriter};
use crate::translate::{ReplyContext, ReplyError};

pub(crate) fn decode_reply(text: &str) -> Result<Reply<'_>, ReplyError> {
    let wire: CohereReply<'_> = read(text)?;
    let mut message = wire
        .message
        .ok_or_else(|| ReplyError::Unreadable("it has no message".to_owned()))?;
    let citations = message.citations.take();
    let mut blocks = read_assistant(message, "message")
        .map_err(|error| ReplyError::Unreadable(error.message))?;
    if let (true, Some(raw)) = (blocks.is_empty(), &wire.finish_reason) {
        if let Some(error) = failure(raw, None) {
            return Err(ReplyError::upstream(error));
        }
    }
    add_citations(citations, &mut blocks);
    Ok(Reply {
        id: wire.id.unwrap_or_default().0,
        model: Cow::Borrowed(""),
        created: None,
        candidates: vec![Candidate {
            index: 0,
            blocks,
            stop: wire
                .finish_reason
                .map_or_else(Stop::default, |raw| read_stop(&raw)),
            logprobs: wire
                .logprobs
                .map(|tokens| Cow::Owned(read_logprobs(&tokens))),
        }],
        usage: wire.usage.as_ref().map(read_usage),
        service_tier: None,
    })
}

fn add_citations<'a>(citations: Option<Vec<CohereCitation<'a>>>, blocks: &mut [Block<'a>]) {
    let text = blocks.iter_mut().find_map(|block| match block {
        Block::Text(text) => Some(text),
        _ => None,
    });
    if let Some(text) = text {
        for citation in citations.into_iter().flatten() {
            text.citations.extend(read_citation(citation));
        }
    }
}

/// One for each source that has an address; those of thoughts and plans have
/// no place.
pub(super) fn read_citation(citation: CohereCitation<'_>) -> Vec<Citation<'_>> {
    if citation
        .kind
        .as_deref()
        .is_some_and(|kind| kind != "TEXT_CONTENT")
    {
        return Vec::new();
    }
    let span = citation.start.zip(citation.end);
    let sources = citation.sources.into_iter().flatten();
    sources
        .filter_map(|source| source.document.or(source.tool_output))
        .filter_map(|page| {
            Some(Citation {
                url: page.url.and_then(raw_string)?,
                title: page.title.and_then(raw_string),
                cited_text: page.snippet.and_then(raw_string),
                span: span.map(|(start, end)| (start.0, end.0)),
                passage: None,
            })
        })
        .collect()
}

/// In the form of Chat; Cohere may tell several tokens at once.
fn read_logprobs(tokens: &[CohereLogprob<'_>]) -> String {
    let mut out = Vec::new();
    JsonWriter::new(&mut out).object(|w| {
        w.member_array("content", |w| {
            for token in tokens {
                let sum: f64 = token.logprobs.iter().flatten().sum();
                w.object(|w| {
                    w.member("token", token.text.as_deref().unwrap_or_default());
                    w.member_display("logprob", sum);
                    w.member_null("bytes");
                    w.member_array("top_logprobs", |_| {});
                });
            }
        });
    });
    String::from_utf8_lossy(&out).into_owned()
}

pub(crate) fn encode_reply(reply: &Reply<'_>, context: &ReplyContext, out: &mut Vec<u8>) {
    let empty = Candidate::default();
    let candidate = reply.candidates.first().unwrap_or(&empty);
    JsonWriter::new(out).object(|w| {
        w.member("id", &context.client_id("", &reply.id));
        let has_calls = candidate
            .blocks
            .iter()
            .any(|block| matches!(block, Block::ToolCall(_)));
        w.member_object("message", |w| {
            w.member("role", "assistant");
            write_message(w, &candidate.blocks, context);
        });
        let reason = candidate.stop.reason.agreeing_with(has_calls);
        w.member("finish_reason", finish_reason(reason));
        w.key("usage");
        write_usage(w, &reply.usage.unwrap_or_default());
    });
}

fn write_message(w: &mut JsonWriter<'_>, blocks: &[Block<'_>], context: &ReplyContext) {
    let mut plan: Vec<&str> = Vec::new();
    let mut content: Vec<&Block<'_>> = Vec::new();
    let mut calls: Vec<(u64, &ToolCall<'_>)> = Vec::new();
    let mut citations: Vec<(&Citation<'_>, &str, usize)> = Vec::new();
    for (ordinal, block) in (1u64..).zip(blocks) {
        match block {
            Block::Thought(thought) if is_plan(thought) => plan.push(&thought.text),
            Block::Thought(Thought { text, .. }) if text.is_empty() => {}
            Block::Text(text) if text.text.is_empty() => {}
            Block::Text(text) => {
                let place = content.len();
                let cited = text.citations.iter();
                citations.extend(cited.map(|citation| (citation, &*text.text, place)));
                content.push(block);
            }
            Block::Thought(_) | Block::Refusal(_) => content.push(block),
            Block::ToolCall(call) => calls.push((ordinal, call)),
            Block::Media(_) | Block::SearchResult(_) | Block::ToolResult(_) | Block::Opaque(_) => {}
        }
    }
    if !plan.is_empty() {
        w.member_joined("tool_plan", plan);
    }
    if !content.is_empty() {
        w.member_array("content", |w| {
            content
                .iter()
                .for_each(|block| write_assistant_part(w, block));
        });
    }
    if !calls.is_empty() {
        w.member_array("tool_calls", |w| {
            for (ordinal, call) in calls {
                let name = context.names.for_client(&call.name);
                if call.id.is_empty() {
                    let id = context.made_id("call_", ordinal);
                    let call = ToolCall {
                        id: Cow::Owned(id),
                        ..call.clone()
                    };
                    write_call(w, &call, name);
                } else {
                    write_call(w, call, name);
                }
            }
        });
    }
    if !citations.is_empty() {
        w.member_array("citations", |w| {
            for (citation, said, place) in citations {
                write_citation(w, citation, said, place);
            }
        });
    }
}

/// `said` is the text it belongs to, at `place` of the contents.
pub(super) fn write_citation(
    w: &mut JsonWriter<'_>,
    citation: &Citation<'_>,
    said: &str,
    place: usize,
) {
    let id = match citation.passage {
        Some(passage) if citation.url.is_empty() => format!("doc:{}", passage.source),
        _ => citation.url.to_string(),
    };
    w.object(|w| {
        let (start, end) = citation.span_in(said);
        let letters = said.chars().skip(start as usize);
        let words: String = letters.take(end.saturating_sub(start) as usize).collect();
        w.member_display("start", start);
        w.member_display("end", end);
        w.member("text", &words);
        w.member_array("sources", |w| {
            w.object(|w| {
                w.member("type", "document");
                w.member("id", &id);
                w.member_object("document", |w| {
                    w.member("id", &id);
                    if !citation.url.is_empty() {
                        w.member("url", &citation.url);
                    }
                    w.maybe_string("title", citation.title.as_deref());
                    w.maybe_string("snippet", citation.cited_text.as_deref());
                });
            });
        });
        w.member_display("content_index", place);
        w.member("type", "TEXT_CONTENT");
    });
}
