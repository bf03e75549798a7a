//! From the workers to the exporter: spans that wait, not too many of them.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::Arc;

use tokio::sync::mpsc;

use super::span::Span;

/// Spans that may wait; more are dropped.
pub(super) const CAPACITY: usize = 2048;

/// What has become of spans.
#[derive(Debug, Default)]
pub(crate) struct SpanCounts {
    pub(crate) exported: AtomicU64,
    /// There was no room for them, or their collector rests.
    pub(crate) dropped: AtomicU64,
    /// They were sent in vain.
    pub(crate) failed: AtomicU64,
}

/// Where workers put spans. Clones share it.
#[derive(Clone)]
pub(crate) struct SpanQueue {
    sender: mpsc::Sender<Span>,
    pub(super) counts: Arc<SpanCounts>,
    /// Whether Envoy tells of the requests that clients make.
    pub(super) behind_envoy: bool,
}

impl SpanQueue {
    pub(super) fn new(behind_envoy: bool) -> (Self, mpsc::Receiver<Span>) {
        let (sender, receiver) = mpsc::channel(CAPACITY);
        let queue = Self {
            sender,
            counts: Arc::default(),
            behind_envoy,
        };
        (queue, receiver)
    }

    /// Never waits.
    pub(super) fn push(&self, span: Span) {
        if self.sender.try_send(span).is_err() {
            self.note_dropped(1);
        }
    }

    pub(super) fn note_dropped(&self, count: u64) {
        self.counts.dropped.fetch_add(count, Ordering::Relaxed);
    }

    /// What has become of the spans that were put in.
    pub(crate) fn counts(&self) -> Arc<SpanCounts> {
        Arc::clone(&self.counts)
    }
}
