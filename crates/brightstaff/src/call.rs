//! Drives one [`ProviderExchange`]: hyper bodies in, hyper calls out.

mod client_body;
mod packed_body;
mod reply_body;

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{ready, Context, Poll};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use gateway_core::{
    Input, ModelCall, Observation, Output, ProviderExchange, ProviderRequest, RequestHead,
    Snapshot, UpstreamFailure,
};
use http::{HeaderMap, Method, Request, Response, StatusCode};
use hyper::body::Incoming;

use crate::fetch::fetch;
use crate::local_agents;
use crate::spans::CallSpans;
use crate::upstream::{self, Patience, UpstreamBody};
use crate::worker::Worker;

use client_body::ClientBody;
pub(crate) use reply_body::ReplyBody;

/// The exchange and what it wants done. Shared between the two directions of a
/// call while the request's body is still being passed on.
struct Call {
    worker: Rc<Worker>,
    exchange: ProviderExchange,
    client: ClientBody,
    /// Pieces for the provider.
    request: VecDeque<Bytes>,
    request_ended: bool,
    aborted: bool,
    open: Option<Box<ProviderRequest>>,
    /// URLs whose content the call waits for.
    fetch: Option<Vec<String>>,
    head: Option<(StatusCode, HeaderMap)>,
    /// Pieces for the client.
    reply: VecDeque<Bytes>,
    reply_ended: bool,
    reply_aborted: bool,
    started: std::time::Instant,
    first_byte_seen: bool,
    /// Set while the call is traced.
    spans: Option<Box<CallSpans>>,
}

/// Answers a call to a model.
pub(crate) async fn answer(
    worker: &Rc<Worker>,
    call: ModelCall,
    request: Request<Incoming>,
    timeout: Duration,
) -> Response<ReplyBody> {
    let (mut parts, incoming) = request.into_parts();
    let client = ClientBody::new(incoming, &mut parts.headers);
    let (snapshot, tracing) = worker.begin();
    let spans = CallSpans::begin(
        tracing.as_ref(),
        &worker.spans,
        parts.uri.path(),
        &mut parts.headers,
    );
    let head = RequestHead {
        call,
        query: parts.uri.query().map(str::to_owned),
        headers: parts.headers,
        now_unix: SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .map_or(0, |elapsed| elapsed.as_secs()),
        seed: fastrand::u64(..),
    };
    let shared = Rc::new(RefCell::new(Call {
        worker: Rc::clone(worker),
        exchange: ProviderExchange::new(snapshot, head),
        client,
        request: VecDeque::new(),
        request_ended: false,
        aborted: false,
        open: None,
        fetch: None,
        head: None,
        reply: VecDeque::new(),
        reply_ended: false,
        reply_aborted: false,
        started: std::time::Instant::now(),
        first_byte_seen: false,
        spans,
    }));
    worker.metrics.call_started();
    shared.borrow_mut().drain();
    std::future::poll_fn(|context| shared.borrow_mut().poll_decision(context)).await;
    let wanted = shared.borrow_mut().fetch.take();
    if let Some(urls) = wanted {
        let policy = shared.borrow().exchange.snapshot().fetch_media;
        let fetched = fetch(&worker.pool(), urls, policy).await;
        shared.borrow_mut().feed(Input::Fetched(fetched));
    }
    let open = shared.borrow_mut().open.take();
    match open {
        None => ReplyBody::local(shared),
        Some(request) => exchange(worker, shared, request, timeout).await,
    }
}

async fn exchange(
    worker: &Rc<Worker>,
    call: Rc<RefCell<Call>>,
    request: Box<ProviderRequest>,
    timeout: Duration,
) -> Response<ReplyBody> {
    let (limits, pieces, complete) = {
        let mut call = call.borrow_mut();
        let pieces = std::mem::take(&mut call.request);
        (call.exchange.snapshot().limits, pieces, call.request_ended)
    };
    let body = if complete {
        UpstreamBody::whole(pieces)
    } else {
        let source = client_body::Passing(Rc::clone(&call));
        UpstreamBody::streaming(pieces, request.body_length, Box::new(source))
    };
    let sent = upstream::Call {
        method: Method::POST,
        path: request.path,
        headers: request.headers,
        body,
    };
    let agent = local_agent(worker, &call, request.upstream);
    let idle_timeout = agent
        .as_ref()
        .map_or(limits.idle_timeout, |(_, settings)| settings.idle_timeout);
    let reply = match agent {
        Some((name, settings)) => {
            let (agents, deadlines) = (&worker.local_agents, &worker.deadlines);
            agents
                .send(&name, &settings, deadlines, sent, timeout)
                .await
        }
        None => {
            let patience = Patience {
                connect: limits.connect_timeout,
                first_byte: limits.first_byte_timeout.min(timeout),
            };
            worker.pool().send(&request.origin, sent, patience).await
        }
    };
    let body = match reply {
        Ok(reply) => {
            let (status, headers) = (reply.head.status, reply.head.headers);
            let mut call = call.borrow_mut();
            let elapsed = call.started.elapsed();
            if let Some(spans) = &mut call.spans {
                spans.answered(status);
            }
            call.feed(Input::ReplyHead {
                status,
                headers,
                elapsed,
            });
            Some(reply.body)
        }
        Err(failure) => {
            let mut call = call.borrow_mut();
            // If the request itself was at fault, the answer is there already.
            if call.head.is_none() {
                call.feed(Input::UpstreamFailed(failure));
            }
            None
        }
    };
    ReplyBody::begin(call, body, idle_timeout).await
}

/// The name of an entry that is a program on this machine, and how it is run.
fn local_agent(
    worker: &Worker,
    call: &RefCell<Call>,
    upstream: usize,
) -> Option<(Arc<str>, Arc<local_agents::Settings>)> {
    let call = call.borrow();
    let upstream = call.exchange.snapshot().upstreams().get(upstream)?;
    let settings = upstream
        .is_local_agent()
        .then(|| worker.local_agent_settings());
    settings?.map(|settings| (Arc::clone(&upstream.name), settings))
}

impl Call {
    /// Reads the client's body until it is known where the call goes.
    fn poll_decision(&mut self, context: &mut Context<'_>) -> Poll<()> {
        while self.open.is_none() && self.head.is_none() && self.fetch.is_none() {
            let input = ready!(self.client.poll_input(context));
            self.feed(input);
        }
        Poll::Ready(())
    }

    fn feed(&mut self, input: Input) {
        self.exchange.handle(input);
        self.drain();
    }

    fn drain(&mut self) {
        while let Some(output) = self.exchange.poll() {
            match output {
                Output::Fetch(urls) => self.fetch = Some(urls),
                Output::Open(request) => {
                    if let Some(spans) = &mut self.spans {
                        spans.asked(self.started.elapsed());
                    }
                    self.open = Some(request);
                }
                Output::SendBody(piece) => self.request.push_back(piece.into_bytes()),
                Output::SendEnd => self.request_ended = true,
                Output::AbortRequest => self.aborted = true,
                Output::ReplyHead { status, headers } => self.head = Some((status, headers)),
                Output::ReplyBody(piece) => {
                    if !std::mem::replace(&mut self.first_byte_seen, true) {
                        let elapsed = self.started.elapsed();
                        self.worker.metrics.first_byte(elapsed);
                        if let Some(spans) = &mut self.spans {
                            spans.first_piece(elapsed);
                        }
                    }
                    self.reply.push_back(piece.into_bytes());
                }
                Output::ReplyEnd => self.reply_ended = true,
                Output::ReplyAbort => self.reply_aborted = true,
                Output::Observe(observation) => {
                    let snapshot = self.exchange.snapshot();
                    log_losses(snapshot, &observation);
                    let elapsed = self.started.elapsed();
                    self.worker
                        .metrics
                        .call_ended(snapshot, &observation, elapsed);
                    if let Some(spans) = self.spans.take() {
                        spans.end(&self.worker.spans, snapshot, &observation, elapsed);
                    }
                }
            }
        }
    }

    fn upstream_failed(&mut self, failure: UpstreamFailure) {
        self.feed(Input::UpstreamFailed(failure));
    }
}

/// One line names what a provider had no place for.
fn log_losses(snapshot: &Snapshot, observation: &Observation) {
    if observation.dropped.is_empty() {
        return;
    }
    let fields: Vec<&str> = observation
        .dropped
        .iter()
        .map(|lost| lost.field.as_str())
        .collect();
    let upstream = observation
        .upstream
        .and_then(|index| snapshot.upstreams().get(index));
    tracing::warn!(
        provider = upstream.map_or("", |upstream| &*upstream.name),
        client_api = observation.client.as_str(),
        upstream_api = observation.upstream_api.map_or("", |api| api.as_str()),
        fields = fields.join(", "),
        "left out of a request: the provider has no place for it"
    );
}

impl Drop for Call {
    /// Every call is observed, also one whose client left.
    fn drop(&mut self) {
        self.feed(Input::ClientGone);
    }
}
