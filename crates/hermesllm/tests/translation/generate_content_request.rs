//! What Gemini demands of a conversation.

use serde_json::Value;

/// Panics unless roles alternate, parts hold one thing each, and every call is
/// answered right after its turn, before anything else is said.
pub(crate) fn check(body: &[u8], name: &str) {
    let body: Value = serde_json::from_slice(body).expect("JSON");
    let contents = body["contents"].as_array().expect("contents");
    assert!(!contents.is_empty(), "{name}: no contents");
    for (at, pair) in contents.windows(2).enumerate() {
        assert_ne!(pair[0]["role"], pair[1]["role"], "{name}: contents[{at}]");
    }
    let mut open: Vec<&Value> = Vec::new();
    for (at, content) in contents.iter().enumerate() {
        let parts = content["parts"].as_array().expect("parts");
        assert!(!parts.is_empty(), "{name}: contents[{at}] is empty");
        for part in parts {
            let kinds = [
                "text",
                "inlineData",
                "fileData",
                "functionCall",
                "functionResponse",
            ];
            let held = kinds.iter().filter(|kind| !part[**kind].is_null()).count();
            assert_eq!(held, 1, "{name}: {part}");
        }
        let responses: Vec<&Value> = parts
            .iter()
            .take_while(|part| part["functionResponse"].is_object())
            .map(|part| &part["functionResponse"]["id"])
            .collect();
        let answered = parts
            .iter()
            .filter(|part| part["functionResponse"].is_object())
            .count();
        assert_eq!(answered, responses.len(), "{name}: late responses");
        if at > 0 || answered > 0 {
            let mut wanted = open.clone();
            let mut given = responses.clone();
            wanted.sort_by_key(|id| id.to_string());
            given.sort_by_key(|id| id.to_string());
            assert_eq!(given, wanted, "{name}: contents[{at}] answers other calls");
        }
        open = parts
            .iter()
            .filter(|part| part["functionCall"].is_object())
            .map(|part| &part["functionCall"]["id"])
            .collect();
    }
    for function in body["tools"][0]["functionDeclarations"]
        .as_array()
        .into_iter()
        .flatten()
    {
        check_schema(&function["parametersJsonSchema"], name);
    }
    check_schema(&body["generationConfig"]["responseJsonSchema"], name);
}

/// Beside a reference there may only be what begins with `$`.
fn check_schema(schema: &Value, name: &str) {
    match schema {
        Value::Object(members) => {
            let alone = members.keys().all(|key| key.starts_with('$'));
            assert!(alone || !members.contains_key("$ref"), "{name}: {schema}");
            assert!(!members.contains_key("allOf"), "{name}: {schema}");
            members
                .values()
                .for_each(|member| check_schema(member, name));
        }
        Value::Array(list) => list.iter().for_each(|member| check_schema(member, name)),
        _ => {}
    }
}
