//! From a configuration to running listeners, and to an orderly end.

use std::io;
use std::net::{SocketAddr, TcpListener as StdListener, ToSocketAddrs};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use arc_swap::ArcSwap;
use common::RuntimeConfig;
use gateway_core::Snapshot;
use socket2::{Domain, Protocol, Socket, Type};
use thiserror::Error;
use tokio::net::TcpListener;
use tokio::runtime::{Builder, LocalOptions, LocalRuntime};
use tokio::signal::unix::{signal, SignalKind};
use tokio::sync::{mpsc, oneshot, watch};

use crate::deadlines::{Ticker, SWEEP_INTERVAL, TICK};
use crate::envoy::{Envoy, EnvoySettings};
use crate::telemetry::{self, WorkerMetrics};
use crate::upstream;
use crate::worker::{self, Accepted, Assignment};

/// Connections the kernel keeps until they are accepted.
const BACKLOG: i32 = 1024;

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
    #[error("{0}")]
    Envoy(String),
}

/// A configuration that can be served.
pub(crate) struct Configuration {
    written: RuntimeConfig,
    snapshot: Snapshot,
    tls: Arc<rustls::ClientConfig>,
}

/// A configuration with its addresses bound.
pub(crate) struct Server {
    snapshot: Arc<Snapshot>,
    tls: Arc<rustls::ClientConfig>,
    listeners: Vec<Bound>,
    metrics: StdListener,
}

/// A listener with its address bound.
struct Bound {
    name: String,
    socket: StdListener,
    timeout: Duration,
}

/// A worker thread and the way to it.
struct Handle {
    thread: JoinHandle<()>,
    connections: mpsc::UnboundedSender<Accepted>,
    metrics: Arc<WorkerMetrics>,
    ticker: Arc<Ticker>,
}

impl Configuration {
    /// Reads the configuration at `path`, its secrets and its certificates.
    pub(crate) fn load(
        path: &Path,
        environment: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Self, ServerError> {
        let text = std::fs::read_to_string(path).map_err(|cause| ServerError::Unreadable {
            path: path.to_owned(),
            cause,
        })?;
        let config = RuntimeConfig::from_yaml(&text)
            .map_err(|error| ServerError::Invalid(error.to_string()))?;
        let snapshot = Snapshot::build(&config, environment).map_err(|errors| {
            let lines: Vec<String> = errors.iter().map(ToString::to_string).collect();
            ServerError::Invalid(lines.join("\n"))
        })?;
        let https = snapshot.upstreams().iter().any(|entry| entry.origin.https);
        let tls = upstream::client_config(https, config.overrides.upstream_tls_ca_path.as_deref())
            .map_err(|error| ServerError::Invalid(error.to_string()))?;
        Ok(Self {
            written: config,
            snapshot,
            tls,
        })
    }
}

impl Server {
    /// Binds the addresses of a configuration.
    pub(crate) fn bind(configuration: Configuration) -> Result<Self, ServerError> {
        let Configuration {
            written: config,
            snapshot,
            tls,
        } = configuration;
        let mut listeners = Vec::with_capacity(config.listeners.len());
        for listener in &config.listeners {
            listeners.push(Bound {
                name: listener.name.clone(),
                socket: bind(&listener.name, &listener.address, listener.port)?,
                timeout: Duration::from_millis(listener.timeout_ms),
            });
        }
        let metrics = bind("metrics", &config.metrics.address, config.metrics.port)?;
        Ok(Self {
            snapshot: Arc::new(snapshot),
            tls,
            listeners,
            metrics,
        })
    }

    /// Serves until SIGTERM or SIGINT, then lets open calls finish.
    ///
    /// `envoy` names the settings of an Envoy that runs in front.
    pub(crate) fn run(self, envoy: Option<&Path>) -> Result<(), ServerError> {
        let drain_timeout = self.snapshot.limits.drain_timeout;
        let envoy = envoy
            .map(EnvoySettings::read)
            .transpose()
            .map_err(ServerError::Invalid)?;
        let snapshot = Arc::new(ArcSwap::new(self.snapshot));
        let (stop, stopping) = watch::channel(false);
        let mut workers = Vec::new();
        for index in 0..std::thread::available_parallelism().map_or(1, usize::from) {
            let worker = start_worker(index, &snapshot, &self.tls, &stopping)?;
            workers.push(worker);
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
            let metrics = senders
                .iter()
                .map(|(_, metrics)| Arc::clone(metrics))
                .collect();
            let senders: Arc<[_]> = senders.into();
            let mut accepting = Vec::new();
            for Bound {
                name,
                socket,
                timeout,
            } in self.listeners
            {
                let listener = from_std(socket)?;
                if let Ok(address) = listener.local_addr() {
                    tracing::info!("listener '{name}' at http://{address}");
                }
                let senders = Arc::clone(&senders);
                accepting.push(tokio::task::spawn_local(accept(listener, timeout, senders)));
            }
            let listener = from_std(self.metrics)?;
            let metrics = tokio::task::spawn_local(telemetry::serve_metrics(listener, metrics));
            let clock = tokio::task::spawn_local(keep_time(tickers));
            let mut envoy = envoy.map(Envoy::start).transpose().map_err(|cause| {
                let what = "Envoy cannot be started".to_owned();
                ServerError::Io { what, cause }
            })?;
            let fallen = tokio::select! {
                signalled = wait_for_signal() => signalled.map(|()| None)?,
                reason = keep(envoy.as_mut()) => Some(reason),
            };
            tracing::info!("stopping: open calls may finish");
            metrics.abort();
            if let Some(envoy) = envoy {
                // Its calls come here, some of them: it goes first.
                envoy.drain(drain_timeout).await;
            }
            for task in &accepting {
                task.abort();
            }
            for task in accepting.into_iter().chain([metrics]) {
                // Its listener is closed once it has gone.
                let _ = task.await;
            }
            drop(senders);
            // Workers that have gone already need no telling.
            let _ = stop.send(true);
            wait_for_threads(threads, drain_timeout).await;
            clock.abort();
            fallen.map_or(Ok(()), |reason| Err(ServerError::Envoy(reason)))
        })
    }
}

/// Binds an address without sharing it, so that one in use is noticed.
fn bind(name: &str, host: &str, port: u16) -> Result<StdListener, ServerError> {
    let what = || format!("listener '{name}' at {host}:{port}");
    let failed = |cause: io::Error| match cause.kind() {
        io::ErrorKind::AddrInUse => ServerError::AddressInUse {
            name: name.to_owned(),
            address: format!("{host}:{port}"),
        },
        _ => ServerError::Io {
            what: what(),
            cause,
        },
    };
    let address: SocketAddr = (host.trim_matches(['[', ']']), port)
        .to_socket_addrs()
        .map_err(failed)?
        .next()
        .ok_or_else(|| failed(io::ErrorKind::NotFound.into()))?;
    let bound = || -> io::Result<StdListener> {
        let socket = Socket::new(
            Domain::for_address(address),
            Type::STREAM,
            Some(Protocol::TCP),
        )?;
        // Lets a restart take the port over from connections that are closing.
        socket.set_reuse_address(true)?;
        socket.bind(&address.into())?;
        socket.listen(BACKLOG)?;
        socket.set_nonblocking(true)?;
        Ok(socket.into())
    };
    bound().map_err(failed)
}

fn from_std(listener: StdListener) -> Result<TcpListener, ServerError> {
    TcpListener::from_std(listener).map_err(|cause| ServerError::Io {
        what: "a listener".into(),
        cause,
    })
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
    snapshot: &Arc<ArcSwap<Snapshot>>,
    tls: &Arc<rustls::ClientConfig>,
    stopping: &watch::Receiver<bool>,
) -> Result<Handle, ServerError> {
    let (connections, receiver) = mpsc::unbounded_channel();
    let metrics = Arc::new(WorkerMetrics::new());
    let ticker = Arc::new(Ticker::default());
    let assignment = Assignment {
        snapshot: Arc::clone(snapshot),
        tls: Arc::clone(tls),
        metrics: Arc::clone(&metrics),
        ticker: Arc::clone(&ticker),
        connections: receiver,
        stopping: stopping.clone(),
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

/// Accepts connections and hands each to the worker that has the fewest.
async fn accept(
    listener: TcpListener,
    timeout: Duration,
    workers: Arc<[(mpsc::UnboundedSender<Accepted>, Arc<WorkerMetrics>)]>,
) {
    loop {
        let stream = match listener.accept().await {
            Ok((stream, _)) => stream.into_std(),
            Err(error) => {
                // Out of file descriptors, most likely: leave time for some to be freed.
                tracing::warn!(%error, "a connection cannot be accepted");
                tokio::time::sleep(Duration::from_millis(50)).await;
                continue;
            }
        };
        let idlest = workers
            .iter()
            .min_by_key(|(_, metrics)| metrics.open_connections());
        if let (Ok(stream), Some((connections, metrics))) = (stream, idlest) {
            metrics.connection_opened();
            if connections.send(Accepted { stream, timeout }).is_err() {
                metrics.connection_closed();
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
