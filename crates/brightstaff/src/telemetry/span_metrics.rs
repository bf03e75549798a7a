//! What has become of spans.

use std::sync::atomic::Ordering;
use std::sync::Arc;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric};
use prometheus_client::metrics::counter::ConstCounter;

use crate::spans::SpanCounts;

/// Shows it at each scrape.
#[derive(Debug)]
pub(super) struct SpanCollector(pub(super) Arc<SpanCounts>);

impl Collector for SpanCollector {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), std::fmt::Error> {
        let counter = ConstCounter::new(0u64);
        let mut family = encoder.encode_descriptor(
            "plano_spans",
            "Spans of traced calls, by what became of them",
            None,
            counter.metric_type(),
        )?;
        for (outcome, count) in [
            ("exported", &self.0.exported),
            ("dropped", &self.0.dropped),
            ("failed", &self.0.failed),
        ] {
            let count = ConstCounter::new(count.load(Ordering::Relaxed));
            count.encode(family.encode_family(&[("outcome", outcome)])?)?;
        }
        Ok(())
    }
}
