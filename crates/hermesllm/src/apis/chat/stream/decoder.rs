use super::choice::ChoiceState;
use crate::apis::chat::stop::read_stop;
use crate::apis::chat::usage::read_usage;
use crate::apis::chat::wire::{ChatChoice, ChatReply};
use crate::apis::EventDecoder;
use crate::errors::{decode_error_value, ApiError, ErrorKind};
use crate::ir::{Event, Sink, Start, Stop};
use crate::sse::SseEvent;

/// Most answers followed; OpenAI gives at most 128.
const MAX_CHOICES: u32 = 128;

/// Reads the chunks of a Chat stream.
#[derive(Debug)]
pub(crate) struct ChatDecoder {
    started: bool,
    done: bool,
    seed: u64,
    choices: Vec<ChoiceState>,
}

impl EventDecoder for ChatDecoder {
    fn take(&mut self, event: SseEvent<'_>, sink: &mut dyn Sink) {
        if self.done {
            return;
        }
        let data = event.data.trim();
        if data.is_empty() {
            return;
        }
        if data == "[DONE]" {
            return self.end(sink);
        }
        let Ok(chunk) = serde_json::from_str::<ChatReply<'_>>(data) else {
            // Whatever it held, the answer is not whole without it.
            let message = "an event of the provider's stream cannot be read";
            return self.fail(ApiError::new(ErrorKind::BadGateway, message), sink);
        };
        if let Some(error) = chunk.error {
            return self.fail(decode_error_value(error.get(), None), sink);
        }
        let choices = chunk.choices.unwrap_or_default();
        let usage = chunk
            .usage
            .or(chunk.x_groq.and_then(|extra| extra.usage))
            .as_ref()
            .or(choices.iter().find_map(|choice| choice.usage.as_ref()))
            .map(read_usage);
        // Azure's first chunk tells of filters only and has neither id nor model.
        if !self.started && (!choices.is_empty() || usage.is_some()) {
            self.started = true;
            sink.take(Event::Start(Start {
                id: chunk.id.unwrap_or_default().0,
                model: chunk.model.unwrap_or_default().0,
                created: chunk.created.map(|created| created.0),
                usage: None,
            }));
        }
        if let Some(usage) = usage {
            sink.take(Event::Usage(usage));
        }
        for choice in choices {
            if !self.done {
                self.take_choice(choice, sink);
            }
        }
    }

    fn finish(&mut self, sink: &mut dyn Sink) {
        if self.done {
            return;
        }
        if !self.choices.is_empty() && self.has_stopped() {
            self.end(sink);
        } else {
            self.fail(ApiError::cut_off(), sink);
        }
    }
}

impl ChatDecoder {
    pub(crate) fn new(seed: u64) -> Self {
        Self {
            started: false,
            done: false,
            seed,
            choices: Vec::new(),
        }
    }

    /// Whether every answer has come to its end.
    fn has_stopped(&self) -> bool {
        self.choices.iter().all(|choice| choice.stopped)
    }

    fn end(&mut self, sink: &mut dyn Sink) {
        self.done = true;
        if !self.started {
            sink.take(Event::Start(Start::default()));
        }
        if self.choices.is_empty() {
            self.choices.push(ChoiceState::new(0, self.seed));
        }
        for choice in &mut self.choices {
            choice.stop(Stop::default(), sink);
        }
        sink.take(Event::End);
    }

    fn fail(&mut self, error: ApiError, sink: &mut dyn Sink) {
        self.done = true;
        sink.take(Event::Error(error));
    }

    fn take_choice(&mut self, choice: ChatChoice<'_>, sink: &mut dyn Sink) {
        let index = choice.index.map_or(0, |index| index.0);
        let Some(index) = u32::try_from(index)
            .ok()
            .filter(|index| *index < MAX_CHOICES)
        else {
            return;
        };
        let known = self.choices.iter().position(|known| known.index == index);
        let at = known.unwrap_or_else(|| {
            self.choices.push(ChoiceState::new(index, self.seed));
            self.choices.len() - 1
        });
        let Some(state) = self.choices.get_mut(at) else {
            return;
        };
        // Some services send the last chunk as a whole message.
        if let Some(delta) = choice.delta.or(choice.message) {
            if !state.stopped {
                state.take_delta(delta, sink);
            }
        }
        let Some(reason) = choice.finish_reason.filter(|reason| !reason.is_empty()) else {
            return;
        };
        if state.stopped {
            return;
        }
        match read_stop(&reason) {
            Ok(stop) => state.stop(stop, sink),
            Err(message) => self.fail(ApiError::new(ErrorKind::Server, message), sink),
        }
    }
}
