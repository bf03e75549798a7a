//! Takes spans out of the queue and sends them, some at a time.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};

use super::collector::{send, Collector, Connection, ExportFailure};
use super::otlp::message;
use super::queue::SpanQueue;
use super::span::Span;

/// Most spans that are sent at a time.
const BATCH: usize = 512;

/// Longest that a span waits for others.
const GATHER: Duration = Duration::from_secs(1);

/// How often the exporter looks meanwhile. It is not woken by each span.
const LOOK: Duration = Duration::from_millis(50);

/// How long a collector that has failed is left alone.
const REST: Duration = Duration::from_secs(5);

/// Longest wait for what is left at the end.
const FLUSH: Duration = Duration::from_secs(1);

/// Failures are told this often at most.
const LOG_INTERVAL: Duration = Duration::from_secs(60);

/// Sends what is put into a queue.
pub(crate) struct Exporter {
    receiver: mpsc::Receiver<Span>,
    queue: SpanQueue,
    connection: Option<Connection>,
    log: Log,
}

/// An exporter at work.
pub(crate) struct Exporting {
    task: JoinHandle<()>,
    stop: oneshot::Sender<()>,
}

impl Exporter {
    /// An exporter and its queue; `behind_envoy` tells whether an Envoy in front
    /// traces the requests that clients make.
    pub(crate) fn new(behind_envoy: bool) -> (SpanQueue, Self) {
        let (queue, receiver) = SpanQueue::new(behind_envoy);
        let exporter = Self {
            receiver,
            queue: queue.clone(),
            connection: None,
            log: Log::default(),
        };
        (queue, exporter)
    }

    /// Begins, on the thread that calls.
    pub(crate) fn start(self) -> Exporting {
        let (stop, stopped) = oneshot::channel();
        let task = tokio::task::spawn_local(self.run(stopped));
        Exporting { task, stop }
    }

    async fn run(mut self, mut stopped: oneshot::Receiver<()>) {
        let mut batch = Vec::new();
        loop {
            let first = tokio::select! {
                first = self.receiver.recv() => first,
                _ = &mut stopped => break,
            };
            let Some(first) = first else {
                return;
            };
            batch.push(first);
            let until = Instant::now() + GATHER;
            let mut stopping = false;
            loop {
                self.take(&mut batch);
                if stopping || batch.len() >= BATCH || Instant::now() >= until {
                    break;
                }
                tokio::select! {
                    () = sleep(LOOK) => {}
                    _ = &mut stopped => stopping = true,
                }
            }
            self.send(std::mem::take(&mut batch)).await;
            if stopping {
                break;
            }
        }
        loop {
            self.take(&mut batch);
            if batch.is_empty() {
                return;
            }
            self.send(std::mem::take(&mut batch)).await;
        }
    }

    /// What is there, without waiting.
    fn take(&mut self, batch: &mut Vec<Span>) {
        while batch.len() < BATCH {
            match self.receiver.try_recv() {
                Ok(span) => batch.push(span),
                Err(_) => return,
            }
        }
    }

    /// Sends to each collector what is for it: there are two when another
    /// configuration has just come into force.
    async fn send(&mut self, mut batch: Vec<Span>) {
        while let Some(first) = batch.first() {
            let collector = Arc::clone(&first.collector);
            let (same, others) = batch
                .into_iter()
                .partition(|span| Arc::ptr_eq(&span.collector, &collector));
            batch = others;
            self.send_to(&collector, same).await;
        }
    }

    async fn send_to(&mut self, collector: &Arc<Collector>, spans: Vec<Span>) {
        let count = spans.len() as u64;
        if collector.is_resting() {
            return self.queue.note_dropped(count);
        }
        let counts = Arc::clone(&self.queue.counts);
        let add = |counter: &AtomicU64| counter.fetch_add(count, Ordering::Relaxed);
        match send(collector, &mut self.connection, message(spans)).await {
            Ok(()) => {
                add(&counts.exported);
                self.log.succeeded(collector);
            }
            Err(failure) => {
                add(&counts.failed);
                self.log.failed(collector, &failure);
                collector.rest(true);
                let collector = Arc::clone(collector);
                tokio::task::spawn_local(async move {
                    sleep(REST).await;
                    collector.rest(false);
                });
            }
        }
    }
}

impl Exporting {
    /// Sends what is left and ends; what cannot be sent soon is lost.
    pub(crate) async fn finish(self) {
        let Self { mut task, stop } = self;
        let _ = stop.send(());
        if timeout(FLUSH, &mut task).await.is_err() {
            task.abort();
        }
    }
}

/// Tells the first failure, and that it is over.
#[derive(Default)]
struct Log {
    failing: bool,
    /// Whether this failure has been told.
    told: bool,
    last: Option<Instant>,
    /// Of whom all this is true.
    collector: Weak<Collector>,
}

impl Log {
    fn failed(&mut self, collector: &Arc<Collector>, failure: &ExportFailure) {
        self.turn_to(collector);
        if !self.notes_failure(Instant::now()) {
            return;
        }
        let url = collector.url();
        if collector.is_usual() {
            tracing::info!(collector = url, error = %failure, "spans are not kept: no collector takes them");
        } else {
            tracing::warn!(collector = url, error = %failure, "spans are lost: the collector does not take them");
        }
    }

    fn succeeded(&mut self, collector: &Arc<Collector>) {
        self.turn_to(collector);
        if std::mem::take(&mut self.failing) && std::mem::take(&mut self.told) {
            tracing::info!(
                collector = collector.url(),
                "the collector takes spans again"
            );
        }
    }

    /// What was true of another collector does not count.
    fn turn_to(&mut self, collector: &Arc<Collector>) {
        if self.collector.as_ptr() != Arc::as_ptr(collector) {
            *self = Self {
                collector: Arc::downgrade(collector),
                ..Self::default()
            };
        }
    }

    /// Whether to tell of a failure.
    fn notes_failure(&mut self, now: Instant) -> bool {
        if std::mem::replace(&mut self.failing, true) {
            return false;
        }
        let recently = |last: Instant| now.duration_since(last) < LOG_INTERVAL;
        if self.last.is_some_and(recently) {
            return false;
        }
        self.told = true;
        self.last = Some(now);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spans::queue::CAPACITY;
    use crate::spans::span::Part;
    use crate::spans::tests::span;

    #[test]
    fn what_finds_no_room_is_dropped_and_counted() {
        let (queue, mut exporter) = Exporter::new(false);
        for _ in 0..CAPACITY + 5 {
            queue.push(span(Part::Model));
        }
        assert_eq!(queue.counts.dropped.load(Ordering::Relaxed), 5);
        let mut batch = Vec::new();
        let mut taken = 0;
        loop {
            exporter.take(&mut batch);
            if batch.is_empty() {
                break;
            }
            assert!(batch.len() <= BATCH);
            taken += batch.len();
            batch.clear();
        }
        assert_eq!(taken, CAPACITY);
    }

    #[test]
    fn a_failure_is_told_once_and_not_more_than_once_a_minute() {
        let mut log = Log::default();
        let start = Instant::now();
        assert!(log.notes_failure(start));
        assert!(!log.notes_failure(start + 2 * LOG_INTERVAL));
        log.failing = false;
        assert!(log.notes_failure(start + 3 * LOG_INTERVAL));
        log.failing = false;
        assert!(!log.notes_failure(start + 3 * LOG_INTERVAL + GATHER));
    }

    #[test]
    fn a_failure_of_another_collector_is_told_as_well() {
        let mut log = Log::default();
        let now = Instant::now();
        let (one, other) = (span(Part::Model).collector, span(Part::Model).collector);
        log.turn_to(&one);
        assert!(log.notes_failure(now));
        log.turn_to(&one);
        assert!(!log.notes_failure(now));
        log.turn_to(&other);
        assert!(log.notes_failure(now));
    }
}
