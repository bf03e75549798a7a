//! How many programs run at a time, and how many calls wait for one of them.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;

/// Every place is taken, and every place in the queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Full;

/// Shared by all threads; the limits come with each call, so that they may change.
#[derive(Default)]
pub(super) struct Places(Mutex<State>);

#[derive(Default)]
struct State {
    taken: usize,
    limit: usize,
    waiting: VecDeque<oneshot::Sender<Place>>,
}

/// The right to run one program, until it is dropped.
pub(super) struct Place {
    places: Arc<Places>,
}

impl Places {
    /// Takes a place, at once or when one is free. At most `limit` are taken, and
    /// `max_waiting` calls wait.
    pub(super) async fn enter(
        self: &Arc<Self>,
        limit: usize,
        max_waiting: usize,
    ) -> Result<Place, Full> {
        let turn = {
            let mut state = self.state();
            state.limit = limit;
            // Who has left does not wait any more.
            state.waiting.retain(|waiting| !waiting.is_closed());
            if state.taken < limit && state.waiting.is_empty() {
                state.taken += 1;
                return Ok(self.place());
            }
            if state.waiting.len() >= max_waiting {
                return Err(Full);
            }
            let (sender, turn) = oneshot::channel();
            state.waiting.push_back(sender);
            turn
        };
        // A limit that has grown lets in who waited before.
        self.let_in();
        turn.await.map_err(|_| Full)
    }

    fn place(self: &Arc<Self>) -> Place {
        Place {
            places: Arc::clone(self),
        }
    }

    fn let_in(self: &Arc<Self>) {
        loop {
            let next = {
                let mut state = self.state();
                if state.taken >= state.limit {
                    return;
                }
                let Some(next) = state.waiting.pop_front() else {
                    return;
                };
                state.taken += 1;
                next
            };
            // Of one who has left, the place comes back and is dropped here.
            drop(next.send(self.place()));
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut state = self.places.state();
        state.taken = state.taken.saturating_sub(1);
        drop(state);
        self.places.let_in();
    }
}

#[cfg(test)]
mod tests {
    use std::future::Future;
    use std::pin::pin;
    use std::task::{Context, Poll, Waker};

    use super::*;

    fn poll<F: Future>(future: std::pin::Pin<&mut F>) -> Poll<F::Output> {
        future.poll(&mut Context::from_waker(Waker::noop()))
    }

    #[test]
    fn who_comes_too_many_waits_and_then_is_refused() {
        let places = Arc::new(Places::default());
        let Poll::Ready(Ok(first)) = poll(pin!(places.enter(1, 1))) else {
            panic!("a place");
        };
        let mut second = pin!(places.enter(1, 1));
        assert!(poll(second.as_mut()).is_pending());
        assert!(matches!(
            poll(pin!(places.enter(1, 1))),
            Poll::Ready(Err(Full))
        ));
        drop(first);
        assert!(matches!(poll(second.as_mut()), Poll::Ready(Ok(_))));
    }

    #[test]
    fn the_place_of_one_who_left_goes_to_the_next() {
        let places = Arc::new(Places::default());
        let Poll::Ready(Ok(first)) = poll(pin!(places.enter(1, 2))) else {
            panic!("a place");
        };
        let mut third = pin!(places.enter(1, 2));
        {
            let mut second = pin!(places.enter(1, 2));
            assert!(poll(second.as_mut()).is_pending());
            assert!(poll(third.as_mut()).is_pending());
        }
        drop(first);
        assert!(matches!(poll(third.as_mut()), Poll::Ready(Ok(_))));
    }

    #[test]
    fn a_larger_limit_lets_in_who_waits() {
        let places = Arc::new(Places::default());
        let Poll::Ready(Ok(_first)) = poll(pin!(places.enter(1, 2))) else {
            panic!("a place");
        };
        let mut second = pin!(places.enter(1, 2));
        assert!(poll(second.as_mut()).is_pending());
        let mut third = pin!(places.enter(3, 2));
        assert!(matches!(poll(third.as_mut()), Poll::Ready(Ok(_))));
        assert!(matches!(poll(second.as_mut()), Poll::Ready(Ok(_))));
    }
}
