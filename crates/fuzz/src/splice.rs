use std::fmt;

use hermesllm::splice::{
    string_literal, Fields, RequestScanner, ScanError, MAX_DEPTH, MAX_MODEL_BYTES,
};
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::input::{controls, pieces, shown};

const READ_KEYS: [&str; 3] = ["model", "stream", "previous_response_id"];

/// The scanner finds the same however the body is cut, and finds what serde
/// finds. Input: how it is cut (1 byte), the body.
pub fn splice(input: &[u8]) {
    let Some(([cut], body)) = controls(input) else {
        return;
    };
    let whole = scan(&[body]);
    let cut = scan(&pieces(body, cut));
    assert_eq!(whole, cut, "cut in pieces: {}", shown(body));
    if let Ok(fields) = &whole {
        check_span(fields, body);
    }
    if let Ok(members) = serde_json::from_slice::<Members<'_>>(body) {
        check_against(&whole, &members.0, body);
    }
}

fn scan(pieces: &[&[u8]]) -> Result<Fields, ScanError> {
    let mut scanner = RequestScanner::new();
    for piece in pieces {
        scanner.push(piece)?;
    }
    scanner.finish()?;
    Ok(scanner.fields().clone())
}

/// What stands at the span is the model, and can be replaced by another.
fn check_span(fields: &Fields, body: &[u8]) {
    let Some(span) = fields.model_span.clone() else {
        assert_eq!(fields.model, None, "no span: {}", shown(body));
        return;
    };
    let written: Option<String> = serde_json::from_slice(&body[span.clone()])
        .unwrap_or_else(|error| panic!("{error} at {span:?}: {}", shown(body)));
    assert_eq!(written, fields.model, "{}", shown(body));
    let replaced = [
        &body[..span.start],
        string_literal("other/\"model\"").as_bytes(),
        &body[span.end..],
    ]
    .concat();
    let again = scan(&[&replaced]).expect("a body with another model");
    assert_eq!(again.model.as_deref(), Some("other/\"model\""));
    assert_eq!(again.stream, fields.stream);
}

fn check_against(found: &Result<Fields, ScanError>, members: &[(String, &RawValue)], body: &[u8]) {
    let values = |key: &str| -> Vec<&RawValue> {
        let matching = members.iter().filter(|(name, _)| name == key);
        matching.map(|(_, value)| *value).collect()
    };
    let model_value = values("model").first().copied();
    let model = model_value.map(|raw| serde_json::from_str::<Option<String>>(raw.get()));
    let model_is_bad = match &model {
        None => false,
        Some(Err(_)) => true,
        Some(Ok(_)) => model_value.is_some_and(|raw| raw.get().len() - 2 > MAX_MODEL_BYTES),
    };
    let repeats = READ_KEYS.iter().any(|key| values(key).len() > 1);
    if model_is_bad || repeats || depth(body) > MAX_DEPTH {
        return;
    }
    let fields = found
        .as_ref()
        .unwrap_or_else(|error| panic!("refused with '{error}': {}", shown(body)));
    assert_eq!(
        fields.model,
        model.and_then(Result::ok).flatten(),
        "{}",
        shown(body)
    );
    let stream = values("stream").first().copied();
    assert_eq!(
        fields.stream,
        stream.and_then(|raw| serde_json::from_str(raw.get()).ok()),
        "{}",
        shown(body)
    );
    let previous = values("previous_response_id");
    assert_eq!(
        fields.previous_response_id,
        previous.first().is_some_and(|raw| raw.get() != "null"),
        "{}",
        shown(body)
    );
    assert_eq!(fields.has_keys, !members.is_empty(), "{}", shown(body));
}

/// Levels of nesting in valid JSON.
fn depth(body: &[u8]) -> usize {
    let (mut depth, mut deepest) = (0usize, 0);
    let (mut in_string, mut escaped) = (false, false);
    for byte in body {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            _ if in_string => {}
            b'{' | b'[' => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            b'}' | b']' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    deepest
}

/// The members of a JSON object in order, repeated keys included.
struct Members<'a>(Vec<(String, &'a RawValue)>);

impl<'de: 'a, 'a> Deserialize<'de> for Members<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ObjectVisitor;
        impl<'de> Visitor<'de> for ObjectVisitor {
            type Value = Members<'de>;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(ObjectVisitor)
    }
}
