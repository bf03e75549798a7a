//! JSON Schema on the way to Google, which takes a part of it, and Google's
//! older schemas (a part of OpenAPI 3.0) on the way from it.
//! <https://ai.google.dev/api/caching#FunctionDeclaration>

use std::borrow::Cow;

use serde_json::{Map, Value};

/// Keywords of `parametersJsonSchema` and `responseJsonSchema`.
const TAKEN: [&str; 21] = [
    "$id",
    "$defs",
    "$ref",
    "$anchor",
    "type",
    "format",
    "title",
    "description",
    "enum",
    "items",
    "prefixItems",
    "minItems",
    "maxItems",
    "minimum",
    "maximum",
    "anyOf",
    "oneOf",
    "properties",
    "additionalProperties",
    "required",
    "propertyOrdering",
];

/// Deepest schema that is looked into; what lies deeper is let go.
const MAX_DEPTH: usize = 64;

/// The schema with only what Google takes; as it was where that is all.
pub(super) fn to_google(schema: &str) -> Cow<'_, str> {
    let Ok(value) = serde_json::from_str::<Value>(schema) else {
        return Cow::Borrowed("{}");
    };
    let lowered = lower(value.clone(), 0);
    if lowered == value {
        return Cow::Borrowed(schema);
    }
    Cow::Owned(lowered.to_string())
}

/// Whether the schema lets no argument through.
pub(super) fn has_no_members(schema: &str) -> bool {
    let Ok(Value::Object(schema)) = serde_json::from_str(schema) else {
        return false;
    };
    let is_empty = |key: &str| match schema.get(key) {
        None => true,
        Some(Value::Object(members)) => members.is_empty(),
        Some(_) => false,
    };
    is_empty("properties")
        && schema.keys().all(|key| {
            [
                "type",
                "properties",
                "required",
                "additionalProperties",
                "$schema",
            ]
            .contains(&key.as_str())
        })
        && schema
            .get("additionalProperties")
            .is_none_or(|value| *value == Value::Bool(false))
}

fn lower(schema: Value, depth: usize) -> Value {
    let Value::Object(mut schema) = schema else {
        // `true` and `false` are schemas: anything and nothing.
        return match schema {
            Value::Bool(_) => schema,
            _ => Value::Object(Map::new()),
        };
    };
    if depth > MAX_DEPTH {
        return Value::Object(Map::new());
    }
    rename_definitions(&mut schema);
    merge_all_of(&mut schema);
    let is_reference = schema.contains_key("$ref");
    let mut lowered = Map::with_capacity(schema.len());
    for (key, value) in schema {
        if is_reference && !key.starts_with('$') {
            // Nothing else may stand beside a reference.
            continue;
        }
        match (key.as_str(), value) {
            ("const", value) if value.is_string() || value.is_number() => {
                lowered.insert("enum".to_owned(), Value::Array(vec![value]));
            }
            ("enum", Value::Array(values)) => lower_enum(values, &mut lowered),
            ("$ref", Value::String(path)) => {
                let path = path.replace("#/definitions/", "#/$defs/");
                lowered.insert(key, Value::String(path));
            }
            ("properties" | "$defs", Value::Object(members)) => {
                let members = members
                    .into_iter()
                    .map(|(name, member)| (name, lower(member, depth + 1)));
                lowered.insert(key, Value::Object(members.collect()));
            }
            ("anyOf" | "oneOf" | "prefixItems", Value::Array(options)) => {
                let options = options.into_iter().map(|option| lower(option, depth + 1));
                lowered.insert(key, Value::Array(options.collect()));
            }
            ("items" | "additionalProperties", value) => {
                lowered.insert(key, lower(value, depth + 1));
            }
            (name, value) if TAKEN.contains(&name) => {
                lowered.insert(key, value);
            }
            _ => {}
        }
    }
    Value::Object(lowered)
}

/// Strings and numbers only; `null` among them is another type.
fn lower_enum(values: Vec<Value>, lowered: &mut Map<String, Value>) {
    let taken: Vec<Value> = values
        .into_iter()
        .filter(|value| value.is_string() || value.is_number())
        .collect();
    if !taken.is_empty() {
        lowered.insert("enum".to_owned(), Value::Array(taken));
    }
}

fn rename_definitions(schema: &mut Map<String, Value>) {
    if let (Some(older), false) = (
        schema.shift_remove("definitions"),
        schema.contains_key("$defs"),
    ) {
        schema.insert("$defs".to_owned(), older);
    }
}

/// All at once is what the members of `allOf` say together.
fn merge_all_of(schema: &mut Map<String, Value>) {
    let Some(Value::Array(parts)) = schema.shift_remove("allOf") else {
        return;
    };
    for part in parts {
        let Value::Object(mut part) = part else {
            continue;
        };
        merge_all_of(&mut part);
        for (key, value) in part {
            match (schema.get_mut(&key), value) {
                (Some(Value::Object(known)), Value::Object(more)) => known.extend(more),
                (Some(Value::Array(known)), Value::Array(more)) if key == "required" => {
                    known.extend(more);
                }
                (Some(_), _) => {}
                (None, value) => {
                    schema.insert(key, value);
                }
            }
        }
    }
}

/// Google's own schema as JSON Schema: types in lower case, `nullable` as a
/// type, without what only Google knows.
pub(super) fn from_google(schema: &str) -> Cow<'static, str> {
    let value = serde_json::from_str::<Value>(schema).unwrap_or_default();
    Cow::Owned(raise(value, 0).to_string())
}

/// The choices of an enumeration (`text/x.enum`).
pub(super) fn choices(schema: &str) -> Vec<String> {
    let value = serde_json::from_str::<Value>(schema).unwrap_or_default();
    let values = value.get("enum").and_then(Value::as_array);
    let word = |value: &Value| value.as_str().map(str::to_owned);
    values.into_iter().flatten().filter_map(word).collect()
}

fn raise(schema: Value, depth: usize) -> Value {
    let Value::Object(mut schema) = schema else {
        return schema;
    };
    if depth > MAX_DEPTH {
        return Value::Object(Map::new());
    }
    let nullable = schema.shift_remove("nullable") == Some(Value::Bool(true));
    let mut raised = Map::with_capacity(schema.len());
    for (key, value) in schema {
        match (key.as_str(), value) {
            ("propertyOrdering" | "property_ordering" | "example", _) => {}
            ("type", Value::String(name)) => {
                let name = Value::String(name.to_ascii_lowercase());
                let kind = match nullable {
                    true => Value::Array(vec![name, Value::String("null".to_owned())]),
                    false => name,
                };
                raised.insert(key, kind);
            }
            ("properties", Value::Object(members)) => {
                let members = members
                    .into_iter()
                    .map(|(name, member)| (name, raise(member, depth + 1)));
                raised.insert(key, Value::Object(members.collect()));
            }
            ("anyOf" | "any_of", Value::Array(options)) => {
                let options = options.into_iter().map(|option| raise(option, depth + 1));
                raised.insert("anyOf".to_owned(), Value::Array(options.collect()));
            }
            ("items", value) => {
                raised.insert(key, raise(value, depth + 1));
            }
            (_, value) => {
                raised.insert(in_camel_case(&key), counted(&key, value));
            }
        }
    }
    Value::Object(raised)
}

/// Google's clients write 64-bit counts as strings.
fn counted(key: &str, value: Value) -> Value {
    let is_count = key.starts_with("min") || key.starts_with("max");
    match value.as_str().and_then(|text| text.parse::<u64>().ok()) {
        Some(count) if is_count => Value::from(count),
        _ => value,
    }
}

fn in_camel_case(key: &str) -> String {
    let mut words = key.split('_');
    let mut name = words.next().unwrap_or_default().to_owned();
    for word in words {
        let mut letters = word.chars();
        name.extend(letters.next().map(|first| first.to_ascii_uppercase()));
        name.push_str(letters.as_str());
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_what_google_takes() {
        let plain = r##"{"type": "object", "properties": {"a": {"$ref": "#/$defs/A"}},
            "$defs": {"A": {"type": ["string", "null"], "enum": ["x", 1]}}}"##;
        assert!(matches!(to_google(plain), Cow::Borrowed(same) if same == plain));
    }

    #[test]
    fn lowers_at_every_level() {
        for (schema, expected) in [
            (
                r#"{"$schema":"s","type":"object","properties":{"$schema":{"const":"x","pattern":"p"}}}"#,
                r#"{"type":"object","properties":{"$schema":{"enum":["x"]}}}"#,
            ),
            (
                r##"{"definitions":{"A":{"minLength":1}},"items":{"$ref":"#/definitions/A","description":"d"}}"##,
                r##"{"items":{"$ref":"#/$defs/A"},"$defs":{"A":{}}}"##,
            ),
            (
                r#"{"allOf":[{"properties":{"a":{}},"required":["a"]},{"properties":{"b":{}},"required":["b"]}],"not":{}}"#,
                r#"{"properties":{"a":{},"b":{}},"required":["a","b"]}"#,
            ),
            (
                r#"{"anyOf":[{"enum":[null,true]}],"default":1}"#,
                r#"{"anyOf":[{}]}"#,
            ),
            (
                r#"{"additionalProperties":false,"exclusiveMinimum":1}"#,
                r#"{"additionalProperties":false}"#,
            ),
            ("7", "{}"),
        ] {
            assert_eq!(to_google(schema), expected, "{schema}");
        }
    }

    #[test]
    fn raises_googles_own() {
        assert_eq!(
            from_google(
                r#"{"type":"OBJECT","properties":{"type":{"type":"STRING","nullable":true,"max_length":"5","example":"e"}},"propertyOrdering":["type"]}"#
            ),
            r#"{"type":"object","properties":{"type":{"type":["string","null"],"maxLength":5}}}"#
        );
        assert_eq!(choices(r#"{"type":"STRING","enum":["a","b"]}"#), ["a", "b"]);
    }

    #[test]
    fn knows_a_function_without_parameters() {
        assert!(has_no_members(r#"{"type":"object","properties":{}}"#));
        assert!(!has_no_members(
            r#"{"type":"object","properties":{"a":{}}}"#
        ));
        assert!(!has_no_members(
            r#"{"type":"object"," additionalProperties":true}"#
        ));
        assert!(!has_no_members(
            r#"{"type":"object","additionalProperties":true}"#
        ));
    }

    #[test]
    fn deep_schemas_end() {
        let deep = format!(
            "{}{}",
            r#"{"items":"#.repeat(100),
            "{}".to_owned() + &"}".repeat(100)
        );
        assert!(to_google(&deep).len() < deep.len());
    }
}
