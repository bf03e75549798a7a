//! Corrections between decoder and encoder that belong to no API: answers that
//! come in another place than where clients look for them.

mod hidden_answer;
mod inline_thoughts;
mod refusals;
mod unsayable;

pub(super) use hidden_answer::hide_answer;

use std::fmt::Debug;

use hidden_answer::HiddenAnswer;
use inline_thoughts::InlineThoughts;
use refusals::Refusals;
use unsayable::Unsayable;

use super::ReplyContext;
use crate::apis::{event_decoder, EventDecoder};
use crate::ir::{Block, Event, Reply, Sink};
use crate::sse::SseEvent;

/// Changes events on their way.
trait Filter: Debug + Send {
    fn take(&mut self, event: Event<'_>, sink: &mut dyn Sink);
}

/// The decoder for a reply, with what must be corrected in it.
pub(super) fn filtered_decoder(context: &ReplyContext) -> Box<dyn EventDecoder> {
    let mut decoder = event_decoder(context);
    if inline_thoughts::expected(context) {
        let filter = InlineThoughts::default();
        decoder = Box::new(FilteredDecoder { decoder, filter });
    }
    if let Some(name) = context.names.hidden_answer() {
        let filter = HiddenAnswer::new(name);
        decoder = Box::new(FilteredDecoder { decoder, filter });
    }
    if refusals::expected(context) {
        let filter = Refusals::default();
        decoder = Box::new(FilteredDecoder { decoder, filter });
    }
    if unsayable::expected(context) {
        let filter = Unsayable::new(context.client);
        decoder = Box::new(FilteredDecoder { decoder, filter });
    }
    decoder
}

/// Corrects a reply that was read whole.
pub(super) fn filter_reply(reply: &mut Reply<'_>, context: &ReplyContext) {
    drop_nameless_calls(reply);
    if inline_thoughts::expected(context) {
        inline_thoughts::split_reply(reply);
    }
    if let Some(name) = context.names.hidden_answer() {
        hidden_answer::reveal(reply, name);
    }
    if refusals::expected(context) {
        refusals::tell(reply);
    }
    if unsayable::expected(context) {
        unsayable::replace(reply, context.client);
    }
}

/// Takes out calls that tell no name and so cannot be answered.
pub(super) fn drop_nameless_calls(reply: &mut Reply<'_>) {
    let is_nameless =
        |block: &Block<'_>| matches!(block, Block::ToolCall(call) if call.name.is_empty());
    for candidate in &mut reply.candidates {
        candidate.blocks.retain(|block| !is_nameless(block));
    }
}

#[derive(Debug)]
struct FilteredDecoder<F> {
    decoder: Box<dyn EventDecoder>,
    filter: F,
}

struct Through<'t, F> {
    filter: &'t mut F,
    sink: &'t mut dyn Sink,
}

impl<F: Filter> EventDecoder for FilteredDecoder<F> {
    fn take(&mut self, event: SseEvent<'_>, sink: &mut dyn Sink) {
        let Self { decoder, filter } = self;
        decoder.take(event, &mut Through { filter, sink });
    }

    fn finish(&mut self, sink: &mut dyn Sink) {
        let Self { decoder, filter } = self;
        decoder.finish(&mut Through { filter, sink });
    }
}

impl<F: Filter> Sink for Through<'_, F> {
    fn take(&mut self, event: Event<'_>) {
        self.filter.take(event, self.sink);
    }
}
