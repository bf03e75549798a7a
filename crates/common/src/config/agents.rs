//! Agents, filters, and the named services that they are reached as.

use serde::Deserialize;

/// An agent that speaks one of the model APIs.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Agent {
    pub id: String,
    pub url: String,
}

/// An agent behind a listener.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ListenerAgent {
    pub id: String,
    /// What it is good for; the router chooses by it.
    pub description: String,
    /// Gets the requests that suit no other.
    pub default: bool,
    /// Ids of filters, in the order that they are passed in.
    pub input_filters: Vec<String>,
}

/// What chooses among the agents of a listener.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Router {
    PlanoOrchestratorV1,
}

/// A service that requests or replies pass through.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Filter {
    pub id: String,
    pub url: String,
    #[serde(rename = "type")]
    pub kind: FilterKind,
    /// There for a tool of an MCP server only.
    pub transport: Option<Transport>,
    /// Name of the tool of an MCP server.
    pub tool: Option<String>,
}

/// How a filter is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FilterKind {
    /// As a tool of an MCP server.
    Mcp,
    /// By a POST of the body.
    Http,
}

/// How an MCP server is spoken to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Transport {
    StreamableHttp,
}

/// A named HTTP service.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Endpoint {
    pub host: String,
    pub port: u16,
    pub protocol: Protocol,
    /// Host header in place of the host.
    pub http_host: Option<String>,
    pub connect_timeout_ms: Option<u64>,
    /// Whether conversations that begin alike go to the same one of its addresses.
    #[serde(default)]
    pub prefix_affinity: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Protocol {
    Http,
    Https,
}
