//! Long tests on every processor.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// Does `work` for every item, on as many threads as there are processors.
pub(crate) fn on_all_threads<T: Sync>(items: &[T], work: impl Fn(&T) + Sync) {
    let next = AtomicUsize::new(0);
    let threads = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while let Some(item) = items.get(next.fetch_add(1, Ordering::Relaxed)) {
                    work(item);
                }
            });
        }
    });
}
