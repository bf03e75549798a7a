use std::borrow::Cow;

use super::contents::{write_args, write_media};
use super::logprobs::{read_logprobs, write_logprobs};
use super::parts::read_model_part;
use super::signatures::{pack, Signatures};
use super::stop::{blocked, finish_reason, read_stop};
use super::usage::{read_usage, write_usage};
use super::wire::{GenerateReply, Grounding, WireCandidate};
use crate::errors::decode_error_value;
use crate::ir::{Block, Candidate, Citation, Origin, Reply, Stop, Thought, ThoughtKind};
use crate::json::{read, JsonWriter};
use crate::tools::hash;
use crate::translate::{made_id, ReplyContext, ReplyError};

pub(crate) fn decode_reply(text: &str) -> Result<Reply<'_>, ReplyError> {
    let wire: GenerateReply<'_> = read(text)?;
    if let Some(error) = wire.error {
        return Err(ReplyError::upstream(decode_error_value(error.get(), None)));
    }
    let id = wire.response_id.unwrap_or_default();
    // Older models give calls no ids; two replies must not give the same.
    let seed = hash(if id.is_empty() { text } else { &id });
    let mut made = 0;
    let candidates: Vec<Candidate<'_>> = wire
        .candidates
        .into_iter()
        .flatten()
        .map(|candidate| {
            read_candidate(candidate, &mut || {
                made += 1;
                made_id("call_", seed, made)
            })
        })
        .collect();
    let refusal = wire
        .prompt_feedback
        .and_then(|feedback| feedback.block_reason);
    let candidates = match (candidates.is_empty(), refusal) {
        (false, _) => candidates,
        (true, Some(reason)) => vec![Candidate {
            stop: blocked(&reason),
            ..Candidate::default()
        }],
        (true, None) => return Err(ReplyError::Unreadable("it has no candidates".to_owned())),
    };
    Ok(Reply {
        id: id.0,
        model: wire.model_version.unwrap_or_default().0,
        created: None,
        candidates,
        usage: wire.usage_metadata.as_ref().map(read_usage),
        service_tier: None,
    })
}

fn read_candidate<'a>(
    wire: WireCandidate<'a>,
    make_id: &mut dyn FnMut() -> String,
) -> Candidate<'a> {
    let mut blocks = Vec::new();
    let parts = wire.content.and_then(|content| content.parts);
    for part in parts.into_iter().flatten() {
        read_model_part(part, &mut *make_id, &mut blocks);
    }
    let mut citations = wire.grounding.map(read_grounding).unwrap_or_default();
    for block in blocks.iter_mut().rev() {
        if let Block::Text(text) = block {
            text.citations.append(&mut citations);
        }
    }
    Candidate {
        index: wire
            .index
            .and_then(|index| u32::try_from(index.0).ok())
            .unwrap_or(0),
        blocks,
        stop: wire
            .finish_reason
            .map_or_else(Stop::default, |raw| read_stop(&raw)),
        logprobs: wire
            .logprobs
            .map(|result| Cow::Owned(read_logprobs(&result))),
    }
}

/// The pages an answer rests on.
pub(super) fn read_grounding(grounding: Grounding<'_>) -> Vec<Citation<'_>> {
    grounding
        .chunks
        .into_iter()
        .flatten()
        .filter_map(|chunk| chunk.web)
        .filter_map(|web| {
            Some(Citation {
                url: web.uri?.0,
                title: web.title.map(|title| title.0),
                passage: None,
                cited_text: None,
                span: None,
            })
        })
        .collect()
}

pub(crate) fn encode_reply(reply: &Reply<'_>, context: &ReplyContext, out: &mut Vec<u8>) {
    JsonWriter::new(out).object(|w| {
        w.member_array("candidates", |w| {
            for candidate in &reply.candidates {
                write_candidate(w, candidate, context);
            }
        });
        w.key("usageMetadata");
        write_usage(w, &reply.usage.unwrap_or_default());
        w.member("modelVersion", context.model_or_requested(&reply.model));
        w.member("responseId", &context.client_id("", &reply.id));
    });
}

fn write_candidate(w: &mut JsonWriter<'_>, candidate: &Candidate<'_>, context: &ReplyContext) {
    w.object(|w| {
        w.member_object("content", |w| {
            w.member_array("parts", |w| write_parts(w, candidate, context));
            w.member("role", "model");
        });
        w.member("finishReason", finish_reason(candidate.stop.reason));
        w.member_display("index", candidate.index);
        let citations: Vec<&Citation<'_>> = candidate
            .blocks
            .iter()
            .flat_map(|block| match block {
                Block::Text(text) => text.citations.as_slice(),
                _ => &[],
            })
            .collect();
        write_grounding(w, &citations);
        if let Some(result) = candidate.logprobs.as_deref().and_then(write_logprobs) {
            w.member_raw("logprobsResult", &result);
        }
    });
}

/// Clients drop a turn without parts from their history: there is always one.
fn write_parts(w: &mut JsonWriter<'_>, candidate: &Candidate<'_>, context: &ReplyContext) {
    let signatures = Signatures::of(candidate.blocks.iter());
    let mut written = false;
    for (at, block) in candidate.blocks.iter().enumerate() {
        match block {
            Block::Text(text) => w.object(|w| {
                w.member("text", &text.text);
                w.maybe_string("thoughtSignature", signatures.of_text(at));
            }),
            Block::Refusal(text) => w.object(|w| w.member("text", text)),
            Block::Thought(plan) if plan.kind == ThoughtKind::Plan && context.hide_thoughts => {
                // It is meant to be read.
                w.object(|w| w.member("text", &plan.text));
            }
            Block::Thought(thought) => {
                if !write_thought(w, thought, context) {
                    continue;
                }
            }
            Block::ToolCall(call) => w.object(|w| {
                w.member_object("functionCall", |w| {
                    let made;
                    let id = match call.id.is_empty() {
                        true => {
                            made = context.made_id("call_", at as u64 + 1);
                            &*made
                        }
                        false => &*call.id,
                    };
                    w.member("id", id);
                    w.member("name", context.names.for_client(&call.name));
                    w.key("args");
                    write_args(w, &call.input);
                });
                w.maybe_string("thoughtSignature", signatures.of_call(&call.id));
            }),
            Block::Media(media) => write_media(w, media),
            Block::SearchResult(_) | Block::ToolResult(_) | Block::Opaque(_) => continue,
        }
        written = true;
    }
    if !written {
        w.object(|w| w.member("text", ""));
    }
}

/// The words, unless the client wants none, and the proof. What Google signed
/// another part with is told there.
fn write_thought(w: &mut JsonWriter<'_>, thought: &Thought<'_>, context: &ReplyContext) -> bool {
    let proof = thought.proof.as_ref();
    let is_elsewhere = |origin, id: Option<&str>| origin == Origin::Google && id.is_some();
    if proof.is_some_and(|proof| is_elsewhere(proof.origin, proof.id.as_deref())) {
        return false;
    }
    let words = match context.hide_thoughts {
        true => "",
        false => &*thought.text,
    };
    if words.is_empty() && proof.is_none() {
        return false;
    }
    w.object(|w| {
        w.member("text", words);
        w.member_display("thought", true);
        if let Some(proof) = proof {
            let signature = pack(proof.origin, &proof.data, proof.id.as_deref());
            w.member("thoughtSignature", &signature);
        }
    });
    true
}

/// `groundingMetadata`, when there are citations.
pub(super) fn write_grounding(w: &mut JsonWriter<'_>, citations: &[&Citation<'_>]) {
    if citations.is_empty() {
        return;
    }
    w.member_object("groundingMetadata", |w| {
        w.member_array("groundingChunks", |w| {
            for citation in citations {
                w.object(|w| {
                    w.member_object("web", |w| {
                        w.member("uri", &citation.url);
                        w.maybe_string("title", citation.title.as_deref());
                    });
                });
            }
        });
    });
}
