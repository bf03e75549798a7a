//! Tools and the choice among them, as clients declare them.

use std::borrow::Cow;

use serde_json::value::RawValue;

use super::decode::cache_mark;
use super::wire::{
    CacheControl, ChatFunction, ChatRequest, ChatTool, ToolChoiceObject, WebSearchOptions,
};
use crate::ir::{Request, Tool, ToolChoice, ToolKind, WebSearch};
use crate::json::{raw_string, Str};
use crate::translate::RequestError;

pub(super) fn read_tools<'a>(
    wire: &mut ChatRequest<'a>,
    request: &mut Request<'a>,
) -> Result<(), RequestError> {
    for (index, tool) in wire.tools.take().into_iter().flatten().enumerate() {
        request.tools.push(read_tool(tool, index)?);
    }
    for (index, function) in wire.functions.take().into_iter().flatten().enumerate() {
        request.tools.push(read_function(
            function,
            None,
            &format!("functions[{index}]"),
        )?);
    }
    if let Some(options) = wire.web_search_options.take() {
        request.tools.push(read_web_search(options));
    }
    for (raw, path) in [
        (wire.tool_choice, "tool_choice"),
        (wire.function_call, "function_call"),
    ] {
        if let Some(raw) = raw {
            request.tool_choice = Some(read_tool_choice(raw, path)?);
        }
    }
    Ok(())
}

fn read_tool(tool: ChatTool<'_>, index: usize) -> Result<Tool<'_>, RequestError> {
    let path = format!("tools[{index}]");
    match (tool.function, tool.custom) {
        (Some(function), _) => {
            read_function(function, tool.cache_control, &format!("{path}.function"))
        }
        (None, Some(custom)) => Ok(Tool {
            name: custom
                .name
                .ok_or_else(|| RequestError::missing(format!("{path}.custom.name")))?
                .0,
            namespace: None,
            description: custom.description.map(|text| text.0),
            kind: ToolKind::Custom {
                format: custom.format.map(|raw| Cow::Borrowed(raw.get())),
            },
            cache: tool.cache_control.map(cache_mark),
        }),
        (None, None) => Err(match tool.kind {
            Some(kind) if &*kind != "function" && &*kind != "custom" => RequestError::invalid(
                format!("{path}.type"),
                &format!(
                    "tools of type `{}` cannot be translated for this provider",
                    &*kind
                ),
            ),
            _ => RequestError::missing(format!("{path}.function")),
        }),
    }
}

fn read_web_search(options: WebSearchOptions<'_>) -> Tool<'_> {
    Tool {
        name: Cow::Borrowed("web_search"),
        namespace: None,
        description: None,
        kind: ToolKind::WebSearch(WebSearch {
            context_size: options.search_context_size.map(|size| size.0),
            user_location: options
                .user_location
                .and_then(|location| location.approximate)
                .map(|raw| Cow::Borrowed(raw.get())),
            ..WebSearch::default()
        }),
        cache: None,
    }
}

fn read_function<'a>(
    function: ChatFunction<'a>,
    outer_mark: Option<CacheControl<'a>>,
    path: &str,
) -> Result<Tool<'a>, RequestError> {
    Ok(Tool {
        name: function
            .name
            .ok_or_else(|| RequestError::missing(format!("{path}.name")))?
            .0,
        namespace: None,
        description: function.description.map(|text| text.0),
        kind: ToolKind::Function {
            parameters: function.parameters.map(|raw| Cow::Borrowed(raw.get())),
            strict: function.strict,
        },
        cache: outer_mark.or(function.cache_control).map(cache_mark),
    })
}

fn read_tool_choice<'a>(raw: &'a RawValue, path: &str) -> Result<ToolChoice<'a>, RequestError> {
    let problem = || {
        RequestError::invalid(
            path,
            "must be none, auto, required, or an object naming a tool",
        )
    };
    if let Some(word) = raw_string(raw) {
        return match &*word {
            "auto" => Ok(ToolChoice::Auto),
            "required" | "any" => Ok(ToolChoice::Required),
            "none" => Ok(ToolChoice::None),
            _ => Err(problem()),
        };
    }
    let object: ToolChoiceObject<'a> = serde_json::from_str(raw.get()).map_err(|_| problem())?;
    if let Some(allowed) = object.allowed_tools {
        return Ok(ToolChoice::Subset {
            required: allowed.mode.as_deref() == Some("required"),
            names: allowed
                .tools
                .into_iter()
                .flatten()
                .filter_map(chosen_name)
                .map(|name| name.0)
                .collect(),
        });
    }
    chosen_name(object)
        .map(|name| ToolChoice::Named(name.0))
        .ok_or_else(problem)
}

fn chosen_name(object: ToolChoiceObject<'_>) -> Option<Str<'_>> {
    object
        .function
        .or(object.custom)
        .and_then(|inner| inner.name)
        .or(object.name)
}
