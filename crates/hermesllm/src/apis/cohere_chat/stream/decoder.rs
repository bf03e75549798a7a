use std::borrow::Cow;

use crate::apis::cohere_chat::reply::read_citation;
use crate::apis::cohere_chat::stop::{failure, read_stop};
use crate::apis::cohere_chat::thoughts::PLAN;
use crate::apis::cohere_chat::usage::read_usage;
use crate::apis::cohere_chat::wire::{
    CohereCall, CohereCitation, CohereEvent, ContentPart, DeltaMessage, EventDelta,
};
use crate::apis::EventDecoder;
use crate::errors::{decode_error_value, ApiError, ErrorKind};
use crate::ir::{BlockStart, Delta, Event, Origin, Sink, Start, ThoughtKind};
use crate::json::raw_string;
use crate::sse::SseEvent;

/// Reads the events of a Cohere stream, in any order of its parts.
#[derive(Debug, Default)]
pub(crate) struct CohereChatDecoder {
    started: bool,
    done: bool,
    next_block: u32,
    open: Vec<OpenPart>,
}

/// A part being written: contents and calls are numbered apart.
#[derive(Debug, Clone, Copy)]
struct OpenPart {
    kind: PartKind,
    index: u64,
    block: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum PartKind {
    Text,
    Thinking,
    Plan,
    Call,
}

impl PartKind {
    fn is_content(self) -> bool {
        matches!(self, Self::Text | Self::Thinking)
    }
}

impl EventDecoder for CohereChatDecoder {
    fn take(&mut self, event: SseEvent<'_>, sink: &mut dyn Sink) {
        let data = event.data.trim();
        if self.done || data.is_empty() || data == "[DONE]" {
            return;
        }
        let Ok(event) = serde_json::from_str::<CohereEvent<'_>>(data) else {
            // Whatever it held, the answer is not whole without it.
            let message = "an event of the provider's stream cannot be read";
            return self.fail(ApiError::new(ErrorKind::BadGateway, message), sink);
        };
        if event.kind.is_none() && event.message.is_some() {
            return self.fail(decode_error_value(data, None), sink);
        }
        let index = event.index.map_or(0, |index| index.0);
        let kind = event.kind.unwrap_or_default();
        if &*kind == "message-start" {
            return self.start(event.id.unwrap_or_default().0, sink);
        }
        let delta = event.delta.unwrap_or_default();
        if &*kind == "message-end" {
            return self.end(delta, sink);
        }
        let message = delta.message.unwrap_or_default();
        match &*kind {
            "content-start" | "content-delta" => self.take_content(index, message, sink),
            "content-end" => self.close(|part| part.kind.is_content() && part.index == index, sink),
            "tool-plan-delta" => self.take_plan(message, sink),
            "tool-call-start" => {
                self.close(|part| part.kind == PartKind::Plan, sink);
                let call = message.tool_calls.and_then(|one| one.0);
                self.open_call(index, call.unwrap_or_default(), sink);
            }
            "tool-call-delta" => {
                let call = message.tool_calls.and_then(|one| one.0);
                self.add_input(index, call.unwrap_or_default(), sink);
            }
            "tool-call-end" => {
                self.close(
                    |part| part.kind == PartKind::Call && part.index == index,
                    sink,
                );
            }
            "citation-start" => {
                if let Some(citation) = message.citations.and_then(|one| one.0) {
                    self.cite(citation, sink);
                }
            }
            // Ends of citations, debugging, and events of later versions.
            _ => {}
        }
    }

    fn finish(&mut self, sink: &mut dyn Sink) {
        if !self.done {
            self.fail(ApiError::cut_off(), sink);
        }
    }
}

impl CohereChatDecoder {
    fn fail(&mut self, error: ApiError, sink: &mut dyn Sink) {
        self.done = true;
        sink.take(Event::Error(error));
    }

    fn start(&mut self, id: Cow<'_, str>, sink: &mut dyn Sink) {
        if !std::mem::replace(&mut self.started, true) {
            sink.take(Event::Start(Start {
                id,
                ..Start::default()
            }));
        }
    }

    fn end(&mut self, delta: EventDelta<'_>, sink: &mut dyn Sink) {
        if let Some(usage) = &delta.usage {
            self.start(Cow::Borrowed(""), sink);
            sink.take(Event::Usage(read_usage(usage)));
        }
        let raw = delta.finish_reason.unwrap_or_default();
        let message = delta
            .error
            .map(|error| raw_string(error).map_or_else(|| error.get().to_owned(), Cow::into_owned));
        if let Some(error) = failure(&raw, message) {
            return self.fail(error, sink);
        }
        self.done = true;
        self.close(|_| true, sink);
        sink.take(Event::Stop {
            candidate: 0,
            stop: read_stop(&raw),
        });
        sink.take(Event::End);
    }

    fn block_of(&self, test: impl Fn(&OpenPart) -> bool) -> Option<u32> {
        self.open
            .iter()
            .find(|part| test(part))
            .map(|part| part.block)
    }

    fn open(
        &mut self,
        kind: PartKind,
        index: u64,
        start: BlockStart<'_>,
        sink: &mut dyn Sink,
    ) -> u32 {
        let block = self.next_block;
        self.next_block += 1;
        self.open.push(OpenPart { kind, index, block });
        sink.take(Event::BlockStart {
            candidate: 0,
            block,
            start,
        });
        block
    }

    /// Ends every part that passes; thoughts tell whose they are.
    fn close(&mut self, test: impl Fn(&OpenPart) -> bool, sink: &mut dyn Sink) {
        let mut at = 0;
        while let Some(part) = self.open.get(at).copied() {
            if !test(&part) {
                at += 1;
                continue;
            }
            self.open.remove(at);
            let block = part.block;
            if matches!(part.kind, PartKind::Thinking | PartKind::Plan) {
                sink.take(Event::Delta {
                    block,
                    delta: Delta::Proof {
                        origin: Origin::Cohere,
                        data: Cow::Borrowed(""),
                        id: (part.kind == PartKind::Plan).then_some(Cow::Borrowed(PLAN)),
                    },
                });
            }
            sink.take(Event::BlockStop { block });
        }
    }

    fn take_content(&mut self, index: u64, message: DeltaMessage<'_>, sink: &mut dyn Sink) {
        let Some(ContentPart { text, thinking, .. }) = message.content.and_then(|one| one.0) else {
            return;
        };
        let (kind, text) = match (thinking, text) {
            (Some(thinking), None) => (PartKind::Thinking, thinking),
            (None, Some(text)) => (PartKind::Text, text),
            (Some(thinking), Some(text)) if text.is_empty() => (PartKind::Thinking, thinking),
            (Some(_), Some(text)) => (PartKind::Text, text),
            (None, None) => return,
        };
        self.close(|part| part.kind == PartKind::Plan, sink);
        let known = self.block_of(|part| part.kind == kind && part.index == index);
        if known.is_none() && text.is_empty() {
            // Begins with its first words.
            return;
        }
        let block = known.unwrap_or_else(|| {
            let start = match kind {
                PartKind::Thinking => BlockStart::Thought(ThoughtKind::Full),
                _ => BlockStart::Text,
            };
            self.open(kind, index, start, sink)
        });
        sink.take(Event::Delta {
            block,
            delta: Delta::Text(text.0),
        });
    }

    fn take_plan(&mut self, message: DeltaMessage<'_>, sink: &mut dyn Sink) {
        let Some(text) = message.tool_plan.filter(|text| !text.is_empty()) else {
            return;
        };
        let known = self.block_of(|part| part.kind == PartKind::Plan);
        let block = known.unwrap_or_else(|| {
            let start = BlockStart::Thought(ThoughtKind::Plan);
            self.open(PartKind::Plan, 0, start, sink)
        });
        sink.take(Event::Delta {
            block,
            delta: Delta::Text(text.0),
        });
    }

    fn open_call(&mut self, index: u64, call: CohereCall<'_>, sink: &mut dyn Sink) {
        self.close(
            |part| part.kind == PartKind::Call && part.index == index,
            sink,
        );
        let function = call.function.unwrap_or_default();
        let start = BlockStart::ToolCall {
            id: call.id.unwrap_or_default().0,
            name: function.name.unwrap_or_default().0,
            custom: false,
        };
        let block = self.open(PartKind::Call, index, start, sink);
        if let Some(fragment) = function.arguments.filter(|text| !text.is_empty()) {
            sink.take(Event::Delta {
                block,
                delta: Delta::Input(fragment.0),
            });
        }
    }

    fn add_input(&mut self, index: u64, call: CohereCall<'_>, sink: &mut dyn Sink) {
        let block = self.block_of(|part| part.kind == PartKind::Call && part.index == index);
        let fragment = call.function.and_then(|function| function.arguments);
        if let (Some(block), Some(fragment)) = (block, fragment) {
            sink.take(Event::Delta {
                block,
                delta: Delta::Input(fragment.0),
            });
        }
    }

    fn cite(&mut self, citation: CohereCitation<'_>, sink: &mut dyn Sink) {
        let Some(block) = self.block_of(|part| part.kind == PartKind::Text) else {
            return;
        };
        for citation in read_citation(citation) {
            sink.take(Event::Delta {
                block,
                delta: Delta::Citation(citation),
            });
        }
    }
}
