//! The body of a client's request.

use std::cell::RefCell;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{ready, Context, Poll};

use bytes::Bytes;
use gateway_core::Input;
use http::HeaderMap;
use http_body::Body;
use hyper::body::Incoming;

use super::packed_body::{take_packing, Failure, PackedBody};
use super::Call;
use crate::upstream::{BodySource, GivenUp};

/// Reads a request's body; knows its end.
pub(super) struct ClientBody {
    source: Source,
    ended: bool,
}

enum Source {
    Plain(Incoming),
    Packed(PackedBody),
    /// Packed in a way that is not known here.
    Unreadable {
        incoming: Incoming,
        packing: String,
    },
    /// What is left of a packed body that nobody wants.
    Spent,
}

impl ClientBody {
    /// Takes from the head what says how the body is packed: what it is told comes unpacked.
    pub(super) fn new(incoming: Incoming, headers: &mut HeaderMap) -> Self {
        let source = match take_packing(headers) {
            Ok(None) => Source::Plain(incoming),
            Ok(Some(packing)) => Source::Packed(PackedBody::new(incoming, packing)),
            Err(packing) => Source::Unreadable { incoming, packing },
        };
        Self {
            source,
            ended: false,
        }
    }

    /// What the exchange is to be told next.
    pub(super) fn poll_input(&mut self, context: &mut Context<'_>) -> Poll<Input> {
        let input = match &mut self.source {
            Source::Plain(incoming) => ready!(poll_plain(incoming, context)),
            Source::Packed(body) => match ready!(body.poll_piece(context)) {
                Ok(bytes) => {
                    let end = bytes.is_empty();
                    Input::RequestBody { bytes, end }
                }
                Err(Failure::Cut(error)) => cut(&error),
                Err(Failure::Malformed(packing)) => Input::RequestBroken(format!(
                    "it is not the whole of what its content-encoding says, {}",
                    packing.name()
                )),
            },
            Source::Unreadable { packing, .. } => Input::RequestBroken(format!(
                "its content-encoding is {packing}; gzip and br are known, one of them at a time"
            )),
            Source::Spent => Input::RequestBody {
                bytes: Bytes::new(),
                end: true,
            },
        };
        self.ended = match input {
            Input::RequestBody { end, .. } => end,
            _ => true,
        };
        Poll::Ready(input)
    }

    /// Reads and forgets what is left; ready at the end. Nothing is unpacked for that.
    pub(super) fn poll_discard(&mut self, context: &mut Context<'_>) -> Poll<()> {
        if !matches!(self.source, Source::Plain(_)) {
            self.source = match std::mem::replace(&mut self.source, Source::Spent) {
                Source::Packed(body) => Source::Plain(body.into_packed()),
                Source::Unreadable { incoming, .. } => Source::Plain(incoming),
                source => source,
            };
        }
        while !self.ended {
            ready!(self.poll_input(context));
        }
        Poll::Ready(())
    }

    pub(super) fn is_ended(&self) -> bool {
        self.ended
    }
}

fn poll_plain(incoming: &mut Incoming, context: &mut Context<'_>) -> Poll<Input> {
    loop {
        return match ready!(Pin::new(&mut *incoming).poll_frame(context)) {
            Some(Ok(frame)) => {
                let Ok(bytes) = frame.into_data() else {
                    continue;
                };
                let end = incoming.is_end_stream();
                Poll::Ready(Input::RequestBody { bytes, end })
            }
            Some(Err(error)) => Poll::Ready(cut(&error)),
            None => {
                let bytes = Bytes::new();
                Poll::Ready(Input::RequestBody { bytes, end: true })
            }
        };
    }
}

fn cut(error: &dyn std::error::Error) -> Input {
    tracing::debug!(%error, "a client's request was cut");
    Input::RequestBroken(gateway_core::BADLY_FRAMED.to_owned())
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
