use crate::api::Api;
use crate::apis::chat::messages::write_media;
use crate::apis::chat::reply::{write_annotation, write_signature};
use crate::apis::chat::stop::finish_reason;
use crate::apis::chat::thoughts::{write_detail, write_text_detail};
use crate::apis::chat::usage::write_usage;
use crate::apis::EventEncoder;
use crate::errors::stream_error_event;
use crate::ir::{BlockStart, Delta, Event, Origin, Sink, Start, Stop, ThoughtKind};
use crate::json::JsonWriter;
use crate::tools::raise_input;
use crate::translate::ReplyContext;
use crate::usage::Usage;

/// Writes a Chat stream. Tool calls may interleave; their index is their
/// ordinal among the calls.
#[derive(Debug)]
pub(crate) struct ChatEncoder {
    out: Vec<u8>,
    context: ReplyContext,
    /// `data: {"id":…,"choices":` once the reply began.
    head: Vec<u8>,
    blocks: Vec<OpenBlock>,
    choices: Vec<Choice>,
    /// The place of the choice that is written.
    at: usize,
    /// Google's signatures that came ahead of their calls: id and signature.
    signatures: Vec<(String, String)>,
    usage: Option<Usage>,
}

/// How far one answer has come.
#[derive(Debug, Default)]
struct Choice {
    index: u32,
    calls: u32,
    thoughts: u32,
    /// Of text, so far.
    characters: u64,
    stopped: bool,
}

#[derive(Debug)]
struct OpenBlock {
    key: u32,
    /// Place of its choice.
    at: usize,
    kind: BlockKind,
}

#[derive(Debug)]
enum BlockKind {
    Text {
        /// Characters of the answer ahead of it.
        start: u64,
    },
    Refusal,
    Thought {
        index: u32,
        kind: ThoughtKind,
    },
    Call {
        index: u32,
        has_input: bool,
    },
    /// A custom tool that the provider knows as one.
    Custom {
        index: u32,
    },
    /// A custom tool that went to the provider as a function: its text is known
    /// when its arguments are whole.
    Lowered {
        index: u32,
        arguments: String,
    },
}

impl ChatEncoder {
    pub(crate) fn new(context: ReplyContext) -> Self {
        Self {
            out: Vec::new(),
            context,
            head: Vec::new(),
            blocks: Vec::new(),
            choices: Vec::new(),
            at: 0,
            signatures: Vec::new(),
            usage: None,
        }
    }

    fn start(&mut self, start: &Start<'_>) {
        self.usage = start.usage;
        let created = start.created.unwrap_or(self.context.now_unix);
        self.head.extend_from_slice(b"data: ");
        let mut w = JsonWriter::new(&mut self.head);
        w.object(|w| {
            w.member("id", &self.context.client_id("chatcmpl-", &start.id));
            w.member("object", "chat.completion.chunk");
            w.member_display("created", created);
            w.member("model", self.context.model_or_requested(&start.model));
        });
        // The object stays open for the choices of each chunk.
        self.head.pop();
        self.head.extend_from_slice(b",\"choices\":");
        self.choose(0);
    }

    /// Goes on with the choice of this number; its first chunk tells the role.
    fn choose(&mut self, index: u32) {
        let known = self.choices.iter().position(|choice| choice.index == index);
        self.at = known.unwrap_or(self.choices.len());
        if known.is_none() {
            self.choices.push(Choice {
                index,
                ..Choice::default()
            });
            self.delta(|w| {
                w.member("role", "assistant");
                w.member("content", "");
            });
        }
    }

    /// A chunk with this delta.
    fn delta(&mut self, write: impl FnOnce(&mut JsonWriter<'_>)) {
        self.chunk(write, None);
    }

    fn chunk(&mut self, write: impl FnOnce(&mut JsonWriter<'_>), finish: Option<&str>) {
        self.out.extend_from_slice(&self.head);
        self.out.extend_from_slice(b"[{\"index\":");
        let index = self.choices.get(self.at).map_or(0, |choice| choice.index);
        JsonWriter::new(&mut self.out).display(index);
        self.out.extend_from_slice(b",\"delta\":");
        JsonWriter::new(&mut self.out).object(write);
        self.out
            .extend_from_slice(b",\"logprobs\":null,\"finish_reason\":");
        let mut w = JsonWriter::new(&mut self.out);
        match finish {
            Some(reason) => w.string(reason),
            None => w.null(),
        }
        self.out.extend_from_slice(b"}]");
        if self.context.include_usage {
            self.out.extend_from_slice(b",\"usage\":null");
        }
        self.out.extend_from_slice(b"}\n\n");
    }

    fn open(&mut self, key: u32, candidate: u32, start: BlockStart<'_>) {
        self.choose(candidate);
        let Some(choice) = self.choices.get_mut(self.at) else {
            return;
        };
        let kind = match start {
            BlockStart::Text => BlockKind::Text {
                start: choice.characters,
            },
            BlockStart::Refusal => BlockKind::Refusal,
            BlockStart::Media(media) => {
                return self.delta(|w| w.member_array("images", |w| write_media(w, &media)));
            }
            BlockStart::Thought(kind) => {
                choice.thoughts += 1;
                BlockKind::Thought {
                    index: choice.thoughts - 1,
                    kind,
                }
            }
            BlockStart::ToolCall { id, name, custom } => {
                let index = choice.calls;
                choice.calls += 1;
                let signed = self.signatures.iter().position(|(known, _)| *known == *id);
                let signature = signed.map(|at| self.signatures.swap_remove(at).1);
                let tool = self.context.names.tool(&name);
                let (name, lowered) = (tool.name.to_owned(), tool.lowered && !custom);
                let (kind, input) = if lowered || custom {
                    ("custom", "input")
                } else {
                    ("function", "arguments")
                };
                self.delta(|w| {
                    w.member_array("tool_calls", |w| {
                        w.object(|w| {
                            w.member_display("index", index);
                            w.member("id", &id);
                            w.member("type", kind);
                            w.member_object(kind, |w| {
                                w.member("name", &name);
                                w.member(input, "");
                            });
                            write_signature(w, signature.as_deref());
                        });
                    });
                });
                if custom {
                    BlockKind::Custom { index }
                } else if lowered {
                    BlockKind::Lowered {
                        index,
                        arguments: String::new(),
                    }
                } else {
                    BlockKind::Call {
                        index,
                        has_input: false,
                    }
                }
            }
        };
        self.blocks.push(OpenBlock {
            key,
            at: self.at,
            kind,
        });
    }

    fn add(&mut self, key: u32, delta: Delta<'_>) {
        let Some(block) = self.blocks.iter_mut().rev().find(|block| block.key == key) else {
            return;
        };
        self.at = block.at;
        match (&mut block.kind, delta) {
            (BlockKind::Text { .. }, Delta::Text(text)) if !text.is_empty() => {
                if let Some(choice) = self.choices.get_mut(self.at) {
                    choice.characters += text.chars().count() as u64;
                }
                self.delta(|w| w.member("content", &text));
            }
            (BlockKind::Text { start }, Delta::Citation(citation)) => {
                let start = *start;
                let end = self
                    .choices
                    .get(self.at)
                    .map_or(start, |choice| choice.characters);
                let span = match citation.span {
                    Some((from, to)) => (start + from, start + to),
                    None => (start, end),
                };
                self.delta(|w| {
                    w.member_array("annotations", |w| write_annotation(w, &citation, span));
                });
            }
            (BlockKind::Refusal, Delta::Text(text)) => self.delta(|w| w.member("refusal", &text)),
            (BlockKind::Thought { index, kind }, Delta::Text(text)) => {
                let (index, kind) = (*index as usize, *kind);
                self.write_thought(index, kind, &text);
            }
            (BlockKind::Thought { index, kind }, Delta::Proof { origin, data, id }) => {
                let (index, kind) = (*index as usize, *kind);
                if let (Origin::Google, Some(id)) = (origin, &id) {
                    self.signatures.push((id.to_string(), data.to_string()));
                }
                self.delta(|w| {
                    w.member_array("reasoning_details", |w| {
                        write_detail(w, index, kind, "", Some((origin, &data, id.as_deref())));
                    });
                });
            }
            (BlockKind::Call { index, has_input }, Delta::Input(fragment)) => {
                *has_input = *has_input || !fragment.is_empty();
                let index = *index;
                self.write_input(index, &fragment);
            }
            (BlockKind::Custom { index }, Delta::Input(fragment)) => {
                let index = *index;
                self.write_custom_input(index, &fragment);
            }
            (BlockKind::Lowered { arguments, .. }, Delta::Input(fragment)) => {
                arguments.push_str(&fragment);
            }
            _ => {}
        }
    }

    /// The text twice: plainly, and as a piece of the detail that its proof
    /// will complete, for clients that send it back.
    fn write_thought(&mut self, index: usize, kind: ThoughtKind, text: &str) {
        if text.is_empty() {
            return;
        }
        let origin = match self.context.upstream {
            Api::Messages | Api::Converse => Origin::Anthropic,
            Api::Responses => Origin::OpenAi,
            Api::GenerateContent => Origin::Google,
            Api::CohereChat => Origin::Cohere,
            Api::Chat => Origin::Other,
        };
        self.delta(|w| {
            w.member("reasoning_content", text);
            w.member_array("reasoning_details", |w| {
                write_text_detail(w, index, kind, text, origin);
            });
        });
    }

    fn write_input(&mut self, index: u32, fragment: &str) {
        if fragment.is_empty() {
            return;
        }
        self.delta(|w| {
            w.member_array("tool_calls", |w| {
                w.object(|w| {
                    w.member_display("index", index);
                    w.member_object("function", |w| w.member("arguments", fragment));
                });
            });
        });
    }

    fn write_custom_input(&mut self, index: u32, text: &str) {
        self.delta(|w| {
            w.member_array("tool_calls", |w| {
                w.object(|w| {
                    w.member_display("index", index);
                    w.member_object("custom", |w| w.member("input", text));
                });
            });
        });
    }

    fn close(&mut self, key: u32) {
        let Some(at) = self.blocks.iter().rposition(|block| block.key == key) else {
            return;
        };
        let block = self.blocks.swap_remove(at);
        self.at = block.at;
        match block.kind {
            BlockKind::Call {
                index,
                has_input: false,
            } => self.write_input(index, "{}"),
            BlockKind::Lowered { index, arguments } => {
                self.write_custom_input(index, &raise_input(&arguments));
            }
            _ => {}
        }
    }

    fn stop(&mut self, candidate: u32, stop: &Stop) {
        self.choose(candidate);
        let Some(choice) = self.choices.get_mut(self.at) else {
            return;
        };
        if !std::mem::replace(&mut choice.stopped, true) {
            let reason = stop.reason.agreeing_with(choice.calls > 0);
            self.chunk(|_| {}, Some(finish_reason(reason)));
        }
    }

    fn end(&mut self) {
        for at in 0..self.choices.len() {
            let index = self.choices.get(at).map_or(0, |choice| choice.index);
            self.stop(index, &Stop::default());
        }
        if self.context.include_usage {
            self.out.extend_from_slice(&self.head);
            self.out.extend_from_slice(b"[],\"usage\":");
            let usage = self.usage.unwrap_or_default();
            write_usage(&mut JsonWriter::new(&mut self.out), &usage);
            self.out.extend_from_slice(b"}\n\n");
        }
        self.out.extend_from_slice(b"data: [DONE]\n\n");
    }
}

impl Sink for ChatEncoder {
    fn take(&mut self, event: Event<'_>) {
        match event {
            Event::Start(start) => self.start(&start),
            Event::BlockStart {
                candidate,
                block,
                start,
            } => self.open(block, candidate, start),
            Event::Delta { block, delta } => self.add(block, delta),
            Event::BlockStop { block } => self.close(block),
            Event::Usage(usage) => self.usage = Some(usage),
            Event::Stop { candidate, stop } => self.stop(candidate, &stop),
            Event::Error(error) => stream_error_event(Api::Chat, &error, &mut self.out),
            Event::End => self.end(),
        }
    }
}

impl EventEncoder for ChatEncoder {
    fn out(&mut self) -> &mut Vec<u8> {
        &mut self.out
    }
}
