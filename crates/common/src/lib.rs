//! What every host of the gateway shares: the rendered configuration.

mod config;
mod references;

pub use config::{
    AwsCredentials, ConfigError, FetchMedia, Listener, ListenerType, Metrics, ModelAlias,
    ModelProvider, OnUnsupported, Overrides, RuntimeConfig, Tracing,
};
pub use references::{resolve_references, UnsetReference};
