use std::borrow::Cow;

use hermesllm::providers::find;
use hermesllm::{translate_reply, translate_request, Api, BufferedReply, ReplyContext, Target};
use serde_json::Value;

use crate::input::{controls, shown};
use crate::streams::recorded;
use crate::{
    chat_sequence, cohere_chat_sequence, converse_sequence, generate_content_sequence,
    messages_sequence, responses_sequence,
};

/// A provider that speaks Chat: see [`reply`].
pub fn reply_chat(input: &[u8]) {
    reply(Api::Chat, input);
}

/// A provider that speaks Messages: see [`reply`].
pub fn reply_messages(input: &[u8]) {
    reply(Api::Messages, input);
}

/// A provider that speaks Responses: see [`reply`].
pub fn reply_responses(input: &[u8]) {
    reply(Api::Responses, input);
}

/// A provider that speaks GenerateContent: see [`reply`].
pub fn reply_generate_content(input: &[u8]) {
    reply(Api::GenerateContent, input);
}

/// A provider that speaks Converse: see [`reply`].
pub fn reply_converse(input: &[u8]) {
    reply(Api::Converse, input);
}

/// A provider that speaks Cohere chat: see [`reply`].
pub fn reply_cohere_chat(input: &[u8]) {
    reply(Api::CohereChat, input);
}

/// A reply read whole becomes valid JSON, or a stream that clients can read.
/// Input: whether it holds events and whether the client wants them (the low
/// bits of 1 byte), the reply.
fn reply(upstream: Api, input: &[u8]) {
    let Some(([kinds], body)) = controls(input) else {
        return;
    };
    let (kind, body) = if kinds & 1 == 1 {
        (BufferedReply::Events, recorded(upstream, body))
    } else {
        (BufferedReply::Json, Cow::Borrowed(body))
    };
    let body = &*body;
    let stream = kinds & 2 == 2;
    let clients = Api::ALL.into_iter().filter(|client| *client != upstream);
    for client in clients {
        let context = context(client, upstream);
        match translate_reply(body, kind, &context, stream) {
            Ok(translated) if stream => check_stream(client, &translated.body, body),
            Ok(translated) => {
                let reply = read_value(&translated.body)
                    .unwrap_or_else(|error| panic!("{error}: {}", shown(body)));
                assert!(reply.is_object(), "{reply}");
            }
            Err(error) => {
                let error = error.into_api_error("provider");
                let encoded = hermesllm::encode_error(client, &error);
                assert!(read_value(&encoded.body).is_ok(), "{}", shown(body));
            }
        }
    }
}

/// JSON of any depth that this thread's stack holds.
fn read_value(text: &[u8]) -> Result<Value, serde_json::Error> {
    serde_json::from_slice(text)
}

/// What a client with tools, one with a long name, asked for.
pub(crate) fn context(client: Api, upstream: Api) -> ReplyContext {
    let provider = match upstream {
        Api::Messages => "anthropic",
        Api::GenerateContent => "gemini",
        Api::Converse => "amazon_bedrock",
        Api::CohereChat => "cohere",
        Api::Chat | Api::Responses => "openai",
    };
    let target = Target {
        provider: find(provider).expect("a known provider"),
        model: "some-model",
        now_unix: 1_700_000_000,
        seed: 7,
    };
    translate_request(client_request(client).as_bytes(), client, upstream, &target)
        .expect("a plain request")
        .context
}

fn client_request(client: Api) -> String {
    let name = format!("look.up/{}", "x".repeat(100));
    match client {
        Api::Messages => format!(
            r#"{{"model":"m","max_tokens":64,"stream":true,"messages":[{{"role":"user","content":"hi"}}],
            "tools":[{{"name":"{name}","input_schema":{{"type":"object"}}}}]}}"#
        ),
        Api::Responses => format!(
            r#"{{"model":"m","stream":true,"input":"hi","tools":[
            {{"type":"function","name":"{name}","parameters":{{"type":"object"}}}},
            {{"type":"custom","name":"patch"}},
            {{"type":"namespace","name":"n","tools":[{{"type":"function","name":"f"}}]}}]}}"#
        ),
        Api::GenerateContent => format!(
            r#"{{"contents":[{{"role":"user","parts":[{{"text":"hi"}}]}}],
            "generationConfig":{{"thinkingConfig":{{"includeThoughts":true}}}},
            "tools":[{{"functionDeclarations":[{{"name":"{name}"}}]}}]}}"#
        ),
        Api::Converse => format!(
            r#"{{"messages":[{{"role":"user","content":[{{"text":"hi"}}]}}],
            "toolConfig":{{"tools":[{{"toolSpec":{{"name":"{name}","inputSchema":{{"json":{{}}}}}}}}]}}}}"#
        ),
        Api::CohereChat => format!(
            r#"{{"model":"m","stream":true,"messages":[{{"role":"user","content":"hi"}}],
            "tools":[{{"type":"function","function":{{"name":"{name}"}}}}]}}"#
        ),
        Api::Chat => format!(
            r#"{{"model":"m","stream":true,"stream_options":{{"include_usage":true}},
            "messages":[{{"role":"user","content":"hi"}}],
            "tools":[{{"type":"function","function":{{"name":"{name}","parameters":{{"type":"object"}}}}}},
            {{"type":"custom","custom":{{"name":"patch"}}}}]}}"#
        ),
    }
}

/// `stream` is what a client of `client` may be sent.
pub(crate) fn check_stream(client: Api, stream: &[u8], from: &[u8]) {
    let result = match client {
        Api::Messages => messages_sequence::check(stream),
        Api::Responses => responses_sequence::check(stream),
        Api::GenerateContent => generate_content_sequence::check(stream),
        Api::Converse => converse_sequence::check(stream),
        Api::CohereChat => cohere_chat_sequence::check(stream),
        Api::Chat => chat_sequence::check(stream, true),
    };
    if let Err(problem) = result {
        panic!("{problem}\n{}\nfrom {}", shown(stream), shown(from));
    }
}
