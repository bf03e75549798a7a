use std::borrow::Cow;

use super::calls::Calls;
use crate::apis::chat::parts::read_thinking;
use crate::apis::chat::reply::read_annotations;
use crate::apis::chat::stop::read_stop;
use crate::apis::chat::thoughts::origin_of;
use crate::apis::chat::usage::read_usage;
use crate::apis::chat::wire::{ChatChoice, ChatMessage, ChatReply, ChatToolCall, ReasoningDetail};
use crate::apis::EventDecoder;
use crate::errors::{decode_error_value, ApiError, ErrorKind};
use crate::ir::{BlockStart, Delta, Event, Origin, Sink, Start, Stop, ThoughtKind};
use crate::json::{Count, TextOr};
use crate::sse::SseEvent;

/// Broken events that are skipped before the stream counts as broken.
const MAX_BROKEN: u32 = 16;

/// Reads the chunks of a Chat stream.
#[derive(Debug)]
pub(crate) struct ChatDecoder {
    started: bool,
    stopped: bool,
    done: bool,
    broken: u32,
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

impl EventDecoder for ChatDecoder {
    fn take(&mut self, event: SseEvent<'_>, sink: &mut dyn Sink) {
        if self.done {
            return;
        }
        let data = event.data.trim();
        if data == "[DONE]" {
            return self.end(sink);
        }
        let Ok(chunk) = serde_json::from_str::<ChatReply<'_>>(data) else {
            self.broken += 1;
            if self.broken > MAX_BROKEN {
                let message = "the provider's stream cannot be read";
                self.fail(ApiError::new(ErrorKind::BadGateway, message), sink);
            }
            return;
        };
        if let Some(error) = chunk.error {
            return self.fail(decode_error_value(error.get(), None), sink);
        }
        let choice = chunk
            .choices
            .into_iter()
            .flatten()
            .find(|choice| choice.index.is_none_or(|index| index.0 == 0));
        let usage = chunk
            .usage
            .or(chunk.x_groq.and_then(|extra| extra.usage))
            .as_ref()
            .or(choice.as_ref().and_then(|choice| choice.usage.as_ref()))
            .map(read_usage);
        // Azure's first chunk tells of filters only and has neither id nor model.
        if !self.started && (choice.is_some() || usage.is_some()) {
            self.started = true;
            sink.take(Event::Start(Start {
                id: chunk.id.unwrap_or_default().0,
                model: chunk.model.unwrap_or_default().0,
                created: chunk.created.map(|created| created.0),
                usage: None,
            }));
        }
        if let Some(usage) = usage {
            sink.take(Event::Usage(usage));
        }
        if let Some(choice) = choice {
            self.take_choice(choice, sink);
        }
    }

    fn finish(&mut self, sink: &mut dyn Sink) {
        if self.done {
            return;
        }
        if self.stopped {
            self.end(sink);
        } else {
            self.fail(ApiError::cut_off(), sink);
        }
    }
}

impl ChatDecoder {
    pub(crate) fn new(seed: u64) -> Self {
        Self {
            started: false,
            stopped: false,
            done: false,
            broken: 0,
            next_block: 0,
            open: None,
            calls: Calls::new(seed),
        }
    }

    fn end(&mut self, sink: &mut dyn Sink) {
        self.done = true;
        if !self.started {
            sink.take(Event::Start(Start::default()));
        }
        if !self.stopped {
            self.close_all(sink);
            sink.take(Event::Stop {
                candidate: 0,
                stop: Stop::default(),
            });
        }
        sink.take(Event::End);
    }

    fn fail(&mut self, error: ApiError, sink: &mut dyn Sink) {
        self.done = true;
        sink.take(Event::Error(error));
    }

    fn take_choice(&mut self, choice: ChatChoice<'_>, sink: &mut dyn Sink) {
        // Some services send the last chunk as a whole message.
        if let Some(delta) = choice.delta.or(choice.message) {
            if !self.stopped {
                self.take_delta(delta, sink);
            }
        }
        let Some(reason) = choice.finish_reason.filter(|reason| !reason.is_empty()) else {
            return;
        };
        if self.stopped {
            return;
        }
        match read_stop(&reason) {
            Ok(stop) => {
                self.stopped = true;
                self.close_all(sink);
                sink.take(Event::Stop {
                    candidate: 0,
                    stop: stop,
                });
            }
            Err(message) => self.fail(ApiError::new(ErrorKind::Server, message), sink),
        }
    }

    fn take_delta(&mut self, mut delta: ChatMessage<'_>, sink: &mut dyn Sink) {
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
            self.calls.take(call, &mut self.next_block, sink);
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
        self.close_open(sink);
        self.calls.close(false, sink);
        let block = self.next_block;
        self.next_block += 1;
        self.open = Some((kind, block));
        sink.take(Event::BlockStart {
            candidate: 0,
            block,
            start: match kind {
                OpenKind::Text => BlockStart::Text,
                OpenKind::Refusal => BlockStart::Refusal,
                OpenKind::Thought(kind) => BlockStart::Thought(kind),
            },
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
