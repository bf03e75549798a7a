use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use crate::apis::responses::items::{read_drawing, DRAWING};
use crate::apis::responses::parts::{read_annotation, read_annotations};
use crate::apis::responses::reasoning::{read_reasoning_item, BETWEEN_PARTS};
use crate::apis::responses::reply::{read_failure, read_message_parts};
use crate::apis::responses::stop::read_stop;
use crate::apis::responses::usage::read_usage;
use crate::apis::responses::wire::{Item, ResponseWire, ResponsesEvent};
use crate::apis::EventDecoder;
use crate::errors::{decode_error_value, ApiError, ErrorKind};
use crate::ir::{BlockStart, Delta, Event, Sink, Start, ThoughtKind};
use crate::json::{raw_string, Count};
use crate::sse::SseEvent;

/// Beyond any index that a service gives.
const FIRST_UNNUMBERED: u64 = 1 << 32;

/// Reads the events of a Responses stream. Each event names the item it is
/// about; items may interleave.
#[derive(Debug, Default)]
pub(crate) struct ResponsesDecoder {
    started: bool,
    done: bool,
    has_calls: bool,
    next_block: u32,
    blocks: Vec<ItemBlock>,
    /// Items whose end has come, by their index.
    finished: HashSet<u64>,
    /// Items of services that do not number them, by their ids.
    unnumbered: HashMap<String, u64>,
}

/// A part of an item that is a block of its own.
#[derive(Debug)]
struct ItemBlock {
    item: u64,
    /// Index of the part of a message; 0 in other items.
    part: u64,
    block: u32,
    kind: BlockKind,
    /// Something was written: events that repeat the whole add nothing.
    wrote: bool,
    closed: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum BlockKind {
    Text,
    Refusal,
    Thought,
    Call,
    Drawing,
}

impl EventDecoder for ResponsesDecoder {
    fn take(&mut self, event: SseEvent<'_>, sink: &mut dyn Sink) {
        if self.done || matches!(event.data.trim(), "" | "[DONE]") {
            return;
        }
        let Ok(mut wire) = serde_json::from_str::<ResponsesEvent<'_>>(event.data) else {
            // Whatever it held, the answer is not whole without it.
            let message = "an event of the provider's stream cannot be read";
            return self.fail(ApiError::new(ErrorKind::BadGateway, message), sink);
        };
        let kind = wire.kind.take();
        let kind = kind.as_deref().unwrap_or(event.name);
        match kind {
            "error" => {
                let text = wire.error.map_or(event.data, |error| error.get());
                self.fail(decode_error_value(text, None), sink);
            }
            "response.created" | "response.in_progress" | "response.queued" => {
                self.start(wire.response.as_ref(), sink);
            }
            "response.completed" | "response.incomplete" | "response.failed" | "response.done" => {
                self.end(wire.response.unwrap_or_default(), sink);
            }
            _ => self.take_item_event(kind, wire, sink),
        }
    }

    fn finish(&mut self, sink: &mut dyn Sink) {
        if !self.done {
            self.fail(ApiError::cut_off(), sink);
        }
    }
}

impl ResponsesDecoder {
    fn fail(&mut self, error: ApiError, sink: &mut dyn Sink) {
        self.done = true;
        sink.take(Event::Error(error));
    }

    fn start(&mut self, response: Option<&ResponseWire<'_>>, sink: &mut dyn Sink) {
        if self.started {
            return;
        }
        self.started = true;
        let text = |text: Option<&str>| Cow::Owned(text.unwrap_or_default().to_owned());
        sink.take(Event::Start(Start {
            id: text(response.and_then(|response| response.id.as_deref())),
            model: text(response.and_then(|response| response.model.as_deref())),
            created: response.and_then(|response| Some(response.created_at?.0)),
            usage: None,
        }));
    }

    fn end(&mut self, mut response: ResponseWire<'_>, sink: &mut dyn Sink) {
        let failure = read_failure(&response);
        // A failure ahead of all else is for the status line.
        if failure.is_none() {
            self.start(Some(&response), sink);
        }
        if let Some(usage) = response.usage.as_ref().filter(|_| self.started) {
            sink.take(Event::Usage(read_usage(usage)));
        }
        if let Some(error) = failure {
            return self.fail(error, sink);
        }
        // Some services tell items only here.
        for (index, item) in (0u64..).zip(response.output.take().unwrap_or_default()) {
            let known = item.id.as_deref().and_then(|id| self.unnumbered.get(id));
            let index = known.copied().unwrap_or(index);
            if !self.finished.contains(&index) {
                self.finish_item(index, item, sink);
            }
        }
        self.done = true;
        self.close(|_| true, sink);
        sink.take(Event::Stop {
            candidate: 0,
            stop: read_stop(&response, self.has_calls),
        });
        sink.take(Event::End);
    }

    fn take_item_event(&mut self, kind: &str, event: ResponsesEvent<'_>, sink: &mut dyn Sink) {
        let item = self.item_of(&event);
        if self.finished.contains(&item) {
            return;
        }
        let part = count(event.content_index);
        let delta = event.delta.map(|delta| delta.0);
        match kind {
            "response.output_item.added" => {
                if let Some(wire) = event.item.filter(is_call) {
                    self.open_call(item, wire, sink);
                }
            }
            "response.output_item.done" => {
                if let Some(wire) = event.item {
                    self.finish_item(item, wire, sink);
                }
            }
            "response.output_text.delta" => self.write(item, part, BlockKind::Text, delta, sink),
            "response.refusal.delta" => self.write(item, part, BlockKind::Refusal, delta, sink),
            "response.output_text.done" => {
                self.complete(
                    item,
                    part,
                    BlockKind::Text,
                    event.text.map(|text| text.0),
                    sink,
                );
            }
            "response.refusal.done" => {
                let text = event.refusal.map(|text| text.0);
                self.complete(item, part, BlockKind::Refusal, text, sink);
            }
            "response.output_text.annotation.added" => {
                let citation = event.annotation.and_then(read_annotation);
                if let (Some(citation), Some(at)) = (citation, self.find(item, part)) {
                    let block = at.block;
                    let delta = Delta::Citation(citation);
                    sink.take(Event::Delta { block, delta });
                }
            }
            "response.reasoning_summary_part.added" => {
                let wrote = self.find(item, 0).is_some_and(|block| block.wrote);
                if count(event.summary_index) > 0 && wrote {
                    let between = Some(Cow::Borrowed(BETWEEN_PARTS));
                    self.write(item, 0, BlockKind::Thought, between, sink);
                }
            }
            "response.reasoning_summary_text.delta" => {
                self.write_thought(item, ThoughtKind::Summary, delta, sink);
            }
            "response.reasoning_text.delta" => {
                self.write_thought(item, ThoughtKind::Full, delta, sink);
            }
            "response.function_call_arguments.delta" | "response.custom_tool_call_input.delta" => {
                self.write_call(item, delta, sink);
            }
            "response.function_call_arguments.done" | "response.custom_tool_call_input.done" => {
                let whole = event.arguments.or(event.input).map(|text| text.0);
                if self.find(item, 0).is_some_and(|block| !block.wrote) {
                    self.write_call(item, whole, sink);
                }
            }
            // Parts tell nothing that deltas and items do not; built-in tools
            // and later events have no form in other APIs.
            _ => {}
        }
    }

    /// The index of the item an event is about; by its id where events carry
    /// no index.
    fn item_of(&mut self, event: &ResponsesEvent<'_>) -> u64 {
        if let Some(index) = event.output_index {
            return index.0;
        }
        let inner = event.item.as_ref().and_then(|item| item.id.as_deref());
        let Some(id) = event.item_id.as_deref().or(inner) else {
            return 0;
        };
        let next = FIRST_UNNUMBERED + self.unnumbered.len() as u64;
        *self.unnumbered.entry(id.to_owned()).or_insert(next)
    }

    fn find(&self, item: u64, part: u64) -> Option<&ItemBlock> {
        self.blocks
            .iter()
            .rev()
            .find(|block| block.item == item && block.part == part && !block.closed)
    }

    fn open(
        &mut self,
        (item, part): (u64, u64),
        kind: BlockKind,
        start: BlockStart<'_>,
        sink: &mut dyn Sink,
    ) {
        let block = self.next_block;
        self.next_block += 1;
        self.blocks.push(ItemBlock {
            item,
            part,
            block,
            kind,
            wrote: false,
            closed: false,
        });
        sink.take(Event::BlockStart {
            candidate: 0,
            block,
            start,
        });
    }

    fn open_call(&mut self, item: u64, wire: Item<'_>, sink: &mut dyn Sink) {
        if self.find(item, 0).is_some() {
            return;
        }
        self.has_calls = true;
        let custom = wire.kind.as_deref() == Some("custom_tool_call");
        let input = input_of(&wire);
        let start = BlockStart::ToolCall {
            id: wire.call_id.or(wire.id).unwrap_or_default().0,
            name: wire.name.unwrap_or_default().0,
            custom,
        };
        self.open((item, 0), BlockKind::Call, start, sink);
        self.write_call(item, input, sink);
    }

    fn write_call(&mut self, item: u64, text: Option<Cow<'_, str>>, sink: &mut dyn Sink) {
        self.append(item, 0, BlockKind::Call, text, Delta::Input, sink);
    }

    fn write_thought(
        &mut self,
        item: u64,
        kind: ThoughtKind,
        text: Option<Cow<'_, str>>,
        sink: &mut dyn Sink,
    ) {
        if self.find(item, 0).is_none() && text.as_ref().is_some_and(|text| !text.is_empty()) {
            let start = BlockStart::Thought(kind);
            self.open((item, 0), BlockKind::Thought, start, sink);
        }
        self.append(item, 0, BlockKind::Thought, text, Delta::Text, sink);
    }

    /// Text of a message's part, which opens with its first character.
    fn write(
        &mut self,
        item: u64,
        part: u64,
        kind: BlockKind,
        text: Option<Cow<'_, str>>,
        sink: &mut dyn Sink,
    ) {
        let said = match kind {
            BlockKind::Text => Some(BlockStart::Text),
            BlockKind::Refusal => Some(BlockStart::Refusal),
            BlockKind::Thought | BlockKind::Call | BlockKind::Drawing => None,
        };
        if let (Some(start), None, Some(_)) = (
            said,
            self.find(item, part),
            text.as_ref().filter(|text| !text.is_empty()),
        ) {
            self.open((item, part), kind, start, sink);
        }
        self.append(item, part, kind, text, Delta::Text, sink);
    }

    /// Writes to a block that is open and of this kind.
    fn append<'t>(
        &mut self,
        item: u64,
        part: u64,
        kind: BlockKind,
        text: Option<Cow<'t, str>>,
        delta: fn(Cow<'t, str>) -> Delta<'t>,
        sink: &mut dyn Sink,
    ) {
        let Some(text) = text.filter(|text| !text.is_empty()) else {
            return;
        };
        let open = |block: &&mut ItemBlock| {
            block.item == item && block.part == part && block.kind == kind && !block.closed
        };
        if let Some(found) = self.blocks.iter_mut().rev().find(open) {
            found.wrote = true;
            sink.take(Event::Delta {
                block: found.block,
                delta: delta(text),
            });
        }
    }

    /// The whole text of a part: written only if no delta brought it.
    fn complete(
        &mut self,
        item: u64,
        part: u64,
        kind: BlockKind,
        text: Option<Cow<'_, str>>,
        sink: &mut dyn Sink,
    ) {
        if self.find(item, part).is_none_or(|block| !block.wrote) {
            self.write(item, part, kind, text, sink);
        }
    }

    /// The whole item: writes what no event before it brought, and closes it.
    fn finish_item(&mut self, item: u64, wire: Item<'_>, sink: &mut dyn Sink) {
        match wire.kind.as_deref() {
            Some("message") => {
                for (index, part) in (0u64..).zip(read_message_parts(&wire).unwrap_or_default()) {
                    if let Some(refusal) = part.refusal {
                        self.complete(item, index, BlockKind::Refusal, Some(refusal.0), sink);
                    } else if self.find(item, index).is_none() {
                        let text = part.text.map(|text| text.0);
                        self.complete(item, index, BlockKind::Text, text, sink);
                        let Some(block) = self.find(item, index).map(|found| found.block) else {
                            continue;
                        };
                        for citation in read_annotations(part.annotations) {
                            let delta = Delta::Citation(citation);
                            sink.take(Event::Delta { block, delta });
                        }
                    }
                }
            }
            Some("reasoning") => self.finish_thought(item, wire, sink),
            Some("function_call" | "custom_tool_call") => {
                if self.find(item, 0).is_none() {
                    self.open_call(item, wire, sink);
                } else if self.find(item, 0).is_some_and(|block| !block.wrote) {
                    self.write_call(item, input_of(&wire), sink);
                }
            }
            Some(DRAWING) => {
                if let Some(media) = read_drawing(wire) {
                    let start = BlockStart::Media(Box::new(media));
                    self.open((item, 0), BlockKind::Drawing, start, sink);
                }
            }
            _ => {}
        }
        self.close(|block| block.item == item, sink);
        self.finished.insert(item);
    }

    fn finish_thought(&mut self, item: u64, wire: Item<'_>, sink: &mut dyn Sink) {
        let Ok(thought) = read_reasoning_item(wire, "reasoning") else {
            return;
        };
        match self.find(item, 0) {
            None if thought.text.is_empty() && thought.proof.is_none() => return,
            None => {
                let start = BlockStart::Thought(thought.kind);
                self.open((item, 0), BlockKind::Thought, start, sink);
                let text = Some(thought.text);
                self.append(item, 0, BlockKind::Thought, text, Delta::Text, sink);
            }
            Some(_) => {}
        }
        let block = self.find(item, 0).map(|found| found.block);
        if let (Some(block), Some(proof)) = (block, thought.proof) {
            sink.take(Event::Delta {
                block,
                delta: Delta::Proof {
                    origin: proof.origin,
                    data: proof.data,
                    id: proof.id,
                },
            });
        }
    }

    fn close(&mut self, which: impl Fn(&ItemBlock) -> bool, sink: &mut dyn Sink) {
        for block in &mut self.blocks {
            if which(block) && !block.closed {
                block.closed = true;
                sink.take(Event::BlockStop { block: block.block });
            }
        }
        self.blocks.retain(|block| !block.closed);
    }
}

fn count(value: Option<Count>) -> u64 {
    value.map_or(0, |count| count.0)
}

fn is_call(item: &Item<'_>) -> bool {
    matches!(
        item.kind.as_deref(),
        Some("function_call" | "custom_tool_call")
    )
}

fn input_of<'a>(item: &Item<'a>) -> Option<Cow<'a, str>> {
    item.arguments.or(item.input).and_then(raw_string)
}
