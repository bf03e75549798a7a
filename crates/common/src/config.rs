//! The rendered configuration, as the config compiler writes it.
//!
//! Loaded strictly: an unknown key is an error, so that a compiler and a data
//! plane of different versions never disagree in silence.

use std::collections::BTreeMap;

mod agents;
mod prompts;
mod routing;
mod tracing;

pub use agents::{Agent, Endpoint, Filter, FilterKind, ListenerAgent, Protocol, Router, Transport};
pub use prompts::{
    InputGuards, JailbreakGuard, Literal, OnException, PromptGuards, PromptTarget,
    PromptTargetEndpoint, PromptTargetMethod, PromptTargetParameter,
};
pub use routing::{
    CacheKind, MetricKind, MetricProvider, ModelMetricsSource, Prefer, PromptCaching, RateLimit,
    Routing, RoutingBudget, RoutingPreference, SelectionPolicy, Selector, SessionCache,
    StateStorage, StorageKind, TimeUnit, TokenLimit,
};
pub use tracing::{ExporterKind, SpanAttributes, SpanExporter, Tracing};

use serde::Deserialize;
use thiserror::Error;

/// Why a rendered configuration cannot be loaded.
#[derive(Debug, Error)]
#[error("the rendered configuration is not valid: {0}")]
pub struct ConfigError(String);

impl ConfigError {
    pub(crate) fn new(cause: impl ToString) -> Self {
        Self(cause.to_string())
    }
}

/// A whole rendered configuration.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RuntimeConfig {
    /// The version of the configuration language, for example `v0.4.0`.
    pub version: String,
    pub listeners: Vec<Listener>,
    pub metrics: Metrics,
    #[serde(default)]
    pub model_providers: Vec<ModelProvider>,
    #[serde(default)]
    pub model_aliases: BTreeMap<String, ModelAlias>,
    pub tracing: Option<Tracing>,
    pub overrides: Overrides,
    /// There whenever a provider is a program on this machine.
    pub local_agents: Option<LocalAgents>,
    /// By name; agents and filters are here by their ids, too.
    #[serde(default)]
    pub endpoints: BTreeMap<String, Endpoint>,
    /// The name by which the machine of providers on loopback is found, where that is
    /// another one: in a container.
    pub loopback_host: Option<String>,
    #[serde(default)]
    pub agents: Vec<Agent>,
    #[serde(default)]
    pub filters: Vec<Filter>,
    #[serde(default)]
    pub routing_preferences: Vec<RoutingPreference>,
    pub routing: Option<Routing>,
    #[serde(default)]
    pub model_metrics_sources: Vec<ModelMetricsSource>,
    pub prompt_caching: Option<PromptCaching>,
    pub state_storage: Option<StateStorage>,
    #[serde(default)]
    pub ratelimits: Vec<RateLimit>,
    pub system_prompt: Option<String>,
    #[serde(default)]
    pub prompt_targets: Vec<PromptTarget>,
    pub prompt_guards: Option<PromptGuards>,
}

impl RuntimeConfig {
    /// Reads a rendered configuration from YAML text.
    pub fn from_yaml(text: &str) -> Result<Self, ConfigError> {
        serde_saphyr::from_str(text).map_err(ConfigError::new)
    }
}

/// An address that clients connect to.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Listener {
    pub name: String,
    #[serde(rename = "type")]
    pub kind: ListenerType,
    pub address: String,
    pub port: u16,
    /// Longest wait for an answer to begin, in milliseconds; streams may last longer.
    pub timeout_ms: u64,
    pub router: Option<Router>,
    /// How often a failed call of a provider is tried again.
    pub max_retries: Option<u32>,
    #[serde(default)]
    pub agents: Vec<ListenerAgent>,
    /// Ids of filters, in the order that they are passed in.
    #[serde(default)]
    pub input_filters: Vec<String>,
    #[serde(default)]
    pub output_filters: Vec<String>,
}

/// What a listener serves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ListenerType {
    /// The model APIs.
    Model,
    /// The model APIs behind prompt targets.
    Prompt,
    /// Agents.
    Agent,
}

/// Where metrics are served.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Metrics {
    pub address: String,
    pub port: u16,
}

/// A model, or all models, of a provider.
#[derive(Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModelProvider {
    pub name: String,
    /// The model id as the provider knows it; `*` for every model.
    pub model: String,
    /// An id from `config/providers.json`.
    pub provider_interface: String,
    #[serde(default)]
    pub default: bool,
    /// Of the gateway's own use; clients are not told of it.
    #[serde(default)]
    pub internal: bool,
    /// A key, or a reference to an environment variable.
    pub access_key: Option<String>,
    #[serde(default)]
    pub passthrough_auth: bool,
    pub base_url: Option<String>,
    /// Host header in place of the one of the address.
    pub http_host: Option<String>,
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// Requests are signed with these instead of carrying a key.
    pub aws: Option<AwsCredentials>,
}

/// What AWS requests are signed with; each value may be a reference.
#[derive(Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AwsCredentials {
    /// Such as `eu-central-1`.
    pub region: String,
    pub access_key_id: String,
    pub secret_access_key: String,
    /// Of temporary credentials.
    pub session_token: Option<String>,
}

impl std::fmt::Debug for AwsCredentials {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("AwsCredentials")
            .field("region", &self.region)
            .finish_non_exhaustive()
    }
}

/// Another name for a model.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModelAlias {
    pub target: String,
}

/// What happens to parts of a request that a provider has no place for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnUnsupported {
    /// Left out, and named in the reply's `x-plano-dropped` and in the log.
    Warn,
    /// The request is refused.
    Reject,
    /// Left out in silence.
    Drop,
}

/// Whether images and documents are fetched by URL for providers that take none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FetchMedia {
    /// From public addresses only.
    Public,
    /// From any address, also of the gateway's own network.
    Any,
    Off,
}

/// Limits and time-outs; the compiler fills every default in.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Overrides {
    pub max_request_body_bytes: u64,
    /// Longest time that open streams may take to finish at a stop.
    pub drain_timeout_ms: u64,
    pub upstream_connect_timeout_ms: u64,
    /// From the request sent to the first byte of the answer.
    pub upstream_first_byte_timeout_ms: u64,
    /// Between two pieces of an answer.
    pub upstream_idle_timeout_ms: u64,
    /// PEM file with further certificate authorities.
    pub upstream_tls_ca_path: Option<String>,
    pub on_unsupported: OnUnsupported,
    pub fetch_media: FetchMedia,
    /// How sure the match of a prompt to a prompt target must be, from 0 to 1.
    pub prompt_target_intent_matching_threshold: Option<f64>,
    #[serde(default)]
    pub optimize_context_window: bool,
    #[serde(default)]
    pub use_agent_orchestrator: bool,
    #[serde(default)]
    pub disable_signals: bool,
    /// Id of the model that chooses among routing preferences; there whenever there are any.
    pub llm_routing_model: Option<String>,
    /// Id of the model that chooses among agents; there whenever there are any.
    pub agent_orchestration_model: Option<String>,
    /// Longest input of these two, in tokens.
    pub orchestrator_model_context_length: Option<u32>,
}

/// How programs that answer like providers are run.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LocalAgents {
    /// The folder that they work in; the data plane's own where there is none.
    pub working_directory: Option<String>,
    /// What they may do without asking, in the program's own word.
    pub permission_mode: String,
    /// How many run at a time.
    pub max_concurrent: u32,
    /// How many calls wait for one of them.
    pub max_waiting: u32,
    /// From the request to the beginning of the answer.
    pub first_event_timeout_ms: u64,
    /// Between two signs of life.
    pub idle_timeout_ms: u64,
    /// Of a whole run.
    pub total_timeout_ms: u64,
}

impl std::fmt::Debug for ModelProvider {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("ModelProvider")
            .field("name", &self.name)
            .field("model", &self.model)
            .field("provider_interface", &self.provider_interface)
            .field("base_url", &self.base_url)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINIMAL: &str = "
version: v0.4.0
listeners:
  - {name: egress_traffic, type: model, address: 127.0.0.1, port: 12000, timeout_ms: 300000}
metrics: {address: 127.0.0.1, port: 9092}
model_providers:
  - name: openai-main
    model: gpt-4o
    provider_interface: openai
    access_key: $OPENAI_API_KEY
overrides:
  max_request_body_bytes: 33554432
  drain_timeout_ms: 30000
  upstream_connect_timeout_ms: 5000
  upstream_first_byte_timeout_ms: 300000
  upstream_idle_timeout_ms: 300000
  on_unsupported: warn
  fetch_media: public
";

    #[test]
    fn reads_a_minimal_configuration() {
        let config = RuntimeConfig::from_yaml(MINIMAL).unwrap();
        assert_eq!(config.listeners[0].port, 12000);
        assert_eq!(config.model_providers[0].name, "openai-main");
        assert!(!config.model_providers[0].passthrough_auth);
    }

    #[test]
    fn rejects_unknown_keys() {
        let text = format!("{MINIMAL}  surprise: 1\n");
        let error = RuntimeConfig::from_yaml(&text).unwrap_err().to_string();
        assert!(error.contains("surprise"), "{error}");
    }

    #[test]
    fn debug_output_has_no_key() {
        let text = MINIMAL.replace("$OPENAI_API_KEY", "sk-secret");
        let config = RuntimeConfig::from_yaml(&text).unwrap();
        assert!(!format!("{config:?}").contains("sk-secret"));
    }

    #[test]
    fn debug_output_of_a_whole_configuration_has_no_secret() {
        let path = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../../config/golden/full_reference/compiled.yaml"
        );
        let text = std::fs::read_to_string(path)
            .unwrap()
            .replace("Bearer ${WEATHER_KEY}", "Bearer secret-1")
            .replace("$POSTHOG_API_KEY", "secret-2")
            .replace("rediss://cache", "rediss://:secret-3@cache")
            .replace(
                "type: memory",
                "type: postgres\n  connection_string: secret-4",
            );
        let config = RuntimeConfig::from_yaml(&text).unwrap();
        assert_eq!(text.matches("secret-").count(), 4);
        assert!(!format!("{config:?}").contains("secret-"));
    }

    #[test]
    fn reads_every_section() {
        let path = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../../config/golden/full_reference/compiled.yaml"
        );
        let config = RuntimeConfig::from_yaml(&std::fs::read_to_string(path).unwrap()).unwrap();
        assert_eq!(config.listeners[0].kind, ListenerType::Agent);
        assert_eq!(
            config.listeners[0].agents[0].input_filters,
            ["input_guards"]
        );
        assert_eq!(config.filters[0].tool.as_deref(), Some("guard"));
        assert_eq!(config.endpoints["secure_service"].port, 443);
        let preference = &config.routing_preferences[0];
        assert_eq!(preference.selection_policy.prefer, Prefer::Cheapest);
        let parameter = &config.prompt_targets[0].parameters[0];
        assert_eq!(
            parameter.default,
            Some(Literal::Text("Berlin, BE".to_owned()))
        );
        assert_eq!(config.ratelimits[0].limit.unit, TimeUnit::Minute);
        assert_eq!(config.overrides.fetch_media, FetchMedia::Off);
    }

    /// Each golden case that the config compiler writes loads here.
    #[test]
    fn loads_every_golden_case() {
        let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../../config/golden");
        let cases = std::fs::read_dir(root).unwrap();
        let mut loaded = 0;
        for case in cases {
            let path = case.unwrap().path().join("compiled.yaml");
            if !path.exists() {
                continue;
            }
            let text = std::fs::read_to_string(&path).unwrap();
            RuntimeConfig::from_yaml(&text)
                .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            loaded += 1;
        }
        assert!(loaded > 0, "no golden case found");
    }
}
