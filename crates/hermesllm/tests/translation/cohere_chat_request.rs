//! What Cohere demands of a request.

use std::collections::BTreeSet;

use serde_json::Value;

/// Panics unless every call is answered right after its turn, every message
/// says something, and formats come without tools and documents.
pub(crate) fn check(body: &[u8], name: &str) {
    let body: Value = serde_json::from_slice(body).expect("JSON");
    let messages = body["messages"].as_array().expect("messages");
    assert!(!messages.is_empty(), "{name}: no messages");
    let mut open: BTreeSet<&str> = BTreeSet::new();
    for message in messages {
        if message["role"] == "tool" {
            let id = message["tool_call_id"].as_str().expect("an id");
            assert!(open.remove(id), "{name}: {id} was not called");
            continue;
        }
        assert!(open.is_empty(), "{name}: {open:?} are not answered");
        let content = &message["content"];
        let says = content.as_str().is_some_and(|text| !text.is_empty())
            || content.as_array().is_some_and(|parts| !parts.is_empty());
        let calls = message["tool_calls"].as_array();
        assert!(
            says || calls.is_some_and(|calls| !calls.is_empty()),
            "{name}: {message}"
        );
        open = calls
            .into_iter()
            .flatten()
            .filter_map(|call| call["id"].as_str())
            .collect();
    }
    if body["response_format"]["type"] == "json_object" {
        assert!(
            body["tools"].is_null() && body["documents"].is_null(),
            "{name}"
        );
    }
    assert!(
        body["tool_choice"].is_null() || body["tools"].is_array(),
        "{name}"
    );
}
