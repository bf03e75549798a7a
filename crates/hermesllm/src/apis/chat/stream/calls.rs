//! Which call a tool delta belongs to. Services disagree: some number calls,
//! some repeat number 0, some send only ids.

use crate::apis::chat::decode::read_arguments;
use crate::apis::chat::wire::ChatToolCall;
use crate::ir::{BlockStart, Delta, Event, Sink};
use crate::translate::made_id;

/// A call that is being streamed.
#[derive(Debug)]
struct OpenCall {
    index: Option<u64>,
    id: String,
    name: String,
    /// Input that came before the name.
    held: String,
    block: Option<u32>,
    input: JsonProgress,
    closed: bool,
    custom: bool,
}

#[derive(Debug)]
pub(super) struct Calls {
    candidate: u32,
    calls: Vec<OpenCall>,
    seed: u64,
}

impl Calls {
    pub(super) fn new(candidate: u32, seed: u64) -> Self {
        Self {
            candidate,
            calls: Vec::new(),
            // Answers must not give their calls the same ids.
            seed: seed.wrapping_add(u64::from(candidate) << 32),
        }
    }

    /// Whether the delta opens a call that is not known yet.
    pub(super) fn is_new(&self, delta: &ChatToolCall<'_>) -> bool {
        self.find(delta).is_none()
    }

    fn find(&self, delta: &ChatToolCall<'_>) -> Option<usize> {
        let index = delta.index.map(|index| index.0);
        let id = delta.id.as_deref().filter(|id| !id.is_empty());
        let last = |test: &dyn Fn(&OpenCall) -> bool| self.calls.iter().rposition(test);
        match (index, id) {
            (_, Some(id)) => {
                last(&|call| call.id == id && (index.is_none() || call.index == index)).or_else(
                    || last(&|call| call.index == index && index.is_some() && call.id.is_empty()),
                )
            }
            (Some(_), None) => last(&|call| call.index == index),
            (None, None) => self.calls.len().checked_sub(1),
        }
    }

    pub(super) fn take(
        &mut self,
        delta: ChatToolCall<'_>,
        next_block: &mut u32,
        sink: &mut dyn Sink,
    ) {
        let at = self.find(&delta).unwrap_or(self.calls.len());
        if at == self.calls.len() {
            self.calls.push(OpenCall {
                index: delta.index.map(|index| index.0),
                id: String::new(),
                name: String::new(),
                held: String::new(),
                block: None,
                input: JsonProgress::default(),
                closed: false,
                custom: delta.custom.is_some(),
            });
        }
        let (candidate, seed) = (self.candidate, self.seed);
        let Some(call) = self.calls.get_mut(at) else {
            return;
        };
        if let Some(id) = delta.id.filter(|id| !id.is_empty() && call.id.is_empty()) {
            call.id = id.0.into_owned();
        }
        let (name, fragment) = match (delta.function, delta.custom) {
            (Some(function), _) => (function.name, read_arguments(function.arguments)),
            (None, Some(custom)) => (custom.name, custom.input.unwrap_or_default().0),
            (None, None) => return,
        };
        if let Some(name) = name.filter(|_| call.name.is_empty()) {
            call.name = name.0.into_owned();
        }
        if call.closed {
            return;
        }
        if call.block.is_none() {
            call.held.push_str(&fragment);
            if call.name.is_empty() {
                return;
            }
            call.open(
                candidate,
                made_id("call_", seed, at as u64 + 1),
                next_block,
                sink,
            );
        } else {
            call.write(&fragment, sink);
        }
    }

    /// Closes calls whose input is whole; `all` of them at the end.
    pub(super) fn close(&mut self, all: bool, sink: &mut dyn Sink) {
        for call in &mut self.calls {
            if let (Some(block), false, true) =
                (call.block, call.closed, all || call.input.is_whole())
            {
                call.closed = true;
                sink.take(Event::BlockStop { block });
            }
        }
    }
}

impl OpenCall {
    /// `made` is its id when the provider gives none.
    fn open(&mut self, candidate: u32, made: String, next_block: &mut u32, sink: &mut dyn Sink) {
        let block = *next_block;
        *next_block += 1;
        self.block = Some(block);
        if self.id.is_empty() {
            self.id = made;
        }
        sink.take(Event::BlockStart {
            candidate,
            block,
            start: BlockStart::ToolCall {
                id: self.id.as_str().into(),
                name: self.name.as_str().into(),
                custom: self.custom,
            },
        });
        let held = std::mem::take(&mut self.held);
        self.write(&held, sink);
    }

    fn write(&mut self, fragment: &str, sink: &mut dyn Sink) {
        if let (Some(block), false) = (self.block, fragment.is_empty()) {
            self.input.take(fragment);
            sink.take(Event::Delta {
                block,
                delta: Delta::Input(fragment.into()),
            });
        }
    }
}

/// Follows an object through its fragments, to know when it is whole.
#[derive(Debug, Default)]
struct JsonProgress {
    depth: u32,
    in_string: bool,
    escaped: bool,
    began: bool,
}

impl JsonProgress {
    fn take(&mut self, fragment: &str) {
        for byte in fragment.bytes() {
            match (self.in_string, byte) {
                (true, _) if self.escaped => self.escaped = false,
                (true, b'\\') => self.escaped = true,
                (true, b'"') => self.in_string = false,
                (true, _) => {}
                (false, b'"') => self.in_string = true,
                (false, b'{' | b'[') => {
                    self.began = true;
                    self.depth += 1;
                }
                (false, b'}' | b']') => self.depth = self.depth.saturating_sub(1),
                (false, _) => {}
            }
        }
    }

    fn is_whole(&self) -> bool {
        self.began && self.depth == 0 && !self.in_string
    }
}
