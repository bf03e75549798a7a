use std::borrow::Cow;

use super::drawing::Drawing;
use crate::apis::converse::blocks::read_citation;
use crate::apis::converse::proofs::of_blob;
use crate::apis::converse::stop::read_stop;
use crate::apis::converse::usage::read_usage;
use crate::apis::converse::wire::{ConverseEvent, EventBlockDelta, EventBlockStart};
use crate::apis::EventDecoder;
use crate::errors::{bedrock_exception, decode_error_value, ApiError, ErrorKind};
use crate::ir::{BlockStart, Delta, Event, Proof, Sink, Start, ThoughtKind};
use crate::proofs;
use crate::sse::SseEvent;

/// Reads the events of a Converse stream.
#[derive(Debug, Default)]
pub(crate) struct ConverseDecoder {
    started: bool,
    stopped: bool,
    done: bool,
    next_block: u32,
    /// The wire's index and kind of each open block, and its number here.
    open: Vec<(u64, Kind, u32)>,
    /// The image that is being sent.
    drawing: Option<Drawing>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Text,
    Thought,
    Redacted,
    Call,
}

impl EventDecoder for ConverseDecoder {
    fn take(&mut self, event: SseEvent<'_>, sink: &mut dyn Sink) {
        if self.done {
            return;
        }
        if event.name.ends_with("Exception") {
            let mut error = decode_error_value(event.data, None);
            error.kind = bedrock_exception(event.name).unwrap_or(ErrorKind::Server);
            error.code = Some(event.name.to_owned());
            return self.fail(error, sink);
        }
        let Ok(payload) = serde_json::from_str::<ConverseEvent<'_>>(event.data) else {
            // Whatever it held, the answer is not whole without it.
            let message = "an event of the provider's stream cannot be read";
            return self.fail(ApiError::new(ErrorKind::BadGateway, message), sink);
        };
        let index = payload.index.map_or(0, |index| index.0);
        match event.name {
            "messageStart" => self.start(sink),
            "contentBlockStart" if !self.stopped => {
                self.start_block(index, payload.start.unwrap_or_default(), sink);
            }
            "contentBlockDelta" if !self.stopped => {
                self.add(index, payload.delta.unwrap_or_default(), sink);
            }
            "contentBlockStop" => self.close(index, sink),
            "messageStop" if !self.stopped => {
                self.start(sink);
                self.stopped = true;
                self.close_all(sink);
                let sequence = payload
                    .additional_fields
                    .and_then(|fields| fields.stop_sequence);
                let raw = payload.stop_reason.unwrap_or_default();
                sink.take(Event::Stop {
                    candidate: 0,
                    stop: read_stop(&raw, sequence.as_deref()),
                });
            }
            "metadata" => {
                if let Some(usage) = &payload.usage {
                    sink.take(Event::Usage(read_usage(usage)));
                }
                // The last event, unless it comes early.
                if self.stopped {
                    self.end(sink);
                }
            }
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

impl ConverseDecoder {
    fn fail(&mut self, error: ApiError, sink: &mut dyn Sink) {
        self.done = true;
        sink.take(Event::Error(error));
    }

    fn end(&mut self, sink: &mut dyn Sink) {
        self.done = true;
        sink.take(Event::End);
    }

    fn start(&mut self, sink: &mut dyn Sink) {
        if !self.started {
            self.started = true;
            sink.take(Event::Start(Start::default()));
        }
    }

    fn start_block(&mut self, index: u64, start: EventBlockStart<'_>, sink: &mut dyn Sink) {
        if let Some(image) = start.image {
            self.close(index, sink);
            self.drawing = Some(Drawing::new(index, &image.format.unwrap_or_default()));
            return;
        }
        let Some(call) = start.tool_use else {
            return;
        };
        if call.kind.is_some() {
            // Run by the provider; the client has no part in it.
            return;
        }
        self.close(index, sink);
        let start = BlockStart::ToolCall {
            id: call.id.unwrap_or_default().0,
            name: call.name.unwrap_or_default().0,
            custom: false,
        };
        self.open_block(index, Kind::Call, start, sink);
    }

    fn open_block(
        &mut self,
        index: u64,
        kind: Kind,
        start: BlockStart<'_>,
        sink: &mut dyn Sink,
    ) -> u32 {
        self.start(sink);
        let block = self.next_block;
        self.next_block += 1;
        self.open.push((index, kind, block));
        sink.take(Event::BlockStart {
            candidate: 0,
            block,
            start,
        });
        block
    }

    /// The open block of this index and kind; a text needs no start of its own.
    fn block(&mut self, index: u64, kind: Kind, sink: &mut dyn Sink) -> u32 {
        let open = self.open.iter().find(|(at, ..)| *at == index).copied();
        match open {
            Some((_, known, block)) if known == kind => block,
            _ => {
                self.close(index, sink);
                let start = match kind {
                    Kind::Text => BlockStart::Text,
                    Kind::Thought => BlockStart::Thought(ThoughtKind::Full),
                    Kind::Redacted => BlockStart::Thought(ThoughtKind::Redacted),
                    Kind::Call => BlockStart::ToolCall {
                        id: Cow::Borrowed(""),
                        name: Cow::Borrowed(""),
                        custom: false,
                    },
                };
                self.open_block(index, kind, start, sink)
            }
        }
    }

    fn add(&mut self, index: u64, delta: EventBlockDelta<'_>, sink: &mut dyn Sink) {
        if let Some(image) = delta.image {
            let drawing = self.drawing.as_mut().filter(|known| known.index == index);
            let bytes = image.source.and_then(|source| source.bytes);
            let added = match (drawing, bytes) {
                (Some(drawing), Some(bytes)) => drawing.add(&bytes),
                _ => Ok(()),
            };
            if let Err(message) = added {
                self.fail(ApiError::new(ErrorKind::BadGateway, message), sink);
            }
            return;
        }
        let (kind, delta) = if let Some(text) = delta.text {
            (Kind::Text, Delta::Text(text.0))
        } else if let Some(input) = delta.tool_use.and_then(|call| call.input) {
            // A call that was not begun is the provider's own.
            if !self
                .open
                .iter()
                .any(|(at, kind, _)| *at == index && *kind == Kind::Call)
            {
                return;
            }
            (Kind::Call, Delta::Input(input.0))
        } else if let Some(citation) = delta.citation.and_then(read_citation) {
            (Kind::Text, Delta::Citation(citation))
        } else if let Some(reasoning) = delta.reasoning {
            if let Some(text) = reasoning.text {
                (Kind::Thought, Delta::Text(text.0))
            } else if let Some(signature) = reasoning.signature {
                (Kind::Thought, proof_delta(proofs::unpack(signature.0)))
            } else if let Some(blob) = reasoning.redacted_content {
                (Kind::Redacted, proof_delta(of_blob(blob.0)))
            } else {
                return;
            }
        } else {
            return;
        };
        let block = self.block(index, kind, sink);
        sink.take(Event::Delta { block, delta });
    }

    fn close(&mut self, index: u64, sink: &mut dyn Sink) {
        if let Some(drawing) = self.drawing.take_if(|drawing| drawing.index == index) {
            self.finish_drawing(&drawing, sink);
        }
        if let Some(at) = self.open.iter().position(|(open, ..)| *open == index) {
            let (_, _, block) = self.open.remove(at);
            sink.take(Event::BlockStop { block });
        }
    }

    fn finish_drawing(&mut self, drawing: &Drawing, sink: &mut dyn Sink) {
        self.start(sink);
        let block = self.next_block;
        self.next_block += 1;
        sink.take(Event::BlockStart {
            candidate: 0,
            block,
            start: BlockStart::Media(Box::new(drawing.media())),
        });
        sink.take(Event::BlockStop { block });
    }

    fn close_all(&mut self, sink: &mut dyn Sink) {
        if let Some(drawing) = self.drawing.take() {
            self.finish_drawing(&drawing, sink);
        }
        for (_, _, block) in std::mem::take(&mut self.open) {
            sink.take(Event::BlockStop { block });
        }
    }
}

fn proof_delta(proof: Proof<'_>) -> Delta<'_> {
    Delta::Proof {
        origin: proof.origin,
        data: proof.data,
        id: proof.id,
    }
}
