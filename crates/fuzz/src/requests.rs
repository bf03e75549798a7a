use hermesllm::providers::{self, Provider};
use hermesllm::{translate_request, Api, Target};
use serde_json::value::RawValue;

use crate::input::{choose, controls, shown};

/// Models whose requests differ.
const MODELS: [&str; 12] = [
    "claude-sonnet-4-5",
    "claude-opus-4-7",
    "gpt-4o",
    "gpt-5.1",
    "deepseek-reasoner",
    "any",
    "gemini-3-pro-preview",
    "gemini-2.5-flash",
    "anthropic.claude-sonnet-4-5",
    "amazon.nova-pro-v1:0",
    "command-a-reasoning-08-2025",
    "command-a-vision-07-2025",
];

/// A client of Chat: see [`request`].
pub fn request_chat(input: &[u8]) {
    request(Api::Chat, input);
}

/// A client of Messages: see [`request`].
pub fn request_messages(input: &[u8]) {
    request(Api::Messages, input);
}

/// A client of Responses: see [`request`].
pub fn request_responses(input: &[u8]) {
    request(Api::Responses, input);
}

/// A client of GenerateContent: see [`request`].
pub fn request_generate_content(input: &[u8]) {
    request(Api::GenerateContent, input);
}

/// A client of Converse: see [`request`].
pub fn request_converse(input: &[u8]) {
    request(Api::Converse, input);
}

/// A client of Cohere chat: see [`request`].
pub fn request_cohere_chat(input: &[u8]) {
    request(Api::CohereChat, input);
}

/// A request becomes valid JSON for every API it can be translated to, the same
/// each time, or an error that says something. Input: the provider and the
/// model (1 byte each), the request.
fn request(client: Api, input: &[u8]) {
    let Some(([provider, model], body)) = controls(input) else {
        return;
    };
    let target = Target {
        provider: choose::<Provider>(providers::all(), provider),
        model: choose::<&str>(&MODELS, model),
        now_unix: 1_700_000_000,
        seed: 7,
    };
    let upstreams = Api::ALL.into_iter().filter(|upstream| client != *upstream);
    for upstream in upstreams {
        match translate_request(body, client, upstream, &target) {
            Ok(translated) => {
                let text = std::str::from_utf8(&translated.body).expect("UTF-8");
                let object = serde_json::from_str::<&RawValue>(text)
                    .unwrap_or_else(|error| panic!("{error}: {text}\nfrom {}", shown(body)));
                assert!(object.get().starts_with('{'), "{text}");
                let again = translate_request(body, client, upstream, &target).expect("as before");
                assert_eq!(again.body, translated.body, "from {}", shown(body));
            }
            Err(error) => assert!(!error.message.is_empty(), "{}", shown(body)),
        }
    }
}
