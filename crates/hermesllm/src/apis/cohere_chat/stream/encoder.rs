use crate::api::Api;
use crate::apis::cohere_chat::reply::write_citation;
use crate::apis::cohere_chat::stop::finish_reason;
use crate::apis::cohere_chat::usage::write_usage;
use crate::apis::EventEncoder;
use crate::errors::stream_error_event;
use crate::ir::{BlockStart, Delta, Event, Sink, Start, Stop, ThoughtKind};
use crate::json::JsonWriter;
use crate::translate::ReplyContext;
use crate::usage::Usage;

/// Writes a Cohere stream. Blocks must come one after the other, see
/// [`Sequential`](crate::translate::Sequential).
#[derive(Debug)]
pub(crate) struct CohereChatEncoder {
    out: Vec<u8>,
    context: ReplyContext,
    contents: u32,
    calls: u32,
    citations: u32,
    /// The text of the open content: citations repeat what they are about.
    said: String,
    open: Option<Open>,
    stop: Stop,
    usage: Usage,
}

/// The part that is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Open {
    /// A text (else a thought) that begins with its first words.
    Expected {
        is_text: bool,
    },
    Content {
        index: u32,
        is_text: bool,
    },
    Plan,
    Call {
        index: u32,
        has_input: bool,
    },
}

impl CohereChatEncoder {
    pub(crate) fn new(context: ReplyContext) -> Self {
        Self {
            out: Vec::new(),
            context,
            contents: 0,
            calls: 0,
            citations: 0,
            said: String::new(),
            open: None,
            stop: Stop::default(),
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

    /// An event with an index and a piece of the message.
    fn piece(&mut self, name: &str, index: u32, write: impl FnOnce(&mut JsonWriter<'_>)) {
        self.event(name, |w| {
            w.member_display("index", index);
            w.member_object("delta", |w| w.member_object("message", write));
        });
    }

    fn start(&mut self, start: &Start<'_>) {
        self.usage = start.usage.unwrap_or_default();
        let id = self.context.client_id("", &start.id);
        self.event("message-start", |w| {
            w.member("id", &id);
            w.member_object("delta", |w| {
                w.member_object("message", |w| {
                    w.member("role", "assistant");
                    w.member_array("content", |_| {});
                    w.member("tool_plan", "");
                    w.member_array("tool_calls", |_| {});
                    w.member_array("citations", |_| {});
                });
            });
        });
    }

    fn begin(&mut self, key: u32, start: BlockStart<'_>) {
        self.open = Some(match start {
            BlockStart::Text | BlockStart::Refusal | BlockStart::Media(_) => {
                Open::Expected { is_text: true }
            }
            BlockStart::Thought(ThoughtKind::Plan) => Open::Plan,
            BlockStart::Thought(_) => Open::Expected { is_text: false },
            BlockStart::ToolCall { id, name, .. } => {
                let index = self.calls;
                self.calls += 1;
                let id = match id.is_empty() {
                    true => self.context.made_id("call_", u64::from(key) + 1),
                    false => id.into_owned(),
                };
                let name = self.context.names.for_client(&name).to_owned();
                self.piece("tool-call-start", index, |w| {
                    w.member_object("tool_calls", |w| {
                        w.member("id", &id);
                        w.member("type", "function");
                        w.member_object("function", |w| {
                            w.member("name", &name);
                            w.member("arguments", "");
                        });
                    });
                });
                Open::Call {
                    index,
                    has_input: false,
                }
            }
        });
    }

    fn add(&mut self, delta: Delta<'_>) {
        match (self.open, delta) {
            (_, Delta::Text(text) | Delta::Input(text)) if text.is_empty() => {}
            (Some(Open::Expected { is_text }), Delta::Text(text)) => {
                let index = self.contents;
                self.contents += 1;
                self.open = Some(Open::Content { index, is_text });
                self.said.clear();
                self.piece("content-start", index, |w| {
                    w.member_object("content", |w| {
                        let kind = content_kind(is_text);
                        w.member("type", kind);
                        w.member(kind, "");
                    });
                });
                self.write_text(index, is_text, &text);
            }
            (Some(Open::Content { index, is_text }), Delta::Text(text)) => {
                self.write_text(index, is_text, &text);
            }
            (Some(Open::Plan), Delta::Text(text)) => self.event("tool-plan-delta", |w| {
                w.member_object("delta", |w| {
                    w.member_object("message", |w| w.member("tool_plan", &text));
                });
            }),
            (Some(Open::Call { index, .. }), Delta::Input(fragment)) => {
                self.open = Some(Open::Call {
                    index,
                    has_input: true,
                });
                self.write_input(index, &fragment);
            }
            (
                Some(Open::Content {
                    is_text: true,
                    index: place,
                }),
                Delta::Citation(citation),
            ) => {
                let index = self.citations;
                self.citations += 1;
                let said = std::mem::take(&mut self.said);
                self.piece("citation-start", index, |w| {
                    w.key("citations");
                    write_citation(w, &citation, &said, place as usize);
                });
                self.said = said;
                self.event("citation-end", |w| w.member_display("index", index));
            }
            // There is no place for proofs.
            _ => {}
        }
    }

    fn write_text(&mut self, index: u32, is_text: bool, text: &str) {
        if is_text {
            self.said.push_str(text);
        }
        self.piece("content-delta", index, |w| {
            w.member_object("content", |w| w.member(content_kind(is_text), text));
        });
    }

    fn write_input(&mut self, index: u32, fragment: &str) {
        self.piece("tool-call-delta", index, |w| {
            w.member_object("tool_calls", |w| {
                w.member_object("function", |w| w.member("arguments", fragment));
            });
        });
    }

    fn close(&mut self) {
        match self.open.take() {
            Some(Open::Content { index, .. }) => {
                self.event("content-end", |w| w.member_display("index", index));
            }
            Some(Open::Call { index, has_input }) => {
                if !has_input {
                    self.write_input(index, "{}");
                }
                self.event("tool-call-end", |w| w.member_display("index", index));
            }
            Some(Open::Expected { .. } | Open::Plan) | None => {}
        }
    }

    fn end(&mut self) {
        let reason = self.stop.reason.agreeing_with(self.calls > 0);
        let usage = self.usage;
        self.event("message-end", |w| {
            w.member_object("delta", |w| {
                w.member("finish_reason", finish_reason(reason));
                w.key("usage");
                write_usage(w, &usage);
            });
        });
    }
}

fn content_kind(is_text: bool) -> &'static str {
    if is_text {
        "text"
    } else {
        "thinking"
    }
}

impl Sink for CohereChatEncoder {
    fn take(&mut self, event: Event<'_>) {
        match event {
            Event::Start(start) => self.start(&start),
            Event::BlockStart { block, start, .. } => self.begin(block, start),
            Event::Delta { delta, .. } => self.add(delta),
            Event::BlockStop { .. } => self.close(),
            Event::Usage(usage) => self.usage = usage,
            // Held until the end: usage may still come.
            Event::Stop { stop, .. } => self.stop = stop,
            Event::Error(error) => stream_error_event(Api::CohereChat, &error, &mut self.out),
            Event::End => self.end(),
        }
    }
}

impl EventEncoder for CohereChatEncoder {
    fn out(&mut self) -> &mut Vec<u8> {
        &mut self.out
    }
}
