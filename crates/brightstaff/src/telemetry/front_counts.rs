//! What the filters of the Envoy in front have counted, read from its statistics.

use std::borrow::Cow;
use std::sync::{Mutex, PoisonError};

use foldhash::HashMap;
use gateway_core::tally::{counters, read_counter_name, SECONDS};

use super::metrics::{CallLabels, TokenLabels};

/// The counts of the last look; shared by who reads and who shows them.
#[derive(Debug, Default)]
pub(crate) struct FrontCounts(Mutex<Counts>);

/// Counts as Envoy told them.
#[derive(Debug, Default, Clone)]
pub(super) struct Counts {
    pub(super) calls: HashMap<CallLabels, u64>,
    pub(super) tokens: HashMap<TokenLabels, u64>,
    pub(super) active_calls: i64,
    pub(super) open_connections: i64,
    pub(super) duration: Samples,
    pub(super) first_byte: Samples,
}

/// A histogram of [`SECONDS`].
#[derive(Debug, Default, Clone, PartialEq)]
pub(super) struct Samples {
    pub(super) buckets: [u64; SECONDS.len() + 1],
    pub(super) microseconds: u64,
}

impl FrontCounts {
    /// Takes in what Envoy says of itself, a line each.
    pub(crate) fn take(&self, stats: &str) {
        *self.lock() = Counts::read(stats);
    }

    pub(super) fn counts(&self) -> Counts {
        self.lock().clone()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Counts> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Counts {
    fn read(stats: &str) -> Self {
        let mut counts = Self::default();
        for line in stats.lines() {
            let Some((name, value)) = line.rsplit_once(": ") else {
                continue;
            };
            let Ok(value) = value.trim().parse::<u64>() else {
                continue;
            };
            match name.strip_prefix("wasmcustom.").and_then(read_counter_name) {
                Some((name, labels)) => counts.count(name, labels, value),
                None if name.starts_with("http.admin.") => {}
                None if name.ends_with(".downstream_cx_active") => {
                    counts.open_connections += value as i64;
                }
                None => {}
            }
        }
        counts
    }

    fn count(&mut self, name: &str, labels: Vec<String>, value: u64) {
        let mut labels = labels.into_iter();
        let mut next = || labels.next().unwrap_or_default();
        match name {
            counters::CALLS => {
                let labels = CallLabels {
                    client_api: Cow::Owned(next()),
                    upstream_api: Cow::Owned(next()),
                    provider: next().into(),
                    status: next().parse().unwrap_or_default(),
                    outcome: Cow::Owned(next()),
                };
                self.calls.insert(labels, value);
            }
            counters::TOKENS => {
                let labels = TokenLabels {
                    provider: next().into(),
                    r#type: Cow::Owned(next()),
                };
                self.tokens.insert(labels, value);
            }
            counters::ACTIVE_CALLS => self.active_calls = value as i64,
            counters::CALL_DURATION => self.duration.add(&next(), value),
            counters::CALL_DURATION_SUM => self.duration.microseconds = value,
            counters::FIRST_BYTE => self.first_byte.add(&next(), value),
            counters::FIRST_BYTE_SUM => self.first_byte.microseconds = value,
            _ => {}
        }
    }
}

impl Samples {
    fn add(&mut self, index: &str, value: u64) {
        let index = index.parse().ok();
        let bucket = index.and_then(|index: usize| self.buckets.get_mut(index));
        if let Some(bucket) = bucket {
            *bucket = value;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use gateway_core::tally::counter_name;

    #[test]
    fn reads_what_the_filters_counted() {
        let labels = ["chat", "messages", "anthropic/*", "200", "completed"];
        let stats = format!(
            "wasmcustom.{}: 3\nwasmcustom.{}: 7\nwasmcustom.{}: 2\nwasmcustom.{}: 1500\n\
             wasmcustom.plano.active_calls: 4\nhttp.admin.downstream_cx_active: 1\n\
             http.egress.downstream_cx_active: 5\nwasmcustom.plano.calls|%FF: 1\nhello",
            counter_name(counters::CALLS, &labels),
            counter_name(counters::TOKENS, &["anthropic/*", "input"]),
            counter_name(counters::FIRST_BYTE, &["1"]),
            counters::FIRST_BYTE_SUM,
        );
        let counts = Counts::read(&stats);
        let (labels, count) = counts.calls.iter().next().unwrap();
        assert_eq!(
            (&*labels.provider, labels.status, *count),
            ("anthropic/*", 200, 3)
        );
        assert_eq!(counts.tokens.values().sum::<u64>(), 7);
        assert_eq!((counts.active_calls, counts.open_connections), (4, 5));
        assert_eq!(counts.first_byte.buckets[1], 2);
        assert_eq!(counts.first_byte.microseconds, 1500);
        assert_eq!(counts.calls.len(), 1);
    }
}
