//! Runs the gateway's core inside Envoy, as HTTP filters of proxy-wasm.
//!
//! A filter sees a request before Envoy has chosen its cluster. It holds the
//! request back until the provider is known, writes the provider's request in
//! its place and names the cluster in [`CLUSTER_HEADER`]; what it leaves alone
//! goes to the native server.

mod call;
mod failure;
mod headers;
mod metrics;
mod model_call_filter;
mod model_gateway;
mod prompt_gateway;
mod settings;
mod trace;

pub use model_gateway::ModelGateway;
pub use prompt_gateway::PromptGateway;

/// Names the cluster that Envoy routes a request to; never sent to a provider.
pub const CLUSTER_HEADER: &str = "x-arch-llm-provider";
