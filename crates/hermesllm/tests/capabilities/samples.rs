//! The smallest requests that ask for one feature, by clients of each API that
//! can say it, beside the same requests without it.

use hermesllm::{Api, Feature};
use serde_json::{json, Map, Value};

use crate::conversation::message_sample;
use crate::members::member;
use crate::tools::tool_sample;

/// A URL that a sample's image or document stands at.
pub(crate) const URL: &str = "https://example.com/a";

/// A request that asks for a feature.
pub(crate) struct Sample {
    pub(crate) client: Api,
    pub(crate) with: Value,
    pub(crate) without: Value,
    /// What the client is told when it cannot be had.
    pub(crate) field: String,
}

/// Requests for `feature`, in every API that can say it.
pub(crate) fn samples(feature: Feature) -> Vec<Sample> {
    Api::ALL
        .into_iter()
        .filter_map(|client| sample(feature, client))
        .collect()
}

fn sample(feature: Feature, client: Api) -> Option<Sample> {
    if let Some((path, value)) = member(feature, client) {
        return Some(of_member(client, path, value));
    }
    tool_sample(feature, client).or_else(|| message_sample(feature, client))
}

/// A request that asks for nothing in particular.
pub(crate) fn plain(client: Api) -> Value {
    match client {
        Api::Chat => json!({"model": "m", "max_completion_tokens": 9000,
            "messages": [{"role": "user", "content": "hi"}]}),
        Api::Responses => json!({"model": "m", "max_output_tokens": 9000, "input": "hi"}),
        Api::Messages => json!({"model": "m", "max_tokens": 9000,
            "messages": [{"role": "user", "content": "hi"}]}),
        Api::GenerateContent => json!({"generationConfig": {"maxOutputTokens": 9000},
            "contents": [{"role": "user", "parts": [{"text": "hi"}]}]}),
        Api::Converse => json!({"inferenceConfig": {"maxTokens": 9000},
            "messages": [{"role": "user", "content": [{"text": "hi"}]}]}),
        Api::CohereChat => json!({"model": "m", "max_tokens": 9000,
            "messages": [{"role": "user", "content": "hi"}]}),
    }
}

/// A request that asks by one member.
pub(crate) fn of_member(client: Api, path: &str, value: Value) -> Sample {
    let without = plain(client);
    let mut with = without.clone();
    set(&mut with, path, value);
    Sample {
        client,
        with,
        without,
        field: path.to_owned(),
    }
}

/// Sets the member that `path` leads to, with the objects on the way.
pub(crate) fn set(body: &mut Value, path: &str, value: Value) {
    let mut at = body;
    for key in path.split('.') {
        if at.is_null() {
            *at = Value::Object(Map::new());
        }
        at = &mut at[key];
    }
    *at = value;
}
