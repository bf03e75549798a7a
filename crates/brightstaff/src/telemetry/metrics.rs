//! Counters of one worker. Only its thread writes them, so their lock is free
//! whenever a call takes it; a scrape adds the workers up.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use foldhash::HashMap;
use gateway_core::{Observation, Outcome, Snapshot};
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeLabelSet, EncodeMetric};
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::metrics::histogram::Histogram;

/// Upper bounds of the duration histograms, in seconds.
const SECONDS: [f64; 14] = [
    0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0,
];

/// What calls are counted by. None of it is chosen by a client.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct CallLabels {
    client_api: &'static str,
    upstream_api: &'static str,
    provider: Arc<str>,
    status: u16,
    outcome: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct TokenLabels {
    provider: Arc<str>,
    r#type: &'static str,
}

#[derive(Default)]
struct Counts {
    calls: HashMap<CallLabels, u64>,
    tokens: HashMap<TokenLabels, u64>,
}

/// Counters of one worker.
pub(crate) struct WorkerMetrics {
    counts: Mutex<Counts>,
    open_connections: AtomicI64,
    active_calls: AtomicI64,
    duration: Histogram,
    first_byte: Histogram,
}

impl WorkerMetrics {
    pub(crate) fn new() -> Self {
        Self {
            counts: Mutex::default(),
            open_connections: AtomicI64::new(0),
            active_calls: AtomicI64::new(0),
            duration: Histogram::new(SECONDS),
            first_byte: Histogram::new(SECONDS),
        }
    }

    /// Connections handed to this worker and not yet closed.
    pub(crate) fn open_connections(&self) -> i64 {
        self.open_connections.load(Ordering::Relaxed)
    }

    pub(crate) fn connection_opened(&self) {
        self.open_connections.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn connection_closed(&self) {
        self.open_connections.fetch_sub(1, Ordering::Relaxed);
    }

    pub(crate) fn call_started(&self) {
        self.active_calls.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn first_byte(&self, elapsed: Duration) {
        self.first_byte.observe(elapsed.as_secs_f64());
    }

    pub(crate) fn call_ended(
        &self,
        snapshot: &Snapshot,
        observation: &Observation,
        elapsed: Duration,
    ) {
        self.active_calls.fetch_sub(1, Ordering::Relaxed);
        self.duration.observe(elapsed.as_secs_f64());
        let upstream = observation
            .upstream
            .and_then(|index| snapshot.upstreams().get(index));
        let provider =
            upstream.map_or_else(|| Arc::from(""), |upstream| Arc::clone(&upstream.name));
        log_failure(&provider, observation);
        let labels = CallLabels {
            client_api: observation.client.as_str(),
            upstream_api: observation.upstream_api.map_or("", |api| api.as_str()),
            provider: Arc::clone(&provider),
            status: observation.status,
            outcome: outcome(observation.outcome),
        };
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        *counts.calls.entry(labels).or_default() += 1;
        let usage = observation.usage.unwrap_or_default();
        let counted = observation.counted_output;
        let tokens = [
            ("input", usage.uncached_input),
            ("cache_read", usage.cache_read),
            ("cache_write", usage.cache_write),
            ("output", if counted.is_some() { 0 } else { usage.output }),
            ("output_counted", counted.unwrap_or_default()),
        ];
        for (r#type, count) in tokens {
            if count > 0 {
                let labels = TokenLabels {
                    provider: Arc::clone(&provider),
                    r#type,
                };
                *counts.tokens.entry(labels).or_default() += count;
            }
        }
    }
}

fn outcome(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Completed => "completed",
        Outcome::Local => "local",
        Outcome::UpstreamFailed => "upstream_failed",
        Outcome::ClientGone => "client_gone",
    }
}

fn log_failure(provider: &str, observation: &Observation) {
    let Some(error) = &observation.error else {
        return;
    };
    let status = observation.status;
    let model = observation.requested_model.as_deref().unwrap_or_default();
    if observation.outcome == Outcome::UpstreamFailed {
        tracing::warn!(provider, model, status, error, "a provider failed");
    } else {
        tracing::info!(provider, model, status, error, "a call was refused");
    }
}

/// Adds the workers up at each scrape.
pub(super) struct Workers(pub(super) Vec<Arc<WorkerMetrics>>);

impl std::fmt::Debug for Workers {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "Workers({})", self.0.len())
    }
}

impl Collector for Workers {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), std::fmt::Error> {
        let mut calls: HashMap<CallLabels, u64> = HashMap::default();
        let mut tokens: HashMap<TokenLabels, u64> = HashMap::default();
        for worker in &self.0 {
            let counts = worker.counts.lock().unwrap_or_else(PoisonError::into_inner);
            for (labels, count) in &counts.calls {
                *calls.entry(labels.clone()).or_default() += count;
            }
            for (labels, count) in &counts.tokens {
                *tokens.entry(labels.clone()).or_default() += count;
            }
        }
        family(&mut encoder, "plano_calls", "Calls answered", calls)?;
        family(
            &mut encoder,
            "plano_tokens",
            "Tokens, as the providers reported them",
            tokens,
        )?;
        let sum = |read: fn(&WorkerMetrics) -> &AtomicI64| {
            self.0
                .iter()
                .map(|worker| read(worker).load(Ordering::Relaxed))
                .sum::<i64>()
        };
        let open = sum(|worker| &worker.open_connections);
        gauge(
            &mut encoder,
            "plano_open_connections",
            "Connections of clients",
            open,
        )?;
        let active = sum(|worker| &worker.active_calls);
        gauge(
            &mut encoder,
            "plano_active_calls",
            "Calls under way",
            active,
        )?;
        self.histogram(
            &mut encoder,
            "plano_call_duration_seconds",
            "From a call's head to the end of its answer",
            |worker| &worker.duration,
        )?;
        self.histogram(
            &mut encoder,
            "plano_first_byte_seconds",
            "From a call's head to the first byte of its answer",
            |worker| &worker.first_byte,
        )
    }
}

fn family<L: EncodeLabelSet>(
    encoder: &mut DescriptorEncoder<'_>,
    name: &str,
    help: &str,
    counts: HashMap<L, u64>,
) -> Result<(), std::fmt::Error> {
    let counter = ConstCounter::new(0u64);
    let mut metric = encoder.encode_descriptor(name, help, None, counter.metric_type())?;
    for (labels, count) in &counts {
        ConstCounter::new(*count).encode(metric.encode_family(labels)?)?;
    }
    Ok(())
}

fn gauge(
    encoder: &mut DescriptorEncoder<'_>,
    name: &str,
    help: &str,
    value: i64,
) -> Result<(), std::fmt::Error> {
    let gauge = ConstGauge::new(value);
    let metric = encoder.encode_descriptor(name, help, None, gauge.metric_type())?;
    gauge.encode(metric)
}

impl Workers {
    fn histogram(
        &self,
        encoder: &mut DescriptorEncoder<'_>,
        name: &str,
        help: &str,
        read: fn(&WorkerMetrics) -> &Histogram,
    ) -> Result<(), std::fmt::Error> {
        #[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
        struct WorkerLabel {
            worker: usize,
        }
        let mut metric = encoder.encode_descriptor(
            name,
            help,
            None,
            prometheus_client::metrics::MetricType::Histogram,
        )?;
        for (worker, metrics) in self.0.iter().enumerate() {
            read(metrics).encode(metric.encode_family(&WorkerLabel { worker })?)?;
        }
        Ok(())
    }
}
