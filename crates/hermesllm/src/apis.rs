//! The APIs: each a folder of converters between its wire and the neutral form.
//! What differs by API is chosen here and nowhere else.

pub(crate) mod chat;
pub(crate) mod cohere_chat;
pub(crate) mod converse;
pub(crate) mod generate_content;
pub(crate) mod messages;
pub(crate) mod responses;

use std::fmt::Debug;

use crate::api::Api;
use crate::ir::{Reply, Request, Sink};
use crate::sse::SseEvent;
use crate::translate::{Addressee, Notes, ReplyContext, ReplyError, RequestError, Sequential};

/// Reads the events of a provider's stream.
pub(crate) trait EventDecoder: Debug + Send {
    /// Takes one event; for event-stream frames the name is that of the event
    /// or the exception.
    fn take(&mut self, event: SseEvent<'_>, sink: &mut dyn Sink);

    /// The provider has closed the stream.
    fn finish(&mut self, sink: &mut dyn Sink);
}

/// Writes the events of a client's stream.
pub(crate) trait EventEncoder: Sink + Debug + Send {
    /// What is written; the caller takes it away.
    fn out(&mut self) -> &mut Vec<u8>;
}

pub(crate) fn decode_request<'a>(
    api: Api,
    text: &'a str,
    notes: &mut Notes,
) -> Result<Request<'a>, RequestError> {
    match api {
        Api::Chat => chat::decode_request(text, notes),
        Api::Responses => responses::decode_request(text, notes),
        Api::Messages => messages::decode_request(text, notes),
        Api::GenerateContent => generate_content::decode_request(text, notes),
        Api::Converse => converse::decode_request(text, notes),
        Api::CohereChat => cohere_chat::decode_request(text, notes),
    }
}

pub(crate) fn encode_request(
    api: Api,
    request: &Request<'_>,
    addressee: &mut Addressee<'_>,
    out: &mut Vec<u8>,
) -> Result<(), RequestError> {
    match api {
        Api::Chat => chat::encode_request(request, addressee, out),
        Api::Responses => responses::encode_request(request, addressee, out),
        Api::Messages => messages::encode_request(request, addressee, out),
        Api::GenerateContent => generate_content::encode_request(request, addressee, out),
        Api::Converse => converse::encode_request(request, addressee, out),
        Api::CohereChat => cohere_chat::encode_request(request, addressee, out),
    }
}

/// Refuses a body whose conversation cannot be read. What only a generation
/// needs may be absent.
pub(crate) fn check_conversation(api: Api, text: &str) -> Result<(), RequestError> {
    match api {
        Api::Chat => chat::check_conversation(text),
        Api::Responses => responses::check_conversation(text),
        Api::Messages => messages::check_conversation(text),
        Api::GenerateContent => generate_content::check_conversation(text),
        Api::Converse => converse::check_conversation(text),
        Api::CohereChat => cohere_chat::check_conversation(text),
    }
}

pub(crate) fn decode_reply(api: Api, text: &str) -> Result<Reply<'_>, ReplyError> {
    match api {
        Api::Chat => chat::decode_reply(text),
        Api::Responses => responses::decode_reply(text),
        Api::Messages => messages::decode_reply(text),
        Api::GenerateContent => generate_content::decode_reply(text),
        Api::Converse => converse::decode_reply(text),
        Api::CohereChat => cohere_chat::decode_reply(text),
    }
}

/// Writes the reply for the client of `context`.
pub(crate) fn encode_reply(reply: &Reply<'_>, context: &ReplyContext, out: &mut Vec<u8>) {
    match context.client {
        Api::Chat => chat::encode_reply(reply, context, out),
        Api::Responses => responses::encode_reply(reply, context, out),
        Api::Messages => messages::encode_reply(reply, context, out),
        Api::GenerateContent => generate_content::encode_reply(reply, context, out),
        Api::Converse => converse::encode_reply(reply, context, out),
        Api::CohereChat => cohere_chat::encode_reply(reply, context, out),
    }
}

/// A decoder of one stream of the provider of `context`.
pub(crate) fn event_decoder(context: &ReplyContext) -> Box<dyn EventDecoder> {
    match context.upstream {
        Api::Chat => Box::new(chat::ChatDecoder::new(context.seed)),
        Api::Responses => Box::new(responses::ResponsesDecoder::default()),
        Api::Messages => Box::new(messages::MessagesDecoder::default()),
        Api::GenerateContent => Box::new(generate_content::GenerateContentDecoder::new(context)),
        Api::Converse => Box::new(converse::ConverseDecoder::default()),
        Api::CohereChat => Box::new(cohere_chat::CohereChatDecoder::default()),
    }
}

/// An encoder of one stream for the client of `context`.
pub(crate) fn event_encoder(context: ReplyContext) -> Box<dyn EventEncoder> {
    match context.client {
        Api::Chat => Box::new(chat::ChatEncoder::new(context)),
        Api::Responses => Box::new(responses::ResponsesEncoder::new(context)),
        Api::Messages => Box::new(Sequential::new(messages::MessagesEncoder::new(context))),
        Api::GenerateContent => Box::new(generate_content::GenerateContentEncoder::new(context)),
        Api::Converse => Box::new(Sequential::new(converse::ConverseEncoder::new(context))),
        Api::CohereChat => Box::new(Sequential::new(cohere_chat::CohereChatEncoder::new(
            context,
        ))),
    }
}
