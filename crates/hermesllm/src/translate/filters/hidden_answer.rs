//! A schema for the answer where the target knows schemas of tools only: the
//! model answers by calling a tool that the client never sees.

use std::borrow::Cow;

use serde_json::value::RawValue;

use super::Filter;
use crate::ir::{
    Block, BlockStart, Citation, Delta, Event, OutputFormat, Reply, Request, Sink, StopReason,
    Text, Tool, ToolChoice, ToolInput, ToolKind,
};
use crate::json::{wire_struct, Str};
use crate::tools::ToolNames;

const NAME: &str = "give_answer";
const DESCRIPTION: &str = "Gives the answer to the user. Call it once, when the answer is \
    complete, instead of writing it as text.";

wire_struct!(SchemaHead<'a> {
    "type" => kind: &'a RawValue,
    "properties" => properties: &'a RawValue,
});

/// Puts the tool in the place of the output format; the model must call it
/// when there is no other. `false` when it cannot be done: tools take objects
/// only, and a model that thinks cannot be made to call one.
pub(in crate::translate) fn hide_answer(request: &mut Request<'_>, names: &mut ToolNames) -> bool {
    let Some(OutputFormat::JsonSchema {
        description,
        schema,
        ..
    }) = &request.output_format
    else {
        return false;
    };
    let thinks = request
        .reasoning
        .as_ref()
        .is_some_and(|reasoning| !reasoning.disabled);
    if thinks || !is_object_schema(schema) {
        return false;
    }
    let mut name = NAME.to_owned();
    while request.tools.iter().any(|tool| tool.name == name) {
        name.push('_');
    }
    let tool = Tool {
        name: Cow::Owned(name.clone()),
        namespace: None,
        description: Some(match description {
            Some(words) => Cow::Owned(format!("{DESCRIPTION} The answer: {words}")),
            None => Cow::Borrowed(DESCRIPTION),
        }),
        kind: ToolKind::Function {
            parameters: Some(schema.clone()),
            strict: None,
        },
        cache: None,
    };
    if request.tools.is_empty() || request.tool_choice == Some(ToolChoice::None) {
        request.tools.clear();
        request.tool_choice = Some(ToolChoice::Named(Cow::Owned(name.clone())));
    }
    request.tools.push(tool);
    request.output_format = None;
    names.set_hidden_answer(name);
    true
}

fn is_object_schema(schema: &str) -> bool {
    let head: SchemaHead<'_> = serde_json::from_str(schema).unwrap_or_default();
    match head
        .kind
        .map(|kind| serde_json::from_str::<Str<'_>>(kind.get()))
    {
        Some(kind) => kind.is_ok_and(|kind| &*kind == "object"),
        None => head.properties.is_some(),
    }
}

/// Makes text of the hidden call in a whole reply.
pub(super) fn reveal(reply: &mut Reply<'_>, name: &str) {
    for candidate in &mut reply.candidates {
        let is_answer =
            |block: &Block<'_>| matches!(block, Block::ToolCall(call) if call.name == name);
        if !candidate.blocks.iter().any(is_answer) {
            continue;
        }
        // Words around the answer are no part of it.
        let mut answered = false;
        candidate.blocks.retain_mut(|block| match block {
            Block::Text(_) => false,
            Block::ToolCall(call) if call.name == name => {
                let (ToolInput::Json(text) | ToolInput::Raw(text)) = &mut call.input;
                let text = std::mem::take(text);
                *block = Block::Text(Text::new(text));
                !std::mem::replace(&mut answered, true)
            }
            _ => true,
        });
        let has_calls = candidate
            .blocks
            .iter()
            .any(|block| matches!(block, Block::ToolCall(_)));
        candidate.stop.reason = candidate.stop.reason.agreeing_with(has_calls);
    }
}

/// Makes text of the hidden call in a stream. Other text waits until it is
/// known whether it stands alone.
#[derive(Debug)]
pub(super) struct HiddenAnswer {
    name: String,
    held: Option<HeldText>,
    /// The block of the hidden call.
    answer: Option<u32>,
    /// Further hidden calls, which say nothing new.
    ignored: Vec<u32>,
    has_calls: bool,
}

#[derive(Debug)]
struct HeldText {
    candidate: u32,
    block: u32,
    text: String,
    citations: Vec<Citation<'static>>,
    closed: bool,
}

impl HiddenAnswer {
    pub(super) fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            held: None,
            answer: None,
            ignored: Vec::new(),
            has_calls: false,
        }
    }

    /// Lets go of text that no answer followed.
    fn release(&mut self, sink: &mut dyn Sink) {
        let Some(held) = self.held.take() else { return };
        if self.answer.is_some() || held.text.is_empty() {
            if !held.closed {
                self.ignored.push(held.block);
            }
            return;
        }
        let HeldText {
            candidate, block, ..
        } = held;
        sink.take(Event::BlockStart {
            candidate,
            block,
            start: BlockStart::Text,
        });
        let text = Delta::Text(Cow::Owned(held.text));
        let citations = held.citations.into_iter().map(Delta::Citation);
        for delta in std::iter::once(text).chain(citations) {
            sink.take(Event::Delta { block, delta });
        }
        if held.closed {
            sink.take(Event::BlockStop { block });
        }
    }

    fn begin(&mut self, candidate: u32, block: u32, start: BlockStart<'_>, sink: &mut dyn Sink) {
        let is_answer = matches!(&start, BlockStart::ToolCall { name, .. } if *name == *self.name);
        if is_answer {
            let first = self.answer.is_none();
            self.answer.get_or_insert(block);
            self.release(sink);
            match first {
                true => sink.take(Event::BlockStart {
                    candidate,
                    block,
                    start: BlockStart::Text,
                }),
                false => self.ignored.push(block),
            }
            return;
        }
        self.release(sink);
        if start == BlockStart::Text {
            self.held = Some(HeldText {
                candidate,
                block,
                text: String::new(),
                citations: Vec::new(),
                closed: false,
            });
            return;
        }
        self.has_calls |= matches!(start, BlockStart::ToolCall { .. });
        sink.take(Event::BlockStart {
            candidate,
            block,
            start,
        });
    }

    fn add(&mut self, block: u32, delta: Delta<'_>, sink: &mut dyn Sink) {
        if self.ignored.contains(&block) {
            return;
        }
        if let Some(held) = self.held.as_mut().filter(|held| held.block == block) {
            match delta {
                Delta::Text(text) => held.text.push_str(&text),
                Delta::Citation(citation) => held.citations.push(citation.into_owned()),
                Delta::Input(_) | Delta::Proof { .. } => {}
            }
            return;
        }
        let delta = match delta {
            Delta::Input(text) if self.answer == Some(block) => Delta::Text(text),
            delta => delta,
        };
        sink.take(Event::Delta { block, delta });
    }
}

impl Filter for HiddenAnswer {
    fn take(&mut self, event: Event<'_>, sink: &mut dyn Sink) {
        match event {
            Event::BlockStart {
                candidate,
                block,
                start,
            } => self.begin(candidate, block, start, sink),
            Event::Delta { block, delta } => self.add(block, delta, sink),
            Event::BlockStop { block } => {
                if let Some(held) = self.held.as_mut().filter(|held| held.block == block) {
                    held.closed = true;
                } else if !self.ignored.contains(&block) {
                    sink.take(Event::BlockStop { block });
                }
            }
            Event::Stop {
                candidate,
                mut stop,
            } => {
                self.release(sink);
                if stop.reason == StopReason::Tools {
                    stop.reason = stop.reason.agreeing_with(self.has_calls);
                }
                sink.take(Event::Stop { candidate, stop });
            }
            Event::End | Event::Error(_) => {
                self.release(sink);
                sink.take(event);
            }
            Event::Start(_) | Event::Usage(_) => sink.take(event),
        }
    }
}
