//! Tools and the choice among them, on the way to the wire.

use std::borrow::Cow;
use std::collections::HashSet;

use super::blocks::write_mark;
use super::limits::{Limits, ThinkingMode};
use super::turns::MergedTurn;
use crate::ir::{Block, Request, Tool, ToolChoice, ToolKind};
use crate::json::JsonWriter;
use crate::tools::{drop_built_in, ToolNames, EMPTY_SCHEMA, LOWERED_SCHEMA};
use crate::translate::{Notes, RequestError};

/// The tools of the request, fewer by a subset choice, or minimal ones for the
/// calls of the history, which Messages does not take without definitions.
pub(super) fn offered_tools<'r, 'a>(
    request: &'r Request<'a>,
    turns: &'r [MergedTurn<'r, 'a>],
    notes: &mut Notes,
) -> Result<Vec<Cow<'r, Tool<'a>>>, RequestError> {
    let chosen = match &request.tool_choice {
        Some(ToolChoice::Subset { names, .. }) => Some(names.iter().collect::<HashSet<_>>()),
        _ => None,
    };
    let mut tools: Vec<Cow<'r, Tool<'a>>> = Vec::new();
    for tool in &request.tools {
        if let ToolKind::BuiltIn { kind } = &tool.kind {
            drop_built_in(kind, notes)?;
        } else if let ToolKind::WebSearch(_) = &tool.kind {
            drop_built_in("web_search", notes)?;
        } else if chosen
            .as_ref()
            .is_none_or(|names| names.contains(&tool.name))
        {
            tools.push(Cow::Borrowed(tool));
        }
    }
    if !tools.is_empty() {
        return Ok(tools);
    }
    let mut known: HashSet<&str> = HashSet::new();
    for block in turns.iter().flat_map(|turn| &turn.blocks) {
        if let Block::ToolCall(call) = &**block {
            if known.insert(&call.name) {
                tools.push(Cow::Owned(Tool {
                    name: call.name.clone(),
                    namespace: None,
                    description: None,
                    kind: ToolKind::Function {
                        parameters: None,
                        strict: None,
                    },
                    cache: None,
                }));
            }
        }
    }
    Ok(tools)
}

pub(super) fn write_tool(w: &mut JsonWriter<'_>, tool: &Tool<'_>, names: &mut ToolNames) {
    w.object(|w| {
        w.member("name", &names.for_provider(&tool.name));
        w.maybe_string("description", tool.description.as_deref());
        match &tool.kind {
            ToolKind::Function { parameters, strict } => {
                w.member_raw(
                    "input_schema",
                    parameters.as_deref().unwrap_or(EMPTY_SCHEMA),
                );
                if *strict == Some(true) {
                    w.member_display("strict", true);
                }
            }
            ToolKind::Custom { .. } | ToolKind::WebSearch(_) | ToolKind::BuiltIn { .. } => {
                names.lower(&tool.name);
                w.member_raw("input_schema", LOWERED_SCHEMA);
            }
        }
        write_mark(w, tool.cache.as_ref());
    });
}

pub(super) fn write_tool_choice(
    w: &mut JsonWriter<'_>,
    request: &Request<'_>,
    limits: &Limits,
    names: &mut ToolNames,
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
            w.member("name", &names.for_provider(name));
        }
        if one_at_a_time && kind != "none" {
            w.member_display("disable_parallel_tool_use", true);
        }
    });
}
