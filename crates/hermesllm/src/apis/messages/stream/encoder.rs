use crate::api::Api;
use crate::apis::messages::reply::{write_citation, write_stop};
use crate::apis::messages::usage::write_usage;
use crate::apis::EventEncoder;
use crate::errors::stream_error_event;
use crate::ir::{BlockStart, Citation, Delta, Event, Origin, Sink, Start, Stop, ThoughtKind};
use crate::json::JsonWriter;
use crate::proofs;
use crate::translate::ReplyContext;
use crate::usage::Usage;

/// Writes a Messages stream. Blocks must come one after the other, see
/// [`Sequential`](crate::translate::Sequential).
#[derive(Debug)]
pub(crate) struct MessagesEncoder {
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
}

#[derive(Debug)]
enum BlockKind {
    Text,
    Thought,
    /// Written only when its proof is known: whole, in one event.
    Redacted {
        proof: Option<HeldProof>,
    },
    Call {
        id: String,
        name: String,
    },
}

#[derive(Debug)]
struct HeldProof {
    origin: Origin,
    data: String,
    id: Option<String>,
}

impl MessagesEncoder {
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
        let out = &mut self.out;
        out.extend_from_slice(b"event: ");
        out.extend_from_slice(name.as_bytes());
        out.extend_from_slice(b"\ndata: ");
        JsonWriter::new(out).object(|w| {
            w.member("type", name);
            write(w);
        });
        out.extend_from_slice(b"\n\n");
    }

    fn start(&mut self, start: &Start<'_>) {
        self.usage = start.usage.unwrap_or_default();
        let usage = self.usage;
        let id = self.context.client_id("msg_", &start.id);
        let model = self.context.model_or_requested(&start.model).to_owned();
        self.event("message_start", |w| {
            w.member_object("message", |w| {
                w.member("id", &id);
                w.member("type", "message");
                w.member("role", "assistant");
                w.member("model", &model);
                w.member_array("content", |_| {});
                w.member_null("stop_reason");
                w.member_null("stop_sequence");
                w.key("usage");
                write_usage(w, &usage);
            });
        });
    }

    fn begin(&mut self, key: u32, start: BlockStart<'_>) {
        let kind = match start {
            BlockStart::Text | BlockStart::Refusal | BlockStart::Media(_) => BlockKind::Text,
            BlockStart::Thought(ThoughtKind::Redacted) => BlockKind::Redacted { proof: None },
            BlockStart::Thought(_) => BlockKind::Thought,
            BlockStart::ToolCall { id, name, .. } => {
                self.has_calls = true;
                let id = if id.is_empty() {
                    self.context.made_id("toolu_", u64::from(key) + 1)
                } else {
                    id.into_owned()
                };
                BlockKind::Call {
                    id,
                    name: self.context.names.for_client(&name).to_owned(),
                }
            }
        };
        self.open(kind);
    }

    fn open(&mut self, kind: BlockKind) {
        let index = self.next_index;
        if !matches!(kind, BlockKind::Redacted { .. }) {
            self.next_index += 1;
        }
        match &kind {
            BlockKind::Redacted { .. } => {}
            BlockKind::Text => self.write_start(index, |w| {
                w.member("type", "text");
                w.member("text", "");
            }),
            BlockKind::Thought => self.write_start(index, |w| {
                w.member("type", "thinking");
                w.member("thinking", "");
                w.member("signature", "");
            }),
            BlockKind::Call { id, name } => self.write_start(index, |w| {
                w.member("type", "tool_use");
                w.member("id", id);
                w.member("name", name);
                w.member_object("input", |_| {});
            }),
        }
        self.open = Some(OpenBlock { index, kind });
    }

    fn write_start(&mut self, index: u32, write: impl FnOnce(&mut JsonWriter<'_>)) {
        self.event("content_block_start", |w| {
            w.member_display("index", index);
            w.member_object("content_block", write);
        });
    }

    fn write_delta(&mut self, index: u32, kind: &str, write: impl FnOnce(&mut JsonWriter<'_>)) {
        self.event("content_block_delta", |w| {
            w.member_display("index", index);
            w.member_object("delta", |w| {
                w.member("type", kind);
                write(w);
            });
        });
    }

    fn add(&mut self, delta: Delta<'_>) {
        let Some(index) = self.open.as_ref().map(|open| open.index) else {
            return;
        };
        match delta {
            Delta::Text(text) | Delta::Input(text) => self.add_text(index, &text),
            Delta::Proof { origin, data, id } => {
                self.add_proof(index, origin, &data, id.as_deref());
            }
            Delta::Citation(citation) => self.add_citation(index, &citation),
        }
    }

    fn add_text(&mut self, index: u32, text: &str) {
        let (kind, member) = match self.open.as_ref().map(|open| &open.kind) {
            Some(BlockKind::Text) => ("text_delta", "text"),
            Some(BlockKind::Thought) => ("thinking_delta", "thinking"),
            Some(BlockKind::Call { .. }) => ("input_json_delta", "partial_json"),
            Some(BlockKind::Redacted { .. }) | None => return,
        };
        if !text.is_empty() {
            self.write_delta(index, kind, |w| w.member(member, text));
        }
    }

    fn add_proof(&mut self, index: u32, origin: Origin, data: &str, id: Option<&str>) {
        match self.open.as_mut().map(|open| &mut open.kind) {
            Some(BlockKind::Thought) => {
                let signature = proofs::pack(origin, data, id);
                self.write_delta(index, "signature_delta", |w| {
                    w.member("signature", &signature);
                });
            }
            Some(BlockKind::Redacted { proof }) => {
                let held = proof.get_or_insert_with(|| HeldProof {
                    origin,
                    data: String::new(),
                    id: id.map(str::to_owned),
                });
                held.data.push_str(data);
            }
            _ => {}
        }
    }

    /// A thought without words, whole. Clients return a foreign proof in a
    /// signature.
    fn write_redacted(&mut self, proof: &HeldProof) {
        let index = self.next_index;
        self.next_index += 1;
        let signature = proofs::pack(proof.origin, &proof.data, proof.id.as_deref());
        if proof.origin == Origin::Anthropic {
            self.write_start(index, |w| {
                w.member("type", "redacted_thinking");
                w.member("data", &signature);
            });
        } else {
            self.write_start(index, |w| {
                w.member("type", "thinking");
                w.member("thinking", "");
                w.member("signature", "");
            });
            self.write_delta(index, "signature_delta", |w| {
                w.member("signature", &signature);
            });
        }
        self.event("content_block_stop", |w| w.member_display("index", index));
    }

    fn add_citation(&mut self, index: u32, citation: &Citation<'_>) {
        if let Some(BlockKind::Text) = self.open.as_ref().map(|open| &open.kind) {
            self.write_delta(index, "citations_delta", |w| {
                w.key("citation");
                write_citation(w, citation);
            });
        }
    }

    fn close(&mut self) {
        match self.open.take() {
            None
            | Some(OpenBlock {
                kind: BlockKind::Redacted { proof: None },
                ..
            }) => {}
            Some(OpenBlock {
                kind: BlockKind::Redacted { proof: Some(proof) },
                ..
            }) => self.write_redacted(&proof),
            Some(open) => self.event("content_block_stop", |w| {
                w.member_display("index", open.index);
            }),
        }
    }

    fn end(&mut self) {
        let stop = self.stop.take().unwrap_or_default();
        let (has_calls, usage) = (self.has_calls, self.usage);
        self.event("message_delta", |w| {
            w.member_object("delta", |w| write_stop(w, &stop, has_calls));
            w.key("usage");
            write_usage(w, &usage);
        });
        self.event("message_stop", |_| {});
    }
}

impl Sink for MessagesEncoder {
    fn take(&mut self, event: Event<'_>) {
        match event {
            Event::Start(start) => self.start(&start),
            Event::BlockStart { block, start, .. } => self.begin(block, start),
            Event::Delta { delta, .. } => self.add(delta),
            Event::BlockStop { .. } => self.close(),
            Event::Usage(usage) => self.usage = usage,
            // Held until the end: usage may still come.
            Event::Stop { stop, .. } => self.stop = Some(stop),
            Event::Error(error) => stream_error_event(Api::Messages, &error, &mut self.out),
            Event::End => self.end(),
        }
    }
}

impl EventEncoder for MessagesEncoder {
    fn out(&mut self) -> &mut Vec<u8> {
        &mut self.out
    }
}
