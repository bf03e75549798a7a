//! Connections to providers: one pool per worker thread, so that no lock is
//! shared and the last used connection is the next used.
//!
//! An HTTP/1.1 connection is not a task of its own: whoever waits for an answer
//! drives it, which saves a wake-up and a channel hop in each direction. An
//! HTTP/2 connection carries several calls and therefore is a task.

mod body;
mod connect;
mod pool;
mod reply;
mod tls;

pub(crate) use body::{BodySource, GivenUp, UpstreamBody};
pub(crate) use pool::Pool;
use reply::ReplyReader;
pub(crate) use reply::{Reply, ReplyBody};
pub(crate) use tls::client_config;

use std::future::Future;
use std::pin::Pin;
use std::task::{ready, Context, Poll};
use std::time::{Duration, Instant};

use gateway_core::{Origin, UpstreamFailure};
use http::{Method, Request, Uri, Version};
use hyper::client::conn::{http1, http2};

use connect::Io;

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

/// A connection that carries one call at a time.
pub(super) struct Http1 {
    pub(super) sender: http1::SendRequest<UpstreamBody>,
    driver: Pin<Box<http1::Connection<Io, UpstreamBody>>>,
    finished: bool,
}

impl Http1 {
    pub(super) fn new(
        sender: http1::SendRequest<UpstreamBody>,
        driver: http1::Connection<Io, UpstreamBody>,
    ) -> Self {
        Self {
            sender,
            driver: Box::pin(driver),
            finished: false,
        }
    }

    /// Moves bytes; afterwards the sender and bodies may have news.
    pub(super) fn drive(&mut self, context: &mut Context<'_>) {
        if !self.finished && self.driver.as_mut().poll(context).is_ready() {
            self.finished = true;
        }
    }

    /// Whether another call may be sent.
    pub(super) fn is_idle(&mut self, context: &mut Context<'_>) -> bool {
        self.drive(context);
        !self.finished && matches!(self.sender.poll_ready(context), Poll::Ready(Ok(())))
    }
}

/// A connection of either kind.
pub(super) enum Connection {
    Http1(Http1),
    Http2(http2::SendRequest<UpstreamBody>),
}

impl Pool {
    /// Sends `call` and waits for the head of its answer.
    pub(crate) async fn send(
        &self,
        origin: &Origin,
        call: Call,
        patience: Patience,
    ) -> Result<Reply, UpstreamFailure> {
        let connection = self.checkout(origin, patience.connect).await?;
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
        origin: &Origin,
        connection: Connection,
        call: Call,
    ) -> Result<Reply, UpstreamFailure> {
        match connection {
            Connection::Http1(mut connection) => {
                let request = request(call, Uri::from, Version::HTTP_11);
                let mut answer = std::pin::pin!(connection.sender.send_request(request));
                let (driver, finished) = (&mut connection.driver, &mut connection.finished);
                let response = std::future::poll_fn(|context| {
                    if let Poll::Ready(response) = answer.as_mut().poll(context) {
                        return Poll::Ready(response);
                    }
                    if !*finished && driver.as_mut().poll(context).is_ready() {
                        *finished = true;
                    }
                    answer.as_mut().poll(context)
                })
                .await
                .map_err(broken)?;
                Ok(Reply::new(
                    response,
                    ReplyReader::http1(connection, self.clone(), origin),
                ))
            }
            Connection::Http2(mut sender) => {
                let scheme = if origin.https { "https" } else { "http" };
                let uri = |path: http::uri::PathAndQuery| {
                    let mut parts = http::uri::Parts::default();
                    parts.scheme = scheme.parse().ok();
                    parts.authority = origin.authority.parse().ok();
                    parts.path_and_query = Some(path);
                    Uri::from_parts(parts).unwrap_or_default()
                };
                let mut request = request(call, uri, Version::HTTP_2);
                request.headers_mut().remove(http::header::HOST);
                let response = sender.send_request(request).await.map_err(broken)?;
                Ok(Reply::new(response, ReplyReader::http2()))
            }
        }
    }
}

fn request(
    call: Call,
    uri: impl FnOnce(http::uri::PathAndQuery) -> Uri,
    version: Version,
) -> Request<UpstreamBody> {
    let mut request = Request::new(call.body);
    *request.method_mut() = call.method;
    *request.uri_mut() = uri(call.path);
    *request.version_mut() = version;
    *request.headers_mut() = call.headers;
    request
}

/// The innermost cause says most: "connection reset by peer" and the like.
fn broken(error: hyper::Error) -> UpstreamFailure {
    UpstreamFailure::Broken(innermost(&error))
}

pub(super) fn innermost(error: &dyn std::error::Error) -> String {
    let mut cause = error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    cause.to_string()
}
