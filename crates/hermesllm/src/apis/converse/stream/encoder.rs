use crate::api::Api;
use crate::apis::converse::content::{image_format, write_citation};
use crate::apis::converse::proofs::to_blob;
use crate::apis::converse::reply::{write_metrics, write_source, write_stop};
use crate::apis::converse::usage::write_usage;
use crate::apis::EventEncoder;
use crate::errors::stream_error_event;
use crate::event_stream::{write_frame, FrameKind};
use crate::ir::{BlockStart, Delta, Event, Media, Sink, Stop, ThoughtKind};
use crate::json::JsonWriter;
use crate::proofs;
use crate::translate::ReplyContext;
use crate::usage::Usage;

/// Writes a Converse stream. Blocks must come one after the other, see
/// [`Sequential`](crate::translate::Sequential).
#[derive(Debug)]
pub(crate) struct ConverseEncoder {
    out: Vec<u8>,
    context: ReplyContext,
    next_index: u32,
    open: Option<OpenBlock>,
    has_calls: bool,
    stop: Option<Stop>,
    usage: Usage,
}

#[derive(Debug)]
struct OpenBlock {
    index: u32,
    kind: BlockKind,
    /// Whether a delta was written: a block without one does not exist.
    written: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum BlockKind {
    Text,
    Thought,
    Redacted,
    Call,
}

impl ConverseEncoder {
    pub(crate) fn new(context: ReplyContext) -> Self {
        Self {
            out: Vec::new(),
            context,
            next_index: 0,
            open: None,
            has_calls: false,
            stop: None,
            usage: Usage::default(),
        }
    }

    fn event(&mut self, name: &str, write: impl FnOnce(&mut JsonWriter<'_>)) {
        write_frame(&mut self.out, FrameKind::Event, name, |out| {
            JsonWriter::new(out).object(write);
        });
    }

    fn begin(&mut self, block: u32, start: BlockStart<'_>) {
        let index = self.next_index;
        let kind = match start {
            BlockStart::Text | BlockStart::Refusal => BlockKind::Text,
            BlockStart::Thought(ThoughtKind::Redacted) => BlockKind::Redacted,
            BlockStart::Thought(_) => BlockKind::Thought,
            BlockStart::ToolCall { id, name, .. } => {
                self.has_calls = true;
                self.start_call(index, u64::from(block) + 1, &id, &name);
                BlockKind::Call
            }
            BlockStart::Media(media) => return self.draw(index, &media),
        };
        self.open = Some(OpenBlock {
            index,
            kind,
            written: false,
        });
    }

    fn draw(&mut self, index: u32, media: &Media<'_>) {
        self.next_index += 1;
        self.event("contentBlockStart", |w| {
            w.member_object("start", |w| {
                w.member_object("image", |w| {
                    w.maybe_string("format", image_format(&media.media_type));
                });
            });
            w.member_display("contentBlockIndex", index);
        });
        self.delta(index, |w| {
            w.member_object("image", |w| write_source(w, media));
        });
        self.event("contentBlockStop", |w| {
            w.member_display("contentBlockIndex", index);
        });
    }

    fn start_call(&mut self, index: u32, ordinal: u64, id: &str, name: &str) {
        let id = match id.is_empty() {
            true => self.context.made_id("tooluse_", ordinal),
            false => id.to_owned(),
        };
        let name = self.context.names.for_client(name).to_owned();
        self.event("contentBlockStart", |w| {
            w.member_object("start", |w| {
                w.member_object("toolUse", |w| {
                    w.member("toolUseId", &id);
                    w.member("name", &name);
                });
            });
            w.member_display("contentBlockIndex", index);
        });
    }

    fn add(&mut self, delta: Delta<'_>) {
        let Some((index, kind)) = self.open.as_ref().map(|open| (open.index, open.kind)) else {
            return;
        };
        match (kind, delta) {
            (_, Delta::Text(text) | Delta::Input(text)) if text.is_empty() => {}
            (BlockKind::Text, Delta::Text(text)) => {
                self.delta(index, |w| w.member("text", &text));
            }
            (BlockKind::Thought, Delta::Text(text)) => self.delta(index, |w| {
                w.member_object("reasoningContent", |w| w.member("text", &text));
            }),
            (BlockKind::Call, Delta::Input(fragment)) => self.delta(index, |w| {
                w.member_object("toolUse", |w| w.member("input", &fragment));
            }),
            (BlockKind::Text, Delta::Citation(citation)) => self.delta(index, |w| {
                w.key("citation");
                write_citation(w, &citation);
            }),
            (BlockKind::Thought, Delta::Proof { origin, data, id }) => {
                let signature = proofs::pack(origin, &data, id.as_deref());
                self.delta(index, |w| {
                    w.member_object("reasoningContent", |w| w.member("signature", &signature));
                });
            }
            (BlockKind::Redacted, Delta::Proof { origin, data, id }) => {
                let blob = to_blob(origin, &data, id.as_deref());
                self.delta(index, |w| {
                    w.member_object("reasoningContent", |w| {
                        w.member("redactedContent", &blob);
                    });
                });
            }
            _ => {}
        }
    }

    fn delta(&mut self, index: u32, write: impl FnOnce(&mut JsonWriter<'_>)) {
        if let Some(open) = &mut self.open {
            open.written = true;
        }
        self.event("contentBlockDelta", |w| {
            w.member_object("delta", write);
            w.member_display("contentBlockIndex", index);
        });
    }

    fn close(&mut self) {
        let Some(mut open) = self.open.take() else {
            return;
        };
        if open.kind == BlockKind::Call && !open.written {
            let index = open.index;
            self.event("contentBlockDelta", |w| {
                w.member_object("delta", |w| {
                    w.member_object("toolUse", |w| w.member("input", "{}"));
                });
                w.member_display("contentBlockIndex", index);
            });
            open.written = true;
        }
        if open.written {
            self.next_index += 1;
            self.event("contentBlockStop", |w| {
                w.member_display("contentBlockIndex", open.index);
            });
        }
    }

    fn end(&mut self) {
        let stop = self.stop.take().unwrap_or_default();
        let (has_calls, usage) = (self.has_calls, self.usage);
        self.event("messageStop", |w| write_stop(w, &stop, has_calls));
        let context = &self.context;
        write_frame(&mut self.out, FrameKind::Event, "metadata", |out| {
            JsonWriter::new(out).object(|w| {
                w.key("usage");
                write_usage(w, &usage);
                write_metrics(w, context);
            });
        });
    }
}

impl Sink for ConverseEncoder {
    fn take(&mut self, event: Event<'_>) {
        match event {
            Event::Start(start) => {
                self.usage = start.usage.unwrap_or_default();
                self.event("messageStart", |w| w.member("role", "assistant"));
            }
            Event::BlockStart { block, start, .. } => self.begin(block, start),
            Event::Delta { delta, .. } => self.add(delta),
            Event::BlockStop { .. } => self.close(),
            Event::Usage(usage) => self.usage = usage,
            // Held until the end: usage may still come.
            Event::Stop { stop, .. } => self.stop = Some(stop),
            Event::Error(error) => stream_error_event(Api::Converse, &error, &mut self.out),
            Event::End => self.end(),
        }
    }
}

impl EventEncoder for ConverseEncoder {
    fn out(&mut self) -> &mut Vec<u8> {
        &mut self.out
    }
}
