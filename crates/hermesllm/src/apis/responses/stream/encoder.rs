use super::events::{write_place, EventWriter};
use super::items::{Call, Drawing, ItemContent, MessagePart, OpenItem, Reasoning, IN_PROGRESS};
use crate::apis::responses::envelope::{Envelope, Progress};
use crate::apis::responses::output::CallItem;
use crate::apis::responses::output::{write_refusal_part, write_summary_part, write_text_part};
use crate::apis::responses::parts::write_annotation;
use crate::apis::responses::reasoning::pack;
use crate::apis::responses::stop::Ending;
use crate::apis::EventEncoder;
use crate::errors::{ApiError, ErrorKind};
use crate::ir::{
    BlockStart, Citation, Delta, Event, Media, Sink, Source, Start, Stop, ThoughtKind,
};
use crate::translate::ReplyContext;
use crate::usage::Usage;

/// Longest answer in bytes: its last event repeats it whole.
const MAX_OUTPUT: usize = 16 * 1024 * 1024;

/// Writes a Responses stream. Items may interleave; each has its place in the
/// output from its first event on.
#[derive(Debug)]
pub(crate) struct ResponsesEncoder {
    events: EventWriter,
    context: ReplyContext,
    id: String,
    model: String,
    created: u64,
    open: Vec<OpenItem>,
    /// Texts and thoughts that have said nothing yet.
    silent: Vec<(u32, SilentKind)>,
    /// Items that are done, as JSON, by their place.
    output: Vec<Option<String>>,
    output_size: usize,
    stop: Option<Stop>,
    usage: Usage,
    ended: bool,
}

#[derive(Debug, Clone, Copy)]
enum SilentKind {
    Text,
    Refusal,
    Thought(ThoughtKind),
}

impl ResponsesEncoder {
    pub(crate) fn new(context: ReplyContext) -> Self {
        Self {
            events: EventWriter::default(),
            context,
            id: String::new(),
            model: String::new(),
            created: 0,
            open: Vec::new(),
            silent: Vec::new(),
            output: Vec::new(),
            output_size: 0,
            stop: None,
            usage: Usage::default(),
            ended: false,
        }
    }

    fn start(&mut self, start: &Start<'_>) {
        self.id = self.context.client_id("resp_", &start.id);
        self.model = self.context.model_or_requested(&start.model).to_owned();
        self.created = start.created.unwrap_or(self.context.now_unix);
        self.usage = start.usage.unwrap_or_default();
        self.response_event("response.created", Progress::Running);
        self.response_event("response.in_progress", Progress::Running);
    }

    /// An event with the whole response as it is now.
    fn response_event(&mut self, name: &str, progress: Progress<'_>) {
        let envelope = Envelope {
            id: &self.id,
            model: &self.model,
            created: self.created,
            echo: &self.context.echo,
            service_tier: None,
        };
        let usage = Some(&self.usage).filter(|_| !matches!(progress, Progress::Running));
        self.events.write(name, |w| {
            w.key("response");
            envelope.write(w, progress, usage, |w| {
                for item in self.output.iter().flatten() {
                    w.raw(item);
                }
            });
        });
    }

    fn begin(&mut self, key: u32, start: BlockStart<'_>) {
        let kind = match start {
            BlockStart::Text => SilentKind::Text,
            BlockStart::Refusal => SilentKind::Refusal,
            BlockStart::Thought(kind) => SilentKind::Thought(kind),
            BlockStart::Media(media) => return self.draw(*media),
            BlockStart::ToolCall { id, name, custom } => {
                return self.open_call(key, &id, &name, custom)
            }
        };
        self.silent.push((key, kind));
    }

    /// Gives the next item its place and announces it.
    fn open_item(&mut self, prefix: &str, content: ItemContent) -> usize {
        let index = self.output.len();
        self.output.push(None);
        let item = OpenItem {
            id: self.context.made_id(prefix, index as u64 + 1),
            index: index as u32,
            content,
        };
        self.events.write("response.output_item.added", |w| {
            w.member_display("output_index", item.index);
            item.write(w.key("item"), IN_PROGRESS);
        });
        self.open.push(item);
        self.open.len() - 1
    }

    fn open_call(&mut self, key: u32, id: &str, name: &str, custom: bool) {
        self.end_messages();
        let tool = self.context.names.tool(name);
        let call = Call {
            key,
            call_id: match id {
                "" => self.context.made_id("call_", u64::from(key) + 1),
                id => id.to_owned(),
            },
            name: tool.name.to_owned(),
            namespace: tool.namespace.map(str::to_owned),
            custom: custom || tool.lowered,
            lowered: tool.lowered && !custom,
            input: String::new(),
        };
        let prefix = CallItem::prefix(call.custom);
        self.open_item(prefix, ItemContent::Call(call));
    }

    /// An image comes whole: its item begins and ends at once.
    fn draw(&mut self, media: Media<'_>) {
        let Source::Base64(data) = media.source else {
            return;
        };
        if !self.hold(data.len()) {
            return;
        }
        self.end_messages();
        let drawing = Drawing {
            media_type: media.media_type.into_owned(),
            data: data.into_owned(),
        };
        let at = self.open_item("ig_", ItemContent::Drawing(drawing));
        let item = self.open.remove(at);
        self.events
            .write("response.image_generation_call.completed", |w| {
                w.member("item_id", &item.id);
                w.member_display("output_index", item.index);
            });
        self.finish_item(item, "completed");
    }

    /// Counts `bytes` of output; an answer too large to be told again fails.
    fn hold(&mut self, bytes: usize) -> bool {
        self.output_size += bytes;
        if self.output_size > MAX_OUTPUT {
            let message = "the answer is larger than a response can hold";
            self.fail(&ApiError::new(ErrorKind::BadGateway, message));
            return false;
        }
        true
    }

    /// Closes messages all of whose parts are done: what comes next is another item.
    fn end_messages(&mut self) {
        while let Some(at) = self.open.iter().position(|item| match &item.content {
            ItemContent::Message(parts) => parts.iter().all(|part| part.done),
            _ => false,
        }) {
            let item = self.open.remove(at);
            self.finish_item(item, "completed");
        }
    }

    /// The open item of this block, opened now if it has been silent.
    fn speak(&mut self, key: u32) -> Option<usize> {
        if let Some(at) = self.silent.iter().position(|(silent, _)| *silent == key) {
            let (_, kind) = self.silent.remove(at);
            return Some(match kind {
                SilentKind::Text => self.open_part(key, false),
                SilentKind::Refusal => self.open_part(key, true),
                SilentKind::Thought(kind) => {
                    self.end_messages();
                    let reasoning = Reasoning {
                        key,
                        kind,
                        summary: String::new(),
                        encrypted: None,
                    };
                    self.open_item("rs_", ItemContent::Reasoning(reasoning))
                }
            });
        }
        self.open.iter().rposition(|item| item.holds(key))
    }

    /// A part of the message that was written last, or of a new one.
    fn open_part(&mut self, key: u32, refusal: bool) -> usize {
        let is_message = |item: &OpenItem| matches!(item.content, ItemContent::Message(_));
        let at = match self.open.iter().rposition(is_message) {
            Some(at)
                if self.open.get(at).map(|item| item.index as usize + 1)
                    == Some(self.output.len()) =>
            {
                at
            }
            _ => self.open_item("msg_", ItemContent::Message(Vec::new())),
        };
        let Some(OpenItem {
            id,
            index,
            content: ItemContent::Message(parts),
        }) = self.open.get_mut(at)
        else {
            return at;
        };
        let part = parts.len();
        parts.push(MessagePart {
            key,
            refusal,
            text: String::new(),
            citations: Vec::new(),
            done: false,
        });
        self.events.write("response.content_part.added", |w| {
            write_place(w, id, *index, "content_index", part);
            w.key("part");
            match refusal {
                true => write_refusal_part(w, ""),
                false => write_text_part(w, "", [], None),
            }
        });
        at
    }

    fn add(&mut self, key: u32, delta: Delta<'_>) {
        match delta {
            Delta::Text(text) | Delta::Input(text) => {
                if !text.is_empty() {
                    self.add_text(key, &text);
                }
            }
            Delta::Citation(citation) => self.add_citation(key, &citation),
            Delta::Proof { origin, data, id } => {
                let Some(at) = self.speak(key) else { return };
                let Some(item) = self.open.get_mut(at) else {
                    return;
                };
                if let ItemContent::Reasoning(reasoning) = &mut item.content {
                    let packed = pack(reasoning.kind, origin, &data, id.as_deref(), &item.id);
                    reasoning.encrypted = Some(packed);
                }
            }
        }
    }

    fn add_text(&mut self, key: u32, text: &str) {
        let Some(at) = self.speak(key) else { return };
        if !self.hold(text.len()) {
            return;
        }
        let Some(item) = self.open.get_mut(at) else {
            return;
        };
        let (id, index) = (&item.id, item.index);
        match &mut item.content {
            ItemContent::Message(parts) => {
                let Some(part) = parts.iter().position(|part| part.key == key && !part.done) else {
                    return;
                };
                let Some(found) = parts.get_mut(part) else {
                    return;
                };
                found.text.push_str(text);
                let refusal = found.refusal;
                let name = match refusal {
                    true => "response.refusal.delta",
                    false => "response.output_text.delta",
                };
                self.events.write(name, |w| {
                    write_place(w, id, index, "content_index", part);
                    w.member("delta", text);
                    if !refusal {
                        w.member_array("logprobs", |_| {});
                    }
                });
            }
            ItemContent::Reasoning(reasoning) => {
                let first = reasoning.summary.is_empty();
                reasoning.summary.push_str(text);
                if first {
                    self.events
                        .write("response.reasoning_summary_part.added", |w| {
                            write_place(w, id, index, "summary_index", 0);
                            w.key("part");
                            write_summary_part(w, "");
                        });
                }
                self.events
                    .write("response.reasoning_summary_text.delta", |w| {
                        write_place(w, id, index, "summary_index", 0);
                        w.member("delta", text);
                    });
            }
            ItemContent::Drawing(_) => {}
            ItemContent::Call(call) => {
                call.input.push_str(text);
                if !call.lowered {
                    let custom = call.custom;
                    self.events.write_input(id, index, custom, text);
                }
            }
        }
    }

    fn add_citation(&mut self, key: u32, citation: &Citation<'_>) {
        let Some(at) = self.speak(key) else { return };
        let Some(OpenItem {
            id,
            index,
            content: ItemContent::Message(parts),
        }) = self.open.get_mut(at)
        else {
            return;
        };
        let Some(part) = parts.iter().position(|part| part.key == key) else {
            return;
        };
        let Some(found) = parts.get_mut(part) else {
            return;
        };
        let ordinal = found.citations.len();
        let mut citation = citation.clone().into_owned();
        citation.span = Some(citation.span_in(&found.text));
        found.citations.push(citation.clone());
        self.events
            .write("response.output_text.annotation.added", |w| {
                write_place(w, id, *index, "content_index", part);
                w.member_display("annotation_index", ordinal);
                w.key("annotation");
                write_annotation(w, &citation, "");
            });
    }

    fn end_block(&mut self, key: u32) {
        self.silent.retain(|(silent, _)| *silent != key);
        let Some(at) = self.open.iter().rposition(|item| item.holds(key)) else {
            return;
        };
        if let Some(OpenItem {
            id,
            index,
            content: ItemContent::Message(parts),
        }) = self.open.get_mut(at)
        {
            let part = parts.iter().position(|part| part.key == key).unwrap_or(0);
            if let Some(found) = parts.get_mut(part).filter(|part| !part.done) {
                found.done = true;
                self.events.write_part_done(id, *index, part, found);
            }
            return;
        }
        let item = self.open.remove(at);
        self.finish_item(item, "completed");
    }

    /// Writes what ends an item, and keeps it for the last event.
    fn finish_item(&mut self, mut item: OpenItem, status: &str) {
        let (id, index) = (&item.id, item.index);
        match &mut item.content {
            ItemContent::Message(parts) => {
                for (ordinal, part) in parts.iter_mut().enumerate() {
                    if !std::mem::replace(&mut part.done, true) {
                        self.events.write_part_done(id, index, ordinal, part);
                    }
                }
            }
            ItemContent::Reasoning(reasoning) if reasoning.summary.is_empty() => {}
            ItemContent::Reasoning(reasoning) => {
                self.events
                    .write("response.reasoning_summary_text.done", |w| {
                        write_place(w, id, index, "summary_index", 0);
                        w.member("text", &reasoning.summary);
                    });
                self.events
                    .write("response.reasoning_summary_part.done", |w| {
                        write_place(w, id, index, "summary_index", 0);
                        w.key("part");
                        write_summary_part(w, &reasoning.summary);
                    });
            }
            ItemContent::Call(call) => self.events.finish_call(id, index, call),
            ItemContent::Drawing(_) => {}
        }
        self.events.write("response.output_item.done", |w| {
            w.member_display("output_index", index);
            item.write(w.key("item"), status);
        });
        let whole = item.to_json(status);
        if let Some(slot) = self.output.get_mut(index as usize) {
            *slot = Some(whole);
        }
    }

    fn end(&mut self) {
        self.ended = true;
        let stop = self.stop.take().unwrap_or_default();
        let ending = Ending::of(stop.reason);
        let mut items = std::mem::take(&mut self.open).into_iter().peekable();
        while let Some(item) = items.next() {
            let last = items.peek().is_none() && item.index as usize + 1 == self.output.len();
            let status = match last {
                true => ending.last_item_status(),
                false => "completed",
            };
            self.finish_item(item, status);
        }
        let name = match ending {
            Ending::Completed => "response.completed",
            Ending::Incomplete(_) => "response.incomplete",
            Ending::Failed => "response.failed",
        };
        self.response_event(name, Progress::Ended(ending));
    }

    fn fail(&mut self, error: &ApiError) {
        self.ended = true;
        self.response_event("response.failed", Progress::Error(error));
    }
}

impl Sink for ResponsesEncoder {
    fn take(&mut self, event: Event<'_>) {
        if self.ended {
            return;
        }
        match event {
            Event::Start(start) => self.start(&start),
            Event::BlockStart { block, start, .. } => self.begin(block, start),
            Event::Delta { block, delta } => self.add(block, delta),
            Event::BlockStop { block } => self.end_block(block),
            Event::Usage(usage) => self.usage = usage,
            // Held until the end: usage may still come.
            Event::Stop { stop, .. } => self.stop = Some(stop),
            Event::Error(error) => self.fail(&error),
            Event::End => self.end(),
        }
    }
}

impl EventEncoder for ResponsesEncoder {
    fn out(&mut self) -> &mut Vec<u8> {
        &mut self.events.out
    }
}
