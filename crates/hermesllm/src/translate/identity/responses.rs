use proptest::prelude::*;
use serde_json::{json, Value};

use super::{addressee, text};
use crate::api::Api;
use crate::apis::responses;
use crate::translate::Notes;

fn user_part() -> impl Strategy<Value = Value> {
    prop_oneof![
        text().prop_map(|text| json!({"type": "input_text", "text": text})),
        Just(
            json!({"type": "input_image", "image_url": "data:image/png;base64,AAAA", "detail": "low"})
        ),
        Just(json!({"type": "input_image", "image_url": "https://e.com/a", "detail": "auto"})),
        text().prop_map(|name| json!({"type": "input_file", "filename": name,
            "file_data": "data:application/pdf;base64,AAAA"})),
        Just(json!({"type": "input_file", "file_url": "https://e.com/a.pdf"})),
        Just(json!({"type": "input_audio", "input_audio": {"data": "AAAA", "format": "wav"}})),
    ]
}

fn message(role: &str, parts: Value) -> Value {
    json!({"type": "message", "role": role, "content": parts})
}

fn said() -> impl Strategy<Value = Value> {
    prop_oneof![
        text().prop_map(|text| json!({"type": "output_text", "text": text})),
        text().prop_map(|text| json!({"type": "output_text", "text": text, "annotations": [
            {"type": "url_citation", "url": "https://e.com", "title": text, "start_index": 0, "end_index": 1}]})),
        text().prop_map(|text| json!({"type": "refusal", "refusal": text})),
    ]
}

/// What the assistant does, and the results of it.
fn exchange() -> impl Strategy<Value = Vec<Value>> {
    (
        text(),
        text(),
        text(),
        proptest::collection::vec(said(), 1..3),
        proptest::option::of(proptest::collection::vec(user_part(), 1..3)),
    )
        .prop_map(|(thought, arguments, patch, said, parts)| {
            let output = match parts {
                Some(mut parts) => {
                    parts.push(json!({"type": "input_image", "image_url": "https://e.com/b",
                        "detail": "high"}));
                    json!(parts)
                }
                None => json!("done"),
            };
            vec![
                json!({"type": "reasoning", "id": "rs_1", "encrypted_content": "gAAA=",
                    "summary": [{"type": "summary_text", "text": thought}]}),
                json!({"type": "reasoning", "id": "rs_2", "encrypted_content": "gBBB.=", "summary": []}),
                message("assistant", json!(said)),
                json!({"type": "function_call", "call_id": "c1", "name": "a", "arguments": arguments}),
                json!({"type": "function_call", "call_id": "c2", "name": "b", "namespace": "n",
                    "arguments": "{}"}),
                json!({"type": "custom_tool_call", "call_id": "c3", "name": "p", "input": patch}),
                json!({"type": "function_call_output", "call_id": "c2", "output": "x"}),
                json!({"type": "custom_tool_call_output", "call_id": "c3", "output": "ok"}),
                json!({"type": "function_call_output", "call_id": "c1", "output": output}),
                message("developer", json!([{"type": "input_text", "text": "later"}])),
            ]
        })
}

proptest! {
    #[test]
    fn responses_requests(
        system in text(),
        opening in proptest::collection::vec(user_part(), 1..4),
        exchange in exchange(),
        store in any::<bool>(),
        choice in prop_oneof![
            Just(json!("auto")),
            Just(json!("required")),
            Just(json!("none")),
            Just(json!({"type": "function", "name": "a"})),
            Just(json!({"type": "custom", "name": "p"})),
            Just(json!({"type": "web_search"})),
            Just(json!({"type": "allowed_tools", "mode": "auto",
                "tools": [{"type": "function", "name": "a"}, {"type": "custom", "name": "p"}]})),
        ],
    ) {
        let mut body = json!({
            "model": "gpt-5.1",
            "store": store,
            "include": ["reasoning.encrypted_content", "message.output_text.logprobs"],
            "max_output_tokens": 50,
            "temperature": 0.5, "top_p": 0.25, "top_logprobs": 2,
            "reasoning": {"effort": "high", "summary": "concise"},
            "text": {"verbosity": "low", "format": {"type": "json_schema", "name": "n",
                "description": "d", "schema": {"type": "object"}, "strict": true}},
            "user": "u", "service_tier": "flex", "prompt_cache_key": "k",
            "prompt_cache_retention": "24h", "metadata": {"k": "v"},
            "tool_choice": choice,
            "parallel_tool_calls": true,
            "instructions": system,
        });
        body["tools"] = json!([
            {"type": "function", "name": "a", "description": "d",
                "parameters": {"type": "object"}, "strict": true},
            {"type": "custom", "name": "p", "description": "d",
                "format": {"type": "grammar", "syntax": "lark", "definition": "start: \"x\""}},
            {"type": "web_search", "search_context_size": "low",
                "user_location": {"type": "approximate", "city": "Rome", "country": "IT"},
                "filters": {"allowed_domains": ["e.com"]}},
        ]);
        let mut input = vec![
            message("developer", json!([{"type": "input_text", "text": "first"}])),
            message("user", json!(opening)),
        ];
        input.extend(exchange);
        input.push(message("user", json!([{"type": "input_text", "text": "next"}])));
        body["input"] = json!(input);
        let text = body.to_string();
        let mut notes = Notes::default();
        let request = responses::decode_request(&text, &mut notes).unwrap();
        let mut addressee = addressee("openai", Api::Responses, "gpt-5.1", notes);
        let mut out = Vec::new();
        responses::encode_request(&request, &mut addressee, &mut out).unwrap();
        prop_assert_eq!(serde_json::from_slice::<Value>(&out).unwrap(), body);
        prop_assert_eq!(addressee.notes.dropped, vec![]);
    }
}
