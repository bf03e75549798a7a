//! A client's byte stream, watched where hyper keeps silent.
//!
//! hyper answers a head that it cannot parse by itself, without a body and
//! without asking the service, and it drops a `Content-Length` that contradicts
//! `Transfer-Encoding`. Clients are owed an error in their API's shape in both
//! cases, so the head's bytes are kept until the service has taken the request.

mod opening;

pub(crate) use opening::{Opening, Reopened};

use std::cell::{Cell, RefCell};
use std::io;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{ready, Context, Poll};

use gateway_core::{shape_of, LocalReply};
use hermesllm::{ApiError, ErrorKind};
use http::header::TRANSFER_ENCODING;
use http::Request;
use http_body::{Body, Frame, SizeHint};
use memchr::memmem;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

/// Bytes of a head that are kept; hyper refuses heads of about this size.
const MAX_KEPT: usize = 64 * 1024;

/// Where a connection stands between two requests.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Stage {
    /// What comes next begins a head.
    #[default]
    Between,
    /// A head is being read.
    Reading,
    /// The service works on the request; its body may be coming in.
    Taken,
}

/// What is known of the head being read.
#[derive(Default)]
pub(crate) struct Head {
    bytes: RefCell<Vec<u8>>,
    stage: Cell<Stage>,
}

impl Head {
    /// Marks the head as taken; true if its framing is ambiguous.
    pub(crate) fn accept<B>(&self, request: &Request<B>) -> bool {
        self.stage.replace(Stage::Taken) == Stage::Reading
            && request.headers().contains_key(TRANSFER_ENCODING)
            && self.has_content_length()
    }

    /// Whether no request is under way; one whose head is not complete is none.
    pub(crate) fn is_idle(&self) -> bool {
        self.stage.get() != Stage::Taken
    }

    fn has_content_length(&self) -> bool {
        let bytes = self.bytes.borrow();
        let end = memmem::find(&bytes, b"\r\n\r\n").unwrap_or(bytes.len());
        bytes[..end].split(|&byte| byte == b'\n').any(|line| {
            let name = line.split(|&byte| byte == b':').next().unwrap_or_default();
            name.trim_ascii().eq_ignore_ascii_case(b"content-length")
        })
    }

    fn note(&self, read: &[u8]) {
        if self.stage.get() == Stage::Taken {
            return;
        }
        let mut bytes = self.bytes.borrow_mut();
        if self.stage.replace(Stage::Reading) == Stage::Between {
            bytes.clear();
        }
        let room = MAX_KEPT - bytes.len();
        bytes.extend_from_slice(&read[..read.len().min(room)]);
    }

    /// The error that replaces hyper's own answer `written`, if it is one.
    fn replacement(&self, written: &[u8]) -> Option<Vec<u8>> {
        if self.stage.get() != Stage::Reading || !written.starts_with(b"HTTP/1.1 4") {
            return None;
        }
        memmem::find(written, b"content-length: 0\r\n")?;
        let status = std::str::from_utf8(written.get(9..12)?).ok()?;
        let bytes = self.bytes.borrow();
        let path = bytes.split(|&byte| byte == b' ').nth(1).unwrap_or_default();
        let path = String::from_utf8_lossy(path);
        let (message, reason) = match status {
            "431" => (
                "the request's headers are too large",
                "Request Header Fields Too Large",
            ),
            "414" => ("the request's path is too long", "URI Too Long"),
            _ => ("the request is not valid HTTP/1.1", "Bad Request"),
        };
        let error = ApiError::new(ErrorKind::InvalidRequest, message);
        let reply = LocalReply::error(shape_of(&path), &error);
        let mut answer = format!(
            "HTTP/1.1 {status} {reason}\r\ncontent-type: application/json\r\nconnection: close\r\ncontent-length: {}\r\n\r\n",
            reply.body.len()
        )
        .into_bytes();
        answer.extend_from_slice(&reply.body);
        Some(answer)
    }
}

/// A reply's body that tells when the reply is over.
pub(crate) struct Watched<B> {
    body: B,
    head: Rc<Head>,
}

impl<B> Watched<B> {
    pub(crate) fn new(body: B, head: Rc<Head>) -> Self {
        Self { body, head }
    }
}

impl<B> Drop for Watched<B> {
    fn drop(&mut self) {
        self.head.stage.set(Stage::Between);
    }
}

impl<B: Body + Unpin> Body for Watched<B> {
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<B::Data>, B::Error>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// The stream itself.
pub(crate) struct ClientIo {
    stream: Reopened,
    head: Rc<Head>,
    /// An answer of our own in place of hyper's.
    replacement: Vec<u8>,
}

impl ClientIo {
    pub(crate) fn new(stream: TcpStream, opening: Opening) -> (Self, Rc<Head>) {
        let head = Rc::new(Head::default());
        let io = Self {
            stream: opening.before(stream),
            head: Rc::clone(&head),
            replacement: Vec::new(),
        };
        (io, head)
    }

    fn poll_replacement(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        while !self.replacement.is_empty() {
            let stream = Pin::new(&mut self.stream);
            let written = ready!(stream.poll_write(context, &self.replacement))?;
            self.replacement.drain(..written);
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncRead for ClientIo {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let before = buffer.filled().len();
        ready!(Pin::new(&mut this.stream).poll_read(context, buffer))?;
        this.head.note(&buffer.filled()[before..]);
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for ClientIo {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        if let Some(replacement) = this.head.replacement(bytes) {
            this.replacement = replacement;
            return Poll::Ready(Ok(bytes.len()));
        }
        Pin::new(&mut this.stream).poll_write(context, bytes)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let first = slices.first().map_or(&[][..], |slice| slice);
        if let Some(replacement) = this.head.replacement(first) {
            this.replacement = replacement;
            return Poll::Ready(Ok(slices.iter().map(|slice| slice.len()).sum()));
        }
        Pin::new(&mut this.stream).poll_write_vectored(context, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        ready!(this.poll_replacement(context))?;
        Pin::new(&mut this.stream).poll_flush(context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        ready!(this.poll_replacement(context))?;
        Pin::new(&mut this.stream).poll_shutdown(context)
    }
}
