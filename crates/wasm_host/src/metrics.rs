//! Counters of Envoy's, below `wasmcustom.`. The native server reads them and shows
//! them beside its own.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;
use std::time::Duration;

use gateway_core::tally::{bucket, counter_name, counters};
use gateway_core::{Observation, Outcome, Snapshot};
use proxy_wasm::hostcalls::{define_metric, increment_metric, record_metric};
use proxy_wasm::types::MetricType;

/// The ids that Envoy gave out for names.
#[derive(Debug, Clone)]
pub(crate) struct Metrics {
    counters: Rc<RefCell<HashMap<String, u32>>>,
    active: u32,
    whole: u32,
    first_byte: u32,
}

impl Metrics {
    /// Makes them known to Envoy; each name stands for one however often.
    pub(crate) fn define() -> Option<Self> {
        let gauge = |name: &str| define_metric(MetricType::Gauge, name).ok();
        Some(Self {
            counters: Rc::default(),
            active: gauge(counters::ACTIVE_CALLS)?,
            whole: gauge(counters::WHOLE_REQUESTS)?,
            first_byte: define_metric(MetricType::Histogram, "time_to_first_token").ok()?,
        })
    }

    /// A request has come to its end, or is over.
    pub(crate) fn whole_request(&self, difference: i64) {
        add(self.whole, difference);
    }

    pub(crate) fn call_started(&self) {
        add(self.active, 1);
    }

    /// A call goes on elsewhere.
    pub(crate) fn call_left(&self) {
        add(self.active, -1);
    }

    pub(crate) fn first_byte(&self, elapsed: Duration) {
        // A histogram that Envoy has forgotten is not worth a call.
        let _ = record_metric(
            self.first_byte,
            u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX),
        );
        self.sample(counters::FIRST_BYTE, counters::FIRST_BYTE_SUM, elapsed);
    }

    /// Counts a call that has ended, and logs how it failed and what it lost.
    pub(crate) fn call_ended(
        &self,
        snapshot: &Snapshot,
        observation: &Observation,
        elapsed: Duration,
    ) {
        add(self.active, -1);
        self.sample(
            counters::CALL_DURATION,
            counters::CALL_DURATION_SUM,
            elapsed,
        );
        let provider = observation.provider(snapshot);
        let labels = [
            observation.client.as_str(),
            observation.upstream_api.map_or("", |api| api.as_str()),
            &provider,
            &observation.status.to_string(),
            observation.outcome.as_str(),
        ];
        self.count(counters::CALLS, &labels, 1);
        for (kind, count) in observation.tokens() {
            if count > 0 {
                self.count(counters::TOKENS, &[&provider, kind], count);
            }
        }
        log_failure(&provider, observation);
        log_losses(&provider, observation);
    }

    fn sample(&self, buckets: &str, sum: &str, elapsed: Duration) {
        let index = bucket(elapsed.as_secs_f64()).to_string();
        self.count(buckets, &[&index], 1);
        let microseconds = u64::try_from(elapsed.as_micros()).unwrap_or(u64::MAX);
        self.count(sum, &[], microseconds);
    }

    fn count(&self, name: &str, labels: &[&str], count: u64) {
        let name = counter_name(name, labels);
        let mut known = self.counters.borrow_mut();
        let id = match known.get(&name) {
            Some(id) => *id,
            None => {
                let Ok(id) = define_metric(MetricType::Counter, &name) else {
                    return;
                };
                known.insert(name, id);
                id
            }
        };
        add(id, i64::try_from(count).unwrap_or(i64::MAX));
    }
}

fn add(metric: u32, difference: i64) {
    // A counter that Envoy has forgotten is not worth a call.
    let _ = increment_metric(metric, difference);
}

fn log_failure(provider: &str, observation: &Observation) {
    let Some(error) = &observation.error else {
        return;
    };
    let status = observation.status;
    let model = observation.requested_model.as_deref().unwrap_or_default();
    if observation.outcome == Outcome::UpstreamFailed {
        log::warn!("a provider failed: provider={provider:?} model={model:?} status={status} error={error:?}");
    } else {
        log::info!("a call was refused: provider={provider:?} model={model:?} status={status} error={error:?}");
    }
}

fn log_losses(provider: &str, observation: &Observation) {
    if observation.dropped.is_empty() {
        return;
    }
    let fields = observation.dropped.iter().map(|lost| lost.field.as_str());
    let fields: Vec<&str> = fields.collect();
    let fields = fields.join(", ");
    log::warn!("left out of a request: the provider has no place for it: provider={provider:?} fields={fields:?}");
}
