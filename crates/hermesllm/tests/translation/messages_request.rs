//! What version 2023-06-01 of the Messages API demands of a conversation.

use serde_json::Value;

/// Panics unless turns alternate, user first, and no other role is used.
pub(crate) fn check(body: &[u8], name: &str) {
    let body: Value = serde_json::from_slice(body).expect("JSON");
    let turns = body["messages"].as_array().expect("messages");
    assert!(!turns.is_empty(), "{name}: no messages");
    for (index, turn) in turns.iter().enumerate() {
        let role = if index % 2 == 0 { "user" } else { "assistant" };
        assert_eq!(turn["role"], role, "{name}: messages[{index}]");
    }
}
