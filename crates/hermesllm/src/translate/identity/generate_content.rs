use proptest::prelude::*;
use serde_json::{json, Value};

use super::{addressee, text};
use crate::api::Api;
use crate::apis::generate_content;
use crate::translate::Notes;

fn user_part() -> impl Strategy<Value = Value> {
    prop_oneof![
        text().prop_map(|text| json!({"text": text})),
        Just(json!({"inlineData": {"mimeType": "image/png", "data": "AAAA"}})),
        Just(json!({"inlineData": {"mimeType": "audio/wav", "data": "AAAA"}})),
        Just(json!({"inlineData": {"mimeType": "video/mp4", "data": "AAAA"}})),
        Just(json!({"inlineData": {"mimeType": "application/pdf", "data": "AAAA"}})),
        Just(json!({"fileData": {"mimeType": "image/png", "fileUri": "https://e.com/a"}})),
    ]
}

/// What the model does, signed where it signs, and the results of it.
fn exchange() -> impl Strategy<Value = [Value; 2]> {
    (text(), text(), text(), any::<bool>(), any::<bool>()).prop_map(
        |(thought, said, output, failed, drawn)| {
            let key = if failed { "error" } else { "output" };
            let mut response = json!({"id": "f1", "name": "a", "response": {key: output}});
            if drawn {
                response["parts"] =
                    json!([{"inlineData": {"mimeType": "image/png", "data": "AAAA"}}]);
            }
            [
                json!({"role": "model", "parts": [
                    {"text": thought, "thought": true, "thoughtSignature": "AAAA"},
                    {"text": said, "thoughtSignature": "BBBB"},
                    {"functionCall": {"id": "f1", "name": "a", "args": {"k": [1.0, null]}},
                        "thoughtSignature": "CCCC"},
                    {"functionCall": {"id": "f2", "name": "b", "args": {}}},
                    {"text": "", "thoughtSignature": "DDDD"},
                ]}),
                json!({"role": "user", "parts": [
                    {"functionResponse": response},
                    {"functionResponse": {"id": "f2", "name": "b", "response": {"output": "x"}}},
                    {"text": "next"},
                ]}),
            ]
        },
    )
}

proptest! {
    #[test]
    fn generate_content_requests(
        system in proptest::collection::vec(text(), 1..3),
        opening in proptest::collection::vec(user_part(), 1..4),
        exchange in exchange(),
        calling in prop_oneof![
            Just(json!({"mode": "ANY"})),
            Just(json!({"mode": "NONE"})),
            Just(json!({"mode": "ANY", "allowedFunctionNames": ["a"]})),
            Just(json!({"mode": "ANY", "allowedFunctionNames": ["a", "b"]})),
        ],
        level in prop_oneof![Just("LOW"), Just("HIGH")],
        tier in prop_oneof![Just("flex"), Just("standard"), Just("priority")],
    ) {
        let [called, answered] = exchange;
        let system: Vec<Value> = system.into_iter().map(|text| json!({"text": text})).collect();
        let body = json!({
            "systemInstruction": {"parts": system},
            "tools": [
                {"functionDeclarations": [
                    {"name": "a", "description": "d", "parametersJsonSchema":
                        {"type": "object", "properties": {"k": {"type": "array"}}}},
                    {"name": "b"},
                ]},
                {"googleSearch": {}},
            ],
            "toolConfig": {"functionCallingConfig": calling},
            "generationConfig": {
                "temperature": 0.5, "topP": 0.25, "topK": 3, "candidateCount": 2,
                "maxOutputTokens": 50, "stopSequences": ["a", "b"], "seed": -7,
                "presencePenalty": 0.5, "frequencyPenalty": -0.5,
                "responseLogprobs": true, "logprobs": 2,
                "responseMimeType": "application/json",
                "responseJsonSchema": {"type": "object", "properties": {"k": {"type": "string"}}},
                "thinkingConfig": {"includeThoughts": true, "thinkingLevel": level},
            },
            "serviceTier": tier,
            "contents": [{"role": "user", "parts": opening}, called, answered],
        });
        let text = body.to_string();
        let mut notes = Notes::default();
        let request = generate_content::decode_request(&text, &mut notes).unwrap();
        let mut addressee = addressee("gemini", Api::GenerateContent, "gemini-3-pro", notes);
        let mut out = Vec::new();
        generate_content::encode_request(&request, &mut addressee, &mut out).unwrap();
        prop_assert_eq!(serde_json::from_slice::<Value>(&out).unwrap(), body);
        prop_assert_eq!(addressee.notes.dropped, vec![]);
    }
}
