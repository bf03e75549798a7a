//! Models that write their reasoning into the answer: `<think>…</think>` ahead
//! of all else. Clients get it as reasoning.

use std::borrow::Cow;

use super::Filter;
use crate::api::Api;
use crate::ir::{Block, BlockStart, Delta, Event, Reply, Sink, Thought, ThoughtKind};
use crate::translate::ReplyContext;

const OPEN: &str = "<think>";
const CLOSE: &str = "</think>";

/// Parts of the names of models that do so.
const MODELS: [&str; 5] = ["minimax", "deepseek-r1", "r1-distill", "qwq", "qwen3"];

pub(super) fn expected(context: &ReplyContext) -> bool {
    let model = context.model.to_ascii_lowercase();
    context.upstream == Api::Chat && MODELS.iter().any(|part| model.contains(part))
}

/// Splits the first text of each answer.
pub(super) fn split_reply(reply: &mut Reply<'_>) {
    for candidate in &mut reply.candidates {
        let is_text = |block: &Block<'_>| matches!(block, Block::Text(_));
        let Some(at) = candidate.blocks.iter().position(is_text) else {
            continue;
        };
        let Some(Block::Text(text)) = candidate.blocks.get_mut(at) else {
            continue;
        };
        let Some(inner) = text.text.trim_start().strip_prefix(OPEN) else {
            continue;
        };
        let (thought, answer) = inner.split_once(CLOSE).unwrap_or((inner, ""));
        let thought = Block::Thought(Thought {
            kind: ThoughtKind::Full,
            text: Cow::Owned(thought.trim().to_owned()),
            proof: None,
        });
        text.text = Cow::Owned(answer.trim_start().to_owned());
        if text.text.is_empty() {
            candidate.blocks.remove(at);
        }
        candidate.blocks.insert(at, thought);
    }
}

#[derive(Debug, Default)]
pub(super) struct InlineThoughts {
    /// Answers whose first text has begun.
    candidates: Vec<u32>,
    /// Texts that may hold reasoning, or do.
    watched: Vec<Watched>,
}

#[derive(Debug)]
struct Watched {
    candidate: u32,
    block: u32,
    state: State,
    /// What cannot be judged yet.
    held: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Nothing but white space, or the head of the tag.
    Undecided,
    /// The reasoning has begun; `true` once some of it was told.
    Thinking(bool),
    /// Behind the reasoning, nothing but white space yet.
    Before,
    Answering,
}

/// Keys of the thoughts: decoders count from the other end.
fn thought_key(block: u32) -> u32 {
    u32::MAX - block
}

impl Filter for InlineThoughts {
    fn take(&mut self, event: Event<'_>, sink: &mut dyn Sink) {
        match event {
            Event::BlockStart {
                candidate,
                block,
                start: BlockStart::Text,
            } if !self.candidates.contains(&candidate) => {
                self.candidates.push(candidate);
                self.watched.push(Watched {
                    candidate,
                    block,
                    state: State::Undecided,
                    held: String::new(),
                });
            }
            Event::Delta { block, delta } => match (self.watched(block), delta) {
                (Some(watched), Delta::Text(text)) => watched.write(&text, sink),
                (Some(watched), _) if watched.state != State::Answering => {}
                (_, delta) => sink.take(Event::Delta { block, delta }),
            },
            Event::BlockStop { block } => {
                match self
                    .watched
                    .iter()
                    .position(|watched| watched.block == block)
                {
                    Some(at) => self.watched.swap_remove(at).close(sink),
                    None => sink.take(Event::BlockStop { block }),
                }
            }
            other => sink.take(other),
        }
    }
}

impl InlineThoughts {
    fn watched(&mut self, block: u32) -> Option<&mut Watched> {
        self.watched
            .iter_mut()
            .find(|watched| watched.block == block)
    }
}

impl Watched {
    fn write(&mut self, text: &str, sink: &mut dyn Sink) {
        if self.state == State::Answering {
            return self.tell(self.block, text, sink);
        }
        self.held.push_str(text);
        if self.state == State::Undecided {
            let head = self.held.trim_start();
            if let Some(inner) = head.strip_prefix(OPEN) {
                self.held = inner.to_owned();
                self.state = State::Thinking(false);
                self.start(
                    thought_key(self.block),
                    BlockStart::Thought(ThoughtKind::Full),
                    sink,
                );
            } else if OPEN.starts_with(head) {
                return;
            } else {
                return self.answer(sink);
            }
        }
        if let State::Thinking(began) = self.state {
            self.think(began, sink);
        }
        if self.state == State::Before && !self.held.trim_start().is_empty() {
            self.held = self.held.trim_start().to_owned();
            self.answer(sink);
        }
    }

    /// Tells what is reasoning for certain.
    fn think(&mut self, began: bool, sink: &mut dyn Sink) {
        let key = thought_key(self.block);
        let held = std::mem::take(&mut self.held);
        let held = match began {
            true => held.as_str(),
            false => held.trim_start(),
        };
        if let Some((thought, rest)) = held.split_once(CLOSE) {
            self.tell(key, thought.trim_end(), sink);
            sink.take(Event::BlockStop { block: key });
            self.state = State::Before;
            self.held = rest.to_owned();
            return;
        }
        // White space at the end is none of the reasoning's, nor is half a tag.
        let certain = held.len() - uncertain_tail(held);
        let (thought, rest) = held.split_at_checked(certain).unwrap_or((held, ""));
        self.tell(key, thought, sink);
        self.state = State::Thinking(began || !thought.is_empty());
        self.held = rest.to_owned();
    }

    fn answer(&mut self, sink: &mut dyn Sink) {
        self.state = State::Answering;
        self.start(self.block, BlockStart::Text, sink);
        let held = std::mem::take(&mut self.held);
        self.tell(self.block, &held, sink);
    }

    fn close(mut self, sink: &mut dyn Sink) {
        let block = match self.state {
            State::Undecided => {
                self.answer(sink);
                self.block
            }
            State::Answering => self.block,
            State::Thinking(_) => {
                self.tell(thought_key(self.block), self.held.trim_end(), sink);
                thought_key(self.block)
            }
            State::Before => return,
        };
        sink.take(Event::BlockStop { block });
    }

    fn start(&self, block: u32, start: BlockStart<'_>, sink: &mut dyn Sink) {
        sink.take(Event::BlockStart {
            candidate: self.candidate,
            block,
            start,
        });
    }

    fn tell(&self, block: u32, text: &str, sink: &mut dyn Sink) {
        if !text.is_empty() {
            let delta = Delta::Text(Cow::Borrowed(text));
            sink.take(Event::Delta { block, delta });
        }
    }
}

/// Length of the white space and the head of a closing tag at the end.
fn uncertain_tail(text: &str) -> usize {
    let tag = (1..CLOSE.len())
        .rev()
        .find(|length| {
            CLOSE
                .get(..*length)
                .is_some_and(|head| text.ends_with(head))
        })
        .unwrap_or(0);
    let before = text.get(..text.len() - tag).unwrap_or_default();
    tag + before.len() - before.trim_end().len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Default)]
    struct Told(Vec<(u32, String)>);

    impl Sink for Told {
        fn take(&mut self, event: Event<'_>) {
            match event {
                Event::BlockStart { block, start, .. } => {
                    self.0.push((block, format!("{start:?}: ")));
                }
                Event::Delta {
                    block,
                    delta: Delta::Text(text),
                } => {
                    let open = self.0.iter_mut().rev().find(|(key, _)| *key == block);
                    open.unwrap().1.push_str(&text);
                }
                Event::BlockStop { block } => {
                    let open = self.0.iter_mut().rev().find(|(key, _)| *key == block);
                    open.unwrap().1.push('.');
                }
                _ => {}
            }
        }
    }

    fn told(pieces: &[&str]) -> Vec<String> {
        let mut filter = InlineThoughts::default();
        let mut told = Told::default();
        filter.take(
            Event::BlockStart {
                candidate: 0,
                block: 3,
                start: BlockStart::Text,
            },
            &mut told,
        );
        for piece in pieces {
            let delta = Delta::Text(Cow::Borrowed(piece));
            filter.take(Event::Delta { block: 3, delta }, &mut told);
        }
        filter.take(Event::BlockStop { block: 3 }, &mut told);
        told.0.into_iter().map(|(_, text)| text).collect()
    }

    #[test]
    fn splits_wherever_the_text_is_cut() {
        for (text, expected) in [
            (
                "\n<think>\nLet me: a < b </thin\n\n k\n</think>\n\nYes </think>.",
                vec![
                    "Thought(Full): Let me: a < b </thin\n\n k.",
                    "Text: Yes </think>..",
                ],
            ),
            ("<think>never ends ", vec!["Thought(Full): never ends."]),
            ("<think></think>", vec!["Thought(Full): ."]),
            ("<thinking> is a tag", vec!["Text: <thinking> is a tag."]),
            ("<th", vec!["Text: <th."]),
            ("ä <think>no</think>", vec!["Text: ä <think>no</think>."]),
        ] {
            assert_eq!(told(&[text]), expected, "{text}");
            for (at, _) in text.char_indices() {
                let (a, b) = text.split_at(at);
                assert_eq!(told(&[a, b]), expected, "{text} at {at}");
            }
            let letters: Vec<String> = text.chars().map(String::from).collect();
            let letters: Vec<&str> = letters.iter().map(String::as_str).collect();
            assert_eq!(told(&letters), expected, "{text} by letter");
        }
    }
}
