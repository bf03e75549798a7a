//! `GET /metrics`, on an address of its own.

use std::convert::Infallible;
use std::sync::Arc;

use bytes::Bytes;
use http::header::{HeaderValue, CONTENT_TYPE};
use http::{Method, Request, Response, StatusCode};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use prometheus_client::encoding::text;
use prometheus_client::registry::Registry;
use tokio::net::TcpListener;

use super::config_metrics::ConfigCollector;
use super::metrics::Workers;
use super::span_metrics::SpanCollector;
use super::{ConfigMetrics, FrontCounts, WorkerMetrics};
use crate::envoy::Admin;
use crate::spans::SpanCounts;
use crate::web_pages::is_for_local_name;

const FORBIDDEN: &str =
    "metrics are here at an IP address, localhost, *.local and *.internal only\n";

const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// All that is measured.
#[derive(Clone)]
pub(crate) struct MetricsRegistry {
    registry: Arc<Registry>,
    front: Option<(Admin, Arc<FrontCounts>)>,
}

/// Puts together what is measured.
pub(crate) fn registry(
    workers: Vec<Arc<WorkerMetrics>>,
    config: Arc<ConfigMetrics>,
    spans: Arc<SpanCounts>,
    front: Option<Admin>,
) -> MetricsRegistry {
    let front = front.map(|admin| (admin, Arc::new(FrontCounts::default())));
    let mut registry = Registry::default();
    registry.register_collector(Box::new(Workers {
        own: workers,
        front: front.as_ref().map(|(_, counts)| Arc::clone(counts)),
    }));
    registry.register_collector(Box::new(ConfigCollector(config)));
    registry.register_collector(Box::new(SpanCollector(spans)));
    MetricsRegistry {
        registry: Arc::new(registry),
        front,
    }
}

impl MetricsRegistry {
    /// Asks Envoy for what its filters have counted; without an answer it is what
    /// it was.
    async fn look(&self) {
        if let Some((admin, counts)) = &self.front {
            match admin.counts().await {
                Ok(stats) => counts.take(&stats),
                Err(error) => tracing::warn!(%error, "Envoy does not tell its statistics"),
            }
        }
    }
}

/// Serves until dropped.
pub(crate) async fn serve(listener: TcpListener, registry: MetricsRegistry) {
    let address = listener.local_addr();
    let is_loopback = address.is_ok_and(|address| address.ip().is_loopback());
    loop {
        let stream = match listener.accept().await {
            Ok((stream, _)) => stream,
            Err(error) => {
                tracing::warn!(%error, "a connection to the metrics cannot be accepted");
                tokio::time::sleep(std::time::Duration::from_millis(100)).await;
                continue;
            }
        };
        let registry = registry.clone();
        tokio::task::spawn_local(async move {
            let service = service_fn(|request: Request<Incoming>| {
                let registry = registry.clone();
                async move {
                    if is_loopback && !is_for_local_name(&request) {
                        return Ok::<_, Infallible>(forbidden());
                    }
                    Ok(answer(&registry, &request).await)
                }
            });
            let connection = http1::Builder::new().serve_connection(TokioIo::new(stream), service);
            if let Err(error) = connection.await {
                tracing::debug!(%error, "a connection to the metrics ended");
            }
        });
    }
}

/// What a web page is told that reaches this machine by a name of its own.
fn forbidden() -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::from(FORBIDDEN));
    *response.status_mut() = StatusCode::FORBIDDEN;
    let plain = HeaderValue::from_static("text/plain");
    response.headers_mut().insert(CONTENT_TYPE, plain);
    response
}

async fn answer(registry: &MetricsRegistry, request: &Request<Incoming>) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::default());
    if request.uri().path() != "/metrics" {
        *response.status_mut() = StatusCode::NOT_FOUND;
        return response;
    }
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        *response.status_mut() = StatusCode::METHOD_NOT_ALLOWED;
        return response;
    }
    registry.look().await;
    let mut body = String::new();
    if text::encode(&mut body, &registry.registry).is_err() {
        *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
        return response;
    }
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(OPEN_METRICS));
    *response.body_mut() = Bytes::from(body).into();
    response
}
