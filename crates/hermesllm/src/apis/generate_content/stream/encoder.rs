use crate::api::Api;
use crate::apis::generate_content::contents::{write_args, write_media};
use crate::apis::generate_content::reply::write_grounding;
use crate::apis::generate_content::signatures::{pack, ON_TEXT};
use crate::apis::generate_content::stop::finish_reason;
use crate::apis::generate_content::usage::write_usage;
use crate::apis::EventEncoder;
use crate::errors::encode_error;
use crate::ir::{
    BlockStart, Citation, Delta, Event, Origin, Sink, Start, Stop, ThoughtKind, ToolInput,
};
use crate::json::JsonWriter;
use crate::translate::ReplyContext;
use crate::usage::Usage;

/// Writes a Gemini stream: `data` lines and nothing else, which is all that
/// Google's clients read, or one array of objects. Each chunk is a whole reply.
#[derive(Debug)]
pub(crate) struct GenerateContentEncoder {
    out: Vec<u8>,
    context: ReplyContext,
    /// `,"modelVersion":…,"responseId":…}` of every chunk.
    tail: Vec<u8>,
    blocks: Vec<OpenBlock>,
    /// Google's signatures that came ahead of their calls: id and signature.
    signatures: Vec<(String, String)>,
    candidates: Vec<CandidateEnd>,
    citations: Vec<(u32, Citation<'static>)>,
    usage: Usage,
    wrote: bool,
    calls: u64,
}

#[derive(Debug)]
struct OpenBlock {
    key: u32,
    candidate: u32,
    kind: BlockKind,
}

#[derive(Debug)]
enum BlockKind {
    Text,
    Thought,
    /// Calls go out whole.
    Call {
        id: String,
        name: String,
        input: String,
        signature: Option<String>,
    },
}

#[derive(Debug)]
struct CandidateEnd {
    index: u32,
    stop: Stop,
}

impl GenerateContentEncoder {
    pub(crate) fn new(context: ReplyContext) -> Self {
        Self {
            out: Vec::new(),
            context,
            tail: Vec::new(),
            blocks: Vec::new(),
            signatures: Vec::new(),
            candidates: Vec::new(),
            citations: Vec::new(),
            usage: Usage::default(),
            wrote: false,
            calls: 0,
        }
    }

    fn start(&mut self, start: &Start<'_>) {
        self.usage = start.usage.unwrap_or_default();
        JsonWriter::new(&mut self.tail).object(|w| {
            w.member(
                "modelVersion",
                self.context.model_or_requested(&start.model),
            );
            w.member("responseId", &self.context.client_id("", &start.id));
        });
        // Goes on where a chunk has written its candidates.
        if let Some(first) = self.tail.first_mut() {
            *first = b',';
        }
    }

    fn open_chunk(&mut self) {
        let before: &[u8] = match (self.context.array, self.wrote) {
            (true, false) => b"[",
            (true, true) => b",\r\n",
            (false, _) => b"data: ",
        };
        self.out.extend_from_slice(before);
        self.wrote = true;
    }

    fn close_chunk(&mut self) {
        self.out.extend_from_slice(&self.tail);
        if !self.context.array {
            self.out.extend_from_slice(b"\n\n");
        }
    }

    /// A chunk of one part.
    fn part(&mut self, candidate: u32, write: impl FnOnce(&mut JsonWriter<'_>)) {
        self.whole_part(candidate, |w| w.object(write));
    }

    /// A chunk of what `write` writes, an object.
    fn whole_part(&mut self, candidate: u32, write: impl FnOnce(&mut JsonWriter<'_>)) {
        self.open_chunk();
        self.out
            .extend_from_slice(b"{\"candidates\":[{\"content\":{\"parts\":[");
        write(&mut JsonWriter::new(&mut self.out));
        self.out
            .extend_from_slice(b"],\"role\":\"model\"},\"index\":");
        JsonWriter::new(&mut self.out).display(candidate);
        self.out.extend_from_slice(b"}]");
        self.close_chunk();
    }

    fn open(&mut self, key: u32, candidate: u32, start: BlockStart<'_>) {
        let kind = match start {
            BlockStart::Text | BlockStart::Refusal => BlockKind::Text,
            // A plan is meant to be read.
            BlockStart::Thought(ThoughtKind::Plan) if self.context.hide_thoughts => BlockKind::Text,
            BlockStart::Thought(_) => BlockKind::Thought,
            BlockStart::Media(media) => {
                return self.whole_part(candidate, |w| write_media(w, &media));
            }
            BlockStart::ToolCall { id, name, .. } => {
                self.calls += 1;
                BlockKind::Call {
                    id: match id.is_empty() {
                        true => self.context.made_id("call_", self.calls),
                        false => id.into_owned(),
                    },
                    name: self.context.names.for_client(&name).to_owned(),
                    input: String::new(),
                    signature: None,
                }
            }
        };
        self.blocks.push(OpenBlock {
            key,
            candidate,
            kind,
        });
    }

    fn add(&mut self, key: u32, delta: Delta<'_>) {
        let Some(block) = self.blocks.iter_mut().rev().find(|block| block.key == key) else {
            return;
        };
        let candidate = block.candidate;
        match (&mut block.kind, delta) {
            (BlockKind::Text, Delta::Text(text)) if !text.is_empty() => {
                self.part(candidate, |w| w.member("text", &text));
            }
            (BlockKind::Text, Delta::Citation(citation)) => {
                self.citations.push((candidate, citation.into_owned()));
            }
            (BlockKind::Thought, Delta::Text(text))
                if !text.is_empty() && !self.context.hide_thoughts =>
            {
                self.part(candidate, |w| {
                    w.member("text", &text);
                    w.member_display("thought", true);
                });
            }
            (BlockKind::Thought, Delta::Proof { origin, data, id }) => {
                self.add_proof(candidate, origin, &data, id.as_deref());
            }
            (BlockKind::Call { input, .. }, Delta::Input(fragment)) => input.push_str(&fragment),
            (
                BlockKind::Call { signature, .. },
                Delta::Proof {
                    origin: Origin::Google,
                    data,
                    ..
                },
            ) => *signature = Some(data.into_owned()),
            _ => {}
        }
    }

    fn add_proof(&mut self, candidate: u32, origin: Origin, data: &str, id: Option<&str>) {
        match (origin, id) {
            // The text it signs has gone out: an empty one takes it.
            (Origin::Google, None | Some(ON_TEXT)) => self.part(candidate, |w| {
                w.member("text", "");
                w.member("thoughtSignature", data);
            }),
            (Origin::Google, Some(id)) => {
                self.signatures.push((id.to_owned(), data.to_owned()));
            }
            _ => {
                let signature = pack(origin, data, id);
                self.part(candidate, |w| {
                    w.member("text", "");
                    w.member_display("thought", true);
                    w.member("thoughtSignature", &signature);
                });
            }
        }
    }

    fn close(&mut self, key: u32) {
        let Some(at) = self.blocks.iter().rposition(|block| block.key == key) else {
            return;
        };
        let OpenBlock {
            candidate, kind, ..
        } = self.blocks.remove(at);
        let BlockKind::Call {
            id,
            name,
            mut input,
            signature,
        } = kind
        else {
            return;
        };
        // JSON may be written over several lines, an event may not.
        if input.contains(['\n', '\r']) {
            input = input.replace(['\n', '\r'], " ");
        }
        let named = self.signatures.iter().position(|(known, _)| *known == id);
        let signature = named
            .map(|at| self.signatures.swap_remove(at).1)
            .or(signature);
        self.part(candidate, |w| {
            w.member_object("functionCall", |w| {
                w.member("id", &id);
                w.member("name", &name);
                w.key("args");
                write_args(w, &ToolInput::Json(input.into()));
            });
            w.maybe_string("thoughtSignature", signature.as_deref());
        });
    }

    fn end(&mut self) {
        while let Some(key) = self.blocks.first().map(|block| block.key) {
            self.close(key);
        }
        if self.candidates.is_empty() {
            self.candidates.push(CandidateEnd {
                index: 0,
                stop: Stop::default(),
            });
        }
        self.open_chunk();
        let mut chunk = Vec::new();
        JsonWriter::new(&mut chunk).object(|w| {
            w.member_array("candidates", |w| {
                for candidate in &self.candidates {
                    self.write_end(w, candidate);
                }
            });
            w.key("usageMetadata");
            write_usage(w, &self.usage);
        });
        // The object stays open for the tail.
        chunk.pop();
        self.out.extend_from_slice(&chunk);
        self.close_chunk();
        if self.context.array {
            self.out.push(b']');
        }
    }

    /// A chunk without parts would cost the client its history of the turn.
    fn write_end(&self, w: &mut JsonWriter<'_>, candidate: &CandidateEnd) {
        w.object(|w| {
            w.member_object("content", |w| {
                w.member_array("parts", |w| w.object(|w| w.member("text", "")));
                w.member("role", "model");
            });
            w.member("finishReason", finish_reason(candidate.stop.reason));
            w.member_display("index", candidate.index);
            let citations: Vec<&Citation<'_>> = self
                .citations
                .iter()
                .filter(|(index, _)| *index == candidate.index)
                .map(|(_, citation)| citation)
                .collect();
            write_grounding(w, &citations);
        });
    }

    fn fail(&mut self, error: &crate::errors::ApiError) {
        let body = encode_error(Api::GenerateContent, error).body;
        self.open_chunk();
        self.out.extend_from_slice(&body);
        self.out
            .extend_from_slice(if self.context.array { b"]" } else { b"\n\n" });
    }
}

impl Sink for GenerateContentEncoder {
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
            Event::Usage(usage) => self.usage = usage,
            // Held until the end: usage may still come.
            Event::Stop { candidate, stop } => self.candidates.push(CandidateEnd {
                index: candidate,
                stop,
            }),
            Event::Error(error) => self.fail(&error),
            Event::End => self.end(),
        }
    }
}

impl EventEncoder for GenerateContentEncoder {
    fn out(&mut self) -> &mut Vec<u8> {
        &mut self.out
    }
}
