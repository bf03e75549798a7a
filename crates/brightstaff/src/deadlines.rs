//! Time-outs of one worker, looked over ten times a second.
//!
//! Provider time-outs are long and seldom reached. A timer of the runtime for
//! each would make every wait of the thread a timed one, which costs more than
//! what is decided here; so they are late by up to [`TICK`] instead.

use std::cell::RefCell;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use slab::Slab;
use tokio::sync::Notify;

/// How often deadlines are looked over while there are any.
pub(crate) const TICK: Duration = Duration::from_millis(100);

/// How often a worker looks over the connections it keeps idle.
pub(crate) const SWEEP_INTERVAL: Duration = Duration::from_secs(5);

/// Wakes a worker that waits for deadlines. Shared with the thread that keeps time.
#[derive(Default)]
pub(crate) struct Ticker {
    pending: AtomicUsize,
    notify: Notify,
}

impl Ticker {
    /// Lets the worker look its deadlines over, if it has any.
    pub(crate) fn tick(&self) {
        if self.pending.load(Ordering::Relaxed) > 0 {
            self.notify.notify_one();
        }
    }

    /// Lets the worker look over what it keeps, deadlines or not.
    pub(crate) fn sweep(&self) {
        self.notify.notify_one();
    }

    /// Waits for the next tick.
    pub(crate) async fn ticked(&self) {
        self.notify.notified().await;
    }
}

struct Entry {
    due: Instant,
    waker: Waker,
    passed: bool,
}

/// The deadlines of one worker. Clones share them.
#[derive(Clone)]
pub(crate) struct Deadlines {
    entries: Rc<RefCell<Slab<Entry>>>,
    ticker: Arc<Ticker>,
}

impl Deadlines {
    pub(crate) fn new(ticker: Arc<Ticker>) -> Self {
        Self {
            entries: Rc::default(),
            ticker,
        }
    }

    /// A future that is ready once `due` has passed.
    pub(crate) fn at(&self, due: Instant) -> Deadline {
        Deadline {
            deadlines: self.clone(),
            due,
            key: None,
        }
    }

    /// Wakes whoever waits for a deadline that has passed.
    pub(crate) fn look_over(&self, now: Instant) {
        for (_, entry) in self.entries.borrow_mut().iter_mut() {
            if !entry.passed && entry.due <= now {
                entry.passed = true;
                entry.waker.wake_by_ref();
            }
        }
    }
}

/// See [`Deadlines::at`].
pub(crate) struct Deadline {
    deadlines: Deadlines,
    due: Instant,
    key: Option<usize>,
}

impl Deadline {
    /// Moves the deadline.
    pub(crate) fn reset(&mut self, due: Instant) {
        self.due = due;
        if let Some(key) = self.key {
            let mut entries = self.deadlines.entries.borrow_mut();
            let entry = &mut entries[key];
            entry.due = due;
            entry.passed = false;
        }
    }
}

impl Future for Deadline {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let this = &mut *self;
        let mut entries = this.deadlines.entries.borrow_mut();
        match this.key {
            Some(key) => {
                let entry = &mut entries[key];
                if entry.passed {
                    return Poll::Ready(());
                }
                entry.waker.clone_from(context.waker());
            }
            None => {
                this.key = Some(entries.insert(Entry {
                    due: this.due,
                    waker: context.waker().clone(),
                    passed: false,
                }));
                this.deadlines
                    .ticker
                    .pending
                    .store(entries.len(), Ordering::Relaxed);
            }
        }
        Poll::Pending
    }
}

impl Drop for Deadline {
    fn drop(&mut self) {
        if let Some(key) = self.key {
            let mut entries = self.deadlines.entries.borrow_mut();
            entries.remove(key);
            let pending = &self.deadlines.ticker.pending;
            pending.store(entries.len(), Ordering::Relaxed);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn poll(deadline: &mut Deadline) -> bool {
        let mut context = Context::from_waker(Waker::noop());
        Pin::new(deadline).poll(&mut context).is_ready()
    }

    #[test]
    fn a_deadline_passes_when_it_is_looked_over() {
        let deadlines = Deadlines::new(Arc::default());
        let start = Instant::now();
        let mut deadline = deadlines.at(start + TICK);
        assert!(!poll(&mut deadline));
        deadlines.look_over(start);
        assert!(!poll(&mut deadline));
        deadlines.look_over(start + TICK);
        assert!(poll(&mut deadline));
        deadline.reset(start + 2 * TICK);
        assert!(!poll(&mut deadline));
    }

    #[test]
    fn dropped_deadlines_are_forgotten() {
        let ticker = Arc::new(Ticker::default());
        let deadlines = Deadlines::new(Arc::clone(&ticker));
        let mut deadline = deadlines.at(Instant::now());
        assert!(!poll(&mut deadline));
        assert_eq!(ticker.pending.load(Ordering::Relaxed), 1);
        drop(deadline);
        assert_eq!(ticker.pending.load(Ordering::Relaxed), 0);
    }
}
