//! Between events and whole replies: a provider may send either, whatever the
//! client asked for.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::ReplyError;
use crate::errors::ApiError;
use crate::ir::{
    Block, BlockStart, Candidate, Delta, Event, Proof, Reply, Sink, Start, Stop, Text, Thought,
    ThoughtKind, ToolCall, ToolInput,
};

/// Collects events into the reply they tell of.
#[derive(Debug, Default)]
pub(super) struct ReplyBuilder {
    reply: Reply<'static>,
    blocks: Vec<BuiltBlock>,
    stops: Vec<(u32, Stop)>,
    error: Option<ApiError>,
}

#[derive(Debug)]
struct BuiltBlock {
    candidate: u32,
    key: u32,
    block: Block<'static>,
}

impl ReplyBuilder {
    pub(super) fn finish(self) -> Result<Reply<'static>, ReplyError> {
        if let Some(error) = self.error {
            return Err(ReplyError::upstream(error));
        }
        let mut reply = self.reply;
        let mut candidates = BTreeMap::from([(0, Candidate::default())]);
        for built in self.blocks {
            let candidate: &mut Candidate<'_> = candidates.entry(built.candidate).or_default();
            candidate.blocks.push(built.block);
        }
        for (index, stop) in self.stops {
            candidates.entry(index).or_default().stop = stop;
        }
        for (index, candidate) in candidates {
            reply.candidates.push(Candidate { index, ..candidate });
        }
        Ok(reply)
    }

    fn add(&mut self, block: u32, delta: Delta<'_>) {
        let Some(built) = self
            .blocks
            .iter_mut()
            .rev()
            .find(|built| built.key == block)
        else {
            return;
        };
        match (&mut built.block, delta) {
            (Block::Text(text), Delta::Text(more)) => text.text.to_mut().push_str(&more),
            (Block::Refusal(text), Delta::Text(more)) => text.to_mut().push_str(&more),
            (Block::Thought(thought), Delta::Text(more)) => thought.text.to_mut().push_str(&more),
            (Block::Thought(thought), Delta::Proof { origin, data, id }) => {
                let proof = thought.proof.get_or_insert_with(|| Proof {
                    origin,
                    data: Cow::Borrowed(""),
                    id: id.map(|id| Cow::Owned(id.into_owned())),
                });
                proof.data.to_mut().push_str(&data);
            }
            (Block::ToolCall(call), Delta::Input(more)) => match &mut call.input {
                ToolInput::Json(text) | ToolInput::Raw(text) => text.to_mut().push_str(&more),
            },
            (Block::Text(text), Delta::Citation(citation)) => {
                text.citations.push(citation.into_owned());
            }
            _ => {}
        }
    }
}

impl Sink for ReplyBuilder {
    fn take(&mut self, event: Event<'_>) {
        match event {
            Event::Start(start) => {
                self.reply.id = Cow::Owned(start.id.into_owned());
                self.reply.model = Cow::Owned(start.model.into_owned());
                self.reply.created = start.created;
                self.reply.usage = start.usage;
            }
            Event::BlockStart {
                candidate,
                block,
                start,
            } => {
                let empty = match start {
                    BlockStart::Text => Block::Text(Text::default()),
                    BlockStart::Refusal => Block::Refusal(Cow::Borrowed("")),
                    BlockStart::Thought(kind) => Block::Thought(Thought {
                        kind,
                        text: Cow::Borrowed(""),
                        proof: None,
                    }),
                    BlockStart::ToolCall { id, name, custom } => Block::ToolCall(ToolCall {
                        id: Cow::Owned(id.into_owned()),
                        name: Cow::Owned(name.into_owned()),
                        namespace: None,
                        input: if custom {
                            ToolInput::Raw(Cow::Borrowed(""))
                        } else {
                            ToolInput::Json(Cow::Borrowed(""))
                        },
                        proof: None,
                        cache: None,
                    }),
                    BlockStart::Media(media) => Block::Media(media.into_owned()),
                };
                self.blocks.push(BuiltBlock {
                    candidate,
                    key: block,
                    block: empty,
                });
            }
            Event::Delta { block, delta } => self.add(block, delta),
            Event::Usage(usage) => self.reply.usage = Some(usage),
            Event::Stop { candidate, stop } => self.stops.push((candidate, stop)),
            Event::Error(error) => self.error = Some(error),
            Event::BlockStop { .. } | Event::End => {}
        }
    }
}

/// Tells a whole reply as events.
pub(super) fn replay(reply: &Reply<'_>, sink: &mut dyn Sink) {
    sink.take(Event::Start(Start {
        id: Cow::Borrowed(&reply.id),
        model: Cow::Borrowed(&reply.model),
        created: reply.created,
        usage: reply.usage,
    }));
    let mut block = 0;
    for candidate in &reply.candidates {
        for content in &candidate.blocks {
            if let Some(start) = start_of(content) {
                sink.take(Event::BlockStart {
                    candidate: candidate.index,
                    block,
                    start,
                });
                replay_block(block, content, sink);
                sink.take(Event::BlockStop { block });
                block += 1;
            }
        }
    }
    if let Some(usage) = reply.usage {
        sink.take(Event::Usage(usage));
    }
    for candidate in &reply.candidates {
        sink.take(Event::Stop {
            candidate: candidate.index,
            stop: candidate.stop.clone(),
        });
    }
    sink.take(Event::End);
}

fn start_of<'b>(block: &'b Block<'_>) -> Option<BlockStart<'b>> {
    Some(match block {
        Block::Text(_) => BlockStart::Text,
        Block::Refusal(_) => BlockStart::Refusal,
        Block::Thought(thought) => BlockStart::Thought(thought.kind),
        Block::ToolCall(call) => BlockStart::ToolCall {
            id: Cow::Borrowed(&call.id),
            name: Cow::Borrowed(&call.name),
            custom: matches!(call.input, ToolInput::Raw(_)),
        },
        Block::Media(media) => BlockStart::Media(Box::new(media.clone())),
        Block::SearchResult(_) | Block::ToolResult(_) | Block::Opaque(_) => return None,
    })
}

fn replay_block(block: u32, content: &Block<'_>, sink: &mut dyn Sink) {
    let mut tell = |delta| sink.take(Event::Delta { block, delta });
    match content {
        Block::Text(text) => {
            tell(Delta::Text(Cow::Borrowed(&text.text)));
            for citation in &text.citations {
                tell(Delta::Citation(citation.clone()));
            }
        }
        Block::Refusal(text) => tell(Delta::Text(Cow::Borrowed(text))),
        Block::Thought(thought) => {
            if thought.kind != ThoughtKind::Redacted {
                tell(Delta::Text(Cow::Borrowed(&thought.text)));
            }
            if let Some(proof) = &thought.proof {
                tell(Delta::Proof {
                    origin: proof.origin,
                    data: Cow::Borrowed(&proof.data),
                    id: proof.id.as_deref().map(Cow::Borrowed),
                });
            }
        }
        Block::ToolCall(call) => match &call.input {
            ToolInput::Json(text) | ToolInput::Raw(text) => {
                tell(Delta::Input(Cow::Borrowed(text)));
            }
        },
        Block::Media(_) | Block::SearchResult(_) | Block::ToolResult(_) | Block::Opaque(_) => {}
    }
}
