//! What is traced and where spans are sent.

use std::collections::BTreeMap;

use serde::Deserialize;

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tracing {
    /// Share of requests traced, in percent.
    #[serde(default)]
    pub random_sampling: f64,
    #[serde(default)]
    pub trace_arch_internal: bool,
    /// An OTLP collector; may hold references.
    pub opentracing_grpc_endpoint: Option<String>,
    pub span_attributes: Option<SpanAttributes>,
    #[serde(default)]
    pub exporters: Vec<SpanExporter>,
}

impl Tracing {
    /// Whether any request is traced: some of all, or those of clients that trace.
    pub fn is_on(&self) -> bool {
        self.random_sampling > 0.0 || self.opentracing_grpc_endpoint.is_some()
    }
}

/// Attributes added to every span.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SpanAttributes {
    /// Request headers whose names begin so become attributes.
    #[serde(default)]
    pub header_prefixes: Vec<String>,
    #[serde(default, rename = "static")]
    pub fixed: BTreeMap<String, String>,
}

/// A further place that spans are sent to.
#[derive(Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SpanExporter {
    #[serde(rename = "type")]
    pub kind: ExporterKind,
    pub url: String,
    /// A key, or a reference to an environment variable.
    pub api_key: String,
    /// Request header that tells users apart.
    pub distinct_id_header: Option<String>,
    pub capture_messages: bool,
}

impl std::fmt::Debug for SpanExporter {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("SpanExporter")
            .field("kind", &self.kind)
            .field("url", &self.url)
            .finish_non_exhaustive()
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ExporterKind {
    Posthog,
}
