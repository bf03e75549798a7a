//! Tools and calls in the words of the target.

use std::borrow::Cow;
use std::collections::HashSet;

use crate::api::Api;
use crate::capabilities::Capabilities;
use crate::features::Feature;
use crate::ir::{Block, Request, Tool, ToolCall, ToolChoice, ToolInput, ToolKind};
use crate::json::JsonWriter;
use crate::tools::{ToolNames, LOWERED_INPUT};
use crate::translate::{Notes, RequestError};

pub(super) fn fit(
    request: &mut Request<'_>,
    capabilities: &Capabilities,
    names: &mut ToolNames,
) -> Result<(), RequestError> {
    if !capabilities.supports(Feature::ToolChoiceSubset) {
        choose_subset(request);
    }
    if !capabilities.supports(Feature::ToolNamespaces) {
        names.flatten(&mut request.tools)?;
    }
    for tool in request.tools.iter_mut().filter(|tool| tool.is_callable()) {
        rename(&mut tool.name, names);
        if !capabilities.supports(Feature::CustomTools) {
            names.lower_tool(tool);
        }
    }
    if let Some(ToolChoice::Named(name)) = &mut request.tool_choice {
        *name = Cow::Owned(names.name_of(None, name).into_owned());
    }
    let lowers = !capabilities.supports(Feature::CustomTools);
    let flattens = !capabilities.supports(Feature::ToolNamespaces);
    for block in request.turns.iter_mut().flat_map(|turn| &mut turn.blocks) {
        if let Block::ToolCall(call) = block {
            fit_call(call, flattens, lowers, names);
        }
    }
    Ok(())
}

/// What a search of the target's own cannot be told; a wider search is another.
pub(super) fn note_search_losses(request: &Request<'_>, upstream: Api, notes: &mut Notes) {
    let takes_allowed = matches!(upstream, Api::Messages | Api::Responses);
    let takes_blocked = upstream == Api::Messages;
    let takes_location = matches!(upstream, Api::Messages | Api::Responses | Api::Chat);
    let takes_size = matches!(upstream, Api::Chat | Api::Responses);
    for tool in &request.tools {
        let ToolKind::WebSearch(search) = &tool.kind else {
            continue;
        };
        for (lost, member) in [
            (
                !takes_allowed && !search.allowed_domains.is_empty(),
                "allowed_domains",
            ),
            (
                !takes_blocked && !search.blocked_domains.is_empty(),
                "blocked_domains",
            ),
            (
                !takes_location && search.user_location.is_some(),
                "user_location",
            ),
            (
                !takes_size && search.context_size.is_some(),
                "search_context_size",
            ),
        ] {
            if lost {
                notes.no_counterpart(format!("tools.web_search.{member}"));
            }
        }
    }
}

/// Names the tool that its own provider alone runs.
pub(super) fn refuse_built_in(request: &Request<'_>) -> RequestError {
    let tools = request.tools.iter().enumerate();
    let found = tools
        .into_iter()
        .find_map(|(index, tool)| match &tool.kind {
            ToolKind::BuiltIn { kind } if Feature::of_built_in(kind) == Feature::BuiltInTools => {
                Some((index, &**kind))
            }
            _ => None,
        });
    let (index, kind) = found.unwrap_or_default();
    RequestError::invalid(
        format!("tools[{index}].type"),
        &format!("the built-in tool `{kind}` is not available at this provider"),
    )
}

/// A choice among some tools is a choice among all when the others are gone.
fn choose_subset(request: &mut Request<'_>) {
    if let Some(ToolChoice::Subset { names, required }) = &request.tool_choice {
        let chosen: HashSet<&str> = names.iter().map(|name| &**name).collect();
        request
            .tools
            .retain(|tool| !tool.is_callable() || chosen.contains(&*tool.name));
        request.tool_choice = Some(match required {
            true => ToolChoice::Required,
            false => ToolChoice::Auto,
        });
    }
}

fn rename(name: &mut Cow<'_, str>, names: &mut ToolNames) {
    if let Cow::Owned(legal) = names.for_provider(name) {
        *name = Cow::Owned(legal);
    }
}

fn fit_call(call: &mut ToolCall<'_>, flattens: bool, lowers: bool, names: &ToolNames) {
    let namespace = if flattens {
        call.namespace.take()
    } else {
        None
    };
    if let Cow::Owned(name) = own(names.name_of(namespace.as_deref(), &call.name), &call.name) {
        call.name = Cow::Owned(name);
    }
    if let (true, ToolInput::Raw(text)) = (lowers, &call.input) {
        let mut wrapped = Vec::new();
        JsonWriter::new(&mut wrapped).object(|w| w.member(LOWERED_INPUT, text));
        call.input = ToolInput::Json(Cow::Owned(String::from_utf8_lossy(&wrapped).into_owned()));
    }
}

/// Owned when it differs from `name`.
fn own<'n>(fitted: Cow<'n, str>, name: &str) -> Cow<'n, str> {
    if *fitted == *name {
        return Cow::Borrowed("");
    }
    Cow::Owned(fitted.into_owned())
}

/// Minimal definitions for the calls of the history, for APIs that refuse a
/// conversation with calls to tools they were not told of.
pub(super) fn define_called_tools(request: &mut Request<'_>) {
    if !request.tools.is_empty() {
        return;
    }
    let mut known: HashSet<&str> = HashSet::new();
    let mut tools = Vec::new();
    for block in request.turns.iter().flat_map(|turn| &turn.blocks) {
        if let Block::ToolCall(call) = block {
            if known.insert(&call.name) {
                tools.push(Tool {
                    name: call.name.clone(),
                    namespace: None,
                    description: None,
                    kind: ToolKind::Function {
                        parameters: None,
                        strict: None,
                    },
                    cache: None,
                });
            }
        }
    }
    request.tools = tools;
}
