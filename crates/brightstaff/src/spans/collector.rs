//! A collector, and a call to it: OTLP over gRPC.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use gateway_core::{Origin, UpstreamFailure};
use http::header::{HeaderMap, HeaderValue, CONTENT_TYPE, TE, USER_AGENT};
use http::uri::{PathAndQuery, Uri};
use http::{Method, Request, StatusCode};
use http_body_util::{BodyExt, Limited};
use hyper::client::conn::http2::SendRequest;
use thiserror::Error;

use crate::upstream::{connect_http2, innermost, UpstreamBody};

const EXPORT: &str = "/opentelemetry.proto.collector.trace.v1.TraceService/Export";

/// Longest wait for a connection and an answer over it.
const PATIENCE: Duration = Duration::from_secs(2);

/// Largest answer that is read, in bytes.
const MAX_ANSWER: usize = 64 * 1024;

/// Why a collector has not got its spans.
#[derive(Debug, Error)]
pub(super) enum ExportFailure {
    #[error("{0}")]
    Connect(#[from] UpstreamFailure),
    #[error("it has not answered for {} s", PATIENCE.as_secs())]
    Silent,
    #[error("{0}")]
    Broken(String),
    #[error("it answered {0}")]
    Status(StatusCode),
    #[error("it answered grpc-status {0}")]
    Grpc(String),
}

/// Who takes spans.
pub(super) struct Collector {
    place: Origin,
    tls: Arc<rustls::ClientConfig>,
    /// Set for a while after it has failed; nothing is put into the queue for it then.
    resting: AtomicBool,
}

/// A connection to a collector.
pub(super) struct Connection {
    collector: Arc<Collector>,
    sender: SendRequest<UpstreamBody>,
}

impl Collector {
    pub(super) fn new(place: Origin, tls: Arc<rustls::ClientConfig>) -> Self {
        Self {
            place,
            tls,
            resting: AtomicBool::new(false),
        }
    }

    pub(super) fn is_same(&self, other: &Self) -> bool {
        self.place == other.place && Arc::ptr_eq(&self.tls, &other.tls)
    }

    /// Whether it is where spans go if nobody says where.
    pub(super) fn is_usual(&self) -> bool {
        let host = self.place.host.as_str();
        self.place.port == 4317 && matches!(host, "localhost" | "host.docker.internal")
    }

    pub(super) fn url(&self) -> String {
        let scheme = if self.place.https { "https" } else { "http" };
        format!("{scheme}://{}", self.place.authority)
    }

    pub(super) fn is_resting(&self) -> bool {
        self.resting.load(Ordering::Relaxed)
    }

    pub(super) fn rest(&self, resting: bool) {
        self.resting.store(resting, Ordering::Relaxed);
    }
}

/// Sends one message to `collector`, over the connection that is there if it is
/// to that collector.
pub(super) async fn send(
    collector: &Arc<Collector>,
    connection: &mut Option<Connection>,
    message: Bytes,
) -> Result<(), ExportFailure> {
    let there = connection.take().filter(|connection| {
        Arc::ptr_eq(&connection.collector, collector) && !connection.sender.is_closed()
    });
    let exchange = async {
        let mut there = match there {
            Some(there) => there,
            None => Connection {
                collector: Arc::clone(collector),
                sender: connect_http2(&collector.place, &collector.tls, PATIENCE).await?,
            },
        };
        there.export(message).await?;
        Ok(there)
    };
    let answered = tokio::time::timeout(PATIENCE, exchange).await;
    *connection = Some(answered.unwrap_or(Err(ExportFailure::Silent))?);
    Ok(())
}

impl Connection {
    async fn export(&mut self, message: Bytes) -> Result<(), ExportFailure> {
        let place = &self.collector.place;
        let scheme = if place.https { "https" } else { "http" };
        let uri = Uri::builder()
            .scheme(scheme)
            .authority(place.authority.as_str())
            .path_and_query(PathAndQuery::from_static(EXPORT))
            .build();
        let mut request = Request::new(UpstreamBody::whole([message].into()));
        *request.method_mut() = Method::POST;
        *request.uri_mut() = uri.map_err(|error| ExportFailure::Broken(error.to_string()))?;
        let headers = request.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/grpc"));
        headers.insert(TE, HeaderValue::from_static("trailers"));
        headers.insert(USER_AGENT, HeaderValue::from_static("plano"));
        let broken = |error: hyper::Error| ExportFailure::Broken(innermost(&error));
        let answer = self.sender.send_request(request).await.map_err(broken)?;
        if answer.status() != StatusCode::OK {
            return Err(ExportFailure::Status(answer.status()));
        }
        let (head, body) = answer.into_parts();
        let body = Limited::new(body, MAX_ANSWER).collect().await;
        let body = body.map_err(|error| ExportFailure::Broken(innermost(&*error)))?;
        // Without a message the status stands in the head.
        let status = body.trailers().and_then(grpc_status);
        match status.or_else(|| grpc_status(&head.headers)) {
            Some("0") => Ok(()),
            other => Err(ExportFailure::Grpc(other.unwrap_or("none").to_owned())),
        }
    }
}

fn grpc_status(headers: &HeaderMap) -> Option<&str> {
    headers.get("grpc-status")?.to_str().ok()
}
