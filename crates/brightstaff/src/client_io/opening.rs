//! The first bytes of a connection: which HTTP a client speaks.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

/// How every HTTP/2 connection begins.
const HTTP2_PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// The first bytes of a connection: enough to tell its version of HTTP.
pub(crate) struct Opening(Vec<u8>);

impl Opening {
    /// Reads until the version is clear; `None` when the client left before.
    pub(crate) async fn read(stream: &TcpStream) -> Option<Self> {
        let mut bytes = Vec::with_capacity(1024);
        loop {
            stream.readable().await.ok()?;
            match stream.try_read_buf(&mut bytes) {
                Ok(0) => return None,
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => continue,
                Err(_) => return None,
            }
            let known = bytes.len().min(HTTP2_PREFACE.len());
            if known == HTTP2_PREFACE.len() || bytes[..known] != HTTP2_PREFACE[..known] {
                return Some(Self(bytes));
            }
        }
    }

    pub(crate) fn is_http2(&self) -> bool {
        self.0.starts_with(HTTP2_PREFACE)
    }

    /// The stream with these bytes before it once more.
    pub(crate) fn before(self, stream: TcpStream) -> Reopened {
        Reopened {
            opening: self.0,
            stream,
        }
    }
}

/// A stream whose first bytes were read already.
pub(crate) struct Reopened {
    opening: Vec<u8>,
    stream: TcpStream,
}

impl AsyncRead for Reopened {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if !this.opening.is_empty() {
            let count = this.opening.len().min(buffer.remaining());
            buffer.put_slice(&this.opening[..count]);
            this.opening.drain(..count);
            return Poll::Ready(Ok(()));
        }
        Pin::new(&mut this.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for Reopened {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().stream).poll_write(context, bytes)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().stream).poll_write_vectored(context, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_flush(context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_shutdown(context)
    }
}
