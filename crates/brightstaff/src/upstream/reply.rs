//! A provider's answer, read piece by piece.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use gateway_core::{Origin, UpstreamFailure};
use http::response::Parts;
use http_body::Body;
use hyper::body::Incoming;

use super::http1::Http1;
use super::{broken, Pool};
use crate::local_agents::Stream;

/// The head of an answer and its body to come.
pub(crate) struct Reply {
    pub head: Parts,
    pub body: ReplyBody,
}

/// The body of an answer. Dropping it before its end cancels the call at the
/// provider.
pub(crate) struct ReplyBody(pub(super) Source);

/// What the bytes come from.
pub(super) enum Source {
    Http1 {
        connection: Box<Http1>,
        pool: Pool,
        origin: Arc<Origin>,
    },
    Http2(Incoming),
    /// A program on this machine.
    Program(Stream),
    /// Bytes that are there.
    Ready(Option<Bytes>),
}

impl ReplyBody {
    /// What a program says.
    pub(crate) fn of_program(stream: Stream) -> Self {
        Self(Source::Program(stream))
    }

    /// A body that is there as a whole.
    pub(crate) fn ready(bytes: Bytes) -> Self {
        Self(Source::Ready(Some(bytes)))
    }

    /// The next piece; `None` at the end.
    pub(crate) fn poll_piece(
        &mut self,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, UpstreamFailure>>> {
        let incoming = match &mut self.0 {
            Source::Http1 { connection, .. } => return connection.poll_piece(context),
            Source::Http2(incoming) => incoming,
            Source::Program(stream) => return stream.poll_piece(context),
            Source::Ready(bytes) => return Poll::Ready(bytes.take().map(Ok)),
        };
        loop {
            return match Pin::new(&mut *incoming).poll_frame(context) {
                Poll::Pending => Poll::Pending,
                Poll::Ready(None) => Poll::Ready(None),
                Poll::Ready(Some(Err(error))) => Poll::Ready(Some(Err(broken(&error)))),
                Poll::Ready(Some(Ok(frame))) => match frame.into_data() {
                    Ok(bytes) => Poll::Ready(Some(Ok(bytes))),
                    // Trailers say nothing that the model APIs use.
                    Err(_) => continue,
                },
            };
        }
    }

    /// Whether every piece was read.
    pub(crate) fn is_complete(&self) -> bool {
        match &self.0 {
            Source::Http1 { connection, .. } => connection.is_complete(),
            Source::Http2(incoming) => incoming.is_end_stream(),
            Source::Program(stream) => stream.is_complete(),
            Source::Ready(bytes) => bytes.is_none(),
        }
    }

    /// Gives the connection back, if it can serve another call.
    pub(crate) fn finish(self) {
        if let Source::Http1 {
            connection,
            pool,
            origin,
        } = self.0
        {
            if connection.is_reusable() {
                pool.release(origin, connection);
            }
        }
    }
}
