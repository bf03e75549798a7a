//! What every host of the gateway shares: the rendered configuration.

mod changes;
mod config;
mod references;

pub use changes::changes;
pub use config::{
    Agent, AwsCredentials, CacheKind, ConfigError, Endpoint, ExporterKind, FetchMedia, Filter,
    FilterKind, InputGuards, JailbreakGuard, Listener, ListenerAgent, ListenerType, Literal,
    MetricKind, MetricProvider, Metrics, ModelAlias, ModelMetricsSource, ModelProvider,
    OnException, OnUnsupported, Overrides, Prefer, PromptCaching, PromptGuards, PromptTarget,
    PromptTargetEndpoint, PromptTargetMethod, PromptTargetParameter, Protocol, RateLimit, Router,
    Routing, RoutingBudget, RoutingPreference, RuntimeConfig, SelectionPolicy, Selector,
    SessionCache, SpanAttributes, SpanExporter, StateStorage, StorageKind, TimeUnit, TokenLimit,
    Tracing, Transport,
};
pub use references::{resolve_references, UnsetReference};
