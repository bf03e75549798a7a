//! What Bedrock demands of a Converse request.

use std::collections::BTreeSet;

use serde_json::Value;

/// Panics on what Bedrock refuses.
pub(crate) fn check(body: &[u8], name: &str) {
    let body: Value = serde_json::from_slice(body).expect("JSON");
    let known = [
        "messages",
        "system",
        "inferenceConfig",
        "toolConfig",
        "outputConfig",
        "additionalModelRequestFields",
        "requestMetadata",
        "serviceTier",
    ];
    for key in body.as_object().expect("an object").keys() {
        assert!(known.contains(&key.as_str()), "{name}: {key}");
    }
    let turns = body["messages"].as_array().expect("messages");
    assert!(!turns.is_empty(), "{name}: no messages");
    let mut open: BTreeSet<&str> = BTreeSet::new();
    let mut uses_tools = false;
    let mut documents: BTreeSet<&str> = BTreeSet::new();
    for (index, turn) in turns.iter().enumerate() {
        let role = if index % 2 == 0 { "user" } else { "assistant" };
        assert_eq!(turn["role"], role, "{name}: messages[{index}]");
        let blocks = turn["content"].as_array().expect("content");
        assert!(!blocks.is_empty(), "{name}: messages[{index}] is empty");
        let mut answered = BTreeSet::new();
        let mut called = BTreeSet::new();
        for block in blocks {
            let object = block.as_object().expect("a block");
            assert_eq!(object.len(), 1, "{name}: {block}");
            if let Some(text) = block.get("text") {
                let blank = text.as_str().expect("text").trim().is_empty();
                assert!(!blank, "{name}: blank text");
            }
            if let Some(id) = block["toolUse"]["toolUseId"].as_str() {
                called.insert(id);
                assert!(block["toolUse"]["input"].is_object(), "{name}: input");
            }
            if let Some(id) = block["toolResult"]["toolUseId"].as_str() {
                answered.insert(id);
            }
            if let Some(document) = block["document"]["name"].as_str() {
                assert!(documents.insert(document), "{name}: document twice");
            }
        }
        assert_eq!(answered, open, "{name}: results of messages[{index}]");
        uses_tools |= !called.is_empty();
        open = called;
    }
    assert!(
        !uses_tools || body["toolConfig"]["tools"].is_array(),
        "{name}: toolConfig"
    );
}
