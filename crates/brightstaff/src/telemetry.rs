//! What operators see: metrics and log lines.

mod log;
mod metrics;
mod metrics_server;

pub(crate) use log::init as init_log;
pub(crate) use metrics::WorkerMetrics;
pub(crate) use metrics_server::serve as serve_metrics;
