//! What every host of the gateway shares: the rendered configuration, and how it
//! reaches Envoy's filters.

mod changes;
mod config;
mod references;
mod rendered;
mod sealing;

pub use changes::changes;
pub use config::{
    Agent, AwsCredentials, CacheKind, ConfigError, Endpoint, ExporterKind, FetchMedia, Filter,
    FilterKind, InputGuards, JailbreakGuard, Listener, ListenerAgent, ListenerType, Literal,
    LocalAgents, MetricKind, MetricProvider, Metrics, ModelAlias, ModelMetricsSource,
    ModelProvider, OnException, OnUnsupported, Overrides, Prefer, PromptCaching, PromptGuards,
    PromptTarget, PromptTargetEndpoint, PromptTargetMethod, PromptTargetParameter, Protocol,
    RateLimit, Router, Routing, RoutingBudget, RoutingPreference, RuntimeConfig, SelectionPolicy,
    Selector, SessionCache, SpanAttributes, SpanExporter, StateStorage, StorageKind, TimeUnit,
    TokenLimit, Tracing, Transport,
};
pub use references::{resolve_references, UnsetReference};
pub use rendered::{EnvoyResources, Rendered};
pub use sealing::SealingKey;
