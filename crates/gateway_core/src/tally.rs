//! What is counted of calls. A host that has its own counters takes the labels;
//! one that has only names for them, as Envoy, writes the labels into the names.

use std::sync::Arc;

use percent_encoding::{percent_decode_str, utf8_percent_encode, NON_ALPHANUMERIC};

use crate::provider_exchange::{Observation, Outcome};
use crate::snapshot::Snapshot;

/// Upper bounds of the histograms of durations, in seconds.
pub const SECONDS: [f64; 14] = [
    0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0,
];

/// Names of what is counted by names.
pub mod counters {
    /// Labels: client API, upstream API, provider, status, outcome.
    pub const CALLS: &str = "plano.calls";
    /// Labels: provider, kind.
    pub const TOKENS: &str = "plano.tokens";
    /// A gauge without labels.
    pub const ACTIVE_CALLS: &str = "plano.active_calls";
    /// A gauge without labels: requests that have come whole and are not answered.
    pub const WHOLE_REQUESTS: &str = "plano.whole_requests";
    /// Label: the index of the bucket, one more than there are bounds.
    pub const CALL_DURATION: &str = "plano.call_duration";
    pub const CALL_DURATION_SUM: &str = "plano.call_duration_microseconds";
    pub const FIRST_BYTE: &str = "plano.first_byte";
    pub const FIRST_BYTE_SUM: &str = "plano.first_byte_microseconds";
}

impl Outcome {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Completed => "completed",
            Self::Local => "local",
            Self::UpstreamFailed => "upstream_failed",
            Self::ClientGone => "client_gone",
        }
    }
}

impl Observation {
    /// The name of the provider's entry; empty if none was chosen.
    pub fn provider(&self, snapshot: &Snapshot) -> Arc<str> {
        let upstream = self
            .upstream
            .and_then(|index| snapshot.upstreams().get(index));
        upstream.map_or_else(|| Arc::from(""), |upstream| Arc::clone(&upstream.name))
    }

    /// Tokens by their kind.
    pub fn tokens(&self) -> [(&'static str, u64); 5] {
        let usage = self.usage.unwrap_or_default();
        let counted = self.counted_output;
        [
            ("input", usage.uncached_input),
            ("cache_read", usage.cache_read),
            ("cache_write", usage.cache_write),
            ("output", if counted.is_some() { 0 } else { usage.output }),
            ("output_counted", counted.unwrap_or_default()),
        ]
    }
}

/// The bucket that a duration falls into.
pub fn bucket(seconds: f64) -> usize {
    SECONDS.partition_point(|bound| *bound < seconds)
}

/// A counter's name with its labels.
pub fn counter_name(name: &str, labels: &[&str]) -> String {
    let mut text = name.to_owned();
    for label in labels {
        text.push('|');
        text.extend(utf8_percent_encode(label, NON_ALPHANUMERIC));
    }
    text
}

/// Takes apart what [`counter_name`] wrote; none if it did not.
pub fn read_counter_name(text: &str) -> Option<(&str, Vec<String>)> {
    let mut parts = text.split('|');
    let name = parts.next()?;
    let decode = |part: &str| {
        let text = percent_decode_str(part).decode_utf8().ok()?;
        Some(text.into_owned())
    };
    Some((name, parts.map(decode).collect::<Option<_>>()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_pass_through_names() {
        let labels = ["openai/*", "", "a|b: c\n", "Grüße"];
        let name = counter_name(counters::CALLS, &labels);
        assert!(!name.contains([' ', ':', '\n']));
        let (read, found) = read_counter_name(&name).unwrap();
        assert_eq!(
            (read, found),
            (counters::CALLS, labels.map(str::to_owned).to_vec())
        );
        assert_eq!(read_counter_name("a").unwrap(), ("a", Vec::new()));
        assert!(read_counter_name("a|%FF").is_none());
    }

    #[test]
    fn a_bound_belongs_to_its_bucket() {
        assert_eq!(bucket(0.0), 0);
        assert_eq!(bucket(0.005), 0);
        assert_eq!(bucket(0.006), 1);
        assert_eq!(bucket(1000.0), SECONDS.len());
    }
}
