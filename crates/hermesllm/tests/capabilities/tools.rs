//! Features of tools and of the choice among them.

use hermesllm::{Api, Feature};
use serde_json::{json, Value};

use crate::samples::{plain, set, Sample};

/// Two tools in the words of `client`.
fn tools(client: Api) -> Value {
    let schema = json!({"type": "object", "properties": {"k": {"type": "string"}}});
    let all = |write: &dyn Fn(&str) -> Value| json!([write("a"), write("b")]);
    match client {
        Api::Chat | Api::CohereChat => all(
            &|name| json!({"type": "function", "function": {"name": name, "parameters": schema}}),
        ),
        Api::Responses => all(
            &|name| json!({"type": "function", "name": name, "parameters": schema, "strict": false}),
        ),
        Api::Messages => all(&|name| json!({"name": name, "input_schema": schema})),
        Api::GenerateContent => json!([{"functionDeclarations":
            all(&|name| json!({"name": name, "parametersJsonSchema": schema}))}]),
        Api::Converse => {
            all(&|name| json!({"toolSpec": {"name": name, "inputSchema": {"json": schema}}}))
        }
    }
}

const fn tools_path(client: Api) -> &'static str {
    match client {
        Api::Converse => "toolConfig.tools",
        _ => "tools",
    }
}

/// A request with the tool or the choice that `feature` is.
pub(crate) fn tool_sample(feature: Feature, client: Api) -> Option<Sample> {
    let bare = plain(client);
    let mut armed = bare.clone();
    set(&mut armed, tools_path(client), tools(client));
    let built_in = |kind: &str| json!([{"type": kind}]);
    let custom = match client {
        Api::Chat => json!([{"type": "custom", "custom": {"name": "c"}}]),
        _ => json!([{"type": "custom", "name": "c"}]),
    };
    let namespace = json!([{"type": "namespace", "name": "n",
        "tools": [{"type": "function", "name": "a", "parameters": {"type": "object"}}]}]);
    // What is set, where, and what the client is told of.
    let (without, path, value, field) = match (feature, client) {
        (Feature::Tools, _) => (bare, tools_path(client), tools(client), "tools"),
        (Feature::CustomTools, Api::Chat | Api::Responses) => {
            (bare, "tools", custom, "custom_tools")
        }
        (Feature::ToolNamespaces, Api::Responses) => (bare, "tools", namespace, "tool_namespaces"),
        (Feature::WebSearch, Api::Chat) => {
            (bare, "web_search_options", json!({}), "web_search_options")
        }
        (Feature::WebSearch, Api::Responses) => {
            (bare, "tools", built_in("web_search"), "tools.web_search")
        }
        (Feature::WebSearch, Api::Messages) => (
            bare,
            "tools",
            json!([{"type": "web_search_20250305", "name": "web_search"}]),
            "tools.web_search",
        ),
        (Feature::WebSearch, Api::GenerateContent) => (
            bare,
            "tools",
            json!([{"googleSearch": {}}]),
            "tools.googleSearch",
        ),
        (Feature::ToolSearch, Api::Responses) => {
            (bare, "tools", built_in("tool_search"), "tools.tool_search")
        }
        (Feature::ImageGeneration, Api::Responses) => (
            bare,
            "tools",
            built_in("image_generation"),
            "tools.image_generation",
        ),
        (Feature::BuiltInTools, Api::Responses) => {
            (bare, "tools", built_in("code_interpreter"), "tools[0].type")
        }
        (Feature::StrictTools, Api::CohereChat) => {
            (armed, "strict_tools", json!(true), "strict_tools")
        }
        (Feature::StrictTools, Api::Chat) => {
            let strict = strict(&armed["tools"], &["function"]);
            (armed, "tools", strict, "tools.function.strict")
        }
        (Feature::StrictTools, Api::Responses | Api::Messages) => {
            let strict = strict(&armed["tools"], &[]);
            (armed, "tools", strict, "tools.strict")
        }
        (Feature::StrictTools, Api::Converse) => {
            let strict = strict(&armed["toolConfig"]["tools"], &["toolSpec"]);
            let field = "toolConfig.tools.toolSpec.strict";
            (armed, "toolConfig.tools", strict, field)
        }
        (Feature::NoParallelTools, Api::Chat | Api::Responses) => (
            armed,
            "parallel_tool_calls",
            json!(false),
            "parallel_tool_calls",
        ),
        (Feature::NoParallelTools, Api::Messages) => {
            set(&mut armed, "tool_choice", json!({"type": "auto"}));
            let path = "tool_choice.disable_parallel_tool_use";
            (armed, path, json!(true), path)
        }
        _ => {
            let (path, value) = choice(feature, client)?;
            (armed, path, value, path)
        }
    };
    let mut with = without.clone();
    set(&mut with, path, value);
    Some(Sample {
        client,
        with,
        without,
        field: field.to_owned(),
    })
}

/// The tools, each with `strict` in the object at `inner`.
fn strict(tools: &Value, inner: &[&str]) -> Value {
    let mut tools = tools.clone();
    for tool in tools.as_array_mut().into_iter().flatten() {
        let object = inner.iter().fold(tool, |object, key| &mut object[*key]);
        object["strict"] = json!(true);
    }
    tools
}

fn choice(feature: Feature, client: Api) -> Option<(&'static str, Value)> {
    use Api::{Chat, CohereChat, Converse, GenerateContent, Messages, Responses};
    const CALLING: &str = "toolConfig.functionCallingConfig";
    let named = |name: &str| json!({"type": "function", "name": name});
    Some(match (feature, client) {
        (Feature::ToolChoiceNone, Chat | Responses) => ("tool_choice", json!("none")),
        (Feature::ToolChoiceNone, Messages) => ("tool_choice", json!({"type": "none"})),
        (Feature::ToolChoiceNone, CohereChat) => ("tool_choice", json!("NONE")),
        (Feature::ToolChoiceNone, GenerateContent) => (CALLING, json!({"mode": "NONE"})),
        (Feature::ToolChoiceRequired, Chat | Responses) => ("tool_choice", json!("required")),
        (Feature::ToolChoiceRequired, Messages) => ("tool_choice", json!({"type": "any"})),
        (Feature::ToolChoiceRequired, CohereChat) => ("tool_choice", json!("REQUIRED")),
        (Feature::ToolChoiceRequired, GenerateContent) => (CALLING, json!({"mode": "ANY"})),
        (Feature::ToolChoiceRequired, Converse) => ("toolConfig.toolChoice", json!({"any": {}})),
        (Feature::ToolChoiceNamed, Chat) => (
            "tool_choice",
            json!({"type": "function", "function": {"name": "a"}}),
        ),
        (Feature::ToolChoiceNamed, Responses) => ("tool_choice", named("a")),
        (Feature::ToolChoiceNamed, Messages) => {
            ("tool_choice", json!({"type": "tool", "name": "a"}))
        }
        (Feature::ToolChoiceNamed, GenerateContent) => (
            CALLING,
            json!({"mode": "ANY", "allowedFunctionNames": ["a"]}),
        ),
        (Feature::ToolChoiceNamed, Converse) => {
            ("toolConfig.toolChoice", json!({"tool": {"name": "a"}}))
        }
        (Feature::ToolChoiceSubset, Chat) => (
            "tool_choice",
            json!({"type": "allowed_tools", "allowed_tools": {"mode": "auto",
                "tools": [{"type": "function", "function": {"name": "a"}}]}}),
        ),
        (Feature::ToolChoiceSubset, Responses) => (
            "tool_choice",
            json!({"type": "allowed_tools", "mode": "auto", "tools": [named("a")]}),
        ),
        (Feature::ToolChoiceSubset, GenerateContent) => (
            CALLING,
            json!({"mode": "VALIDATED", "allowedFunctionNames": ["a"]}),
        ),
        _ => return None,
    })
}
