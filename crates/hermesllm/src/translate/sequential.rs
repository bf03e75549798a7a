use std::borrow::Cow;

use crate::apis::EventEncoder;
use crate::ir::{BlockStart, Delta, Event, Sink};

/// For clients that take one block at a time: what comes for another block
/// waits until the open one closes, in the order of beginnings.
#[derive(Debug)]
pub(crate) struct Sequential<E> {
    encoder: E,
    open: Option<u32>,
    waiting: Vec<Waiting>,
}

#[derive(Debug)]
struct Waiting {
    block: u32,
    start: BlockStart<'static>,
    deltas: Vec<Delta<'static>>,
    closed: bool,
}

impl<E: EventEncoder> Sequential<E> {
    pub(crate) fn new(encoder: E) -> Self {
        Self {
            encoder,
            open: None,
            waiting: Vec::new(),
        }
    }

    fn begin(&mut self, block: u32, start: BlockStart<'_>) {
        if self.open.is_some() || !self.waiting.is_empty() {
            self.waiting.push(Waiting {
                block,
                start: start.into_owned(),
                deltas: Vec::new(),
                closed: false,
            });
            return;
        }
        self.open(block, start);
    }

    fn open(&mut self, block: u32, start: BlockStart<'_>) {
        self.open = Some(block);
        self.encoder.take(Event::BlockStart {
            candidate: 0,
            block,
            start,
        });
    }

    fn add(&mut self, block: u32, delta: Delta<'_>) {
        if self.open == Some(block) {
            return self.encoder.take(Event::Delta { block, delta });
        }
        let Some(waiting) = self.waiting.iter_mut().find(|held| held.block == block) else {
            return;
        };
        match (waiting.deltas.last_mut(), delta) {
            (Some(Delta::Text(held)), Delta::Text(more))
            | (Some(Delta::Input(held)), Delta::Input(more)) => held.to_mut().push_str(&more),
            (_, delta) => waiting.deltas.push(delta.into_owned()),
        }
    }

    fn end_block(&mut self, block: u32) {
        if self.open != Some(block) {
            if let Some(held) = self.waiting.iter_mut().find(|held| held.block == block) {
                held.closed = true;
            }
            return;
        }
        self.close(block);
        while self.open.is_none() && !self.waiting.is_empty() {
            let next = self.waiting.remove(0);
            self.open(next.block, next.start);
            for delta in next.deltas {
                self.encoder.take(Event::Delta {
                    block: next.block,
                    delta,
                });
            }
            if next.closed {
                self.close(next.block);
            }
        }
    }

    fn close(&mut self, block: u32) {
        self.open = None;
        self.encoder.take(Event::BlockStop { block });
    }
}

impl<E: EventEncoder> Sink for Sequential<E> {
    fn take(&mut self, event: Event<'_>) {
        match event {
            Event::BlockStart { block, start, .. } => self.begin(block, start),
            Event::Delta { block, delta } => self.add(block, delta),
            Event::BlockStop { block } => self.end_block(block),
            Event::End => {
                while let Some(block) = self.open {
                    self.end_block(block);
                }
                self.encoder.take(Event::End);
            }
            Event::Start(_) | Event::Usage(_) | Event::Stop { .. } | Event::Error(_) => {
                self.encoder.take(event);
            }
        }
    }
}

impl<E: EventEncoder> EventEncoder for Sequential<E> {
    fn out(&mut self) -> &mut Vec<u8> {
        self.encoder.out()
    }
}

fn own(text: Cow<'_, str>) -> Cow<'static, str> {
    Cow::Owned(text.into_owned())
}

impl BlockStart<'_> {
    fn into_owned(self) -> BlockStart<'static> {
        match self {
            Self::Text => BlockStart::Text,
            Self::Refusal => BlockStart::Refusal,
            Self::Thought(kind) => BlockStart::Thought(kind),
            Self::ToolCall { id, name, custom } => BlockStart::ToolCall {
                id: own(id),
                name: own(name),
                custom,
            },
            Self::Media(media) => BlockStart::Media(Box::new(media.into_owned())),
        }
    }
}

impl Delta<'_> {
    fn into_owned(self) -> Delta<'static> {
        match self {
            Self::Text(text) => Delta::Text(own(text)),
            Self::Input(text) => Delta::Input(own(text)),
            Self::Proof { origin, data, id } => Delta::Proof {
                origin,
                data: own(data),
                id: id.map(own),
            },
            Self::Citation(citation) => Delta::Citation(citation.into_owned()),
        }
    }
}
