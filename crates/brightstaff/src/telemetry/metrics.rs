//! Counters of one worker. Only its thread writes them, so their lock is free
//! whenever a call takes it; a scrape adds the workers up.

use std::borrow::Cow;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use foldhash::HashMap;
use gateway_core::tally::SECONDS;
use gateway_core::{Observation, Outcome, Snapshot};
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeLabelSet, EncodeMetric, NoLabelSet};
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::metrics::histogram::Histogram;

use super::front_counts::{FrontCounts, Samples};

/// What calls are counted by. None of it is chosen by a client.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct CallLabels {
    pub(super) client_api: Cow<'static, str>,
    pub(super) upstream_api: Cow<'static, str>,
    pub(super) provider: Arc<str>,
    pub(super) status: u16,
    pub(super) outcome: Cow<'static, str>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct TokenLabels {
    pub(super) provider: Arc<str>,
    pub(super) r#type: Cow<'static, str>,
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
        let provider = observation.provider(snapshot);
        log_failure(&provider, observation);
        let labels = CallLabels {
            client_api: observation.client.as_str().into(),
            upstream_api: observation
                .upstream_api
                .map_or("", |api| api.as_str())
                .into(),
            provider: Arc::clone(&provider),
            status: observation.status,
            outcome: observation.outcome.as_str().into(),
        };
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        *counts.calls.entry(labels).or_default() += 1;
        for (r#type, count) in observation.tokens() {
            if count > 0 {
                let labels = TokenLabels {
                    provider: Arc::clone(&provider),
                    r#type: r#type.into(),
                };
                *counts.tokens.entry(labels).or_default() += count;
            }
        }
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

/// Adds the workers up at each scrape, and the filters of the Envoy in front.
pub(super) struct Workers {
    pub(super) own: Vec<Arc<WorkerMetrics>>,
    /// Set if there is an Envoy in front.
    pub(super) front: Option<Arc<FrontCounts>>,
}

impl std::fmt::Debug for Workers {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "Workers({})", self.own.len())
    }
}

impl Collector for Workers {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), std::fmt::Error> {
        let front = self.front.as_ref().map(|front| front.counts());
        let mut calls = front
            .as_ref()
            .map(|front| front.calls.clone())
            .unwrap_or_default();
        let mut tokens = front
            .as_ref()
            .map(|front| front.tokens.clone())
            .unwrap_or_default();
        for worker in &self.own {
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
            self.own
                .iter()
                .map(|worker| read(worker).load(Ordering::Relaxed))
                .sum::<i64>()
        };
        // Behind Envoy its connections are the clients'.
        let open = match &front {
            Some(front) => front.open_connections,
            None => sum(|worker| &worker.open_connections),
        };
        gauge(
            &mut encoder,
            "plano_open_connections",
            "Connections of clients",
            open,
        )?;
        let behind = front.as_ref().map_or(0, |front| front.active_calls);
        let active = behind + sum(|worker| &worker.active_calls);
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
            front.as_ref().map(|front| &front.duration),
        )?;
        self.histogram(
            &mut encoder,
            "plano_first_byte_seconds",
            "From a call's head to the first byte of its answer",
            |worker| &worker.first_byte,
            front.as_ref().map(|front| &front.first_byte),
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
        front: Option<&Samples>,
    ) -> Result<(), std::fmt::Error> {
        #[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
        struct WorkerLabel {
            worker: Cow<'static, str>,
        }
        let mut metric = encoder.encode_descriptor(
            name,
            help,
            None,
            prometheus_client::metrics::MetricType::Histogram,
        )?;
        for (index, metrics) in self.own.iter().enumerate() {
            let worker = index.to_string().into();
            read(metrics).encode(metric.encode_family(&WorkerLabel { worker })?)?;
        }
        if let Some(Samples {
            buckets,
            microseconds,
        }) = front
        {
            let bounds = SECONDS.into_iter().chain([f64::MAX]);
            let buckets: Vec<(f64, u64)> = bounds.zip(*buckets).collect();
            let count = buckets.iter().map(|(_, count)| count).sum();
            let label = WorkerLabel {
                worker: "envoy".into(),
            };
            let mut family = metric.encode_family(&label)?;
            let sum = *microseconds as f64 / 1e6;
            family.encode_histogram::<NoLabelSet>(sum, count, &buckets, None)?;
        }
        Ok(())
    }
}
