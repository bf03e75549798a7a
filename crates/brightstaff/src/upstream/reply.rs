//! A provider's answer, read piece by piece.

use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use gateway_core::{Origin, UpstreamFailure};
use http::response::Parts;
use http::Response;
use http_body::Body;
use hyper::body::Incoming;

use super::pool::Key;
use super::{broken, Http1, Pool};

/// The head of an answer and its body to come.
pub(crate) struct Reply {
    pub head: Parts,
    pub body: ReplyBody,
}

impl Reply {
    pub(super) fn new(response: Response<Incoming>, reader: ReplyReader) -> Self {
        let (head, incoming) = response.into_parts();
        Self {
            head,
            body: ReplyBody { incoming, reader },
        }
    }
}

/// The body of an answer. Dropping it before its end closes the connection, and
/// so cancels the call at the provider.
pub(crate) struct ReplyBody {
    incoming: Incoming,
    reader: ReplyReader,
}

/// What keeps the bytes coming.
pub(crate) struct ReplyReader {
    connection: Option<(Http1, Pool, Key)>,
}

impl ReplyReader {
    pub(super) fn http1(connection: Http1, pool: Pool, origin: &Origin) -> Self {
        Self {
            connection: Some((connection, pool, Key::new(origin))),
        }
    }

    pub(super) fn http2() -> Self {
        Self { connection: None }
    }
}

impl ReplyBody {
    /// The next piece; `None` at the end, after which the connection serves others.
    pub(crate) fn poll_piece(
        &mut self,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, UpstreamFailure>>> {
        loop {
            let mut polled = Pin::new(&mut self.incoming).poll_frame(context);
            if let (Poll::Pending, Some((connection, ..))) = (&polled, &mut self.reader.connection)
            {
                connection.drive(context);
                polled = Pin::new(&mut self.incoming).poll_frame(context);
            }
            return match polled {
                Poll::Pending => Poll::Pending,
                Poll::Ready(Some(Ok(frame))) => match frame.into_data() {
                    Ok(bytes) => Poll::Ready(Some(Ok(bytes))),
                    // Trailers say nothing that the model APIs use.
                    Err(_) => continue,
                },
                Poll::Ready(Some(Err(error))) => Poll::Ready(Some(Err(broken(error)))),
                Poll::Ready(None) => {
                    self.finish();
                    Poll::Ready(None)
                }
            };
        }
    }

    /// Whether every piece was read.
    pub(crate) fn is_complete(&self) -> bool {
        self.incoming.is_end_stream()
    }

    /// Gives the connection back; call once the body is complete.
    pub(crate) fn finish(&mut self) {
        if let Some((connection, pool, key)) = self.reader.connection.take() {
            pool.release(key, connection);
        }
    }
}
