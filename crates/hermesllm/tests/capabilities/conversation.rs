//! Features of what is said, each in the words of one API or more.

use hermesllm::{Api, Feature};
use serde_json::{json, Value};

use crate::samples::{of_member, plain, set, Sample, URL};

/// A request with the turn or the part that `feature` is.
pub(crate) fn message_sample(feature: Feature, client: Api) -> Option<Sample> {
    const DATA: &str = "iVBORw0KGgo=";
    let turn =
        |part: Value| json!([{"role": "user", "content": [{"type": "text", "text": "q"}, part]}]);
    let part = |part: Value| {
        let mut without = turn(Value::Null);
        if let Some(parts) = without[0]["content"].as_array_mut() {
            parts.pop();
        }
        (without, turn(part), "messages[0]")
    };
    let text = |words: &str| json!({"type": "text", "text": words});
    let said = |role: &str, words: &str| json!({"role": role, "content": words});
    let result = |parts: Value, is_error: bool| {
        json!([
            said("user", "q"),
            {"role": "assistant", "content":
                [{"type": "tool_use", "id": "t1", "name": "a", "input": {}}]},
            {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "t1",
                "content": parts, "is_error": is_error}]},
        ])
    };
    let image = json!({"type": "image",
        "source": {"type": "base64", "media_type": "image/png", "data": DATA}});
    let cited = |cited: bool| {
        json!([{"role": "user", "content": [
            {"type": "document", "citations": {"enabled": cited},
                "source": {"type": "text", "media_type": "text/plain", "data": "d"}},
            {"type": "text", "text": "q"},
        ]}])
    };
    let (without, with, field) = match (feature, client) {
        (Feature::MessageName, Api::Chat) => (
            json!([said("user", "q")]),
            json!([{"role": "user", "name": "ann", "content": "q"}]),
            "messages[0].name",
        ),
        (Feature::LaterSystem, Api::Chat | Api::CohereChat | Api::Messages) => (
            json!([said("user", "q"), said("assistant", "r"), said("user", "s")]),
            json!([
                said("user", "q"),
                said("assistant", "r"),
                said("system", "Be brief."),
                said("user", "s")
            ]),
            "messages[2]",
        ),
        (Feature::Prefill, Api::Chat | Api::Messages) => (
            json!([said("user", "q")]),
            json!([said("user", "q"), said("assistant", "r")]),
            "messages[1]",
        ),
        (Feature::Image, Api::Messages) => part(image),
        (Feature::Image, Api::Chat) => part(json!({"type": "image_url",
            "image_url": {"url": format!("data:image/png;base64,{DATA}")}})),
        (Feature::ImageUrl, Api::Messages) => {
            part(json!({"type": "image", "source": {"type": "url", "url": URL}}))
        }
        (Feature::ImageUrl, Api::Chat | Api::CohereChat) => {
            part(json!({"type": "image_url", "image_url": {"url": URL}}))
        }
        (Feature::Document, Api::Messages) => part(json!({"type": "document",
            "source": {"type": "base64", "media_type": "application/pdf", "data": DATA}})),
        (Feature::Document, Api::Chat) => part(json!({"type": "file", "file":
            {"filename": "f", "file_data": format!("data:application/pdf;base64,{DATA}")}})),
        (Feature::DocumentUrl, Api::Messages) => {
            part(json!({"type": "document", "source": {"type": "url", "url": URL}}))
        }
        (Feature::Audio, Api::Chat) => {
            part(json!({"type": "input_audio", "input_audio": {"data": DATA, "format": "wav"}}))
        }
        (Feature::ToolResultMedia, Api::Messages) => (
            result(json!([text("x")]), false),
            result(json!([text("x"), image]), false),
            "messages[2]",
        ),
        (Feature::ToolResultError, Api::Messages) => (
            result(json!([text("x")]), false),
            result(json!([text("x")]), true),
            "messages[2]",
        ),
        (Feature::DocumentCitations, Api::Messages) => (cited(false), cited(true), "messages[0]"),
        (Feature::CacheControl, Api::Messages | Api::Chat) => {
            let mut marked = text("q");
            marked["cache_control"] = json!({"type": "ephemeral"});
            (
                json!([{"role": "user", "content": [text("q")]}]),
                json!([{"role": "user", "content": [marked]}]),
                "cache_control",
            )
        }
        _ => return other_wires(feature, client),
    };
    Some(conversation(client, without, with, field))
}

/// What Gemini and Converse alone can say, and Responses beside Chat.
fn other_wires(feature: Feature, client: Api) -> Option<Sample> {
    const DATA: &str = "AAAA";
    let turn = |parts: Value| match client {
        Api::GenerateContent => json!([{"role": "user", "parts": parts}]),
        _ => json!([{"role": "user", "content": parts}]),
    };
    let text = match client {
        Api::Responses => json!({"type": "input_text", "text": "q"}),
        _ => json!({"text": "q"}),
    };
    let inline = |mime: &str| json!({"inlineData": {"mimeType": mime, "data": DATA}});
    let part = match (feature, client) {
        (Feature::Video, Api::GenerateContent) => inline("video/mp4"),
        (Feature::Video, Api::Converse) => {
            json!({"video": {"format": "mp4", "source": {"bytes": DATA}}})
        }
        (Feature::Audio, Api::GenerateContent) => inline("audio/wav"),
        (Feature::Document, Api::Converse) => json!({"document":
            {"format": "pdf", "name": "n", "source": {"bytes": DATA}}}),
        (Feature::DocumentUrl, Api::Responses) => json!({"type": "input_file", "file_url": URL}),
        (Feature::CacheControl, Api::Converse) => json!({"cachePoint": {"type": "default"}}),
        (Feature::JsonSchema, Api::GenerateContent) => {
            let mut sample = of_member(
                client,
                "generationConfig.responseJsonSchema",
                json!({"type": "object", "properties": {"k": {"type": "string"}}}),
            );
            sample.with["generationConfig"]["responseMimeType"] = json!("application/json");
            return Some(sample);
        }
        (Feature::TopLogprobs, Api::Responses) => {
            return Some(of_member(client, "top_logprobs", json!(2)));
        }
        (Feature::TopLogprobs, Api::Chat | Api::GenerateContent) => {
            let (switch, path) = match client {
                Api::Chat => ("logprobs", "top_logprobs"),
                _ => (
                    "generationConfig.responseLogprobs",
                    "generationConfig.logprobs",
                ),
            };
            let mut sample = of_member(client, path, json!(2));
            set(&mut sample.with, switch, json!(true));
            set(&mut sample.without, switch, json!(true));
            return Some(sample);
        }
        _ => return None,
    };
    let field = match (feature, client) {
        (Feature::CacheControl, _) => "cachePoint",
        (_, Api::GenerateContent) => "contents[0]",
        (_, Api::Responses) => "input[0]",
        _ => "messages[0]",
    };
    let with = turn(json!([text, part]));
    Some(conversation(client, turn(json!([text])), with, field))
}

fn conversation(client: Api, without: Value, with: Value, field: &str) -> Sample {
    let path = match client {
        Api::GenerateContent => "contents",
        Api::Responses => "input",
        _ => "messages",
    };
    let place = |turns: Value| {
        let mut body = plain(client);
        body[path] = turns;
        body
    };
    Sample {
        client,
        with: place(with),
        without: place(without),
        field: field.to_owned(),
    }
}
