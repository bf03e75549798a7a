//! `GET /metrics`, on an address of its own.

use std::convert::Infallible;
use std::sync::Arc;

use bytes::Bytes;
use http::header::{HeaderValue, CONTENT_TYPE};
use http::{Method, Request, Response, StatusCode};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use prometheus_client::encoding::text;
use prometheus_client::registry::Registry;
use tokio::net::TcpListener;

use super::config_metrics::ConfigCollector;
use super::metrics::Workers;
use super::{ConfigMetrics, WorkerMetrics};

const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// All that is measured.
pub(crate) type MetricsRegistry = Arc<Registry>;

/// Puts together what is measured.
pub(crate) fn registry(
    workers: Vec<Arc<WorkerMetrics>>,
    config: Arc<ConfigMetrics>,
) -> MetricsRegistry {
    let mut registry = Registry::default();
    registry.register_collector(Box::new(Workers(workers)));
    registry.register_collector(Box::new(ConfigCollector(config)));
    Arc::new(registry)
}

/// Serves until dropped.
pub(crate) async fn serve(listener: TcpListener, registry: MetricsRegistry) {
    loop {
        let stream = match listener.accept().await {
            Ok((stream, _)) => stream,
            Err(error) => {
                tracing::warn!(%error, "a connection to the metrics cannot be accepted");
                tokio::time::sleep(std::time::Duration::from_millis(100)).await;
                continue;
            }
        };
        let registry = Arc::clone(&registry);
        tokio::task::spawn_local(async move {
            let service = service_fn(|request: Request<Incoming>| {
                let response = answer(&registry, &request);
                async move { Ok::<_, Infallible>(response) }
            });
            let connection = http1::Builder::new().serve_connection(TokioIo::new(stream), service);
            if let Err(error) = connection.await {
                tracing::debug!(%error, "a connection to the metrics ended");
            }
        });
    }
}

fn answer(
    registry: &Registry,
    request: &Request<Incoming>,
) -> Response<http_body_util::Full<Bytes>> {
    let mut response = Response::new(http_body_util::Full::default());
    if request.uri().path() != "/metrics" {
        *response.status_mut() = StatusCode::NOT_FOUND;
        return response;
    }
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        *response.status_mut() = StatusCode::METHOD_NOT_ALLOWED;
        return response;
    }
    let mut body = String::new();
    if text::encode(&mut body, registry).is_err() {
        *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
        return response;
    }
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(OPEN_METRICS));
    *response.body_mut() = Bytes::from(body).into();
    response
}
