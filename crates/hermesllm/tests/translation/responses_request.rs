//! What the Responses API demands of a request.

use std::collections::HashSet;

use serde_json::Value;

/// Members that the API refuses.
const UNKNOWN: [&str; 9] = [
    "messages",
    "stop",
    "seed",
    "n",
    "max_tokens",
    "presence_penalty",
    "frequency_penalty",
    "logit_bias",
    "top_k",
];

/// Panics unless `input` is a list of items that belong together.
pub(crate) fn check(body: &[u8], name: &str) {
    let body: Value = serde_json::from_slice(body).expect("JSON");
    for member in UNKNOWN {
        assert!(body.get(member).is_none(), "{name}: {member}");
    }
    assert!(body["store"].is_boolean(), "{name}: store");
    if let Some(limit) = body["max_output_tokens"].as_u64() {
        assert!(limit >= 16, "{name}: max_output_tokens");
    }
    for tool in body["tools"].as_array().into_iter().flatten() {
        if tool["type"] == "function" {
            let whole = tool["strict"].is_boolean() && tool["parameters"].is_object();
            assert!(whole, "{name}: {tool}");
        }
    }
    let items = body["input"].as_array().expect("a list of items");
    let mut calls: HashSet<&Value> = HashSet::new();
    for (at, item) in items.iter().enumerate() {
        match item["type"].as_str().expect("a type") {
            "message" => check_message(item, name),
            "reasoning" => {
                let next = items.get(at + 1).map(|item| &item["role"]);
                assert!(
                    next.is_some_and(|role| role != "user" && role != "developer"),
                    "{name}: reasoning leads to nothing"
                );
            }
            "function_call" | "custom_tool_call" => {
                calls.insert(&item["call_id"]);
            }
            "function_call_output" | "custom_tool_call_output" => {
                assert!(calls.remove(&item["call_id"]), "{name}: {item}");
            }
            other => panic!("{name}: item of type {other}"),
        }
    }
}

fn check_message(item: &Value, name: &str) {
    let parts = item["content"].as_array().expect("a list of parts");
    assert!(!parts.is_empty(), "{name}: empty message");
    for part in parts {
        let kind = part["type"].as_str().unwrap_or_default();
        let fits = match item["role"].as_str() {
            Some("assistant") => ["output_text", "refusal"].contains(&kind),
            Some("user") => kind.starts_with("input_"),
            _ => kind == "input_text",
        };
        assert!(fits, "{name}: {item}");
    }
}
