use proptest::prelude::*;
use serde_json::{json, Value};

use super::{addressee, text};
use crate::api::Api;
use crate::apis::cohere_chat;
use crate::translate::Notes;

fn user_part() -> impl Strategy<Value = Value> {
    prop_oneof![
        text().prop_map(|text| json!({"type": "text", "text": text})),
        Just(json!({"type": "image_url",
            "image_url": {"url": "data:image/png;base64,AAAA", "detail": "low"}})),
        Just(json!({"type": "image_url", "image_url": {"url": "https://e.com/a"}})),
    ]
}

/// What the model plans, calls and hears.
fn exchange() -> impl Strategy<Value = Vec<Value>> {
    (text(), text(), text(), text()).prop_map(|(thought, plan, arguments, output)| {
        vec![
            json!({"role": "assistant", "tool_plan": plan, "tool_calls": [
                {"id": "c1", "type": "function", "function": {"name": "a", "arguments": arguments}},
                {"id": "c2", "type": "function", "function": {"name": "b", "arguments": "{}"}},
            ]}),
            json!({"role": "tool", "tool_call_id": "c1", "content": output}),
            json!({"role": "tool", "tool_call_id": "c2", "content": "done"}),
            json!({"role": "assistant", "content": [
                {"type": "thinking", "thinking": thought},
                {"type": "text", "text": plan},
            ]}),
            json!({"role": "user", "content": output}),
            json!({"role": "assistant", "content": thought}),
            json!({"role": "user", "content": "next"}),
        ]
    })
}

proptest! {
    #[test]
    fn cohere_chat_requests(
        system in text(),
        opening in proptest::collection::vec(user_part(), 1..4),
        words in text(),
        exchange in exchange(),
        formats in any::<bool>(),
        choice in prop_oneof![Just("REQUIRED"), Just("NONE")],
        thinking in prop_oneof![
            Just(json!({"type": "disabled"})),
            Just(json!({"type": "enabled"})),
            Just(json!({"type": "enabled", "token_budget": 30})),
        ],
    ) {
        let mut body = json!({
            "model": "command-a-reasoning-08-2025",
            "stream": true,
            "max_tokens": 50,
            "temperature": 0.5, "p": 0.25, "k": 3, "seed": 7, "stop_sequences": ["a", "b"],
            "frequency_penalty": 0.5, "presence_penalty": 0.25, "logprobs": true,
            "thinking": thinking,
        });
        // A format goes neither with tools nor with documents.
        if formats {
            body["response_format"] = json!({"type": "json_object",
                "json_schema": {"type": "object", "required": ["k"]}});
        } else {
            body["tools"] = json!([
                {"type": "function", "function":
                    {"name": "a", "description": "d", "parameters": {"type": "object"}}},
                {"type": "function", "function": {"name": "b", "parameters": {"type": "object"}}},
            ]);
            body["strict_tools"] = json!(true);
            body["tool_choice"] = json!(choice);
            body["documents"] = json!([
                {"id": "document_0", "data": {"title": words, "text": "t"}},
                {"id": "document_1", "data": {"title": "two", "text": words}},
            ]);
        }
        let mut opening = opening;
        // One text by itself is written as a string.
        opening.push(json!({"type": "text", "text": words}));
        opening.push(json!({"type": "text", "text": words}));
        let mut messages = vec![
            json!({"role": "system", "content": system}),
            json!({"role": "user", "content": opening}),
        ];
        messages.extend(exchange);
        body["messages"] = json!(messages);
        let text = body.to_string();
        let mut notes = Notes::default();
        let request = cohere_chat::decode_request(&text, &mut notes).unwrap();
        let mut addressee =
            addressee("cohere", Api::CohereChat, "command-a-reasoning-08-2025", notes);
        let mut out = Vec::new();
        cohere_chat::encode_request(&request, &mut addressee, &mut out).unwrap();
        prop_assert_eq!(serde_json::from_slice::<Value>(&out).unwrap(), body);
        prop_assert_eq!(addressee.notes.dropped, vec![]);
    }
}
