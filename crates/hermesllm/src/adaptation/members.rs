//! Members at the top of a body: dropped, renamed, put in the provider's words.
//! All others keep their bytes and their order.

use std::borrow::Cow;

use serde_json::value::RawValue;
use serde_json::Number;

use super::AdaptedRequest;
use crate::api::Api;
use crate::apis::responses::CODEX_LINE;
use crate::capabilities::Capabilities;
use crate::features::Support;
use crate::ir::Effort;
use crate::json::{raw_string, read, wire_struct, JsonWriter, Members};
use crate::providers::{chat_dialect, ChatDialect};
use crate::translate::{without_private_keys, Dropped, RequestError, Target};

wire_struct!(Stream<'a> {
    "stream" => stream: bool,
});

/// What becomes of the members of a request.
#[derive(Debug, Default)]
pub(super) struct MemberRules {
    dropped: Vec<&'static str>,
    renamed: Vec<(&'static str, &'static str)>,
    reworded: Vec<&'static str>,
    dialect: ChatDialect,
    /// Keeps nothing, answers in streams, and knows its client by its first line.
    pub(super) codex_backend: bool,
    /// Takes the model from the path, and the API's version from the body.
    pub(super) version: Option<&'static str>,
}

/// What a program with tools and sessions of its own is not told.
const NOT_FOR_AGENTS: [&str; 5] = [
    "container",
    "context_management",
    "mcp_servers",
    "metadata",
    "output_config",
];

enum Edit<'a> {
    Keep,
    Rename(&'static str),
    Value(Cow<'a, str>),
    /// Nobody misses it.
    Remove,
    Drop,
}

impl MemberRules {
    pub(super) fn of(api: Api, target: &Target<'_>) -> Self {
        let mut rules = Self {
            dropped: dropped_members(api, target),
            codex_backend: target.provider.id == "chatgpt",
            version: target.provider.version_in_body(api),
            ..Self::default()
        };
        if api == Api::Chat {
            rules.take_dialect(chat_dialect(target.provider, target.model));
        }
        if rules.codex_backend {
            rules.dropped.push("max_output_tokens");
        }
        if target.provider.local_agent {
            rules.dropped.extend(NOT_FOR_AGENTS);
        }
        rules
    }

    fn take_dialect(&mut self, dialect: ChatDialect) {
        match (dialect.one_limit_key, dialect.limit_key) {
            (true, "max_tokens") => self.renamed.push(("max_completion_tokens", "max_tokens")),
            (true, key) => self.renamed.push(("max_tokens", key)),
            (false, _) => {}
        }
        if dialect.seed_key != "seed" {
            self.renamed.push(("seed", dialect.seed_key));
        }
        if !dialect.stream_options {
            self.dropped.push("stream_options");
        }
        let reworded = [
            ("temperature", dialect.changes_temperature()),
            ("top_p", dialect.changes_top_p()),
            ("tool_choice", dialect.required_word != "required"),
            ("reasoning_effort", dialect.own_efforts),
        ];
        self.reworded = reworded
            .into_iter()
            .filter(|(_, changes)| *changes)
            .map(|(key, _)| key)
            .collect();
        self.dialect = dialect;
    }

    pub(super) fn is_empty(&self) -> bool {
        self.keys().next().is_none()
    }

    /// The members that are looked at.
    pub(super) fn keys(&self) -> impl Iterator<Item = &'static str> + '_ {
        let renamed = self.renamed.iter().map(|(from, _)| from);
        self.dropped
            .iter()
            .chain(renamed)
            .chain(&self.reworded)
            .copied()
    }

    fn edit<'a>(&self, key: &str, raw: &'a RawValue) -> Edit<'a> {
        if self.codex_backend {
            match key {
                "stream" => return Edit::Value(Cow::Borrowed("true")),
                "store" => return Edit::Value(Cow::Borrowed("false")),
                "input" => return as_list(raw),
                "instructions" => return with_line(raw),
                _ => {}
            }
        }
        if self.dropped.contains(&key) {
            return Edit::Drop;
        }
        if key == "metadata" {
            return match without_private_keys(Cow::Borrowed(raw.get())) {
                Some(Cow::Borrowed(_)) => Edit::Keep,
                Some(kept) => Edit::Value(kept),
                None => Edit::Remove,
            };
        }
        if let Some((_, name)) = self.renamed.iter().find(|(from, _)| *from == key) {
            return Edit::Rename(name);
        }
        if self.reworded.contains(&key) {
            return self.reword(key, raw);
        }
        Edit::Keep
    }

    fn reword<'a>(&self, key: &str, raw: &'a RawValue) -> Edit<'a> {
        let word = raw_string(raw);
        match (key, word.as_deref()) {
            ("tool_choice", Some("required")) => quoted(self.dialect.required_word),
            ("reasoning_effort", Some(word)) => match Effort::parse(word) {
                Some(effort) => (self.dialect.effort_word)(effort).map_or(Edit::Drop, quoted),
                None => Edit::Keep,
            },
            ("temperature", None) => fitted(raw, |number| self.dialect.fit_temperature(number)),
            ("top_p", None) => fitted(raw, |number| self.dialect.fit_top_p(number)),
            _ => Edit::Keep,
        }
    }
}

/// Members that the capability table says this provider refuses, and that
/// stand at the top.
fn dropped_members(api: Api, target: &Target<'_>) -> Vec<&'static str> {
    let losses = Capabilities::own_lines(target.provider, api, target.model);
    losses
        .filter(|(_, support)| *support == Support::Dropped)
        .map(|(feature, _)| feature.field(api))
        .filter(|field| !field.contains('.'))
        .collect()
}

fn quoted<'a>(word: &str) -> Edit<'a> {
    Edit::Value(Cow::Owned(format!("\"{word}\"")))
}

fn fitted<'a>(raw: &RawValue, fit: impl Fn(&Number) -> Number) -> Edit<'a> {
    match serde_json::from_str::<Number>(raw.get()) {
        Ok(number) => Edit::Value(Cow::Owned(fit(&number).to_string())),
        Err(_) => Edit::Keep,
    }
}

/// A text of the user as the one item of a list.
fn as_list(raw: &RawValue) -> Edit<'_> {
    if !raw.get().starts_with('"') {
        return Edit::Keep;
    }
    let mut out = Vec::with_capacity(raw.get().len() + 96);
    JsonWriter::new(&mut out).array(|w| {
        w.object(|w| {
            w.member("type", "message");
            w.member("role", "user");
            w.member_array("content", |w| {
                w.object(|w| {
                    w.member("type", "input_text");
                    w.member_raw("text", raw.get());
                });
            });
        });
    });
    String::from_utf8(out).map_or(Edit::Keep, |text| Edit::Value(Cow::Owned(text)))
}

fn with_line(raw: &RawValue) -> Edit<'_> {
    let written = raw_string(raw).unwrap_or_default();
    if written.contains(CODEX_LINE) {
        return Edit::Keep;
    }
    let mut out = Vec::with_capacity(written.len() + CODEX_LINE.len() + 16);
    JsonWriter::new(&mut out).joined([CODEX_LINE, "\n\n", &written]);
    String::from_utf8(out).map_or(Edit::Keep, |text| Edit::Value(Cow::Owned(text)))
}

/// Whether a member says no more than its absence.
fn is_default(key: &str, raw: &RawValue) -> bool {
    let text = raw.get();
    match key {
        "temperature" | "top_p" | "n" => matches!(text, "1" | "1.0"),
        "store" | "logprobs" => text == "false",
        "parallel_tool_calls" => text == "true",
        "tool_choice" => text == "\"auto\"",
        "service_tier" => text == "\"auto\"" || text == "\"default\"",
        "presence_penalty" | "frequency_penalty" => matches!(text, "0" | "0.0"),
        _ => false,
    }
}

/// Writes `text` by `rules`, for `model`.
pub(super) fn edit_members(
    text: &str,
    rules: &MemberRules,
    model: &str,
    edited: &mut AdaptedRequest,
) -> Result<(), RequestError> {
    let members: Members<'_> = read(text)?;
    let has = |name: &str| members.extra.iter().any(|(key, _)| &**key == name);
    let AdaptedRequest { body, dropped, .. } = edited;
    JsonWriter::new(body).object(|w| {
        for (key, raw) in &members.extra {
            let edit = match &**key {
                "model" if rules.version.is_some() => continue,
                "model" => {
                    w.member("model", model);
                    continue;
                }
                key => rules.edit(key, raw),
            };
            match edit {
                Edit::Keep => w.member_raw(key, raw.get()),
                Edit::Value(text) => w.member_raw(key, &text),
                Edit::Rename(name) if !has(name) => w.member_raw(name, raw.get()),
                Edit::Rename(_) | Edit::Remove => {}
                Edit::Drop if raw.get() == "null" || is_default(key, raw) => {}
                Edit::Drop => dropped.push(Dropped {
                    field: key.to_string(),
                    reason: "the provider does not take it",
                }),
            }
        }
        if rules.codex_backend {
            write_absent(w, &has);
        }
        if let Some(version) = rules.version.filter(|_| !has("anthropic_version")) {
            w.member("anthropic_version", version);
        }
    });
    Ok(())
}

/// What the Codex backend will not be without.
fn write_absent(w: &mut JsonWriter<'_>, has: &dyn Fn(&str) -> bool) {
    for (key, text) in [("stream", "true"), ("store", "false")] {
        if !has(key) {
            w.member_raw(key, text);
        }
    }
    if !has("instructions") {
        w.member("instructions", CODEX_LINE);
    }
}

/// Whether the body asks for a stream.
pub(super) fn asks_for_stream(text: &str) -> Result<bool, RequestError> {
    let head: Stream<'_> = read(text)?;
    Ok(head.stream.unwrap_or(false))
}
