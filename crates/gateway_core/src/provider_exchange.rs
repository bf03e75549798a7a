//! One call to a model: client request → provider request, provider reply →
//! client reply.
//!
//! A host feeds [`Input`]s and, after each, drains [`ProviderExchange::poll`]
//! until it gives nothing. While [`ProviderExchange::wants_request`] holds, the
//! next piece of the client's body is due.

mod opening;
mod pieces;
mod reply;
mod request;
#[cfg(test)]
mod tests;

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use hermesllm::{Adaptation, Api, ApiError, Dropped, RemoteMedia, Usage};
use http::uri::PathAndQuery;
use http::{HeaderMap, StatusCode};

use crate::endpoint::{ModelCall, Operation};
use crate::rescue::{LocalReply, UpstreamFailure};
use crate::snapshot::{Origin, Snapshot, Upstream};

use reply::ReplyPhase;
use request::RequestPhase;

/// The head of a client's call.
#[derive(Debug)]
pub struct RequestHead {
    pub call: ModelCall,
    /// The query string, without its question mark.
    pub query: Option<String>,
    pub headers: HeaderMap,
    /// Seconds since 1970.
    pub now_unix: u64,
    /// For ids; differs from call to call.
    pub seed: u64,
}

/// Why a body is [`Input::RequestBroken`] that its connection did not bring whole.
pub const BADLY_FRAMED: &str = "it is cut short or not framed as HTTP/1.1 asks";

/// What happened.
#[derive(Debug)]
pub enum Input {
    /// A piece of the client's body; `end` with the last one, which may be empty.
    RequestBody { bytes: Bytes, end: bool },
    /// The rest of the client's body cannot be read, for this reason.
    RequestBroken(String),
    /// What [`Output::Fetch`] asked for: all of it, or why one URL cannot be had.
    Fetched(Result<Vec<RemoteMedia>, FetchFailure>),
    /// The provider's answer begins, so long after the call did.
    ReplyHead {
        status: StatusCode,
        headers: HeaderMap,
        elapsed: Duration,
    },
    /// A piece of the provider's body; `end` with the last one, which may be empty.
    ReplyBody { bytes: Bytes, end: bool },
    /// The provider gave no answer, or will give no more of it.
    UpstreamFailed(UpstreamFailure),
    /// The client has gone.
    ClientGone,
}

/// What the host is to do.
#[derive(Debug)]
pub enum Output {
    /// Get what these URLs lead to, for a provider that takes none. The call goes
    /// on with [`Input::Fetched`].
    Fetch(Vec<String>),
    /// Open a request to a provider. Its body follows.
    Open(Box<ProviderRequest>),
    SendBody(Piece),
    /// The request's body is complete.
    SendEnd,
    /// Give the request to the provider up.
    AbortRequest,
    ReplyHead {
        status: StatusCode,
        headers: HeaderMap,
    },
    ReplyBody(Piece),
    /// The reply is complete.
    ReplyEnd,
    /// The reply cannot be completed: close the client's connection.
    ReplyAbort,
    /// The call is over; once per call.
    Observe(Box<Observation>),
}

/// Why the content of a URL cannot be had.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FetchFailure {
    pub url: String,
    /// One line for the client.
    pub reason: String,
}

/// Bytes of a body, and whether they are the ones received last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// A part of what was received; a host may pass it on in place.
    AsReceived(Bytes),
    New(Bytes),
}

impl Piece {
    /// The bytes.
    pub fn into_bytes(self) -> Bytes {
        match self {
            Self::AsReceived(bytes) | Self::New(bytes) => bytes,
        }
    }
}

/// A request to a provider, without its body. The method is POST.
#[derive(Debug)]
pub struct ProviderRequest {
    /// Index into [`Snapshot::upstreams`].
    pub upstream: usize,
    pub origin: Arc<Origin>,
    pub path: PathAndQuery,
    /// With `host` and credentials; without `content-length`.
    pub headers: HeaderMap,
    /// Bytes of the body, when known.
    pub body_length: Option<u64>,
}

/// How a call ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// The client has the whole answer, an error of the provider included.
    Completed,
    /// The gateway answered itself.
    Local,
    /// The provider failed before or in its answer.
    UpstreamFailed,
    /// The client left before the end.
    ClientGone,
}

/// What is known of a call at its end.
#[derive(Debug, Clone)]
pub struct Observation {
    pub client: Api,
    pub operation: Operation,
    /// Index into [`Snapshot::upstreams`], when one was chosen.
    pub upstream: Option<usize>,
    pub upstream_api: Option<Api>,
    /// The model as the client wrote it.
    pub requested_model: Option<String>,
    /// The model as the provider knows it.
    pub model: Option<String>,
    /// Whether the client asked for a stream.
    pub streaming: bool,
    /// The status the client got; 0 when it got none.
    pub status: u16,
    pub outcome: Outcome,
    /// As the provider reported it, so far when the call was cut.
    pub usage: Option<Usage>,
    /// Of a call that was cut: output tokens as the gateway counted them, by
    /// the events that passed, where the provider had not told so many yet.
    pub counted_output: Option<u64>,
    /// Why the gateway answered itself or the provider failed.
    pub error: Option<String>,
    /// What the provider had no place for, unless it is to be left out in silence.
    pub dropped: Vec<Dropped>,
}

/// One call. See the module's description.
pub struct ProviderExchange {
    snapshot: Arc<Snapshot>,
    head: RequestHead,
    request: RequestPhase,
    reply: ReplyPhase,
    route: Option<Route>,
    requested_model: Option<String>,
    /// As far as the body has come; the provider's path may depend on it.
    asks_for_stream: bool,
    /// Events that passed of a reply that was cut.
    counted: u64,
    dropped: Vec<Dropped>,
    status: u16,
    error: Option<String>,
    observed: bool,
    outputs: VecDeque<Output>,
}

/// Where a call goes.
#[derive(Debug)]
struct Route {
    upstream: usize,
    api: Api,
    model: String,
    /// For a client of the same API: what the provider takes amiss.
    adaptation: Option<Arc<Adaptation>>,
}

impl ProviderExchange {
    /// A call at its beginning; poll before anything else.
    pub fn new(snapshot: Arc<Snapshot>, head: RequestHead) -> Self {
        let mut exchange = Self {
            snapshot,
            head,
            request: RequestPhase::Ended,
            reply: ReplyPhase::Awaiting,
            route: None,
            requested_model: None,
            asks_for_stream: false,
            counted: 0,
            dropped: Vec::new(),
            status: 0,
            error: None,
            observed: false,
            outputs: VecDeque::with_capacity(6),
        };
        exchange.begin_request();
        exchange
    }

    /// Takes an input in.
    pub fn handle(&mut self, input: Input) {
        match input {
            Input::RequestBody { bytes, end } => self.request_body(bytes, end),
            Input::RequestBroken(reason) => self.request_broken(&reason),
            Input::Fetched(fetched) => self.fetched(fetched),
            Input::ReplyHead {
                status,
                headers,
                elapsed,
            } => self.reply_head(status, headers, elapsed),
            Input::ReplyBody { bytes, end } => self.reply_body(bytes, end),
            Input::UpstreamFailed(failure) => self.upstream_failed(&failure),
            Input::ClientGone => self.client_gone(),
        }
    }

    /// The next thing to do, if any.
    pub fn poll(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// Whether the next piece of the client's body is due.
    pub fn wants_request(&self) -> bool {
        !matches!(
            self.request,
            RequestPhase::Ended | RequestPhase::Fetching { .. }
        )
    }

    /// The configuration this call began with.
    pub fn snapshot(&self) -> &Arc<Snapshot> {
        &self.snapshot
    }

    fn client(&self) -> Api {
        self.head.call.client
    }

    fn upstream(&self) -> Option<&Upstream> {
        let route = self.route.as_ref()?;
        self.snapshot.upstreams().get(route.upstream)
    }

    fn upstream_name(&self) -> String {
        self.upstream()
            .map_or_else(String::new, |upstream| upstream.name.to_string())
    }

    fn emit(&mut self, output: Output) {
        if let Output::ReplyHead { status, .. } = &output {
            self.status = status.as_u16();
        }
        self.outputs.push_back(output);
    }

    /// Answers without the provider, or in its stead.
    fn reply_locally(&mut self, reply: LocalReply, outcome: Outcome) {
        self.request = RequestPhase::Ended;
        self.reply = ReplyPhase::Ended;
        let LocalReply {
            status,
            headers,
            body,
        } = reply;
        self.emit(Output::ReplyHead { status, headers });
        self.emit(Output::ReplyBody(Piece::New(body.into())));
        self.emit(Output::ReplyEnd);
        self.observe(outcome, None);
    }

    fn reject(&mut self, error: &ApiError) {
        self.error = Some(error.message.clone());
        self.reply_locally(LocalReply::error(self.client(), error), Outcome::Local);
    }

    fn observe(&mut self, outcome: Outcome, usage: Option<Usage>) {
        if std::mem::replace(&mut self.observed, true) {
            return;
        }
        let streaming = match &self.head.call.addressed {
            Some(addressed) => addressed.stream,
            None => self.asks_for_stream,
        };
        let request = std::mem::replace(&mut self.request, RequestPhase::Ended);
        if matches!(request, RequestPhase::Forwarding { .. }) {
            // The provider answered before it had the whole request.
            self.emit(Output::AbortRequest);
        }
        let route = self.route.take();
        let told = usage.map_or(0, |usage| usage.output);
        let observation = Observation {
            client: self.head.call.client,
            operation: self.head.call.operation,
            upstream: route.as_ref().map(|route| route.upstream),
            upstream_api: route.as_ref().map(|route| route.api),
            requested_model: self.requested_model.take(),
            model: route.map(|route| route.model),
            streaming,
            status: self.status,
            outcome,
            usage,
            counted_output: (self.counted > told).then_some(self.counted),
            error: self.error.take(),
            dropped: std::mem::take(&mut self.dropped),
        };
        self.emit(Output::Observe(Box::new(observation)));
    }
}
