//! Idle connections of one worker, by origin.

use std::cell::RefCell;
use std::net::IpAddr;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Waker};
use std::time::{Duration, Instant};

use foldhash::HashMap;
use gateway_core::{Origin, UpstreamFailure};
use hyper::client::conn::http2;

use crate::deadlines::Deadlines;

use super::connect::connect;
use super::http1::Http1;
use super::{Connection, UpstreamBody};

/// An idle connection is closed after this time: before common servers close it
/// on their side, which would break a call.
const IDLE_LIMIT: Duration = Duration::from_secs(55);

/// Idle connections kept per origin and worker.
const MAX_IDLE: usize = 256;

/// The connections of one worker. Clones share them.
#[derive(Clone)]
pub(crate) struct Pool {
    tls: Arc<rustls::ClientConfig>,
    deadlines: Deadlines,
    origins: Rc<RefCell<HashMap<Arc<Origin>, Connections>>>,
}

#[derive(Default)]
struct Connections {
    /// The last one used is the last in the list.
    idle: Vec<(Box<Http1>, Instant)>,
    shared: Option<http2::SendRequest<UpstreamBody>>,
}

impl Pool {
    pub(crate) fn new(tls: Arc<rustls::ClientConfig>, deadlines: Deadlines) -> Self {
        Self {
            tls,
            deadlines,
            origins: Rc::default(),
        }
    }

    /// Whether the pool's connections were opened with this very `tls`.
    pub(crate) fn trusts_as(&self, tls: &Arc<rustls::ClientConfig>) -> bool {
        Arc::ptr_eq(&self.tls, tls)
    }

    /// The time-outs of the pool's worker.
    pub(crate) fn deadlines(&self) -> &Deadlines {
        &self.deadlines
    }

    /// A connection to `origin` that takes a call now.
    pub(super) async fn checkout(
        &self,
        origin: &Arc<Origin>,
        patience: Duration,
    ) -> Result<Connection, UpstreamFailure> {
        if let Some(connection) = self.reuse(origin).await {
            return Ok(connection);
        }
        let connection = connect(origin, &self.tls, patience, |_| true).await?;
        if let Connection::Http2(sender) = &connection {
            let mut origins = self.origins.borrow_mut();
            origins.entry(Arc::clone(origin)).or_default().shared = Some(sender.clone());
        }
        Ok(connection)
    }

    /// A connection of its own, to an address that is `allowed`.
    pub(super) async fn open(
        &self,
        origin: &Origin,
        patience: Duration,
        allowed: fn(IpAddr) -> bool,
    ) -> Result<Connection, UpstreamFailure> {
        connect(origin, &self.tls, patience, allowed).await
    }

    async fn reuse(&self, origin: &Arc<Origin>) -> Option<Connection> {
        loop {
            let (mut connection, idle_since) = {
                let mut origins = self.origins.borrow_mut();
                let connections = origins.get_mut(origin)?;
                match &connections.shared {
                    Some(sender) if !sender.is_closed() => {
                        return Some(Connection::Http2(sender.clone()))
                    }
                    _ => connections.shared = None,
                }
                connections.idle.pop()?
            };
            // What the peer did meanwhile shows only when the connection is read.
            let is_idle = idle_since.elapsed() < IDLE_LIMIT
                && std::future::poll_fn(|context| {
                    std::task::Poll::Ready(connection.is_idle(context))
                })
                .await;
            if is_idle {
                return Some(Connection::Http1(connection));
            }
        }
    }

    pub(super) fn release(&self, origin: Arc<Origin>, connection: Box<Http1>) {
        let mut origins = self.origins.borrow_mut();
        let idle = &mut origins.entry(origin).or_default().idle;
        if idle.len() < MAX_IDLE {
            idle.push((connection, Instant::now()));
        }
    }

    /// Closes connections that are idle for long or were closed by the peer.
    pub(crate) fn sweep(&self) {
        let mut context = Context::from_waker(Waker::noop());
        let mut origins = self.origins.borrow_mut();
        origins.retain(|_, connections| {
            connections.idle.retain_mut(|(connection, idle_since)| {
                idle_since.elapsed() < IDLE_LIMIT && connection.is_idle(&mut context)
            });
            connections.shared = connections
                .shared
                .take()
                .filter(|sender| !sender.is_closed());
            connections.shared.is_some() || !connections.idle.is_empty()
        });
    }
}
