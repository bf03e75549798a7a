//! Tools and the choice among them, on the way to the wire.

use std::borrow::Cow;

use super::blocks::write_mark;
use super::limits::{Limits, ThinkingMode};
use crate::ir::{Request, Tool, ToolChoice, ToolKind, WebSearch};
use crate::json::{JsonWriter, Members};
use crate::tools::EMPTY_SCHEMA;
use crate::translate::Notes;

pub(super) fn write_tool(w: &mut JsonWriter<'_>, tool: &Tool<'_>) {
    match &tool.kind {
        ToolKind::Function { parameters, strict } => w.object(|w| {
            w.member("name", &tool.name);
            w.maybe_string("description", tool.description.as_deref());
            w.member_raw(
                "input_schema",
                parameters.as_deref().unwrap_or(EMPTY_SCHEMA),
            );
            if *strict == Some(true) {
                w.member_display("strict", true);
            }
            write_mark(w, tool.cache.as_ref());
        }),
        ToolKind::WebSearch(search) => write_web_search(w, search),
        ToolKind::Custom { .. } | ToolKind::BuiltIn { .. } => {}
    }
}

/// <https://docs.claude.com/en/docs/agents-and-tools/tool-use/web-search-tool>
fn write_web_search(w: &mut JsonWriter<'_>, search: &WebSearch<'_>) {
    let domains = |w: &mut JsonWriter<'_>, key: &str, domains: &[Cow<'_, str>]| {
        if !domains.is_empty() {
            w.member_array(key, |w| domains.iter().for_each(|domain| w.string(domain)));
        }
    };
    w.object(|w| {
        w.member("type", "web_search_20250305");
        w.member("name", "web_search");
        domains(w, "allowed_domains", &search.allowed_domains);
        domains(w, "blocked_domains", &search.blocked_domains);
        if let Some(location) = &search.user_location {
            write_location(w, location);
        }
    });
}

/// Chat has no `type` in it; here it is required.
fn write_location(w: &mut JsonWriter<'_>, location: &str) {
    let members: Members<'_> = serde_json::from_str(location).unwrap_or_default();
    w.member_object("user_location", |w| {
        w.member("type", "approximate");
        for (key, raw) in members.extra.iter().filter(|(key, _)| &**key != "type") {
            w.member_raw(key, raw.get());
        }
    });
}

pub(super) fn write_tool_choice(
    w: &mut JsonWriter<'_>,
    request: &Request<'_>,
    limits: &Limits,
    notes: &mut Notes,
) {
    let one_at_a_time = request.parallel_tool_calls == Some(false);
    let (kind, name) = match &request.tool_choice {
        None if !one_at_a_time => return,
        None
        | Some(
            ToolChoice::Auto
            | ToolChoice::Subset {
                required: false, ..
            },
        ) => ("auto", None),
        Some(ToolChoice::None) => ("none", None),
        Some(ToolChoice::Required | ToolChoice::Subset { required: true, .. }) => ("any", None),
        Some(ToolChoice::Named(name)) => ("tool", Some(name)),
    };
    let forced = matches!(kind, "any" | "tool");
    let (kind, name) = if forced && limits.thinking != ThinkingMode::Off {
        notes.dropped(
            "tool_choice",
            "a model that thinks cannot be made to call a tool",
        );
        ("auto", None)
    } else {
        (kind, name)
    };
    w.member_object("tool_choice", |w| {
        w.member("type", kind);
        if let Some(name) = name {
            w.member("name", name);
        }
        if one_at_a_time && kind != "none" {
            w.member_display("disable_parallel_tool_use", true);
        }
    });
}
