//! Opening a connection: name, address, TLS, protocol.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use gateway_core::{Origin, UpstreamFailure};
use hyper::client::conn::http2;
use hyper_util::rt::TokioIo;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{lookup_host, TcpStream};
use tokio::time::{timeout_at, Instant};
use tokio_rustls::client::TlsStream;
use tokio_rustls::TlsConnector;

use super::http1::Http1;
use super::{broken, innermost, Connection, UpstreamBody};

/// Opens a connection to `origin` within `patience`, at an address that is `allowed`.
pub(super) async fn connect(
    origin: &Origin,
    tls: &Arc<rustls::ClientConfig>,
    patience: Duration,
    allowed: fn(IpAddr) -> bool,
) -> Result<Connection, UpstreamFailure> {
    let deadline = Instant::now() + patience;
    let opened = timeout_at(deadline, async {
        let stream = open(origin, deadline, allowed).await?;
        handshake(origin, tls, stream).await
    });
    match opened.await {
        Ok(result) => result,
        Err(_) => Err(UpstreamFailure::ConnectTimeout),
    }
}

/// A connection to `origin` that speaks HTTP/2, without TLS by prior knowledge.
pub(crate) async fn connect_http2(
    origin: &Origin,
    tls: &Arc<rustls::ClientConfig>,
    patience: Duration,
) -> Result<http2::SendRequest<UpstreamBody>, UpstreamFailure> {
    let deadline = Instant::now() + patience;
    let opened = timeout_at(deadline, async {
        let stream = open(origin, deadline, |_| true).await?;
        let (socket, speaks_http2) = secure(origin, tls, stream).await?;
        if origin.https && !speaks_http2 {
            return Err(UpstreamFailure::Tls("it speaks no HTTP/2".to_owned()));
        }
        begin_http2(socket).await
    });
    match opened.await {
        Ok(result) => result,
        Err(_) => Err(UpstreamFailure::ConnectTimeout),
    }
}

/// Tries each address in turn; an address that does not answer leaves time for
/// the others.
async fn open(
    origin: &Origin,
    deadline: Instant,
    allowed: fn(IpAddr) -> bool,
) -> Result<TcpStream, UpstreamFailure> {
    let failure =
        |error: io::Error| UpstreamFailure::Connect(format!("{error} ({})", origin.authority));
    let addresses: Vec<SocketAddr> = lookup_host(origin.place())
        .await
        .map_err(failure)?
        .collect();
    let count = addresses.len();
    let addresses: Vec<SocketAddr> = addresses
        .into_iter()
        .filter(|address| allowed(address.ip()))
        .collect();
    if addresses.is_empty() && count > 0 {
        let reason = format!("{} has no public address", origin.authority);
        return Err(UpstreamFailure::Connect(reason));
    }
    let mut last = io::Error::new(io::ErrorKind::NotFound, "the name has no address");
    let mut left = addresses.len() as u32;
    for address in addresses {
        let now = Instant::now();
        let share = deadline.saturating_duration_since(now) / left.max(1);
        left = left.saturating_sub(1);
        match timeout_at(now + share, TcpStream::connect(address)).await {
            Ok(Ok(stream)) => {
                stream.set_nodelay(true).map_err(failure)?;
                return Ok(stream);
            }
            Ok(Err(error)) => last = error,
            Err(_) => last = io::ErrorKind::TimedOut.into(),
        }
    }
    if last.kind() == io::ErrorKind::TimedOut {
        return Err(UpstreamFailure::ConnectTimeout);
    }
    Err(failure(last))
}

async fn handshake(
    origin: &Origin,
    tls: &Arc<rustls::ClientConfig>,
    stream: TcpStream,
) -> Result<Connection, UpstreamFailure> {
    let (socket, speaks_http2) = secure(origin, tls, stream).await?;
    if speaks_http2 {
        return begin_http2(socket).await.map(Connection::Http2);
    }
    Ok(Connection::Http1(Box::new(Http1::new(socket))))
}

/// With TLS if the origin asks for it, and whether HTTP/2 was agreed upon.
async fn secure(
    origin: &Origin,
    tls: &Arc<rustls::ClientConfig>,
    stream: TcpStream,
) -> Result<(Socket, bool), UpstreamFailure> {
    if !origin.https {
        return Ok((Socket::Plain(stream), false));
    }
    let name = ServerName::try_from(origin.host.clone())
        .map_err(|error| UpstreamFailure::Tls(error.to_string()))?;
    let connector = TlsConnector::from(Arc::clone(tls));
    let stream = connector
        .connect(name, stream)
        .await
        .map_err(|error| UpstreamFailure::Tls(innermost(&error)))?;
    let speaks_http2 = stream.get_ref().1.alpn_protocol() == Some(b"h2");
    Ok((Socket::Tls(Box::new(stream)), speaks_http2))
}

async fn begin_http2(socket: Socket) -> Result<http2::SendRequest<UpstreamBody>, UpstreamFailure> {
    let (sender, connection) = http2::Builder::new(LocalExecutor)
        .handshake(TokioIo::new(socket))
        .await
        .map_err(|error| broken(&error))?;
    tokio::task::spawn_local(async move {
        if let Err(error) = connection.await {
            tracing::debug!(%error, "an HTTP/2 connection ended");
        }
    });
    Ok(sender)
}

/// Runs hyper's own tasks on the worker's thread.
#[derive(Clone, Copy)]
struct LocalExecutor;

impl<F> hyper::rt::Executor<F> for LocalExecutor
where
    F: std::future::Future + 'static,
    F::Output: 'static,
{
    fn execute(&self, future: F) {
        tokio::task::spawn_local(future);
    }
}

/// A connection's byte stream.
pub(crate) enum Socket {
    Plain(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
}

impl AsyncRead for Socket {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_read(context, buffer),
            Self::Tls(stream) => Pin::new(stream).poll_read(context, buffer),
        }
    }
}

impl AsyncWrite for Socket {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_write(context, bytes),
            Self::Tls(stream) => Pin::new(stream).poll_write(context, bytes),
        }
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_write_vectored(context, slices),
            Self::Tls(stream) => Pin::new(stream).poll_write_vectored(context, slices),
        }
    }

    fn is_write_vectored(&self) -> bool {
        match self {
            Self::Plain(stream) => stream.is_write_vectored(),
            Self::Tls(stream) => stream.is_write_vectored(),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_flush(context),
            Self::Tls(stream) => Pin::new(stream).poll_flush(context),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_shutdown(context),
            Self::Tls(stream) => Pin::new(stream).poll_shutdown(context),
        }
    }
}
