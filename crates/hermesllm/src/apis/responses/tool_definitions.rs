//! Tools and the choice among them, both ways.

use std::borrow::Cow;

use serde_json::value::RawValue;

use super::decode::read_member;
use super::wire::{SearchFilters, ToolWire, UserLocation};
use crate::ir::{Request, Tool, ToolChoice, ToolKind, WebSearch};
use crate::json::{raw_string, JsonWriter};
use crate::tools::{read_grammar, EMPTY_SCHEMA};
use crate::translate::{Notes, RequestError};

pub(super) fn read_tools<'a>(raw: &'a RawValue, path: &str) -> Result<Vec<Tool<'a>>, RequestError> {
    let wires: Vec<ToolWire<'a>> = read_member(raw, path)?;
    let mut tools = Vec::with_capacity(wires.len());
    for (index, mut wire) in wires.into_iter().enumerate() {
        let path = format!("{path}[{index}]");
        if wire.kind.as_deref() != Some("namespace") {
            tools.push(read_tool(wire, None, &path)?);
            continue;
        }
        let namespace = wire
            .name
            .take()
            .ok_or_else(|| RequestError::missing(format!("{path}.name")))?;
        for (ordinal, member) in wire.tools.into_iter().flatten().enumerate() {
            let path = format!("{path}.tools[{ordinal}]");
            if !matches!(member.kind.as_deref(), Some("function" | "custom")) {
                return Err(RequestError::invalid(
                    format!("{path}.type"),
                    "a namespace holds functions and custom tools only",
                ));
            }
            tools.push(read_tool(member, Some(namespace.0.clone()), &path)?);
        }
    }
    Ok(tools)
}

fn read_tool<'a>(
    wire: ToolWire<'a>,
    namespace: Option<Cow<'a, str>>,
    path: &str,
) -> Result<Tool<'a>, RequestError> {
    let kind = wire
        .kind
        .ok_or_else(|| RequestError::missing(format!("{path}.type")))?;
    let (name, kind) = match &*kind {
        "function" => (
            wire.name,
            ToolKind::Function {
                parameters: wire.parameters.map(|raw| Cow::Borrowed(raw.get())),
                strict: wire.strict,
            },
        ),
        "custom" => (
            wire.name,
            ToolKind::Custom {
                format: wire.format.map(|raw| Cow::Borrowed(raw.get())),
            },
        ),
        spelling if spelling.starts_with("web_search") => {
            let search = WebSearch {
                context_size: wire.search_context_size.map(|size| size.0),
                user_location: wire.user_location.map(location_json),
                allowed_domains: wire
                    .filters
                    .map(|raw| read_member::<SearchFilters<'a>>(raw, &format!("{path}.filters")))
                    .transpose()?
                    .and_then(|filters| filters.allowed_domains)
                    .into_iter()
                    .flatten()
                    .map(|domain| domain.0)
                    .collect(),
                blocked_domains: Vec::new(),
            };
            return Ok(Tool {
                name: Cow::Borrowed("web_search"),
                namespace: None,
                description: None,
                kind: ToolKind::WebSearch(search),
                cache: None,
            });
        }
        _ => (
            Some(crate::json::Str(kind.0.clone())),
            ToolKind::BuiltIn { kind: kind.0 },
        ),
    };
    Ok(Tool {
        name: name
            .ok_or_else(|| RequestError::missing(format!("{path}.name")))?
            .0,
        namespace,
        description: wire.description.map(|text| text.0),
        kind,
        cache: None,
    })
}

/// Without the `type`, which other APIs have elsewhere.
fn location_json<'a>(location: UserLocation<'_>) -> Cow<'a, str> {
    let mut out = Vec::new();
    JsonWriter::new(&mut out).object(|w| {
        w.maybe_string("city", location.city.as_deref());
        w.maybe_string("region", location.region.as_deref());
        w.maybe_string("country", location.country.as_deref());
        w.maybe_string("timezone", location.timezone.as_deref());
    });
    Cow::Owned(String::from_utf8(out).unwrap_or_default())
}

pub(super) fn read_tool_choice(raw: &RawValue) -> Result<ToolChoice<'_>, RequestError> {
    let problem = || {
        RequestError::invalid(
            "tool_choice",
            "must be none, auto, required, or an object naming a tool",
        )
    };
    if let Some(word) = raw_string(raw) {
        return match &*word {
            "auto" => Ok(ToolChoice::Auto),
            "required" => Ok(ToolChoice::Required),
            "none" => Ok(ToolChoice::None),
            _ => Err(problem()),
        };
    }
    let choice: ToolWire<'_> = read_member(raw, "tool_choice")?;
    if choice.kind.as_deref() == Some("allowed_tools") {
        return Ok(ToolChoice::Subset {
            required: choice.mode.as_deref() == Some("required"),
            names: choice
                .tools
                .into_iter()
                .flatten()
                .filter_map(chosen_name)
                .collect(),
        });
    }
    chosen_name(choice)
        .map(ToolChoice::Named)
        .ok_or_else(problem)
}

/// A tool of the provider's own is called by its type.
fn chosen_name(choice: ToolWire<'_>) -> Option<Cow<'_, str>> {
    match choice.name {
        Some(name) => Some(name.0),
        None => choice.kind.map(|kind| match &*kind {
            spelling if spelling.starts_with("web_search") => Cow::Borrowed("web_search"),
            _ => kind.0,
        }),
    }
}

pub(super) fn write_tool(w: &mut JsonWriter<'_>, tool: &Tool<'_>, notes: &mut Notes) {
    w.object(|w| match &tool.kind {
        ToolKind::Function { parameters, strict } => {
            w.member("type", "function");
            w.member("name", &tool.name);
            w.maybe_string("description", tool.description.as_deref());
            w.member_raw("parameters", parameters.as_deref().unwrap_or(EMPTY_SCHEMA));
            // The default here is strict, elsewhere it is not.
            w.member_display("strict", strict.unwrap_or(false));
        }
        ToolKind::Custom { format } => {
            w.member("type", "custom");
            w.member("name", &tool.name);
            w.maybe_string("description", tool.description.as_deref());
            if let Some(format) = format {
                write_format(w, format);
            }
        }
        ToolKind::WebSearch(search) => write_search(w, search, notes),
        ToolKind::BuiltIn { kind } => w.member("type", kind),
    });
}

fn write_format(w: &mut JsonWriter<'_>, format: &str) {
    match read_grammar(format) {
        None => w.member_raw("format", format),
        Some(grammar) => w.member_object("format", |w| {
            w.member("type", "grammar");
            w.member("syntax", &grammar.syntax);
            w.member("definition", &grammar.definition);
        }),
    }
}

fn write_search(w: &mut JsonWriter<'_>, search: &WebSearch<'_>, notes: &mut Notes) {
    w.member("type", "web_search");
    w.maybe_string("search_context_size", search.context_size.as_deref());
    let location = search.user_location.as_deref();
    if let Some(Ok(location)) = location.map(serde_json::from_str::<UserLocation<'_>>) {
        w.member_object("user_location", |w| {
            w.member("type", "approximate");
            w.maybe_string("city", location.city.as_deref());
            w.maybe_string("region", location.region.as_deref());
            w.maybe_string("country", location.country.as_deref());
            w.maybe_string("timezone", location.timezone.as_deref());
        });
    }
    if !search.allowed_domains.is_empty() {
        w.member_object("filters", |w| {
            w.member_array("allowed_domains", |w| {
                for domain in &search.allowed_domains {
                    w.string(domain);
                }
            });
        });
    }
    if !search.blocked_domains.is_empty() {
        notes.no_counterpart("tools.web_search.blocked_domains");
    }
}

pub(super) fn write_tool_choice(w: &mut JsonWriter<'_>, request: &Request<'_>) {
    let choose = |w: &mut JsonWriter<'_>, name: &str| {
        w.object(|w| {
            let tool = request.tools.iter().find(|tool| tool.name == name);
            match tool.map(|tool| &tool.kind) {
                Some(ToolKind::WebSearch(_)) => w.member("type", "web_search"),
                Some(ToolKind::BuiltIn { kind }) => w.member("type", kind),
                Some(ToolKind::Custom { .. }) => {
                    w.member("type", "custom");
                    w.member("name", name);
                }
                Some(ToolKind::Function { .. }) | None => {
                    w.member("type", "function");
                    w.member("name", name);
                }
            }
        });
    };
    match &request.tool_choice {
        None => {}
        Some(ToolChoice::Auto) => w.member("tool_choice", "auto"),
        Some(ToolChoice::Required) => w.member("tool_choice", "required"),
        Some(ToolChoice::None) => w.member("tool_choice", "none"),
        Some(ToolChoice::Named(name)) => choose(w.key("tool_choice"), name),
        Some(ToolChoice::Subset { names, required }) => w.member_object("tool_choice", |w| {
            w.member("type", "allowed_tools");
            w.member("mode", if *required { "required" } else { "auto" });
            w.member_array("tools", |w| {
                for name in names {
                    choose(w, name);
                }
            });
        }),
    }
}
