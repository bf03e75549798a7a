//! What a call went through, told to an OTLP collector.
//!
//! A worker that traces a call ([`CallSpans`]) puts its spans into a bounded
//! [`SpanQueue`] when it is over; one task on the main thread takes them out in
//! batches. What the collector does not take is counted and forgotten: no call
//! waits for it.

mod call;
mod collector;
mod context;
mod exporter;
mod otlp;
mod queue;
mod settings;
mod span;

pub(crate) use call::CallSpans;
pub(crate) use exporter::Exporter;
pub(crate) use queue::{SpanCounts, SpanQueue};
pub(crate) use settings::{collector_place, Tracing};

#[cfg(test)]
mod tests;
