//! What operators see: metrics and log lines.

mod config_metrics;
mod front_counts;
mod log;
mod metrics;
mod metrics_server;
mod span_metrics;

pub(crate) use config_metrics::ConfigMetrics;
pub(crate) use front_counts::FrontCounts;
pub(crate) use log::init as init_log;
pub(crate) use metrics::WorkerMetrics;
pub(crate) use metrics_server::{registry, serve as serve_metrics, MetricsRegistry};
