//! A request that goes through the neutral form and back into its own API says
//! the same.

mod cohere_chat;
mod converse;
mod generate_content;
mod responses;

use proptest::prelude::*;
use serde_json::{json, Value};

use super::{Addressee, Notes};
use crate::api::Api;
use crate::apis::{chat, messages};
use crate::capabilities::Capabilities;
use crate::providers::{find, ChatDialect, Replay};
use crate::tools::ToolNames;

fn addressee<'t>(provider: &str, api: Api, model: &'t str, notes: Notes) -> Addressee<'t> {
    let provider = find(provider).unwrap();
    Addressee {
        provider,
        model,
        capabilities: Capabilities::of(provider, api, model),
        names: ToolNames::default(),
        notes,
    }
}

fn text() -> impl Strategy<Value = String> {
    "[a-zäß\"\\\\ \n\u{1F600}]{0,8}x"
}

fn mark(mut block: Value, marked: bool) -> Value {
    if marked {
        block["cache_control"] = json!({"type": "ephemeral", "ttl": "1h"});
    }
    block
}

fn messages_user_block() -> impl Strategy<Value = Value> {
    let plain = prop_oneof![
        text().prop_map(|text| json!({"type": "text", "text": text})),
        Just(
            json!({"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "AAAA"}})
        ),
        Just(json!({"type": "image", "source": {"type": "url", "url": "https://e.com/a"}})),
        text().prop_map(|title| json!({"type": "document",
            "source": {"type": "text", "media_type": "text/plain", "data": "d"},
            "title": title, "context": "c", "citations": {"enabled": true}})),
    ];
    (plain, any::<bool>()).prop_map(|(block, marked)| mark(block, marked))
}

/// An assistant turn with a call, and the turn with its result.
fn messages_exchange() -> impl Strategy<Value = Vec<Value>> {
    (
        text(),
        text(),
        proptest::collection::vec(messages_user_block(), 2..4),
        any::<bool>(),
    )
        .prop_map(|(thought, said, parts, failed)| {
            let mut result =
                json!({"type": "tool_result", "tool_use_id": "toolu_1", "content": parts});
            if failed {
                result["is_error"] = json!(true);
            }
            vec![
                json!({"role": "assistant", "content": [
                    {"type": "thinking", "thinking": thought, "signature": "s=="},
                    {"type": "redacted_thinking", "data": "r=="},
                    {"type": "text", "text": said},
                    {"type": "tool_use", "id": "toolu_1", "name": "a", "input": {"k": [1.0, null]}},
                ]}),
                json!({"role": "user", "content": [result, {"type": "text", "text": "next"}]}),
            ]
        })
}

proptest! {
    #[test]
    fn messages_requests(
        system in text(),
        opening in proptest::collection::vec(messages_user_block(), 2..4),
        exchange in messages_exchange(),
        temperature in proptest::option::of(0u8..=10),
        choice in prop_oneof![
            Just(json!({"type": "auto"})),
            Just(json!({"type": "any", "disable_parallel_tool_use": true})),
            Just(json!({"type": "tool", "name": "a"})),
            Just(json!({"type": "none"})),
        ],
    ) {
        let mut body = json!({
            "model": "claude-sonnet-4-5",
            "max_tokens": 5,
            "stream": true,
            "stop_sequences": ["END"],
            "metadata": {"user_id": "u"},
            "service_tier": "auto",
            "tools": [{"name": "a", "description": "d", "input_schema": {"type": "object"},
                "strict": true, "cache_control": {"type": "ephemeral"}}],
            "tool_choice": choice,
            "system": [mark(json!({"type": "text", "text": system}), true)],
            "messages": [{"role": "user", "content": opening}],
        });
        if let (Some(tenths), Some(turns)) = (temperature, body["messages"].as_array_mut()) {
            turns.extend(exchange);
            body["temperature"] = json!(f64::from(tenths) / 10.0);
        }
        let text = body.to_string();
        let mut notes = Notes::default();
        let request = messages::decode_request(&text, &mut notes).unwrap();
        let mut out = Vec::new();
        let mut addressee = addressee("anthropic", Api::Messages, "claude-sonnet-4-5", notes);
        messages::encode_request(&request, &mut addressee, &mut out).unwrap();
        prop_assert_eq!(serde_json::from_slice::<Value>(&out).unwrap(), body);
        prop_assert_eq!(addressee.notes.dropped, vec![]);
    }

    #[test]
    fn chat_requests(
        system in text(),
        said in text(),
        arguments in text(),
        marked in any::<bool>(),
        choice in prop_oneof![
            Just(json!("required")),
            Just(json!("none")),
            Just(json!({"type": "function", "function": {"name": "a"}})),
        ],
    ) {
        let messages = json!([
                {"role": "system", "content": [mark(json!({"type": "text", "text": system}), true)]},
                {"role": "user", "name": "ann", "content": [
                    mark(json!({"type": "text", "text": said}), marked),
                    {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA", "detail": "low"}},
                    {"type": "file", "file": {"filename": "f", "file_data": "data:application/pdf;base64,AAAA"}},
                    {"type": "input_audio", "input_audio": {"data": "AAAA", "format": "wav"}},
                ]},
                {"role": "assistant", "content": null, "reasoning_content": "r",
                    "reasoning_details": [{"type": "reasoning.text", "text": "r", "signature": "s",
                        "format": "anthropic-claude-v1", "index": 0}],
                    "tool_calls": [{"id": "c", "type": "function",
                        "function": {"name": "a", "arguments": arguments}}]},
                {"role": "tool", "tool_call_id": "c", "content": "done"},
            ]);
        let mut body = json!({
            "model": "m",
            "stream": true,
            "stream_options": {"include_usage": true},
            "max_tokens": 9,
            "temperature": 0.5, "top_p": 0.25, "top_k": 3, "stop": ["a", "b"],
            "seed": 9_007_199_254_740_993_u64, "n": 2,
            "presence_penalty": 0.5, "frequency_penalty": -1.5,
            "logprobs": true, "top_logprobs": 2, "logit_bias": {"5": 1},
            "reasoning_effort": "high",
            "response_format": {"type": "json_schema", "json_schema":
                {"name": "n", "description": "d", "schema": {"type": "object"}, "strict": false}},
            "verbosity": "low", "user": "u", "metadata": {"k": "v"}, "service_tier": "flex",
            "prompt_cache_key": "k", "prompt_cache_retention": "24h", "store": false,
            "tools": [{"type": "function", "function": {"name": "a", "description": "d",
                "parameters": {"type": "object"}, "strict": true}}],
            "tool_choice": choice,
            "parallel_tool_calls": false,
        });
        body["messages"] = messages;
        let text = body.to_string();
        let mut notes = Notes::default();
        let request = chat::decode_request(&text, &mut notes).unwrap();
        let dialect = ChatDialect { replay: Replay::Details, ..ChatDialect::default() };
        let mut out = Vec::new();
        let mut addressee = addressee("openai", Api::Chat, "m", notes);
        chat::encode_in_dialect(&request, &mut addressee, &dialect, &mut out).unwrap();
        prop_assert_eq!(serde_json::from_slice::<Value>(&out).unwrap(), body);
        prop_assert_eq!(addressee.notes.dropped, vec![]);
    }
}
