//! Function declarations and the choice among them.

use std::borrow::Cow;

use super::schema::{from_google, has_no_members, to_google};
use serde_json::value::RawValue;

use super::wire::{CallingConfig, FunctionDeclaration, GeminiTool, GoogleSearch};
use crate::ir::{Request, Tool, ToolChoice, ToolKind, WebSearch};
use crate::json::JsonWriter;
use crate::translate::{Addressee, Notes, RequestError};

pub(super) fn read_tools<'a>(
    tools: Option<Vec<GeminiTool<'a>>>,
    request: &mut Request<'a>,
    notes: &mut Notes,
) -> Result<(), RequestError> {
    for (index, tool) in tools.into_iter().flatten().enumerate() {
        for (kind, _) in &tool.extra {
            // The model is offered these; it can do without.
            notes.no_counterpart(format!("tools.{}", &**kind));
        }
        for (ordinal, function) in tool.functions.into_iter().flatten().enumerate() {
            let path = format!("tools[{index}].functionDeclarations[{ordinal}]");
            request.tools.push(read_function(function, &path, notes)?);
        }
        if tool.google_search.is_some() || tool.google_search_retrieval.is_some() {
            request.tools.push(Tool {
                name: Cow::Borrowed("web_search"),
                namespace: None,
                description: None,
                kind: ToolKind::WebSearch(WebSearch {
                    blocked_domains: excluded_domains(tool.google_search),
                    ..WebSearch::default()
                }),
                cache: None,
            });
        }
    }
    Ok(())
}

fn excluded_domains(search: Option<&RawValue>) -> Vec<Cow<'_, str>> {
    let options = search.and_then(|raw| serde_json::from_str::<GoogleSearch<'_>>(raw.get()).ok());
    let domains = options.and_then(|options| options.exclude_domains);
    domains
        .into_iter()
        .flatten()
        .map(|domain| domain.0)
        .collect()
}

fn read_function<'a>(
    function: FunctionDeclaration<'a>,
    path: &str,
    notes: &mut Notes,
) -> Result<Tool<'a>, RequestError> {
    for (key, _) in &function.extra {
        notes.no_counterpart(format!("tools.functionDeclarations.{}", &**key));
    }
    let parameters = match (function.parameters_json_schema, function.parameters) {
        (Some(_), Some(_)) => {
            return Err(RequestError::invalid(
                format!("{path}.parameters"),
                "parameters and parametersJsonSchema exclude each other",
            ))
        }
        (Some(raw), None) => Some(Cow::Borrowed(raw.get())),
        (None, Some(raw)) => Some(from_google(raw.get())),
        (None, None) => None,
    };
    Ok(Tool {
        name: function
            .name
            .ok_or_else(|| RequestError::missing(format!("{path}.name")))?
            .0,
        namespace: None,
        description: function.description.map(|text| text.0),
        kind: ToolKind::Function {
            parameters,
            strict: None,
        },
        cache: None,
    })
}

pub(super) fn read_tool_choice(config: CallingConfig<'_>) -> Result<ToolChoice<'_>, RequestError> {
    let mut names: Vec<Cow<'_, str>> = config
        .allowed
        .into_iter()
        .flatten()
        .map(|name| name.0)
        .collect();
    match config.mode.as_deref() {
        Some("ANY") => Ok(match names.len() {
            0 => ToolChoice::Required,
            1 => ToolChoice::Named(names.remove(0)),
            _ => ToolChoice::Subset {
                names,
                required: true,
            },
        }),
        Some("VALIDATED") if !names.is_empty() => Ok(ToolChoice::Subset {
            names,
            required: false,
        }),
        None | Some("MODE_UNSPECIFIED" | "AUTO" | "VALIDATED") => Ok(ToolChoice::Auto),
        Some("NONE") => Ok(ToolChoice::None),
        Some(_) => Err(RequestError::invalid(
            "toolConfig.functionCallingConfig.mode",
            "must be AUTO, ANY, NONE or VALIDATED",
        )),
    }
}

/// `tools` and `toolConfig`, when there are any.
pub(super) fn write_tools(
    w: &mut JsonWriter<'_>,
    request: &Request<'_>,
    searches: bool,
    addressee: &Addressee<'_>,
) {
    let chosen: Option<Vec<Cow<'_, str>>> = match &request.tool_choice {
        Some(ToolChoice::Subset { names, .. }) => Some(
            names
                .iter()
                .map(|name| addressee.names.name_of(None, name))
                .collect(),
        ),
        Some(ToolChoice::Named(name)) => Some(vec![Cow::Borrowed(&**name)]),
        _ => None,
    };
    let filters = matches!(
        request.tool_choice,
        Some(ToolChoice::Subset {
            required: false,
            ..
        })
    );
    let functions: Vec<&Tool<'_>> = request
        .tools
        .iter()
        .filter(|tool| tool.is_callable())
        .filter(|tool| {
            !filters
                || chosen
                    .as_ref()
                    .is_some_and(|names| names.contains(&tool.name))
        })
        .collect();
    if functions.is_empty() && !searches {
        return;
    }
    w.member_array("tools", |w| {
        if !functions.is_empty() {
            w.object(|w| {
                w.member_array("functionDeclarations", |w| {
                    functions.iter().for_each(|tool| write_function(w, tool));
                });
            });
        }
        if searches {
            w.object(|w| w.member_object("googleSearch", |_| {}));
        }
    });
    if functions.is_empty() {
        return;
    }
    let mode = match &request.tool_choice {
        None
        | Some(
            ToolChoice::Auto
            | ToolChoice::Subset {
                required: false, ..
            },
        ) => return,
        Some(ToolChoice::None) => "NONE",
        Some(ToolChoice::Required | ToolChoice::Named(_) | ToolChoice::Subset { .. }) => "ANY",
    };
    w.member_object("toolConfig", |w| {
        w.member_object("functionCallingConfig", |w| {
            w.member("mode", mode);
            if let Some(names) = &chosen {
                w.member_array("allowedFunctionNames", |w| {
                    names.iter().for_each(|name| w.string(name));
                });
            }
        });
    });
}

fn write_function(w: &mut JsonWriter<'_>, tool: &Tool<'_>) {
    w.object(|w| {
        w.member("name", &tool.name);
        w.maybe_string("description", tool.description.as_deref());
        if let ToolKind::Function {
            parameters: Some(schema),
            ..
        } = &tool.kind
        {
            if !has_no_members(schema) {
                w.member_raw("parametersJsonSchema", &to_google(schema));
            }
        }
    });
}
