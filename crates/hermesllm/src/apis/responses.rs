//! OpenAI responses.

mod usage;

pub(crate) use usage::read_usage;

use crate::apis::{EventDecoder, EventEncoder};
use crate::ir::{Event, Reply, Request, Sink};
use crate::sse::SseEvent;
use crate::translate::{Addressee, Notes, ReplyContext, ReplyError, RequestError};

pub(crate) fn decode_request<'a>(
    _text: &'a str,
    _notes: &mut Notes,
) -> Result<Request<'a>, RequestError> {
    Err(RequestError::unsupported("not served yet".to_owned()))
}

pub(crate) fn check_conversation(_text: &str) -> Result<(), RequestError> {
    Err(RequestError::unsupported("not served yet".to_owned()))
}

pub(crate) fn encode_request(
    _request: &Request<'_>,
    _addressee: &mut Addressee<'_>,
    _out: &mut Vec<u8>,
) -> Result<(), RequestError> {
    Err(RequestError::unsupported("not served yet".to_owned()))
}

pub(crate) fn decode_reply(_text: &str) -> Result<Reply<'_>, ReplyError> {
    Err(ReplyError::Unreadable("not served yet".to_owned()))
}

pub(crate) fn encode_reply(_reply: &Reply<'_>, _context: &ReplyContext, _out: &mut Vec<u8>) {}

#[derive(Debug, Default)]
pub(crate) struct ResponsesDecoder;

impl EventDecoder for ResponsesDecoder {
    fn take(&mut self, _event: SseEvent<'_>, _sink: &mut dyn Sink) {}

    fn finish(&mut self, _sink: &mut dyn Sink) {}
}

#[derive(Debug)]
pub(crate) struct ResponsesEncoder {
    out: Vec<u8>,
}

impl ResponsesEncoder {
    pub(crate) fn new(_context: ReplyContext) -> Self {
        Self { out: Vec::new() }
    }
}

impl Sink for ResponsesEncoder {
    fn take(&mut self, _event: Event<'_>) {}
}

impl EventEncoder for ResponsesEncoder {
    fn out(&mut self) -> &mut Vec<u8> {
        &mut self.out
    }
}
