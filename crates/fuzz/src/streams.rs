use std::borrow::Cow;

use hermesllm::{Api, ReplyContext, StreamTranslation, Usage};

use crate::frames;
use crate::input::{controls, pieces, shown};
use crate::replies::{check_stream, context};

/// A provider of Chat, a client of Messages: see [`stream`].
pub fn stream_chat_to_messages(input: &[u8]) {
    stream(Api::Chat, Api::Messages, input);
}

/// A provider of Messages, a client of Chat: see [`stream`].
pub fn stream_messages_to_chat(input: &[u8]) {
    stream(Api::Messages, Api::Chat, input);
}

/// A provider of Chat, a client of Responses: see [`stream`].
pub fn stream_chat_to_responses(input: &[u8]) {
    stream(Api::Chat, Api::Responses, input);
}

/// A provider of Messages, a client of Responses: see [`stream`].
pub fn stream_messages_to_responses(input: &[u8]) {
    stream(Api::Messages, Api::Responses, input);
}

/// A provider of Responses, a client of Messages: see [`stream`].
pub fn stream_responses_to_messages(input: &[u8]) {
    stream(Api::Responses, Api::Messages, input);
}

/// A provider of GenerateContent, a client of Chat: see [`stream`].
pub fn stream_generate_content_to_chat(input: &[u8]) {
    stream(Api::GenerateContent, Api::Chat, input);
}

/// A provider of Cohere chat, a client of Messages: see [`stream`].
pub fn stream_cohere_chat_to_messages(input: &[u8]) {
    stream(Api::CohereChat, Api::Messages, input);
}

/// A provider of Converse, a client of Responses: see [`stream`].
pub fn stream_converse_to_responses(input: &[u8]) {
    stream(Api::Converse, Api::Responses, input);
}

/// A provider of Chat, a client of Converse: see [`stream`].
pub fn stream_chat_to_converse(input: &[u8]) {
    stream(Api::Chat, Api::Converse, input);
}

/// A provider of Chat, a client of GenerateContent: see [`stream`].
pub fn stream_chat_to_generate_content(input: &[u8]) {
    stream(Api::Chat, Api::GenerateContent, input);
}

/// A provider of Chat, a client of Cohere chat: see [`stream`].
pub fn stream_chat_to_cohere_chat(input: &[u8]) {
    stream(Api::Chat, Api::CohereChat, input);
}

/// The client's stream does not depend on how the provider's was cut, and is
/// one that clients can read. Input: how it is cut (1 byte), the stream; see
/// [`recorded`].
fn stream(upstream: Api, client: Api, input: &[u8]) {
    let Some(([cut], stream)) = controls(input) else {
        return;
    };
    let stream = &*recorded(upstream, stream);
    let context = context(client, upstream);
    let whole = translate(&context, &[stream]);
    let cut = translate(&context, &pieces(stream, cut));
    assert!(
        whole == cut,
        "{}\ncut in pieces becomes\n{}\nwhole\n{}",
        shown(stream),
        shown(&cut.body),
        shown(&whole.body)
    );
    if whole.early_error {
        assert!(whole.body.is_empty(), "{}", shown(&whole.body));
    } else {
        check_stream(client, &whole.body, stream);
    }
}

/// The stream of an input: frames stand in it as lines, each the name of an
/// event or exception, a space, the payload. What else there is comes as it is.
pub(crate) fn recorded(upstream: Api, input: &[u8]) -> Cow<'_, [u8]> {
    if upstream != Api::Converse {
        return Cow::Borrowed(input);
    }
    let mut out = Vec::new();
    for line in input.split_inclusive(|byte| *byte == b'\n') {
        let space = line.iter().position(|byte| *byte == b' ');
        let name = space.and_then(|at| std::str::from_utf8(&line[..at]).ok());
        match (space, name) {
            (Some(at), Some(name)) => frames::push(&mut out, name, line[at + 1..].trim_ascii_end()),
            _ => out.extend_from_slice(line),
        }
    }
    Cow::Owned(out)
}

#[derive(Debug, PartialEq)]
struct Translated {
    body: Vec<u8>,
    failed: bool,
    usage: Option<Usage>,
    early_error: bool,
}

fn translate(context: &ReplyContext, pieces: &[&[u8]]) -> Translated {
    let mut translation = StreamTranslation::new(context.clone());
    let mut body = Vec::new();
    let result = pieces
        .iter()
        .try_for_each(|piece| translation.push(piece, &mut body));
    match result {
        Ok(()) => translation.finish(&mut body),
        Err(error) => translation.fail(&error.into_api_error("provider"), &mut body),
    }
    assert!(translation.is_terminated(), "goes on: {}", shown(&body));
    let length = body.len();
    let after_end = translation.push(b"data: {}\n\n", &mut body);
    translation.finish(&mut body);
    assert_eq!(after_end, Ok(()));
    assert_eq!(
        body.len(),
        length,
        "goes on after the end: {}",
        shown(&body)
    );
    Translated {
        body,
        failed: translation.failed(),
        usage: translation.usage(),
        early_error: translation.before_first_byte_error().is_some(),
    }
}
