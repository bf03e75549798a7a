//! The same small conversation in all six APIs. Chat's is written here, the
//! others are what the library makes of it.

use std::error::Error;

use bytes::Bytes;
use hermesllm::providers::{find, Provider};
use hermesllm::{
    translate_reply, translate_request, Api, BufferedReply, StreamTranslation, Target,
};

const REPLY: &[u8] = br#"{"id":"chatcmpl-bench","object":"chat.completion","created":1700000000,"model":"bench","choices":[{"index":0,"message":{"role":"assistant","content":"The quick brown fox jumps over the lazy dog and then, having thought about it, jumps back again."},"finish_reason":"stop"}],"usage":{"prompt_tokens":12,"completion_tokens":22,"total_tokens":34}}"#;
const TOKEN: &[u8] = b"data: {\"id\":\"chatcmpl-bench\",\"object\":\"chat.completion.chunk\",\"created\":1700000000,\"model\":\"bench\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\" token\"},\"finish_reason\":null}]}\n\n";
const LAST: &[u8] = b"data: {\"id\":\"chatcmpl-bench\",\"object\":\"chat.completion.chunk\",\"created\":1700000000,\"model\":\"bench\",\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}],\"usage\":{\"prompt_tokens\":12,\"completion_tokens\":22,\"total_tokens\":34}}\n\ndata: [DONE]\n\n";

/// What a provider of one API answers.
#[derive(Debug, Clone)]
pub(crate) struct Wire {
    pub(crate) reply: Bytes,
    /// Ahead of the tokens of a stream.
    pub(crate) first: Bytes,
    pub(crate) token: Bytes,
    pub(crate) last: Bytes,
}

/// A provider that speaks `api` and, but for OpenAI, no other.
pub(crate) fn provider(api: Api) -> &'static str {
    match api {
        Api::Chat => "together_ai",
        Api::Responses => "chatgpt",
        Api::Messages => "anthropic",
        Api::GenerateContent => "gemini",
        Api::Converse => "amazon_bedrock",
        Api::CohereChat => "cohere",
    }
}

/// The model of the provider of `api`.
pub(crate) fn model(api: Api) -> String {
    format!("bench-{api}")
}

/// The path that clients of `api` call.
pub(crate) fn path(api: Api, model: &str, stream: bool) -> String {
    match (api, stream) {
        (Api::Chat, _) => "/v1/chat/completions".to_owned(),
        (Api::Responses, _) => "/v1/responses".to_owned(),
        (Api::Messages, _) => "/v1/messages".to_owned(),
        (Api::GenerateContent, false) => format!("/v1beta/models/{model}:generateContent"),
        (Api::GenerateContent, true) => {
            format!("/v1beta/models/{model}:streamGenerateContent?alt=sse")
        }
        (Api::Converse, false) => format!("/model/{model}/converse"),
        (Api::Converse, true) => format!("/model/{model}/converse-stream"),
        (Api::CohereChat, _) => "/v2/chat".to_owned(),
    }
}

/// The API that a provider is asked in at `path`.
pub(crate) fn api_of(path: &str) -> Api {
    let ends = [
        ("/responses", Api::Responses),
        ("/messages", Api::Messages),
        ("/v2/chat", Api::CohereChat),
        ("/converse", Api::Converse),
        ("/converse-stream", Api::Converse),
        ("GenerateContent", Api::GenerateContent),
        (":generateContent", Api::GenerateContent),
    ];
    ends.into_iter()
        .find(|(end, _)| path.ends_with(end))
        .map_or(Api::Chat, |(_, api)| api)
}

pub(crate) fn target<'m>(api: Api, model: &'m str) -> Result<Target<'m>, Box<dyn Error>> {
    // The same API by its first provider: no quirks.
    let id = match api {
        Api::Responses => "openai",
        api => provider(api),
    };
    let provider: &'static Provider = find(id).ok_or("no such provider")?;
    Ok(Target {
        provider,
        model,
        now_unix: 1_700_000_000,
        seed: 7,
    })
}

/// `chat`, a body of chat completions, as a client of `api` writes it.
pub(crate) fn request(api: Api, chat: &str, model: &str) -> Result<Bytes, Box<dyn Error>> {
    if api == Api::Chat {
        return Ok(chat
            .replacen("\"bench\"", &format!("\"{model}\""), 1)
            .into());
    }
    let translated = translate_request(chat.as_bytes(), Api::Chat, api, &target(api, model)?)?;
    Ok(translated.body.into())
}

pub(crate) fn wire(api: Api) -> Result<Wire, Box<dyn Error>> {
    if api == Api::Chat {
        return Ok(Wire {
            reply: Bytes::from_static(REPLY),
            first: Bytes::new(),
            token: Bytes::from_static(TOKEN),
            last: Bytes::from_static(LAST),
        });
    }
    let chat = chat_request(400, true);
    let body = request(api, &chat, "bench")?;
    let target = target(Api::Chat, "bench")?;
    let context = translate_request(&body, api, Api::Chat, &target)?.context;
    let reply = translate_reply(REPLY, BufferedReply::Json, &context, false)?;
    let mut stream = StreamTranslation::new(context);
    let (mut first, mut token, mut last) = (Vec::new(), Vec::new(), Vec::new());
    stream.push(TOKEN, &mut first)?;
    stream.push(TOKEN, &mut token)?;
    stream.push(LAST, &mut last)?;
    stream.finish(&mut last);
    Ok(Wire {
        reply: reply.body.into(),
        first: first.into(),
        token: token.into(),
        last: last.into(),
    })
}

/// Chat completions with a system prompt, a tool and about `size` bytes of text.
pub(crate) fn chat_request(size: usize, stream: bool) -> String {
    const TOOL: &str = r#"{"type":"function","function":{"name":"read_file","description":"Reads a file","parameters":{"type":"object","properties":{"path":{"type":"string"}},"required":["path"]}}}"#;
    let words = "Tell me, in \\\"plain\\\" words, what a gateway is good for.\\nAnd do not forget the people who run it at night. ";
    let mut text = String::with_capacity(size + words.len());
    while text.len() < size {
        text.push_str(words);
    }
    format!(
        r#"{{"model":"bench","messages":[{{"role":"system","content":"Be brief."}},{{"role":"user","content":"{text}"}}],"stream":{stream},"tools":[{TOOL}],"max_tokens":256}}"#
    )
}

/// A conversation of an agent: `turns` calls of a tool and their results, about
/// five kilobytes each.
pub(crate) fn agent_request(turns: usize) -> String {
    let line = "    let total = items.iter().map(|item| item.price * 3).sum::<u64>();\\n";
    let (file, patch) = (line.repeat(56), line.repeat(10));
    let mut messages = String::from(r#"{"role":"user","content":"Mend it."}"#);
    for turn in 0..turns {
        messages.push_str(&format!(
            r#",{{"role":"assistant","content":"Next.","tool_calls":[{{"id":"call_{turn}","type":"function","function":{{"name":"read_file","arguments":"{{\"path\":\"src/{turn}.rs\",\"patch\":\"{}\"}}"}}}}]}},{{"role":"tool","tool_call_id":"call_{turn}","content":"{file}"}}"#,
            patch.replace("\\n", "\\\\n")
        ));
    }
    format!(
        r#"{{"model":"bench","stream":true,"max_tokens":256,"tools":[{{"type":"function","function":{{"name":"read_file","parameters":{{"type":"object"}}}}}}],"messages":[{messages}]}}"#
    )
}
