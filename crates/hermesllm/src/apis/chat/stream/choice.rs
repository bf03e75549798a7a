use std::borrow::Cow;

use super::calls::Calls;
use crate::apis::chat::parts::{read_drawings, read_thinking};
use crate::apis::chat::reply::read_annotations;
use crate::apis::chat::thoughts::origin_of;
use crate::apis::chat::wire::{ChatMessage, ChatToolCall, ReasoningDetail};
use crate::ir::{Block, BlockStart, Delta, Event, Origin, Sink, Stop, ThoughtKind};
use crate::json::{Count, TextOr};

/// Numbers of blocks of one answer.
const BLOCKS: u32 = 1 << 24;

/// One of the answers of a stream.
#[derive(Debug)]
pub(super) struct ChoiceState {
    pub(super) index: u32,
    pub(super) stopped: bool,
    next_block: u32,
    /// The text, refusal or thought being written.
    open: Option<(OpenKind, u32)>,
    calls: Calls,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum OpenKind {
    Text,
    Refusal,
    Thought(ThoughtKind),
}

impl ChoiceState {
    pub(super) fn new(index: u32, seed: u64) -> Self {
        Self {
            index,
            stopped: false,
            next_block: index * BLOCKS,
            open: None,
            calls: Calls::new(index, seed),
        }
    }

    /// Ends the answer, unless it has ended.
    pub(super) fn stop(&mut self, stop: Stop, sink: &mut dyn Sink) {
        if !std::mem::replace(&mut self.stopped, true) {
            self.close_all(sink);
            sink.take(Event::Stop {
                candidate: self.index,
                stop,
            });
        }
    }

    pub(super) fn take_delta(&mut self, mut delta: ChatMessage<'_>, sink: &mut dyn Sink) {
        self.take_reasoning(&mut delta, sink);
        match delta.content {
            None => {}
            Some(TextOr::Text(text)) => self.write(OpenKind::Text, text, sink),
            Some(TextOr::List(parts)) => {
                for part in parts {
                    if let Some(thinking) = part.thinking {
                        let kind = OpenKind::Thought(ThoughtKind::Full);
                        self.write(kind, read_thinking(thinking).text, sink);
                    } else if let Some(text) = part.text {
                        self.write(OpenKind::Text, text.0, sink);
                    }
                }
            }
        }
        for citation in read_annotations(delta.annotations) {
            if let Some((OpenKind::Text, block)) = self.open {
                sink.take(Event::Delta {
                    block,
                    delta: Delta::Citation(citation),
                });
            }
        }
        for drawing in read_drawings(delta.images.take()) {
            self.take_drawing(drawing, sink);
        }
        if let Some(refusal) = delta.refusal {
            self.write(OpenKind::Refusal, refusal.0, sink);
        }
        let legacy = delta.function_call.map(|function| ChatToolCall {
            index: Some(Count(0)),
            function: Some(function),
            ..ChatToolCall::default()
        });
        for call in delta.tool_calls.into_iter().flatten().chain(legacy) {
            self.close_open(sink);
            if self.calls.is_new(&call) {
                self.calls.close(false, sink);
            }
            self.take_signature(&call, sink);
            self.calls.take(call, &mut self.next_block, sink);
        }
    }

    /// Google signs calls: the signature goes ahead, as a thought without words.
    fn take_signature(&mut self, call: &ChatToolCall<'_>, sink: &mut dyn Sink) {
        let id = call.id.as_deref().filter(|id| !id.is_empty());
        let signature = call
            .extra_content
            .as_ref()
            .and_then(|extra| extra.google.as_ref())
            .and_then(|google| google.thought_signature.as_deref());
        if let (Some(id), Some(signature), true) = (id, signature, self.calls.is_new(call)) {
            let block = self.open_block(OpenKind::Thought(ThoughtKind::Redacted), sink);
            sink.take(Event::Delta {
                block,
                delta: Delta::Proof {
                    origin: Origin::Google,
                    data: signature.into(),
                    id: Some(id.into()),
                },
            });
            self.close_open(sink);
        }
    }

    fn take_reasoning(&mut self, delta: &mut ChatMessage<'_>, sink: &mut dyn Sink) {
        let details = delta.reasoning_details.take().unwrap_or_default();
        if !details.is_empty() {
            return details
                .into_iter()
                .for_each(|detail| self.take_detail(detail, sink));
        }
        let text = delta
            .reasoning_content
            .take()
            .filter(|text| !text.is_empty())
            .or_else(|| delta.reasoning.take());
        if let Some(text) = text {
            self.write(OpenKind::Thought(ThoughtKind::Full), text.0, sink);
        }
    }

    fn take_detail(&mut self, detail: ReasoningDetail<'_>, sink: &mut dyn Sink) {
        let origin = origin_of(detail.format.as_deref());
        let kind = match detail.kind.as_deref() {
            Some("reasoning.summary") => ThoughtKind::Summary,
            Some("reasoning.encrypted") => ThoughtKind::Redacted,
            _ => ThoughtKind::Full,
        };
        if let Some(text) = detail.text.or(detail.summary) {
            self.write(OpenKind::Thought(kind), text.0, sink);
        }
        let proof = detail.signature.or(detail.data);
        if let Some(data) = proof.filter(|data| !data.is_empty()) {
            let block = self.open_block(OpenKind::Thought(kind), sink);
            sink.take(Event::Delta {
                block,
                delta: Delta::Proof {
                    origin,
                    data: data.0,
                    id: detail.id.map(|id| id.0),
                },
            });
            // Signed: what follows is another thought.
            if origin != Origin::Other || kind == ThoughtKind::Redacted {
                self.close_open(sink);
            }
        }
    }

    fn write(&mut self, kind: OpenKind, text: Cow<'_, str>, sink: &mut dyn Sink) {
        if text.is_empty() {
            return;
        }
        let block = self.open_block(kind, sink);
        sink.take(Event::Delta {
            block,
            delta: Delta::Text(text),
        });
    }

    /// The open block of this kind, or a new one after closing the other.
    fn open_block(&mut self, kind: OpenKind, sink: &mut dyn Sink) -> u32 {
        if let Some((open, block)) = self.open {
            if open == kind {
                return block;
            }
        }
        let start = match kind {
            OpenKind::Text => BlockStart::Text,
            OpenKind::Refusal => BlockStart::Refusal,
            OpenKind::Thought(kind) => BlockStart::Thought(kind),
        };
        let block = self.start(start, sink);
        self.open = Some((kind, block));
        block
    }

    fn take_drawing(&mut self, drawing: Block<'_>, sink: &mut dyn Sink) {
        if let Block::Media(media) = drawing {
            let block = self.start(BlockStart::Media(Box::new(media)), sink);
            sink.take(Event::BlockStop { block });
        }
    }

    /// Begins a block after closing what is open.
    fn start(&mut self, start: BlockStart<'_>, sink: &mut dyn Sink) -> u32 {
        self.close_open(sink);
        self.calls.close(false, sink);
        let block = self.next_block;
        self.next_block += 1;
        sink.take(Event::BlockStart {
            candidate: self.index,
            block,
            start,
        });
        block
    }

    fn close_open(&mut self, sink: &mut dyn Sink) {
        if let Some((_, block)) = self.open.take() {
            sink.take(Event::BlockStop { block });
        }
    }

    fn close_all(&mut self, sink: &mut dyn Sink) {
        self.close_open(sink);
        self.calls.close(true, sink);
    }
}
