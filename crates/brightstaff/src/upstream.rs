//! Connections to providers: one pool per worker thread, so that no lock is
//! shared and the last used connection is the next used.
//!
//! HTTP/1.1 has a client of its own here, see `http1`; HTTP/2, where one
//! connection carries several calls, is hyper's.

mod body;
mod connect;
mod http1;
mod pool;
mod reply;
mod tls;

pub(crate) use body::{BodySource, GivenUp, UpstreamBody};
pub(crate) use connect::connect_http2;
pub(crate) use pool::Pool;
use reply::Source;
pub(crate) use reply::{Reply, ReplyBody};
pub(crate) use tls::{client_config, Trust};

use std::future::Future;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{ready, Poll};
use std::time::{Duration, Instant};

use gateway_core::{Origin, UpstreamFailure};
use http::{Method, Request, Uri, Version};
use hyper::client::conn::http2;

use http1::Http1;

/// A provider request, ready to be sent.
pub(crate) struct Call {
    pub method: Method,
    pub path: http::uri::PathAndQuery,
    pub headers: http::HeaderMap,
    pub body: UpstreamBody,
}

/// How long to wait for what.
#[derive(Clone, Copy)]
pub(crate) struct Patience {
    pub connect: Duration,
    pub first_byte: Duration,
}

/// A connection of either kind.
enum Connection {
    Http1(Box<Http1>),
    Http2(http2::SendRequest<UpstreamBody>),
}

impl Pool {
    /// Sends `call` and waits for the head of its answer.
    pub(crate) async fn send(
        &self,
        origin: &Arc<Origin>,
        call: Call,
        patience: Patience,
    ) -> Result<Reply, UpstreamFailure> {
        let connection = self.checkout(origin, patience.connect).await?;
        self.wait(origin, connection, call, patience).await
    }

    /// The same over a connection of its own, to an address that is `allowed`:
    /// one that was opened for somebody else may lead anywhere.
    pub(crate) async fn send_anew(
        &self,
        origin: &Arc<Origin>,
        call: Call,
        patience: Patience,
        allowed: fn(IpAddr) -> bool,
    ) -> Result<Reply, UpstreamFailure> {
        let connection = self.open(origin, patience.connect, allowed).await?;
        self.wait(origin, connection, call, patience).await
    }

    async fn wait(
        &self,
        origin: &Arc<Origin>,
        connection: Connection,
        call: Call,
        patience: Patience,
    ) -> Result<Reply, UpstreamFailure> {
        let mut answer = std::pin::pin!(self.exchange(origin, connection, call));
        let mut deadline = self.deadlines().at(Instant::now() + patience.first_byte);
        std::future::poll_fn(|context| {
            if let Poll::Ready(result) = answer.as_mut().poll(context) {
                return Poll::Ready(result);
            }
            ready!(Pin::new(&mut deadline).poll(context));
            Poll::Ready(Err(UpstreamFailure::FirstByteTimeout))
        })
        .await
    }

    async fn exchange(
        &self,
        origin: &Arc<Origin>,
        connection: Connection,
        call: Call,
    ) -> Result<Reply, UpstreamFailure> {
        match connection {
            Connection::Http1(mut connection) => {
                connection.begin(call);
                let head = std::future::poll_fn(|context| connection.poll_head(context)).await?;
                let source = Source::Http1 {
                    connection,
                    pool: self.clone(),
                    origin: Arc::clone(origin),
                };
                Ok(Reply {
                    head,
                    body: ReplyBody(source),
                })
            }
            Connection::Http2(mut sender) => {
                let scheme = if origin.https { "https" } else { "http" };
                let authority = match call.headers.get(http::header::HOST) {
                    Some(host) => host.to_str().unwrap_or(&origin.authority).to_owned(),
                    None => origin.authority.clone(),
                };
                let uri = |path: http::uri::PathAndQuery| {
                    let mut parts = http::uri::Parts::default();
                    parts.scheme = scheme.parse().ok();
                    parts.authority = authority.parse().ok();
                    parts.path_and_query = Some(path);
                    Uri::from_parts(parts).unwrap_or_default()
                };
                let mut request = Request::new(call.body);
                *request.method_mut() = call.method;
                *request.uri_mut() = uri(call.path);
                *request.version_mut() = Version::HTTP_2;
                *request.headers_mut() = call.headers;
                // The address says it.
                request.headers_mut().remove(http::header::HOST);
                let sent = sender.send_request(request).await;
                let (head, incoming) = sent.map_err(|error| broken(&error))?.into_parts();
                Ok(Reply {
                    head,
                    body: ReplyBody(Source::Http2(incoming)),
                })
            }
        }
    }
}

/// The innermost cause says most: "connection reset by peer" and the like.
fn broken(error: &hyper::Error) -> UpstreamFailure {
    UpstreamFailure::Broken(innermost(error))
}

pub(crate) fn innermost(error: &dyn std::error::Error) -> String {
    let mut cause = error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    cause.to_string()
}
