//! The body of a client's request.

use std::cell::RefCell;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{ready, Context, Poll};

use bytes::Bytes;
use gateway_core::Input;
use http_body::Body;
use hyper::body::Incoming;

use super::Call;
use crate::upstream::{BodySource, GivenUp};

/// Reads a request's body; knows its end.
pub(super) struct ClientBody {
    incoming: Incoming,
    ended: bool,
}

impl ClientBody {
    pub(super) fn new(incoming: Incoming) -> Self {
        Self {
            incoming,
            ended: false,
        }
    }

    /// What the exchange is to be told next.
    pub(super) fn poll_input(&mut self, context: &mut Context<'_>) -> Poll<Input> {
        loop {
            return match ready!(Pin::new(&mut self.incoming).poll_frame(context)) {
                Some(Ok(frame)) => {
                    let Ok(bytes) = frame.into_data() else {
                        continue;
                    };
                    self.ended = self.incoming.is_end_stream();
                    let end = self.ended;
                    Poll::Ready(Input::RequestBody { bytes, end })
                }
                Some(Err(error)) => {
                    tracing::debug!(%error, "a client's request was cut");
                    self.ended = true;
                    Poll::Ready(Input::RequestBroken)
                }
                None => {
                    self.ended = true;
                    let bytes = Bytes::new();
                    Poll::Ready(Input::RequestBody { bytes, end: true })
                }
            };
        }
    }

    /// Reads and forgets what is left; ready at the end.
    pub(super) fn poll_discard(&mut self, context: &mut Context<'_>) -> Poll<()> {
        while !self.ended {
            ready!(self.poll_input(context));
        }
        Poll::Ready(())
    }

    pub(super) fn is_ended(&self) -> bool {
        self.ended
    }
}

/// Passes the rest of a client's body on through the exchange.
pub(super) struct Passing(pub(super) Rc<RefCell<Call>>);

impl BodySource for Passing {
    fn poll_piece(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Bytes, GivenUp>>> {
        let mut call = self.0.borrow_mut();
        loop {
            if let Some(piece) = call.request.pop_front() {
                if piece.is_empty() {
                    continue;
                }
                return Poll::Ready(Some(Ok(piece)));
            }
            if call.aborted {
                return Poll::Ready(Some(Err(GivenUp)));
            }
            if call.request_ended || !call.exchange.wants_request() {
                return Poll::Ready(None);
            }
            let input = ready!(call.client.poll_input(context));
            call.feed(input);
        }
    }
}
