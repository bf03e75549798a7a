//! What runs, and how it becomes what another configuration says.

use std::borrow::Cow;
use std::sync::Arc;

use arc_swap::ArcSwap;
use common::Listener;
use tokio::task::JoinHandle;

use crate::configuration::{Configuration, Live};
use crate::envoy::Front;
use crate::listeners::{bind, from_std, Listeners, Place};
use crate::server::ServerError;
use crate::telemetry::{serve_metrics, MetricsRegistry};

/// The listeners, the metrics, and the configuration that they serve.
pub(crate) struct Gateway {
    /// Set if Envoy has the configured listeners, and this program one for Envoy.
    pub front: Option<Front>,
    pub current: Configuration,
    /// Where workers find what calls are served by.
    pub live: Arc<ArcSwap<Live>>,
    pub listeners: Listeners,
    pub metrics: MetricsServer,
}

/// The address that metrics are served at.
pub(crate) struct MetricsServer {
    place: Place,
    registry: MetricsRegistry,
    task: JoinHandle<()>,
}

impl Gateway {
    /// Serves `next` from now on, or goes on as before if that is not possible.
    /// Calls under way finish on what they began with.
    pub(crate) async fn apply(&mut self, next: Configuration) -> Result<(), ServerError> {
        let wanted = &next.written.listeners;
        let own = own_listeners(self.front.as_ref(), wanted);
        let place = metrics_place(&next);
        let moves = place != self.metrics.place;
        let trades = |port| moves && port == self.metrics.place.port;
        let is_taken = |front: &Front| front.has_port(place.port);
        if moves
            && (self.listeners.has_port(place.port) || self.front.as_ref().is_some_and(is_taken))
            || wanted.iter().any(|listener| trades(listener.port))
        {
            let what = "a listener and the metrics trade ports".to_owned();
            return Err(ServerError::NeedsRestart(what));
        }
        let ready = self.listeners.prepare(&own)?;
        let metrics = self.metrics.moved(place)?;
        if let Some(front) = &mut self.front {
            front.give(&next).await?;
        }
        self.listeners.change(&own, ready);
        self.live.store(Arc::clone(&next.live));
        if let Some(metrics) = metrics {
            self.metrics.close();
            self.metrics = metrics;
        }
        self.current = next;
        Ok(())
    }
}

/// What this program itself listens at.
pub(crate) fn own_listeners<'l>(
    front: Option<&Front>,
    configured: &'l [Listener],
) -> Cow<'l, [Listener]> {
    match front {
        Some(front) => Cow::Owned(vec![front.brightstaff(configured)]),
        None => Cow::Borrowed(configured),
    }
}

/// Where a configuration wants its metrics served.
pub(crate) fn metrics_place(configuration: &Configuration) -> Place {
    let metrics = &configuration.written.metrics;
    Place {
        address: metrics.address.clone(),
        port: metrics.port,
    }
}

impl MetricsServer {
    /// Serves at a socket that is bound to `place`.
    pub(crate) fn start(
        place: Place,
        socket: std::net::TcpListener,
        registry: MetricsRegistry,
    ) -> Result<Self, ServerError> {
        let serving = serve_metrics(from_std(socket)?, registry.clone());
        Ok(Self {
            place,
            registry,
            task: tokio::task::spawn_local(serving),
        })
    }

    /// The same at another place; none if it is there already.
    fn moved(&self, place: Place) -> Result<Option<Self>, ServerError> {
        if place == self.place {
            return Ok(None);
        }
        let socket = bind("metrics", &place)?;
        Self::start(place, socket, self.registry.clone()).map(Some)
    }

    fn close(&self) {
        self.task.abort();
    }

    /// Stops serving; returns once the address is free.
    pub(crate) async fn closed(self) {
        self.task.abort();
        let _ = self.task.await;
    }
}
