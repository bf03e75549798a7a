//! The addresses that clients connect to. They may change while connections last.

use std::io;
use std::net::{SocketAddr, TcpListener as StdListener, ToSocketAddrs};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::Arc;
use std::time::Duration;

use common::Listener;
use socket2::{Domain, Protocol, Socket, Type};
use tokio::net::TcpListener;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;

use crate::server::ServerError;
use crate::telemetry::WorkerMetrics;
use crate::worker::Accepted;

/// Connections the kernel keeps until they are accepted.
const BACKLOG: i32 = 1024;

/// The workers, and the way to each.
pub(crate) type Workers = Arc<[(mpsc::UnboundedSender<Accepted>, Arc<WorkerMetrics>)]>;

/// What a listener's connections are told while they last.
pub(crate) struct ListenerSettings {
    is_loopback: bool,
    timeout_ms: AtomicU64,
}

impl ListenerSettings {
    /// Whether only this machine reaches it.
    pub(crate) fn is_loopback(&self) -> bool {
        self.is_loopback
    }

    /// Longest wait for an answer to begin.
    pub(crate) fn timeout(&self) -> Duration {
        Duration::from_millis(self.timeout_ms.load(Ordering::Relaxed))
    }
}

/// An address and a port, as configured. What a listener is known by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place {
    pub address: String,
    pub port: u16,
}

impl Place {
    pub(crate) fn of(listener: &Listener) -> Self {
        Self {
            address: listener.address.clone(),
            port: listener.port,
        }
    }
}

/// A listener that has its address.
pub(crate) struct Bound {
    name: String,
    place: Place,
    socket: StdListener,
}

/// The same within a runtime.
pub(crate) struct Ready {
    name: String,
    place: Place,
    socket: TcpListener,
}

/// A listener that accepts connections.
struct Open {
    place: Place,
    settings: Arc<ListenerSettings>,
    /// Turns true when its connections are to end after what they are at.
    closing: watch::Sender<bool>,
    accepting: JoinHandle<()>,
}

/// All listeners.
pub(crate) struct Listeners {
    workers: Workers,
    open: Vec<Open>,
}

/// Binds every listener; all or none.
pub(crate) fn bind_all<'a>(
    listeners: impl IntoIterator<Item = &'a Listener>,
) -> Result<Vec<Bound>, ServerError> {
    let bind_one = |listener: &Listener| {
        let place = Place::of(listener);
        let socket = bind(&listener.name, &place)?;
        let name = listener.name.clone();
        Ok(Bound {
            name,
            place,
            socket,
        })
    };
    listeners.into_iter().map(bind_one).collect()
}

/// Binds those of `wanted` that are not among the `open` ones.
pub(crate) fn bind_new(open: &[&Place], wanted: &[Listener]) -> Result<Vec<Bound>, ServerError> {
    let is_new = |listener: &&Listener| !open.contains(&&Place::of(listener));
    let new: Vec<&Listener> = wanted.iter().filter(is_new).collect();
    for listener in &new {
        // The old socket would have to go before the new one can be had.
        if let Some(old) = open.iter().find(|old| old.port == listener.port) {
            return Err(ServerError::NeedsRestart(format!(
                "listener '{}' moves from {} to {} at the same port",
                listener.name, old.address, listener.address
            )));
        }
    }
    bind_all(new)
}

/// Makes bound listeners ready to accept in the runtime that this is called in.
pub(crate) fn ready(bound: Vec<Bound>) -> Result<Vec<Ready>, ServerError> {
    let ready_one = |bound: Bound| {
        Ok(Ready {
            name: bound.name,
            place: bound.place,
            socket: from_std(bound.socket)?,
        })
    };
    bound.into_iter().map(ready_one).collect()
}

impl Listeners {
    pub(crate) fn new(workers: Workers) -> Self {
        Self {
            workers,
            open: Vec::new(),
        }
    }

    /// Binds what is new among `wanted`. Nothing changes before [`Self::change`].
    pub(crate) fn prepare(&self, wanted: &[Listener]) -> Result<Vec<Ready>, ServerError> {
        let open: Vec<&Place> = self.open.iter().map(|open| &open.place).collect();
        ready(bind_new(&open, wanted)?)
    }

    /// Whether a listener has this port at any address.
    pub(crate) fn has_port(&self, port: u16) -> bool {
        self.open.iter().any(|open| open.place.port == port)
    }

    /// Makes `wanted` what is listened at, with `ready` for the new ones among them.
    pub(crate) fn change(&mut self, wanted: &[Listener], ready: Vec<Ready>) {
        self.open.retain(|open| {
            let stays = wanted
                .iter()
                .any(|listener| Place::of(listener) == open.place);
            if !stays {
                open.accepting.abort();
                let _ = open.closing.send(true);
            }
            stays
        });
        for listener in ready {
            self.open.push(open(listener, &self.workers));
        }
        for listener in wanted {
            let place = Place::of(listener);
            for open in self.open.iter().filter(|open| open.place == place) {
                let timeout = &open.settings.timeout_ms;
                timeout.store(listener.timeout_ms, Ordering::Relaxed);
            }
        }
    }

    /// Stops accepting; returns once the addresses are free. Connections end after
    /// what they are at.
    pub(crate) async fn close(self) {
        for open in &self.open {
            open.accepting.abort();
        }
        for open in self.open {
            // Its listener is closed once it has gone.
            let _ = open.accepting.await;
            let _ = open.closing.send(true);
        }
    }
}

fn open(listener: Ready, workers: &Workers) -> Open {
    let Ready {
        name,
        place,
        socket,
    } = listener;
    let address = socket.local_addr();
    if let Ok(address) = &address {
        tracing::info!("listener '{name}' at http://{address}");
    }
    let settings = Arc::new(ListenerSettings {
        is_loopback: address.is_ok_and(|address| address.ip().is_loopback()),
        timeout_ms: AtomicU64::new(0),
    });
    let (closing, closed) = watch::channel(false);
    let accepting = accept(socket, Arc::clone(&settings), closed, Arc::clone(workers));
    Open {
        place,
        settings,
        closing,
        accepting: tokio::task::spawn_local(accepting),
    }
}

/// Accepts connections and hands each to the worker that has the fewest.
async fn accept(
    listener: TcpListener,
    settings: Arc<ListenerSettings>,
    closing: watch::Receiver<bool>,
    workers: Workers,
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
            let accepted = Accepted {
                stream,
                listener: Arc::clone(&settings),
                closing: closing.clone(),
            };
            if connections.send(accepted).is_err() {
                metrics.connection_closed();
            }
        }
    }
}

/// Binds an address without sharing it, so that one in use is noticed.
pub(crate) fn bind(name: &str, place: &Place) -> Result<StdListener, ServerError> {
    let Place { address, port } = place;
    let failed = |cause: io::Error| match cause.kind() {
        io::ErrorKind::AddrInUse => ServerError::AddressInUse {
            name: name.to_owned(),
            address: format!("{address}:{port}"),
        },
        _ => ServerError::Io {
            what: format!("listener '{name}' at {address}:{port}"),
            cause,
        },
    };
    let address: SocketAddr = (address.trim_matches(['[', ']']), *port)
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

pub(crate) fn from_std(listener: StdListener) -> Result<TcpListener, ServerError> {
    TcpListener::from_std(listener).map_err(|cause| ServerError::Io {
        what: "a listener".into(),
        cause,
    })
}
