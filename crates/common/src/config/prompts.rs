//! Calls that prompts are matched to, and checks of prompts.

use std::collections::BTreeMap;

use serde::Deserialize;

/// A call that prompts are matched to.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PromptTarget {
    pub name: String,
    pub description: String,
    /// Gets the prompts that match no other.
    pub default: bool,
    /// Whether a model answers with what the call returned.
    pub auto_llm_dispatch_on_response: bool,
    pub system_prompt: Option<String>,
    pub parameters: Vec<PromptTargetParameter>,
    pub endpoint: Option<PromptTargetEndpoint>,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PromptTargetParameter {
    pub name: String,
    pub description: String,
    /// Such as `string`, `int` or `bool`.
    #[serde(rename = "type")]
    pub kind: String,
    pub required: bool,
    pub default: Option<Literal>,
    #[serde(rename = "enum")]
    pub allowed: Option<Vec<Literal>>,
    /// Whether it stands in the path, as `{name}`.
    pub in_path: bool,
    pub format: Option<String>,
}

/// A value of a parameter.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(untagged)]
pub enum Literal {
    Boolean(bool),
    Number(f64),
    Text(String),
}

/// A call of a named endpoint.
#[derive(Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PromptTargetEndpoint {
    /// A key of `endpoints`.
    pub name: String,
    pub path: String,
    pub http_method: PromptTargetMethod,
    /// Values may hold references.
    pub http_headers: BTreeMap<String, String>,
}

impl std::fmt::Debug for PromptTargetEndpoint {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("PromptTargetEndpoint")
            .field("name", &self.name)
            .field("path", &self.path)
            .field("http_method", &self.http_method)
            .finish_non_exhaustive()
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum PromptTargetMethod {
    Get,
    Post,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PromptGuards {
    pub input_guards: Option<InputGuards>,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InputGuards {
    pub jailbreak: JailbreakGuard,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct JailbreakGuard {
    pub on_exception: OnException,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OnException {
    /// What the user is told.
    pub message: String,
}
