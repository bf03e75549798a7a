//! What is different between two rendered configurations, in words.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

/// Texts that are shown; all others may be secrets or hold one.
const SHOWN: [&str; 11] = [
    "address",
    "fetch_media",
    "llm_routing_model",
    "agent_orchestration_model",
    "model",
    "name",
    "on_unsupported",
    "provider_interface",
    "target",
    "type",
    "version",
];

/// The differences between two rendered configurations, a line each. Secrets are
/// not in them. Empty if one of them cannot be read.
pub fn changes(before: &str, after: &str) -> Vec<String> {
    let read = |text| serde_saphyr::from_str::<Map<String, Value>>(text);
    let (Ok(before), Ok(after)) = (read(before), read(after)) else {
        return Vec::new();
    };
    let mut lines = Vec::new();
    for key in keys(&before, &after) {
        section(key, before.get(key), after.get(key), &mut lines);
    }
    lines
}

fn section(key: &str, before: Option<&Value>, after: Option<&Value>, lines: &mut Vec<String>) {
    match (items(before), items(after)) {
        (Some(before), Some(after)) => compare_items(&title(key), &before, &after, lines),
        _ => compare(key, before, after, lines),
    }
}

/// What one item of a section is called.
fn title(key: &str) -> String {
    match key {
        "model_aliases" => "alias".to_owned(),
        "model_providers" => "model provider".to_owned(),
        "routing_preferences" => "routing preference".to_owned(),
        _ => key.trim_end_matches('s').replace('_', " "),
    }
}

/// The items of a section by their names, if it has such; none is one without.
fn items(section: Option<&Value>) -> Option<Vec<(&str, &Value)>> {
    match section {
        None => Some(Vec::new()),
        Some(Value::Array(list)) => list.iter().map(|item| Some((label(item)?, item))).collect(),
        Some(Value::Object(map)) if map.values().all(Value::is_object) => {
            Some(map.iter().map(|(name, item)| (&**name, item)).collect())
        }
        Some(_) => None,
    }
}

fn label(item: &Value) -> Option<&str> {
    item.get("name").or_else(|| item.get("id"))?.as_str()
}

fn compare_items(
    title: &str,
    before: &[(&str, &Value)],
    after: &[(&str, &Value)],
    lines: &mut Vec<String>,
) {
    let find = |items: &[(&str, &Value)], name: &str| {
        let found = items.iter().find(|(other, _)| *other == name);
        found.map(|(_, item)| (*item).clone())
    };
    for (name, _) in before {
        if find(after, name).is_none() {
            lines.push(format!("{title} '{name}' removed"));
        }
    }
    for (name, item) in after {
        match find(before, name) {
            None => lines.push(format!("{title} '{name}' added")),
            Some(old) if old == **item => {}
            Some(old) => {
                let mut parts = Vec::new();
                compare("", Some(&old), Some(item), &mut parts);
                lines.push(format!("{title} '{name}': {}", parts.join(", ")));
            }
        }
    }
    let order = |one: &[(&str, &Value)], other: &[(&str, &Value)]| -> Vec<String> {
        let kept = one.iter().filter(|(name, _)| find(other, name).is_some());
        kept.map(|(name, _)| (*name).to_owned()).collect()
    };
    if order(before, after) != order(after, before) {
        lines.push(format!("{title}s in another order"));
    }
}

fn compare(path: &str, before: Option<&Value>, after: Option<&Value>, lines: &mut Vec<String>) {
    match (before, after) {
        (Some(Value::Object(before)), Some(Value::Object(after))) => {
            for key in keys(before, after) {
                let path = match path {
                    "" => key.to_owned(),
                    _ => format!("{path}.{key}"),
                };
                compare(&path, before.get(key), after.get(key), lines);
            }
        }
        (before, after) if before == after => {}
        (None, Some(value)) => lines.push(match shown(path, value) {
            Some(value) => format!("{path} {value} added"),
            None => format!("{path} added"),
        }),
        (_, None) => lines.push(format!("{path} removed")),
        (Some(before), Some(after)) => {
            lines.push(match (shown(path, before), shown(path, after)) {
                (Some(before), Some(after)) => format!("{path} {before} → {after}"),
                _ => format!("{path} changed"),
            });
        }
    }
}

fn shown(path: &str, value: &Value) -> Option<String> {
    let key = path.rsplit('.').next().unwrap_or(path);
    match value {
        Value::Number(_) | Value::Bool(_) => Some(value.to_string()),
        Value::String(text) if SHOWN.contains(&key) => Some(text.clone()),
        _ => None,
    }
}

fn keys<'a>(before: &'a Map<String, Value>, after: &'a Map<String, Value>) -> Vec<&'a str> {
    let mut seen = BTreeSet::new();
    let all = before.keys().chain(after.keys()).map(String::as_str);
    all.filter(|key| seen.insert(*key)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const BEFORE: &str = "
version: v0.4.0
listeners:
  - {name: a, type: model, address: 127.0.0.1, port: 1, timeout_ms: 300000}
model_providers:
  - {name: main, model: gpt-4o, access_key: sk-old-secret, headers: {X-Team: old-secret}}
  - {name: other, model: m}
model_aliases:
  fast: {target: main}
overrides: {drain_timeout_ms: 30000, on_unsupported: warn}
";

    fn after(replacements: &[(&str, &str)]) -> Vec<String> {
        let mut text = BEFORE.to_owned();
        for (old, new) in replacements {
            assert!(text.contains(old), "{old}");
            text = text.replace(old, new);
        }
        changes(BEFORE, &text)
    }

    #[test]
    fn nothing_is_no_line() {
        assert!(after(&[]).is_empty());
        assert!(after(&[("version: v0.4.0", "# a comment\nversion: v0.4.0")]).is_empty());
    }

    #[test]
    fn names_what_comes_goes_and_changes() {
        assert_eq!(
            after(&[("name: other, model: m", "name: third, model: m")]),
            [
                "model provider 'other' removed",
                "model provider 'third' added"
            ]
        );
        assert_eq!(
            after(&[
                ("port: 1", "port: 2"),
                ("timeout_ms: 300000", "timeout_ms: 5")
            ]),
            ["listener 'a': port 1 → 2, timeout_ms 300000 → 5"]
        );
        assert_eq!(
            after(&[("target: main", "target: other"), ("warn", "drop")]),
            [
                "alias 'fast': target main → other",
                "overrides.on_unsupported warn → drop"
            ]
        );
        assert_eq!(
            after(&[("model_aliases:\n  fast: {target: main}\n", "")]),
            ["alias 'fast' removed"]
        );
    }

    #[test]
    fn shows_no_secret() {
        let lines = after(&[
            ("sk-old-secret", "sk-new-secret"),
            (
                "X-Team: old-secret",
                "X-Team: new-secret, X-More: third-secret",
            ),
        ]);
        assert_eq!(
            lines,
            ["model provider 'main': access_key changed, headers.X-Team changed, headers.X-More added"]
        );
    }

    #[test]
    fn tells_another_order() {
        let main = "  - {name: main, model: gpt-4o, access_key: sk-old-secret, headers: {X-Team: old-secret}}\n";
        let moved = format!("name: other, model: m}}\n{main}");
        let text = BEFORE
            .replace(main, "")
            .replace("name: other, model: m}\n", &moved);
        assert_eq!(changes(BEFORE, &text), ["model providers in another order"]);
    }
}
