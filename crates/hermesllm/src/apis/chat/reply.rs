use std::borrow::Cow;

use super::decode::read_call;
use super::messages::write_media;
use super::parts::{read_drawings, read_thinking};
use super::stop::{finish_reason, read_stop};
use super::thoughts::{read_thoughts, write_thoughts};
use super::usage::{read_usage, write_usage};
use super::wire::{Annotation, ChatChoice, ChatMessage, ChatReply};
use crate::errors::{decode_error_value, ApiError, ErrorKind};
use crate::ir::{
    Block, Candidate, Citation, Media, Origin, Proof, Reply, Stop, StopReason, Text, Thought,
    ThoughtKind, ToolCall, ToolInput,
};
use crate::json::{read, JsonWriter, TextOr};
use crate::tools::raise_input;
use crate::translate::{ReplyContext, ReplyError};

pub(crate) fn decode_reply(text: &str) -> Result<Reply<'_>, ReplyError> {
    let wire: ChatReply<'_> = read(text)?;
    let choices = wire.choices.unwrap_or_default();
    if let (true, Some(error)) = (choices.is_empty(), wire.error) {
        return Err(ReplyError::upstream(decode_error_value(error.get(), None)));
    }
    if choices.is_empty() {
        return Err(ReplyError::Unreadable("it has no choices".to_owned()));
    }
    let usage = wire.usage.or(wire.x_groq.and_then(|extra| extra.usage));
    Ok(Reply {
        id: wire.id.unwrap_or_default().0,
        model: wire.model.unwrap_or_default().0,
        created: wire.created.map(|created| created.0),
        candidates: choices
            .into_iter()
            .map(read_choice)
            .collect::<Result<_, _>>()?,
        usage: usage.as_ref().map(read_usage),
        service_tier: wire.service_tier.map(|tier| tier.0),
    })
}

fn read_choice(choice: ChatChoice<'_>) -> Result<Candidate<'_>, ReplyError> {
    let blocks = match choice.message {
        Some(message) => read_message(message)?,
        None => Vec::new(),
    };
    let stop = match choice.finish_reason {
        Some(raw) => read_stop(&raw)
            .map_err(|message| ReplyError::upstream(ApiError::new(ErrorKind::Server, message)))?,
        None => Stop::default(),
    };
    Ok(Candidate {
        index: choice
            .index
            .and_then(|index| u32::try_from(index.0).ok())
            .unwrap_or(0),
        blocks,
        stop,
        logprobs: choice.logprobs.map(|raw| Cow::Borrowed(raw.get())),
    })
}

fn read_message(mut message: ChatMessage<'_>) -> Result<Vec<Block<'_>>, ReplyError> {
    let citations = read_annotations(message.annotations.take());
    let mut blocks: Vec<Block<'_>> = read_thoughts(&mut message)
        .into_iter()
        .map(Block::Thought)
        .collect();
    let mut text = Text::default();
    match message.content {
        None => {}
        Some(TextOr::Text(content)) => text.text = content,
        Some(TextOr::List(parts)) => {
            for part in parts {
                if let Some(thinking) = part.thinking {
                    blocks.push(Block::Thought(read_thinking(thinking)));
                } else if let Some(more) = part.text {
                    text.text += more.0;
                }
            }
        }
    }
    text.citations = citations;
    if !text.text.is_empty() {
        blocks.push(Block::Text(text));
    }
    blocks.extend(read_drawings(message.images.take()));
    if let Some(refusal) = message.refusal.filter(|text| !text.is_empty()) {
        blocks.push(Block::Refusal(refusal.0));
    }
    for (index, call) in message.tool_calls.into_iter().flatten().enumerate() {
        let call = read_call(call).map_err(|member| {
            ReplyError::Unreadable(format!("tool_calls[{index}].{member} is missing"))
        })?;
        if let Some(proof) = &call.proof {
            push_carrier(proof, &call.id, &mut blocks);
        }
        blocks.push(Block::ToolCall(call));
    }
    if let Some(function) = message.function_call {
        blocks.push(Block::ToolCall(ToolCall {
            id: Cow::Borrowed(""),
            name: function.name.unwrap_or_default().0,
            namespace: None,
            input: ToolInput::Json(super::decode::read_arguments(function.arguments)),
            proof: None,
            cache: None,
        }));
    }
    Ok(blocks)
}

/// A signed call's proof ahead of it, where all APIs can carry it; unless the
/// reasoning details had it.
fn push_carrier<'a>(proof: &Proof<'a>, call_id: &str, blocks: &mut Vec<Block<'a>>) {
    let is_told = blocks.iter().any(|block| match block {
        Block::Thought(thought) => thought
            .proof
            .as_ref()
            .is_some_and(|known| known.id.as_deref() == Some(call_id)),
        _ => false,
    });
    if !is_told {
        blocks.push(Block::Thought(Thought {
            kind: ThoughtKind::Redacted,
            text: Cow::Borrowed(""),
            proof: Some(Proof {
                id: Some(Cow::Owned(call_id.to_owned())),
                ..proof.clone()
            }),
        }));
    }
}

pub(super) fn read_annotations(annotations: Option<Vec<Annotation<'_>>>) -> Vec<Citation<'_>> {
    annotations
        .into_iter()
        .flatten()
        .filter_map(|annotation| annotation.url_citation)
        .filter_map(|citation| {
            Some(Citation {
                url: citation.url?.0,
                title: citation.title.map(|title| title.0),
                passage: None,
                cited_text: None,
                span: citation
                    .start_index
                    .zip(citation.end_index)
                    .map(|(start, end)| (start.0, end.0)),
            })
        })
        .collect()
}

pub(crate) fn encode_reply(reply: &Reply<'_>, context: &ReplyContext, out: &mut Vec<u8>) {
    JsonWriter::new(out).object(|w| {
        w.member("id", &context.client_id("chatcmpl-", &reply.id));
        w.member("object", "chat.completion");
        w.member_display("created", reply.created.unwrap_or(context.now_unix));
        w.member("model", context.model_or_requested(&reply.model));
        w.member_array("choices", |w| {
            for candidate in &reply.candidates {
                write_choice(w, candidate, context);
            }
        });
        if let Some(usage) = &reply.usage {
            w.key("usage");
            write_usage(w, usage);
        }
        w.maybe_string("service_tier", reply.service_tier.as_deref());
    });
}

fn write_choice(w: &mut JsonWriter<'_>, candidate: &Candidate<'_>, context: &ReplyContext) {
    let mut parts = MessageParts::default();
    for block in &candidate.blocks {
        parts.add(block);
    }
    w.object(|w| {
        w.member_display("index", candidate.index);
        w.member_object("message", |w| parts.write(w, context));
        match &candidate.logprobs {
            Some(raw) => w.member_raw("logprobs", raw),
            None => w.member_null("logprobs"),
        }
        let reason = if parts.refusal.is_some() && candidate.stop.reason == StopReason::End {
            StopReason::End
        } else {
            candidate.stop.reason.agreeing_with(!parts.calls.is_empty())
        };
        w.member("finish_reason", finish_reason(reason));
    });
}

/// A message's blocks, sorted into the members that Chat has for them.
#[derive(Default)]
struct MessageParts<'b, 'a> {
    text: String,
    refusal: Option<&'b str>,
    thoughts: Vec<&'b Thought<'a>>,
    /// With their spans in the whole text.
    citations: Vec<(&'b Citation<'a>, (u64, u64))>,
    calls: Vec<&'b ToolCall<'a>>,
    images: Vec<&'b Media<'a>>,
}

impl<'b, 'a> MessageParts<'b, 'a> {
    fn add(&mut self, block: &'b Block<'a>) {
        match block {
            Block::Text(text) => {
                if !text.citations.is_empty() {
                    let before = self.text.chars().count() as u64;
                    self.citations.extend(text.citations.iter().map(|citation| {
                        let (start, end) = citation.span_in(&text.text);
                        (citation, (before + start, before + end))
                    }));
                }
                self.text.push_str(&text.text);
            }
            Block::Refusal(text) => self.refusal = Some(text),
            Block::Thought(thought) => self.thoughts.push(thought),
            Block::ToolCall(call) => self.calls.push(call),
            Block::Media(media) => self.images.push(media),
            Block::SearchResult(_) | Block::ToolResult(_) | Block::Opaque(_) => {}
        }
    }

    fn signature_of(&self, call: &'b ToolCall<'a>) -> Option<&'b str> {
        let named = |proof: &&Proof<'_>| {
            proof.origin == Origin::Google && proof.id.as_deref() == Some(&*call.id)
        };
        let mut proofs = self
            .thoughts
            .iter()
            .filter_map(|thought| thought.proof.as_ref());
        let own = call.proof.as_ref();
        let proof = proofs.rfind(named).or(own)?;
        Some(&proof.data)
    }

    fn write(&self, w: &mut JsonWriter<'_>, context: &ReplyContext) {
        w.member("role", "assistant");
        if self.text.is_empty() && (!self.calls.is_empty() || self.refusal.is_some()) {
            w.member_null("content");
        } else {
            w.member("content", &self.text);
        }
        match self.refusal {
            Some(refusal) => w.member("refusal", refusal),
            None => w.member_null("refusal"),
        }
        write_thoughts(w, &self.thoughts);
        if !self.citations.is_empty() {
            w.member_array("annotations", |w| {
                for (citation, span) in &self.citations {
                    write_annotation(w, citation, *span);
                }
            });
        }
        if !self.images.is_empty() {
            w.member_array("images", |w| {
                self.images.iter().for_each(|image| write_media(w, image));
            });
        }
        if !self.calls.is_empty() {
            w.member_array("tool_calls", |w| {
                for call in &self.calls {
                    write_call(w, call, self.signature_of(call), context);
                }
            });
        }
    }
}

/// Google's signature of a call, where Google's own compatible API has it.
pub(super) fn write_signature(w: &mut JsonWriter<'_>, signature: Option<&str>) {
    if let Some(signature) = signature {
        w.member_object("extra_content", |w| {
            w.member_object("google", |w| w.member("thought_signature", signature));
        });
    }
}

/// `span` is in characters of the whole text.
pub(super) fn write_annotation(
    w: &mut JsonWriter<'_>,
    citation: &Citation<'_>,
    (start, end): (u64, u64),
) {
    w.object(|w| {
        w.member("type", "url_citation");
        w.member_object("url_citation", |w| {
            w.member("url", &citation.url);
            w.member("title", citation.title.as_deref().unwrap_or_default());
            w.member_display("start_index", start);
            w.member_display("end_index", end);
        });
    });
}

fn write_call(
    w: &mut JsonWriter<'_>,
    call: &ToolCall<'_>,
    signature: Option<&str>,
    context: &ReplyContext,
) {
    let tool = context.names.tool(&call.name);
    let name = tool.name;
    let raw = match &call.input {
        ToolInput::Json(json) => tool.lowered.then(|| raise_input(json)),
        ToolInput::Raw(text) => Some(Cow::Borrowed(&**text)),
    };
    if let Some(text) = raw {
        return w.object(|w| {
            w.member("id", &call.id);
            w.member("type", "custom");
            w.member_object("custom", |w| {
                w.member("name", name);
                w.member("input", &text);
            });
        });
    }
    w.object(|w| {
        w.member("id", &call.id);
        w.member("type", "function");
        w.member_object("function", |w| {
            w.member("name", name);
            match &call.input {
                ToolInput::Json(text) | ToolInput::Raw(text) if text.trim().is_empty() => {
                    w.member("arguments", "{}");
                }
                ToolInput::Json(text) | ToolInput::Raw(text) => w.member("arguments", text),
            }
        });
        write_signature(w, signature);
    });
}
