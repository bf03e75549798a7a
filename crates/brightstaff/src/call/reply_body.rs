//! The body of the answer to a client.

use std::cell::RefCell;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{ready, Context, Poll};
use std::time::{Duration, Instant};

use bytes::Bytes;
use gateway_core::{Input, LocalReply, UpstreamFailure};
use http::Response;
use http_body::{Body, Frame, SizeHint};
use thiserror::Error;
use tokio::time::Sleep;

use super::Call;
use crate::deadlines::{Deadline, Deadlines};
use crate::upstream;

/// How long a client may go on sending a body that nobody reads any more, so
/// that it gets to the answer.
const DISCARD_LIMIT: Duration = Duration::from_secs(2);

/// The answer cannot be completed; the connection is closed.
#[derive(Debug, Error)]
#[error("the answer cannot be completed")]
pub(crate) struct Incomplete;

/// What hyper sends to the client.
pub(crate) enum ReplyBody {
    /// Bytes that are there.
    Ready(Option<Bytes>),
    /// The answer to a call, as it comes.
    Exchange(Box<Exchange>),
}

pub(crate) struct Exchange {
    call: Rc<RefCell<Call>>,
    upstream: Option<upstream::ReplyBody>,
    idle: Idle,
    discard: Option<Pin<Box<Sleep>>>,
}

/// Notices that nothing came for a while, at the price of one timer for the
/// whole reply.
struct Idle {
    limit: Duration,
    last: Instant,
    deadlines: Deadlines,
    deadline: Option<Deadline>,
}

impl Idle {
    fn new(limit: Duration, deadlines: Deadlines) -> Self {
        Self {
            limit,
            last: Instant::now(),
            deadlines,
            deadline: None,
        }
    }

    fn poll_expired(&mut self, context: &mut Context<'_>) -> Poll<()> {
        loop {
            let due = self.last + self.limit;
            let deadline = self.deadline.get_or_insert_with(|| self.deadlines.at(due));
            ready!(Pin::new(&mut *deadline).poll(context));
            if Instant::now() >= due {
                return Poll::Ready(());
            }
            deadline.reset(due);
        }
    }
}

impl ReplyBody {
    /// An answer of the gateway's own, outside a call.
    pub(crate) fn from_local(reply: LocalReply) -> Response<Self> {
        let mut response = Response::new(Self::Ready(Some(reply.body.into())));
        *response.status_mut() = reply.status;
        *response.headers_mut() = reply.headers;
        response
    }

    /// An answer of the gateway's own to a call.
    pub(super) fn local(call: Rc<RefCell<Call>>) -> Response<Self> {
        let (status, headers) = call.borrow_mut().head.take().unwrap_or_default();
        let body = Self::Exchange(Box::new(Exchange::new(call, None, Duration::ZERO)));
        let mut response = Response::new(body);
        *response.status_mut() = status;
        *response.headers_mut() = headers;
        response
    }

    /// An answer of a provider; waits until its head is known.
    pub(super) async fn begin(
        call: Rc<RefCell<Call>>,
        upstream: Option<upstream::ReplyBody>,
        idle_limit: Duration,
    ) -> Response<Self> {
        let mut exchange = Exchange::new(call, upstream, idle_limit);
        std::future::poll_fn(|context| exchange.poll_head(context)).await;
        let (status, headers) = {
            let mut call = exchange.call.borrow_mut();
            call.head.take().unwrap_or_default()
        };
        let mut response = Response::new(Self::Exchange(Box::new(exchange)));
        *response.status_mut() = status;
        *response.headers_mut() = headers;
        response
    }
}

impl Exchange {
    fn new(
        call: Rc<RefCell<Call>>,
        upstream: Option<upstream::ReplyBody>,
        idle_limit: Duration,
    ) -> Self {
        let deadlines = call.borrow().worker.deadlines.clone();
        Self {
            call,
            upstream,
            idle: Idle::new(idle_limit, deadlines),
            discard: None,
        }
    }

    fn poll_head(&mut self, context: &mut Context<'_>) -> Poll<()> {
        while self.call.borrow().head.is_none() {
            ready!(self.poll_upstream(context));
        }
        Poll::Ready(())
    }

    /// Takes the next piece of the provider's answer in.
    fn poll_upstream(&mut self, context: &mut Context<'_>) -> Poll<()> {
        let Some(upstream) = &mut self.upstream else {
            // Nothing can come any more; an exchange in order has ended by now.
            self.call
                .borrow_mut()
                .upstream_failed(UpstreamFailure::Broken("no answer".into()));
            return Poll::Ready(());
        };
        let input = match upstream.poll_piece(context) {
            Poll::Ready(Some(Ok(bytes))) => {
                self.idle.last = Instant::now();
                let end = upstream.is_complete();
                Input::ReplyBody { bytes, end }
            }
            Poll::Ready(Some(Err(failure))) => Input::UpstreamFailed(failure),
            Poll::Ready(None) => Input::ReplyBody {
                bytes: Bytes::new(),
                end: true,
            },
            Poll::Pending => {
                ready!(self.idle.poll_expired(context));
                Input::UpstreamFailed(UpstreamFailure::IdleTimeout)
            }
        };
        match &input {
            Input::ReplyBody { end: true, .. } => {
                let mut call = self.call.borrow_mut();
                // A provider that answered early has not read the whole request.
                if let Some(upstream) = self.upstream.take().filter(|_| call.request_ended) {
                    upstream.finish();
                }
                call.feed(input);
            }
            Input::ReplyBody { .. } => self.call.borrow_mut().feed(input),
            _ => {
                self.upstream = None;
                self.call.borrow_mut().feed(input);
            }
        }
        if self.call.borrow().aborted {
            self.upstream = None;
        }
        Poll::Ready(())
    }

    fn poll_frame(
        &mut self,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Incomplete>>> {
        loop {
            {
                let mut call = self.call.borrow_mut();
                if let Some(bytes) = call.reply.pop_front() {
                    return Poll::Ready(Some(Ok(Frame::data(bytes))));
                }
                if call.reply_aborted {
                    return Poll::Ready(Some(Err(Incomplete)));
                }
                if call.reply_ended {
                    if !call.client.is_ended() {
                        let deadline = self
                            .discard
                            .get_or_insert_with(|| Box::pin(tokio::time::sleep(DISCARD_LIMIT)));
                        if deadline.as_mut().poll(context).is_pending() {
                            ready!(call.client.poll_discard(context));
                        }
                    }
                    return Poll::Ready(None);
                }
            }
            ready!(self.poll_upstream(context));
        }
    }
}

impl Body for ReplyBody {
    type Data = Bytes;
    type Error = Incomplete;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Incomplete>>> {
        match self.get_mut() {
            Self::Ready(bytes) => Poll::Ready(bytes.take().map(|bytes| Ok(Frame::data(bytes)))),
            Self::Exchange(exchange) => exchange.poll_frame(context),
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Ready(bytes) => bytes.is_none(),
            Self::Exchange(exchange) => {
                let call = exchange.call.borrow();
                call.reply_ended && call.reply.is_empty() && call.client.is_ended()
            }
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Ready(bytes) => {
                SizeHint::with_exact(bytes.as_ref().map_or(0, |bytes| bytes.len() as u64))
            }
            Self::Exchange(exchange) => {
                let call = exchange.call.borrow();
                // With a known length hyper would end the exchange, and reset the
                // connection, while the client is still sending.
                if call.reply_ended && !call.reply_aborted && call.client.is_ended() {
                    let length = call.reply.iter().map(|bytes| bytes.len() as u64).sum();
                    SizeHint::with_exact(length)
                } else {
                    SizeHint::default()
                }
            }
        }
    }
}
