use proptest::prelude::*;
use serde_json::{json, Value};

use super::{addressee, text};
use crate::api::Api;
use crate::apis::converse;
use crate::translate::Notes;

const MODEL: &str = "anthropic.claude-sonnet-4-5-20250929-v1:0";

fn point() -> Value {
    json!({"cachePoint": {"type": "default", "ttl": "1h"}})
}

fn user_block() -> impl Strategy<Value = Value> {
    prop_oneof![
        text().prop_map(|text| json!({"text": text})),
        Just(json!({"image": {"format": "webp", "source": {"bytes": "AAAA"}}})),
    ]
}

/// Documents need names of their own, and words beside them.
fn opening() -> impl Strategy<Value = Vec<Value>> {
    (
        proptest::collection::vec(user_block(), 1..4),
        text(),
        any::<bool>(),
        any::<bool>(),
    )
        .prop_map(|(mut blocks, words, cites, marked)| {
            let mut pdf = json!({"document": {"format": "pdf", "name": "a (1)",
                "source": {"bytes": "AAAA"}, "context": words}});
            if cites {
                pdf["document"]["citations"] = json!({"enabled": true});
            }
            blocks.push(pdf);
            blocks.push(json!({"document": {"format": "md", "name": "b",
                "source": {"bytes": "AAAA"}}}));
            if cites {
                blocks.push(json!({"document": {"format": "txt", "name": "c",
                    "source": {"text": words}, "citations": {"enabled": true}}}));
            }
            if marked {
                blocks.push(point());
            }
            blocks.push(json!({"text": words}));
            blocks
        })
}

fn result_part() -> impl Strategy<Value = Value> {
    prop_oneof![
        text().prop_map(|text| json!({"text": text})),
        Just(json!({"image": {"format": "png", "source": {"bytes": "AAAA"}}})),
    ]
}

/// Two calls, and the turn with their results.
fn exchange() -> impl Strategy<Value = [Value; 2]> {
    (
        text(),
        text(),
        proptest::collection::vec(result_part(), 1..3),
        any::<bool>(),
    )
        .prop_map(|(thought, said, parts, failed)| {
            let mut result = json!({"toolResult": {"toolUseId": "t1", "content": parts}});
            if failed {
                result["toolResult"]["status"] = json!("error");
            }
            [
                json!({"role": "assistant", "content": [
                    {"reasoningContent": {"reasoningText": {"text": thought, "signature": "s=="}}},
                    {"reasoningContent": {"redactedContent": "AAAA"}},
                    {"text": said},
                    {"toolUse": {"toolUseId": "t1", "name": "a", "input": {"k": [1.0, null]}}},
                    {"toolUse": {"toolUseId": "t2", "name": "b", "input": {}}},
                    point(),
                ]}),
                json!({"role": "user", "content": [
                    result,
                    {"toolResult": {"toolUseId": "t2", "content": [{"text": "done"}]}},
                    {"text": "next"},
                ]}),
            ]
        })
}

proptest! {
    #[test]
    fn converse_requests(
        system in text(),
        opening in opening(),
        exchange in exchange(),
        thinks in any::<bool>(),
        choice in prop_oneof![
            Just(json!({"auto": {}})),
            Just(json!({"any": {}})),
            Just(json!({"tool": {"name": "a"}})),
        ],
    ) {
        let [called, answered] = exchange;
        let mut body = json!({
            "inferenceConfig": {"maxTokens": 9000, "stopSequences": ["END"]},
            "outputConfig": {"textFormat": {"type": "json_schema", "structure": {"jsonSchema":
                {"schema": "{\"type\":\"object\"}", "name": "n", "description": "d"}}}},
            "requestMetadata": {"team": "t"},
            "serviceTier": {"type": "flex"},
            "toolConfig": {"tools": [
                {"toolSpec": {"name": "a", "description": "d", "strict": true,
                    "inputSchema": {"json": {"type": "object"}}}},
                point(),
                {"toolSpec": {"name": "b", "inputSchema": {"json": {"type": "object"}}}},
            ]},
            "system": [{"text": system}, point()],
            "messages": [{"role": "user", "content": opening}, called, answered],
        });
        // A model that thinks takes neither of the others.
        if thinks {
            body["additionalModelRequestFields"] =
                json!({"thinking": {"type": "enabled", "budget_tokens": 4000}});
            body["toolConfig"]["toolChoice"] = json!({"auto": {}});
        } else {
            body["additionalModelRequestFields"] = json!({"top_k": 3});
            body["inferenceConfig"]["temperature"] = json!(0.5);
            body["toolConfig"]["toolChoice"] = choice;
        }
        let text = body.to_string();
        let mut notes = Notes::default();
        let request = converse::decode_request(&text, &mut notes).unwrap();
        let mut addressee = addressee("amazon_bedrock", Api::Converse, MODEL, notes);
        let mut out = Vec::new();
        converse::encode_request(&request, &mut addressee, &mut out).unwrap();
        prop_assert_eq!(serde_json::from_slice::<Value>(&out).unwrap(), body);
        prop_assert_eq!(addressee.notes.dropped, vec![]);
    }
}
