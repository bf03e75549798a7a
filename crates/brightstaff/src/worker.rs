//! One thread: its connections, its pool of providers, its counters.

use std::cell::RefCell;
use std::convert::Infallible;
use std::future::Future;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Instant;

use arc_swap::ArcSwap;
use gateway_core::Snapshot;
use http::Request;
use hyper::body::Incoming;
use hyper::rt::Executor;
use hyper::server::conn::{http1, http2};
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::sync::{mpsc, watch};

use crate::client_io::{ClientIo, Opening, Watched};
use crate::configuration::Live;
use crate::deadlines::{Deadlines, Ticker, SWEEP_INTERVAL};
use crate::handlers::{self, ModelLists};
use crate::listeners::ListenerSettings;
use crate::local_agents::{self, LocalAgents};
use crate::spans::{SpanQueue, Tracing};
use crate::telemetry::WorkerMetrics;
use crate::upstream::Pool;

/// What the calls on one thread share.
pub(crate) struct Worker {
    current: Arc<ArcSwap<Live>>,
    pool: RefCell<Pool>,
    pub(crate) deadlines: Deadlines,
    pub(crate) metrics: Arc<WorkerMetrics>,
    pub(crate) model_lists: ModelLists,
    pub(crate) local_agents: Arc<LocalAgents>,
    pub(crate) spans: SpanQueue,
}

impl Worker {
    /// What a call begins with: the configuration in force, and how it traces.
    pub(crate) fn begin(&self) -> (Arc<Snapshot>, Option<Arc<Tracing>>) {
        let live = self.current.load();
        (Arc::clone(&live.snapshot), live.tracing.clone())
    }

    /// The configuration in force.
    pub(crate) fn snapshot(&self) -> Arc<Snapshot> {
        Arc::clone(&self.current.load().snapshot)
    }

    /// How local agents are run; none where no provider is one.
    pub(crate) fn local_agent_settings(&self) -> Option<Arc<local_agents::Settings>> {
        self.current.load().local_agents.clone()
    }

    /// Connections to providers whom the configuration in force trusts. What was
    /// opened under other certificate authorities ends with the calls that use it.
    pub(crate) fn pool(&self) -> Pool {
        let live = self.current.load();
        let mut pool = self.pool.borrow_mut();
        if !pool.trusts_as(&live.tls) {
            *pool = Pool::new(Arc::clone(&live.tls), self.deadlines.clone());
        }
        pool.clone()
    }
}

/// A connection of a client.
pub(crate) struct Accepted {
    pub stream: std::net::TcpStream,
    pub listener: Arc<ListenerSettings>,
    /// Turns true when the connection is to end after what it is at.
    pub closing: watch::Receiver<bool>,
}

/// What a worker thread is started with.
pub(crate) struct Assignment {
    pub live: Arc<ArcSwap<Live>>,
    pub metrics: Arc<WorkerMetrics>,
    pub ticker: Arc<Ticker>,
    pub connections: mpsc::UnboundedReceiver<Accepted>,
    pub local_agents: Arc<LocalAgents>,
    pub spans: SpanQueue,
}

/// Serves the connections handed over until no more can come and the last of them
/// is done.
pub(crate) async fn run(assignment: Assignment) {
    let Assignment {
        live,
        metrics,
        ticker,
        mut connections,
        local_agents,
        spans,
    } = assignment;
    let deadlines = Deadlines::new(Arc::clone(&ticker));
    let pool = Pool::new(Arc::clone(&live.load().tls), deadlines.clone());
    let worker = Rc::new(Worker {
        current: live,
        pool: RefCell::new(pool),
        deadlines,
        metrics,
        model_lists: ModelLists::default(),
        local_agents,
        spans,
    });
    let keeper = tokio::task::spawn_local(keep_time(Rc::clone(&worker), ticker));
    let (done, mut all_done) = mpsc::channel::<Infallible>(1);
    while let Some(accepted) = connections.recv().await {
        match adopt(accepted.stream) {
            Ok(stream) => {
                let (listener, closing) = (accepted.listener, accepted.closing);
                let connection = serve(Rc::clone(&worker), stream, listener, closing);
                let done = done.clone();
                tokio::task::spawn_local(async move {
                    connection.await;
                    drop(done);
                });
            }
            Err(error) => {
                worker.metrics.connection_closed();
                tracing::warn!(%error, "a connection cannot be taken over");
            }
        }
    }
    drop(done);
    // Ends once every connection has dropped its handle.
    all_done.recv().await;
    keeper.abort();
}

/// Looks deadlines over at each tick, and idle connections now and then.
async fn keep_time(worker: Rc<Worker>, ticker: Arc<Ticker>) {
    let mut swept = Instant::now();
    loop {
        ticker.ticked().await;
        let now = Instant::now();
        worker.deadlines.look_over(now);
        if now.duration_since(swept) >= SWEEP_INTERVAL {
            swept = now;
            worker.pool().sweep();
        }
    }
}

fn adopt(stream: std::net::TcpStream) -> std::io::Result<TcpStream> {
    stream.set_nonblocking(true)?;
    stream.set_nodelay(true)?;
    TcpStream::from_std(stream)
}

async fn serve(
    worker: Rc<Worker>,
    stream: TcpStream,
    listener: Arc<ListenerSettings>,
    mut closing: watch::Receiver<bool>,
) {
    let opening = tokio::select! {
        opening = Opening::read(&stream) => opening,
        _ = closing.wait_for(|closing| *closing) => None,
    };
    match opening {
        Some(opening) if opening.is_http2() => {
            serve_http2(&worker, stream, opening, listener, closing).await;
        }
        Some(opening) => serve_http1(&worker, stream, opening, listener, closing).await,
        None => {}
    }
    worker.metrics.connection_closed();
}

async fn serve_http1(
    worker: &Rc<Worker>,
    stream: TcpStream,
    opening: Opening,
    listener: Arc<ListenerSettings>,
    mut closing: watch::Receiver<bool>,
) {
    let (io, head) = ClientIo::new(stream, opening);
    let state = Rc::clone(&head);
    let service = service_fn(|request: Request<Incoming>| {
        let (worker, head) = (Rc::clone(worker), Rc::clone(&head));
        let ambiguous = head.accept(&request);
        let listener = Arc::clone(&listener);
        async move {
            let response = handlers::dispatch(&worker, request, ambiguous, &listener).await;
            Ok::<_, Infallible>(response.map(|body| Watched::new(body, head)))
        }
    });
    let connection = http1::Builder::new().serve_connection(TokioIo::new(io), service);
    let mut connection = std::pin::pin!(connection);
    let ended = tokio::select! {
        biased;
        ended = connection.as_mut() => ended,
        _ = closing.wait_for(|closing| *closing) => {
            connection.as_mut().graceful_shutdown();
            // hyper would wait for the first request of a connection without any, and for the rest of a head.
            if state.is_idle() {
                Ok(())
            } else {
                connection.as_mut().await
            }
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "a client's connection ended");
    }
}

/// HTTP/2 without TLS, by prior knowledge: AWS clients use nothing else.
async fn serve_http2(
    worker: &Rc<Worker>,
    stream: TcpStream,
    opening: Opening,
    listener: Arc<ListenerSettings>,
    mut closing: watch::Receiver<bool>,
) {
    let service = service_fn(|request: Request<Incoming>| {
        let (worker, listener) = (Rc::clone(worker), Arc::clone(&listener));
        async move { Ok::<_, Infallible>(handlers::dispatch(&worker, request, false, &listener).await) }
    });
    let connection = http2::Builder::new(OnThisThread)
        .serve_connection(TokioIo::new(opening.before(stream)), service);
    let mut connection = std::pin::pin!(connection);
    let ended = tokio::select! {
        biased;
        ended = connection.as_mut() => ended,
        _ = closing.wait_for(|closing| *closing) => {
            connection.as_mut().graceful_shutdown();
            connection.as_mut().await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "a client's connection ended");
    }
}

/// Runs what hyper spawns where the connection lives.
#[derive(Clone)]
struct OnThisThread;

impl<F: Future<Output: 'static> + 'static> Executor<F> for OnThisThread {
    fn execute(&self, future: F) {
        tokio::task::spawn_local(future);
    }
}
