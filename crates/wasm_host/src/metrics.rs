//! Counters of Envoy's, below `wasmcustom.`.

use gateway_core::{Observation, Outcome, Snapshot};
use proxy_wasm::hostcalls::{define_metric, increment_metric, record_metric};
use proxy_wasm::types::MetricType;

/// The ids that Envoy gave out.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Metrics {
    completed: u32,
    local: u32,
    upstream_failed: u32,
    client_gone: u32,
    dropped: u32,
    input: u32,
    cached_input: u32,
    output: u32,
    first_byte: u32,
}

impl Metrics {
    /// Makes them known to Envoy; each name stands for one counter however often.
    pub(crate) fn define() -> Option<Self> {
        let counter = |name: &str| define_metric(MetricType::Counter, name).ok();
        Some(Self {
            completed: counter("plano_requests.outcome.completed")?,
            local: counter("plano_requests.outcome.local")?,
            upstream_failed: counter("plano_requests.outcome.upstream_failed")?,
            client_gone: counter("plano_requests.outcome.client_gone")?,
            dropped: counter("plano_dropped_fields")?,
            input: counter("plano_tokens.kind.input")?,
            cached_input: counter("plano_tokens.kind.cached_input")?,
            output: counter("plano_tokens.kind.output")?,
            first_byte: define_metric(MetricType::Histogram, "time_to_first_token").ok()?,
        })
    }

    pub(crate) fn first_byte(&self, milliseconds: u64) {
        let _ = record_metric(self.first_byte, milliseconds);
    }

    /// Counts a call that has ended, and logs what it lost.
    pub(crate) fn ended(&self, snapshot: &Snapshot, observation: &Observation) {
        let outcome = match observation.outcome {
            Outcome::Completed => self.completed,
            Outcome::Local => self.local,
            Outcome::UpstreamFailed => self.upstream_failed,
            Outcome::ClientGone => self.client_gone,
        };
        add(outcome, 1);
        add(self.dropped, observation.dropped.len() as u64);
        if let Some(usage) = &observation.usage {
            add(self.input, usage.uncached_input);
            add(self.cached_input, usage.cache_read);
            add(self.output, usage.output);
        } else if let Some(counted) = observation.counted_output {
            add(self.output, counted);
        }
        if !observation.dropped.is_empty() {
            let fields: Vec<&str> = observation
                .dropped
                .iter()
                .map(|lost| lost.field.as_str())
                .collect();
            let upstream = observation
                .upstream
                .and_then(|index| snapshot.upstreams().get(index));
            log::warn!(
                "left out of a request to {}: {}",
                upstream.map_or("a provider", |upstream| &*upstream.name),
                fields.join(", ")
            );
        }
    }
}

fn add(metric: u32, count: u64) {
    if count > 0 {
        // A counter that Envoy has forgotten is not worth a call.
        let _ = increment_metric(metric, i64::try_from(count).unwrap_or(i64::MAX));
    }
}
