//! How models are chosen, what is kept of conversations, and how much may be used.

use std::collections::BTreeMap;

use serde::Deserialize;

/// Models for a kind of request.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RoutingPreference {
    pub name: String,
    /// What such requests are like; the routing model chooses by it.
    pub description: String,
    /// The best first.
    pub models: Vec<String>,
    pub selection_policy: SelectionPolicy,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SelectionPolicy {
    pub prefer: Prefer,
}

/// How the models of a preference are put in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Prefer {
    Cheapest,
    Fastest,
    /// As they are written.
    None,
}

/// How a route is kept for a session.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Routing {
    pub session_ttl_seconds: u64,
    pub session_max_entries: usize,
    /// Whether a route is chosen for what a user says only.
    pub route_on_user_only: bool,
    pub session_cache: SessionCache,
    pub routing_budget: Option<RoutingBudget>,
}

/// Where sessions are kept.
#[derive(Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SessionCache {
    #[serde(rename = "type")]
    pub kind: CacheKind,
    /// There for Redis; may hold references.
    pub url: Option<String>,
    /// Request header that keeps the sessions of tenants apart.
    pub tenant_header: Option<String>,
}

impl std::fmt::Debug for SessionCache {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("SessionCache")
            .field("kind", &self.kind)
            .field("tenant_header", &self.tenant_header)
            .finish_non_exhaustive()
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CacheKind {
    Memory,
    Redis,
}

/// What a change of model within a session may cost.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RoutingBudget {
    /// In percent of what the session would cost.
    pub max_switch_spend_pct: f64,
    pub replenish_on_rebind: bool,
    /// Price of a cached input token as a share of an uncached one.
    pub cache_read_discount: f64,
    pub record_counterfactual: bool,
}

/// A source of the cost or the latency of models.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModelMetricsSource {
    #[serde(rename = "type")]
    pub kind: MetricKind,
    pub provider: MetricProvider,
    pub url: Option<String>,
    /// There for Prometheus.
    pub query: Option<String>,
    /// In seconds; without it, the source is read once.
    pub refresh_interval: Option<u64>,
    /// Name in the source → `provider/model`.
    pub model_aliases: BTreeMap<String, String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MetricKind {
    Cost,
    Latency,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MetricProvider {
    Digitalocean,
    #[serde(rename = "models.dev")]
    ModelsDev,
    Prometheus,
}

/// Use of the providers' prompt caches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PromptCaching {
    pub enabled: bool,
    pub session_affinity: bool,
    pub inject_cache_control: bool,
    pub min_prefix_tokens: u64,
    pub session_ttl_seconds: Option<u64>,
}

/// Where conversations are kept.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StateStorage {
    #[serde(rename = "type")]
    pub kind: StorageKind,
    /// There for Postgres; may hold references.
    pub connection_string: Option<String>,
}

impl std::fmt::Debug for StateStorage {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("StateStorage")
            .field("kind", &self.kind)
            .finish_non_exhaustive()
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StorageKind {
    Memory,
    Postgres,
}

/// A limit of one model.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RateLimit {
    pub model: String,
    pub selector: Selector,
    pub limit: TokenLimit,
}

/// Whose tokens are counted together.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Selector {
    /// Name of a request header.
    pub key: String,
    /// Its value, or `*` for each value by itself.
    pub value: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TokenLimit {
    pub tokens: u32,
    pub unit: TimeUnit,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TimeUnit {
    Second,
    Minute,
    Hour,
    Day,
}
