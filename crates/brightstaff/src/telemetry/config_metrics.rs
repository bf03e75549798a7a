//! Which configuration is in force, and what became of others.

use std::sync::atomic::{AtomicU64, Ordering};

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric};
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;

/// Counts new configurations.
#[derive(Debug, Default)]
pub(crate) struct ConfigMetrics {
    version: AtomicU64,
    applied_at_ms: AtomicU64,
    applied: AtomicU64,
    unchanged: AtomicU64,
    refused: AtomicU64,
    last_refused: AtomicU64,
}

impl ConfigMetrics {
    /// A version has come into force. The first one is no reload.
    pub(crate) fn applied(&self, version: u64, at_ms: u64) {
        self.version.store(version, Ordering::Relaxed);
        self.applied_at_ms.store(at_ms, Ordering::Relaxed);
        self.applied.store(version - 1, Ordering::Relaxed);
        self.last_refused.store(0, Ordering::Relaxed);
    }

    pub(crate) fn unchanged(&self) {
        self.unchanged.fetch_add(1, Ordering::Relaxed);
        self.last_refused.store(0, Ordering::Relaxed);
    }

    pub(crate) fn refused(&self) {
        self.refused.fetch_add(1, Ordering::Relaxed);
        self.last_refused.store(1, Ordering::Relaxed);
    }
}

/// Shows them at each scrape.
#[derive(Debug)]
pub(super) struct ConfigCollector(pub(super) std::sync::Arc<ConfigMetrics>);

impl Collector for ConfigCollector {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), std::fmt::Error> {
        let read = |value: &AtomicU64| value.load(Ordering::Relaxed);
        let metrics = &*self.0;
        let reloads = ConstCounter::new(0u64);
        let mut family = encoder.encode_descriptor(
            "plano_config_reloads",
            "New configurations, by what became of them",
            None,
            reloads.metric_type(),
        )?;
        for (outcome, count) in [
            ("applied", &metrics.applied),
            ("unchanged", &metrics.unchanged),
            ("refused", &metrics.refused),
        ] {
            let labels = [("outcome", outcome)];
            ConstCounter::new(read(count)).encode(family.encode_family(&labels)?)?;
        }
        let gauges: [(&str, &str, f64); 3] = [
            (
                "plano_config_version",
                "The configuration in force, counted from 1 at the start",
                read(&metrics.version) as f64,
            ),
            (
                "plano_config_applied_timestamp_seconds",
                "When it came into force",
                read(&metrics.applied_at_ms) as f64 / 1000.0,
            ),
            (
                "plano_config_last_reload_refused",
                "1 while the last new configuration is not in force",
                read(&metrics.last_refused) as f64,
            ),
        ];
        for (name, help, value) in gauges {
            let gauge = ConstGauge::new(value);
            let metric = encoder.encode_descriptor(name, help, None, gauge.metric_type())?;
            gauge.encode(metric)?;
        }
        Ok(())
    }
}
