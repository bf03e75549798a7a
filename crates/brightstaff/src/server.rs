//! From a configuration to running listeners, and to an orderly end.

use std::io;
use std::net::TcpListener as StdListener;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use arc_swap::ArcSwap;
use thiserror::Error;
use tokio::runtime::{Builder, LocalOptions, LocalRuntime};
use tokio::signal::unix::{signal, SignalKind};
use tokio::sync::{mpsc, oneshot};

use crate::configuration::{Configuration, Live};
use crate::deadlines::{Ticker, SWEEP_INTERVAL, TICK};
use crate::envoy::{Envoy, EnvoySettings, Front};
use crate::gateway::{metrics_place, own_listeners, Gateway, MetricsServer};
use crate::listeners::{bind, bind_all, ready, Bound, Listeners};
use crate::local_agents::LocalAgents;
use crate::reload::{Management, Reloader, Stamp};
use crate::spans::{Exporter, SpanQueue};
use crate::telemetry::{registry, ConfigMetrics, WorkerMetrics};
use crate::worker::{self, Accepted, Assignment};

/// Why the program ends.
#[derive(Debug, Error)]
pub(crate) enum ServerError {
    #[error("cannot read the configuration {path}: {cause}")]
    Unreadable { path: PathBuf, cause: io::Error },
    #[error("{0}")]
    Invalid(String),
    #[error("listener '{name}': {address} is already in use")]
    AddressInUse { name: String, address: String },
    #[error("{what}: {cause}")]
    Io { what: String, cause: io::Error },
    #[error("{0}: this needs a restart")]
    NeedsRestart(String),
    #[error("{0}")]
    Envoy(String),
    #[error("{address} does not answer: {reason}")]
    Unhealthy { address: String, reason: String },
}

/// A configuration with its addresses bound.
pub(crate) struct Server {
    configuration: Configuration,
    front: Option<Front>,
    listeners: Vec<Bound>,
    metrics: StdListener,
}

/// Where new configurations come from.
pub(crate) struct Sources {
    /// The rendered file.
    pub config: PathBuf,
    /// Of that file before it was read.
    pub stamp: Option<Stamp>,
    /// Where to write what is in force.
    pub state: Option<PathBuf>,
    /// How `planoai` operates this process, if it does.
    pub management: Option<Management>,
}

/// A worker thread and the way to it.
struct Handle {
    thread: JoinHandle<()>,
    connections: mpsc::UnboundedSender<Accepted>,
    metrics: Arc<WorkerMetrics>,
    ticker: Arc<Ticker>,
}

impl Server {
    /// Binds the addresses of a configuration; `envoy` says how an Envoy is run that
    /// has them instead.
    pub(crate) fn bind(
        configuration: Configuration,
        envoy: Option<EnvoySettings>,
    ) -> Result<Self, ServerError> {
        let front = envoy
            .map(|settings| Front::prepare(settings, &configuration))
            .transpose()?;
        let configured = &configuration.written.listeners;
        let listeners = bind_all(own_listeners(front.as_ref(), configured).as_ref())?;
        let metrics = bind("metrics", &metrics_place(&configuration))?;
        Ok(Self {
            configuration,
            front,
            listeners,
            metrics,
        })
    }

    /// Serves until SIGTERM or SIGINT, then lets open calls finish. New
    /// configurations from `sources` are served meanwhile.
    pub(crate) fn run(self, sources: Sources) -> Result<(), ServerError> {
        let live = Arc::new(ArcSwap::new(Arc::clone(&self.configuration.live)));
        let local_agents = Arc::new(LocalAgents::default());
        let (spans, exporter) = Exporter::new(self.front.is_some());
        let mut workers = Vec::new();
        for index in 0..std::thread::available_parallelism().map_or(1, usize::from) {
            workers.push(start_worker(index, &live, &local_agents, &spans)?);
        }
        let tickers: Vec<_> = workers
            .iter()
            .map(|worker| Arc::clone(&worker.ticker))
            .collect();
        let (threads, senders): (Vec<_>, Vec<_>) = workers
            .into_iter()
            .map(|worker| (worker.thread, (worker.connections, worker.metrics)))
            .unzip();
        let runtime = local_runtime()?;
        runtime.block_on(async {
            let worker_metrics = senders.iter().map(|(_, metrics)| Arc::clone(metrics));
            let config_metrics = Arc::new(ConfigMetrics::default());
            let admin = self.front.as_ref().map(Front::admin);
            let registry = registry(
                worker_metrics.collect(),
                Arc::clone(&config_metrics),
                spans.counts(),
                admin,
            );
            let exporting = exporter.start();
            let mut listeners = Listeners::new(senders.into());
            let configured = &self.configuration.written.listeners;
            let own = own_listeners(self.front.as_ref(), configured);
            listeners.change(&own, ready(self.listeners)?);
            let place = metrics_place(&self.configuration);
            let envoy = self.front.as_ref().map(Front::start).transpose();
            let mut envoy = envoy.map_err(|cause| {
                let what = "Envoy cannot be started".to_owned();
                ServerError::Io { what, cause }
            })?;
            let gateway = Gateway {
                front: self.front,
                live,
                listeners,
                metrics: MetricsServer::start(place, self.metrics, registry)?,
                current: self.configuration,
            };
            let mut reloader = Reloader::new(gateway, config_metrics, sources);
            let clock = tokio::task::spawn_local(keep_time(tickers));
            let fallen = tokio::select! {
                signalled = wait_for_signal() => signalled.map(|()| None)?,
                reason = keep(envoy.as_mut()) => Some(reason),
                never = reloader.run() => match never? {},
            };
            tracing::info!("stopping: open calls may finish");
            let gateway = reloader.into_gateway();
            let drain_timeout = gateway.live.load().snapshot.limits.drain_timeout;
            gateway.metrics.closed().await;
            if let Some(envoy) = envoy {
                // Its calls come here, some of them: it goes first.
                envoy.drain(drain_timeout).await;
            }
            gateway.listeners.close().await;
            wait_for_threads(threads, drain_timeout).await;
            exporting.finish().await;
            local_agents.stop().await;
            clock.abort();
            fallen.map_or(Ok(()), |reason| Err(ServerError::Envoy(reason)))
        })
    }
}

fn local_runtime() -> Result<LocalRuntime, ServerError> {
    Builder::new_current_thread()
        .enable_all()
        .build_local(LocalOptions::default())
        .map_err(|cause| ServerError::Io {
            what: "a runtime".into(),
            cause,
        })
}

fn start_worker(
    index: usize,
    live: &Arc<ArcSwap<Live>>,
    local_agents: &Arc<LocalAgents>,
    spans: &SpanQueue,
) -> Result<Handle, ServerError> {
    let (connections, receiver) = mpsc::unbounded_channel();
    let metrics = Arc::new(WorkerMetrics::new());
    let ticker = Arc::new(Ticker::default());
    let assignment = Assignment {
        live: Arc::clone(live),
        metrics: Arc::clone(&metrics),
        ticker: Arc::clone(&ticker),
        connections: receiver,
        local_agents: Arc::clone(local_agents),
        spans: spans.clone(),
    };
    let runtime_failed = |cause| ServerError::Io {
        what: format!("worker {index}"),
        cause,
    };
    let thread = std::thread::Builder::new()
        .name(format!("worker-{index}"))
        .spawn(move || match local_runtime() {
            Ok(runtime) => runtime.block_on(worker::run(assignment)),
            Err(error) => tracing::error!(%error, "a worker cannot start"),
        })
        .map_err(runtime_failed)?;
    Ok(Handle {
        thread,
        connections,
        metrics,
        ticker,
    })
}

/// Tells the workers that time has passed.
async fn keep_time(tickers: Vec<Arc<Ticker>>) {
    let mut swept = Instant::now();
    loop {
        tokio::time::sleep(TICK).await;
        let sweep = swept.elapsed() >= SWEEP_INTERVAL;
        if sweep {
            swept = Instant::now();
        }
        for ticker in &tickers {
            if sweep {
                ticker.sweep();
            } else {
                ticker.tick();
            }
        }
    }
}

/// Keeps Envoy running, if there is one; ends when that is not possible.
async fn keep(envoy: Option<&mut Envoy>) -> String {
    match envoy {
        Some(envoy) => envoy.keep().await,
        None => std::future::pending().await,
    }
}

async fn wait_for_signal() -> Result<(), ServerError> {
    let failed = |cause| ServerError::Io {
        what: "signals".into(),
        cause,
    };
    let mut terminate = signal(SignalKind::terminate()).map_err(failed)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(failed)?;
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    Ok(())
}

/// Waits until every worker has finished, at most for `limit`.
async fn wait_for_threads(threads: Vec<JoinHandle<()>>, limit: Duration) {
    let (finished, all_finished) = oneshot::channel();
    std::thread::spawn(move || {
        for thread in threads {
            let _ = thread.join();
        }
        let _ = finished.send(());
    });
    if tokio::time::timeout(limit, all_finished).await.is_err() {
        tracing::warn!("some calls did not finish in time and are cut off");
    }
}
