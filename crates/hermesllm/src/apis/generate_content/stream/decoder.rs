use std::borrow::Cow;

use crate::apis::generate_content::parts::read_model_part;
use crate::apis::generate_content::reply::read_grounding;
use crate::apis::generate_content::stop::{blocked, read_stop};
use crate::apis::generate_content::usage::read_usage;
use crate::apis::generate_content::wire::{GenerateReply, Part, WireCandidate};
use crate::apis::EventDecoder;
use crate::errors::{decode_error_value, ApiError, ErrorKind};
use crate::ir::{
    Block, BlockStart, Delta, Event, Media, Origin, Sink, Start, Stop, Thought, ThoughtKind,
    ToolCall, ToolInput,
};
use crate::sse::SseEvent;
use crate::translate::{made_id, ReplyContext};

/// Most candidates followed; Google gives at most eight.
const MAX_CANDIDATES: u64 = 128;

/// Reads the chunks of a Gemini stream, each a whole reply object. The stream
/// has no last event: it ends when the provider closes it.
#[derive(Debug)]
pub(crate) struct GenerateContentDecoder {
    started: bool,
    done: bool,
    seed: u64,
    made: u64,
    next_block: u32,
    candidates: Vec<CandidateState>,
}

#[derive(Debug)]
struct CandidateState {
    index: u32,
    open: Option<(OpenKind, u32)>,
    /// Told at the end: some models give a reason with every chunk.
    stop: Option<Stop>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum OpenKind {
    Text,
    Thought,
}

impl EventDecoder for GenerateContentDecoder {
    fn take(&mut self, event: SseEvent<'_>, sink: &mut dyn Sink) {
        let data = event.data.trim();
        if self.done || data.is_empty() || data == "[DONE]" {
            return;
        }
        let Ok(chunk) = serde_json::from_str::<GenerateReply<'_>>(data) else {
            // Whatever it held, the answer is not whole without it.
            let message = "an event of the provider's stream cannot be read";
            return self.fail(ApiError::new(ErrorKind::BadGateway, message), sink);
        };
        if let Some(error) = chunk.error {
            return self.fail(decode_error_value(error.get(), None), sink);
        }
        let usage = chunk.usage_metadata.as_ref().map(read_usage);
        if !self.started {
            self.started = true;
            sink.take(Event::Start(Start {
                id: chunk.response_id.unwrap_or_default().0,
                model: chunk.model_version.unwrap_or_default().0,
                created: None,
                usage,
            }));
        }
        if let Some(usage) = usage {
            sink.take(Event::Usage(usage));
        }
        let refusal = chunk
            .prompt_feedback
            .and_then(|feedback| feedback.block_reason);
        if let Some(reason) = refusal {
            if let Some(at) = self.candidate(0) {
                if let Some(state) = self.candidates.get_mut(at) {
                    state.stop = Some(blocked(&reason));
                }
            }
        }
        for candidate in chunk.candidates.into_iter().flatten() {
            self.take_candidate(candidate, sink);
        }
    }

    fn finish(&mut self, sink: &mut dyn Sink) {
        if self.done {
            return;
        }
        let is_whole =
            !self.candidates.is_empty() && self.candidates.iter().all(|state| state.stop.is_some());
        if !is_whole {
            return self.fail(ApiError::cut_off(), sink);
        }
        self.done = true;
        for state in &mut self.candidates {
            state.close(sink);
            if let Some(stop) = state.stop.take() {
                sink.take(Event::Stop {
                    candidate: state.index,
                    stop,
                });
            }
        }
        sink.take(Event::End);
    }
}

impl GenerateContentDecoder {
    pub(crate) fn new(context: &ReplyContext) -> Self {
        Self {
            started: false,
            done: false,
            seed: context.seed,
            made: 0,
            next_block: 0,
            candidates: Vec::new(),
        }
    }

    fn fail(&mut self, error: ApiError, sink: &mut dyn Sink) {
        self.done = true;
        sink.take(Event::Error(error));
    }

    /// The place of the candidate of this number.
    fn candidate(&mut self, index: u64) -> Option<usize> {
        let number = u32::try_from(index)
            .ok()
            .filter(|_| index < MAX_CANDIDATES)?;
        let known = self
            .candidates
            .iter()
            .position(|state| state.index == number);
        Some(known.unwrap_or_else(|| {
            self.candidates.push(CandidateState {
                index: number,
                open: None,
                stop: None,
            });
            self.candidates.len() - 1
        }))
    }

    fn take_candidate(&mut self, wire: WireCandidate<'_>, sink: &mut dyn Sink) {
        let Some(at) = self.candidate(wire.index.map_or(0, |index| index.0)) else {
            return;
        };
        let parts = wire.content.and_then(|content| content.parts);
        for part in parts.into_iter().flatten() {
            self.take_part(at, part, sink);
        }
        let Some(state) = self.candidates.get_mut(at) else {
            return;
        };
        if let (Some(grounding), Some((OpenKind::Text, block))) = (wire.grounding, state.open) {
            for citation in read_grounding(grounding) {
                sink.take(Event::Delta {
                    block,
                    delta: Delta::Citation(citation),
                });
            }
        }
        if let Some(reason) = wire.finish_reason {
            state.stop = Some(read_stop(&reason));
        }
    }

    fn take_part(&mut self, at: usize, part: Part<'_>, sink: &mut dyn Sink) {
        let Self {
            candidates,
            next_block,
            made,
            seed,
            ..
        } = self;
        let Some(state) = candidates.get_mut(at) else {
            return;
        };
        // Nearly every part of a stream: a piece of plain text.
        if part.text.is_some() && part.thought_signature.is_none() && part.function_call.is_none() {
            let kind = match part.thought {
                Some(true) => OpenKind::Thought,
                _ => OpenKind::Text,
            };
            if let Some(text) = part.text {
                state.write(kind, text.0, next_block, sink);
            }
            return;
        }
        let mut blocks = Vec::new();
        let make_id = || {
            *made += 1;
            made_id("call_", *seed, *made)
        };
        read_model_part(part, make_id, &mut blocks);
        for block in blocks {
            match block {
                Block::Text(text) => state.write(OpenKind::Text, text.text, next_block, sink),
                Block::Thought(thought) => state.take_thought(thought, next_block, sink),
                Block::ToolCall(call) => state.take_call(call, next_block, sink),
                Block::Media(media) => state.take_media(media, next_block, sink),
                Block::SearchResult(_)
                | Block::ToolResult(_)
                | Block::Refusal(_)
                | Block::Opaque(_) => {}
            }
        }
    }
}

impl CandidateState {
    fn close(&mut self, sink: &mut dyn Sink) {
        if let Some((_, block)) = self.open.take() {
            sink.take(Event::BlockStop { block });
        }
    }

    /// Starts a block; the one that is open ends.
    fn start(&mut self, start: BlockStart<'_>, next_block: &mut u32, sink: &mut dyn Sink) -> u32 {
        self.close(sink);
        let block = *next_block;
        *next_block += 1;
        sink.take(Event::BlockStart {
            candidate: self.index,
            block,
            start,
        });
        block
    }

    fn write(
        &mut self,
        kind: OpenKind,
        text: Cow<'_, str>,
        next_block: &mut u32,
        sink: &mut dyn Sink,
    ) {
        if text.is_empty() {
            return;
        }
        let block = match self.open {
            Some((open, block)) if open == kind => block,
            _ => {
                let start = match kind {
                    OpenKind::Text => BlockStart::Text,
                    OpenKind::Thought => BlockStart::Thought(ThoughtKind::Summary),
                };
                let block = self.start(start, next_block, sink);
                self.open = Some((kind, block));
                block
            }
        };
        sink.take(Event::Delta {
            block,
            delta: Delta::Text(text),
        });
    }

    /// A signature ends what it signs.
    fn take_thought(&mut self, thought: Thought<'_>, next_block: &mut u32, sink: &mut dyn Sink) {
        let Some(proof) = thought.proof else {
            return self.write(OpenKind::Thought, thought.text, next_block, sink);
        };
        let block = self.start(BlockStart::Thought(thought.kind), next_block, sink);
        if !thought.text.is_empty() {
            sink.take(Event::Delta {
                block,
                delta: Delta::Text(thought.text),
            });
        }
        sink.take(Event::Delta {
            block,
            delta: Delta::Proof {
                origin: proof.origin,
                data: proof.data,
                id: proof.id,
            },
        });
        sink.take(Event::BlockStop { block });
    }

    fn take_media(&mut self, media: Media<'_>, next_block: &mut u32, sink: &mut dyn Sink) {
        let block = self.start(BlockStart::Media(Box::new(media)), next_block, sink);
        sink.take(Event::BlockStop { block });
    }

    fn take_call(&mut self, call: ToolCall<'_>, next_block: &mut u32, sink: &mut dyn Sink) {
        let start = BlockStart::ToolCall {
            id: call.id,
            name: call.name,
            custom: false,
        };
        let block = self.start(start, next_block, sink);
        let (ToolInput::Json(input) | ToolInput::Raw(input)) = call.input;
        sink.take(Event::Delta {
            block,
            delta: Delta::Input(input),
        });
        if let Some(proof) = call.proof.filter(|proof| proof.origin == Origin::Google) {
            sink.take(Event::Delta {
                block,
                delta: Delta::Proof {
                    origin: proof.origin,
                    data: proof.data,
                    id: None,
                },
            });
        }
        sink.take(Event::BlockStop { block });
    }
}
