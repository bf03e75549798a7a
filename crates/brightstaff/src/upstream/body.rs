//! The body of a request to a provider.

use std::collections::VecDeque;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::{Buf, Bytes};
use http_body::{Body, Frame, SizeHint};
use thiserror::Error;

/// The request was given up while its body was being sent.
#[derive(Debug, Error)]
#[error("the request was given up")]
pub(crate) struct GivenUp;

/// Gives the rest of a body that is passed on as it comes.
pub(crate) trait BodySource {
    fn poll_piece(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Bytes, GivenUp>>>;
}

/// Pieces that are there, and perhaps a source of more.
#[derive(Default)]
pub(crate) struct UpstreamBody {
    pieces: VecDeque<Bytes>,
    more: Option<Box<dyn BodySource>>,
    /// Bytes still to come, when known.
    length: Option<u64>,
}

impl UpstreamBody {
    /// A body that is there as a whole.
    pub(crate) fn whole(pieces: VecDeque<Bytes>) -> Self {
        let length = pieces.iter().map(|piece| piece.len() as u64).sum();
        Self {
            pieces,
            more: None,
            length: Some(length),
        }
    }

    /// A body whose rest comes from `more`.
    pub(crate) fn streaming(
        pieces: VecDeque<Bytes>,
        length: Option<u64>,
        more: Box<dyn BodySource>,
    ) -> Self {
        Self {
            pieces,
            more: Some(more),
            length,
        }
    }

    fn give(&mut self, piece: Bytes) -> Poll<Option<Result<Frame<Bytes>, GivenUp>>> {
        if let Some(length) = &mut self.length {
            *length = length.saturating_sub(piece.remaining() as u64);
        }
        Poll::Ready(Some(Ok(Frame::data(piece))))
    }
}

impl Body for UpstreamBody {
    type Data = Bytes;
    type Error = GivenUp;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, GivenUp>>> {
        let this = self.get_mut();
        if let Some(piece) = this.pieces.pop_front() {
            return this.give(piece);
        }
        let Some(more) = &mut this.more else {
            return Poll::Ready(None);
        };
        match more.poll_piece(context) {
            Poll::Ready(Some(Ok(piece))) => this.give(piece),
            Poll::Ready(Some(Err(error))) => Poll::Ready(Some(Err(error))),
            Poll::Ready(None) => {
                this.more = None;
                Poll::Ready(None)
            }
            Poll::Pending => Poll::Pending,
        }
    }

    fn is_end_stream(&self) -> bool {
        self.pieces.is_empty() && self.more.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        self.length
            .map_or_else(SizeHint::default, SizeHint::with_exact)
    }
}
