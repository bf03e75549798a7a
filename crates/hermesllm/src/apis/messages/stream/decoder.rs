use std::borrow::Cow;

use crate::apis::messages::reply::read_citation;
use crate::apis::messages::stop::read_stop;
use crate::apis::messages::usage::read_usage;
use crate::apis::messages::wire::{ContentBlock, EventDelta, MessagesEvent, MessagesReply};
use crate::apis::EventDecoder;
use crate::errors::{decode_error_value, ApiError, ErrorKind};
use crate::ir::{BlockStart, Delta, Event, Proof, Sink, Start, ThoughtKind};
use crate::proofs;
use crate::sse::SseEvent;
use crate::usage::Usage;

/// Reads the events of a Messages stream.
#[derive(Debug, Default)]
pub(crate) struct MessagesDecoder {
    started: bool,
    stopped: bool,
    done: bool,
    /// Indices of the blocks being written; those that other APIs have no form
    /// for are not among them.
    open: Vec<u32>,
    usage: Usage,
}

impl EventDecoder for MessagesDecoder {
    fn take(&mut self, event: SseEvent<'_>, sink: &mut dyn Sink) {
        if self.done || matches!(event.data.trim(), "" | "[DONE]") {
            return;
        }
        let Ok(event) = serde_json::from_str::<MessagesEvent<'_>>(event.data) else {
            // Whatever it held, the answer is not whole without it.
            let message = "an event of the provider's stream cannot be read";
            return self.fail(ApiError::new(ErrorKind::BadGateway, message), sink);
        };
        if let Some(error) = event.error {
            return self.fail(decode_error_value(error.get(), None), sink);
        }
        let block = event
            .index
            .and_then(|index| u32::try_from(index.0).ok())
            .unwrap_or(0);
        match event.kind.as_deref().unwrap_or_default() {
            "message_start" => self.start(event.message.unwrap_or_default(), sink),
            "content_block_start" if !self.stopped => {
                self.open_block(block, event.content_block.unwrap_or_default(), sink);
            }
            "content_block_delta" if self.open.contains(&block) => {
                add(block, event.delta.unwrap_or_default(), sink);
            }
            "content_block_stop" => self.close(block, sink),
            "message_delta" => {
                if let Some(usage) = &event.usage {
                    read_usage(usage, &mut self.usage);
                    sink.take(Event::Usage(self.usage));
                }
                self.stop(&event.delta.unwrap_or_default(), sink);
            }
            "message_stop" => self.end(sink),
            // Pings, and events of later versions.
            _ => {}
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

impl MessagesDecoder {
    fn fail(&mut self, error: ApiError, sink: &mut dyn Sink) {
        self.done = true;
        sink.take(Event::Error(error));
    }

    fn end(&mut self, sink: &mut dyn Sink) {
        self.done = true;
        self.close_all(sink);
        sink.take(Event::End);
    }

    fn start(&mut self, message: MessagesReply<'_>, sink: &mut dyn Sink) {
        if self.started {
            return;
        }
        self.started = true;
        let usage = message.usage.as_ref().map(|wire| {
            read_usage(wire, &mut self.usage);
            self.usage
        });
        sink.take(Event::Start(Start {
            id: message.id.unwrap_or_default().0,
            model: message.model.unwrap_or_default().0,
            created: None,
            usage,
        }));
    }

    fn open_block(&mut self, block: u32, content: ContentBlock<'_>, sink: &mut dyn Sink) {
        self.close(block, sink);
        match content.kind.as_deref().unwrap_or_default() {
            "text" => {
                sink.take(Event::BlockStart {
                    candidate: 0,
                    block,
                    start: BlockStart::Text,
                });
                if let Some(text) = content.text.filter(|text| !text.is_empty()) {
                    sink.take(Event::Delta {
                        block,
                        delta: Delta::Text(text.0),
                    });
                }
            }
            "thinking" => {
                sink.take(Event::BlockStart {
                    candidate: 0,
                    block,
                    start: BlockStart::Thought(ThoughtKind::Full),
                });
                if let Some(text) = content.thinking.filter(|text| !text.is_empty()) {
                    sink.take(Event::Delta {
                        block,
                        delta: Delta::Text(text.0),
                    });
                }
            }
            "redacted_thinking" => {
                sink.take(Event::BlockStart {
                    candidate: 0,
                    block,
                    start: BlockStart::Thought(ThoughtKind::Redacted),
                });
                let data = content.data.unwrap_or_default().0;
                sink.take(proof_delta(block, proofs::unpack(data)));
            }
            "tool_use" => {
                sink.take(Event::BlockStart {
                    candidate: 0,
                    block,
                    start: BlockStart::ToolCall {
                        id: content.id.unwrap_or_default().0,
                        name: content.name.unwrap_or_default().0,
                        custom: false,
                    },
                });
                // Some services send the whole input at once.
                let input = content.input.map_or("", |raw| raw.get());
                if input.len() > 2 && input.starts_with('{') {
                    sink.take(Event::Delta {
                        block,
                        delta: Delta::Input(Cow::Borrowed(input)),
                    });
                }
            }
            _ => return,
        }
        self.open.push(block);
    }

    fn close(&mut self, block: u32, sink: &mut dyn Sink) {
        if let Some(at) = self.open.iter().position(|open| *open == block) {
            self.open.remove(at);
            sink.take(Event::BlockStop { block });
        }
    }

    fn close_all(&mut self, sink: &mut dyn Sink) {
        for block in std::mem::take(&mut self.open) {
            sink.take(Event::BlockStop { block });
        }
    }

    fn stop(&mut self, delta: &EventDelta<'_>, sink: &mut dyn Sink) {
        let Some(raw) = &delta.stop_reason else {
            return;
        };
        if self.stopped {
            return;
        }
        self.stopped = true;
        self.close_all(sink);
        sink.take(Event::Stop {
            candidate: 0,
            stop: read_stop(raw, delta.stop_sequence.as_deref()),
        });
    }
}

fn proof_delta(block: u32, proof: Proof<'_>) -> Event<'_> {
    Event::Delta {
        block,
        delta: Delta::Proof {
            origin: proof.origin,
            data: proof.data,
            id: proof.id,
        },
    }
}

fn add(block: u32, delta: EventDelta<'_>, sink: &mut dyn Sink) {
    let mut tell = |delta| sink.take(Event::Delta { block, delta });
    if let Some(text) = delta.text.or(delta.thinking) {
        tell(Delta::Text(text.0));
    } else if let Some(fragment) = delta.partial_json {
        tell(Delta::Input(fragment.0));
    } else if let Some(signature) = delta.signature {
        sink.take(proof_delta(block, proofs::unpack(signature.0)));
    } else if let Some(citation) = delta.citation.and_then(read_citation) {
        tell(Delta::Citation(citation));
    }
}
