//! The filter of model calls.

use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use gateway_core::{
    Endpoint, Input, ModelCall, ProviderExchange, ProviderRequest, RequestHead, Snapshot,
};
use http::header::{HeaderValue, CONTENT_LENGTH};
use http::{HeaderMap, Method, StatusCode};
use proxy_wasm::traits::{Context, HttpContext};
use proxy_wasm::types::Action;

use crate::call::{Call, Passage};
use crate::failure;
use crate::headers::{self, pseudo, RawHeaders};
use crate::metrics::Metrics;
use crate::settings::Loaded;
use crate::trace::Trace;
use crate::CLUSTER_HEADER;

/// One request and its answer.
pub(crate) struct ModelCallFilter {
    snapshot: Arc<Snapshot>,
    metrics: Metrics,
    /// What a span of the request is to tell; none where no request has one.
    trace: Option<Trace>,
    started: SystemTime,
    /// The client's body until the provider is known: the native server may need it.
    received: Vec<Bytes>,
    /// The client's request has come to its end.
    is_whole: bool,
    /// The client gets a body.
    is_answering: bool,
    /// Envoy keeps a body, though emptied, that can be written over.
    is_holding: bool,
    state: State,
}

enum State {
    /// Not this filter's: the native server answers.
    Leaving,
    /// The request is held back until the provider is known.
    Deciding(Box<Call>),
    /// The provider has been asked.
    Asked(Box<Call>),
    /// The answer's head has gone out.
    Answering(Box<Call>),
    /// The filter answered, or the connection is being closed.
    Done,
}

impl ModelCallFilter {
    /// A request that began at `started`.
    pub(crate) fn new(loaded: &Loaded, metrics: Metrics, started: SystemTime) -> Self {
        Self {
            snapshot: Arc::clone(&loaded.snapshot),
            metrics,
            trace: loaded.is_traced.then(Trace::default),
            started,
            received: Vec::new(),
            is_whole: false,
            is_answering: false,
            is_holding: false,
            state: State::Leaving,
        }
    }

    fn begin(&mut self, call: ModelCall, raw: &RawHeaders, end: bool) -> Action {
        let path = pseudo(raw, ":path");
        let head = RequestHead {
            call,
            query: path.split_once('?').map(|(_, query)| query.to_owned()),
            headers: headers::read(raw),
            now_unix: self
                .started
                .duration_since(UNIX_EPOCH)
                .map_or(0, |since| since.as_secs()),
            seed: RandomState::new().hash_one(self.started),
        };
        let exchange = ProviderExchange::new(Arc::clone(&self.snapshot), head);
        self.metrics.call_started();
        let mut call = Call::new(exchange);
        if end && call.reply_head.is_none() {
            let bytes = Bytes::new();
            call.feed(Input::RequestBody { bytes, end });
        }
        if call.reply_head.is_some() {
            return self.answer_here(call);
        }
        if let Some(request) = call.open.take() {
            self.ask(&request);
            self.state = State::Asked(Box::new(call));
            return Action::Continue;
        }
        self.state = State::Deciding(Box::new(call));
        Action::Pause
    }

    /// Puts the provider's request in the place of the client's.
    fn ask(&mut self, request: &ProviderRequest) {
        let elapsed = self.elapsed();
        if let Some(trace) = &mut self.trace {
            trace.asked(elapsed);
        }
        let origin = &request.origin;
        let scheme = if origin.https { "https" } else { "http" };
        let authority = request
            .headers
            .get("host")
            .and_then(|host| host.to_str().ok())
            .unwrap_or(&origin.authority);
        let mut named = request.headers.clone();
        named.remove("host");
        if let Some(length) = request.body_length {
            named.insert(CONTENT_LENGTH, HeaderValue::from(length));
        }
        let cluster = cluster_name(scheme, &origin.host, origin.port);
        let fixed = [
            (":method", "POST"),
            (":scheme", scheme),
            (":authority", authority),
            (":path", request.path.as_str()),
            (CLUSTER_HEADER, &cluster),
            // Without it Envoy finds no route.
            ("x-forwarded-proto", scheme),
        ];
        self.set_http_request_headers_bytes(headers::write(&fixed, &named));
    }

    fn answer_here(&mut self, mut call: Call) -> Action {
        let (status, named) = call.reply_head.take().unwrap_or_default();
        let body = match call.reply.take(usize::MAX) {
            Passage::Instead(body) => body,
            Passage::AsReceived => Vec::new(),
        };
        self.state = State::Done;
        self.note_answer();
        self.observe(&mut call);
        let named: Vec<(&str, &str)> = named
            .iter()
            .filter_map(|(name, value)| Some((name.as_str(), value.to_str().ok()?)))
            .collect();
        self.send_http_response(u32::from(status.as_u16()), named, Some(&body));
        Action::Pause
    }

    fn observe(&self, call: &mut Call) {
        if let Some(observation) = call.observation.take() {
            let elapsed = self.elapsed();
            self.metrics
                .call_ended(&self.snapshot, &observation, elapsed);
            if let Some(trace) = &self.trace {
                trace.tell(&self.snapshot, &observation, elapsed);
            }
        }
    }

    fn note_end(&mut self, end: bool) {
        if end && !std::mem::replace(&mut self.is_whole, true) {
            self.metrics.whole_request(1);
        }
    }

    fn note_answer(&mut self) {
        if !std::mem::replace(&mut self.is_answering, true) {
            let elapsed = self.elapsed();
            self.metrics.first_byte(elapsed);
            if let Some(trace) = &mut self.trace {
                trace.first_piece(elapsed);
            }
        }
    }

    fn elapsed(&self) -> Duration {
        self.get_current_time()
            .duration_since(self.started)
            .unwrap_or_default()
    }

    fn deciding(&mut self, mut call: Box<Call>, bytes: Bytes, size: usize, end: bool) -> Action {
        self.received.push(bytes.clone());
        call.feed(Input::RequestBody { bytes, end });
        if call.needs_native_server {
            // The native server gets the request as it came.
            self.set_http_request_body(0, size, &self.received.concat());
            self.received.clear();
            self.metrics.call_left();
            return Action::Continue;
        }
        if call.reply_head.is_some() {
            return self.answer_here(*call);
        }
        let Some(request) = call.open.take() else {
            // The call holds the bytes; Envoy need not, and its buffers stay small.
            self.set_http_request_body(0, size, &[]);
            self.state = State::Deciding(call);
            return Action::Pause;
        };
        self.received.clear();
        self.ask(&request);
        self.pass_request(&mut call, size);
        self.state = State::Asked(call);
        Action::Continue
    }

    fn pass_request(&self, call: &mut Call, size: usize) {
        if let Passage::Instead(bytes) = call.request.take(size) {
            self.set_http_request_body(0, size, &bytes);
        }
    }

    /// Why Envoy, not the provider, made this answer.
    fn failure(&self) -> Option<Input> {
        let details = self.get_property(vec!["response", "code_details"])?;
        failure::input_of(&String::from_utf8_lossy(&details))
    }

    /// Writes the head of the answer, once it is known.
    fn begin_answer(&self, call: &mut Call) -> bool {
        let Some((status, named)) = call.reply_head.take() else {
            return false;
        };
        let status = status.as_str();
        let list = headers::write(&[(":status", status)], &named);
        self.set_http_response_headers_bytes(list);
        true
    }

    /// The answer that is under way, and whether its head has gone out; this filter's to put back.
    fn take_reply(&mut self) -> Option<(Box<Call>, bool)> {
        match std::mem::replace(&mut self.state, State::Done) {
            State::Asked(call) => Some((call, false)),
            State::Answering(call) => Some((call, true)),
            state => {
                self.state = state;
                None
            }
        }
    }

    /// Lets out what is left when nothing of the provider's body is left to write it over.
    fn end_reply(&mut self, mut call: Box<Call>, begun: bool) -> Action {
        if !begun {
            return self.answer_here(*call);
        }
        let is_left = !matches!(call.reply.take(0), Passage::Instead(rest) if rest.is_empty());
        self.observe(&mut call);
        self.state = State::Done;
        if is_left || call.aborted {
            // A client is not to take for whole what is not.
            self.reset_http_response();
            return Action::Pause;
        }
        Action::Continue
    }

    fn pass_reply(&mut self, mut call: Box<Call>, size: usize, begun: bool) -> Action {
        let begun = begun || self.begin_answer(&mut call);
        if !begun {
            self.set_http_response_body(0, size, &[]);
            self.state = State::Asked(call);
            return Action::Pause;
        }
        if let Passage::Instead(bytes) = call.reply.take(size) {
            self.set_http_response_body(0, size, &bytes);
        }
        self.note_answer();
        self.observe(&mut call);
        if call.aborted {
            self.state = State::Done;
            self.reset_http_response();
            return Action::Pause;
        }
        self.state = State::Answering(call);
        Action::Continue
    }
}

impl Context for ModelCallFilter {}

impl HttpContext for ModelCallFilter {
    fn on_http_request_headers(&mut self, _count: usize, end: bool) -> Action {
        self.note_end(end);
        let raw = self.get_http_request_headers_bytes();
        // What only the gateway says to itself.
        for (name, _) in raw.iter().filter(|(name, _)| name.starts_with("x-arch-")) {
            self.set_http_request_header(name, None);
        }
        let method = Method::from_bytes(pseudo(&raw, ":method").as_bytes());
        let path = pseudo(&raw, ":path");
        let path = path.split('?').next().unwrap_or_default();
        let found = method.map(|method| Endpoint::find(&method, path));
        match found {
            // The native server unpacks what comes packed.
            Ok(Ok(Endpoint::Call(_))) if !pseudo(&raw, "content-encoding").is_empty() => {
                Action::Continue
            }
            Ok(Ok(Endpoint::Call(call))) => self.begin(call, &raw, end),
            _ => Action::Continue,
        }
    }

    fn on_http_request_body(&mut self, size: usize, end: bool) -> Action {
        self.note_end(end);
        match std::mem::replace(&mut self.state, State::Done) {
            State::Deciding(call) => {
                let bytes = self.get_http_request_body(0, size).unwrap_or_default();
                let bytes = Bytes::from(bytes);
                self.state = State::Leaving;
                self.deciding(call, bytes, size, end)
            }
            State::Asked(mut call) => {
                let bytes = self.get_http_request_body(0, size).unwrap_or_default();
                let bytes = Bytes::from(bytes);
                call.feed(Input::RequestBody { bytes, end });
                if call.reply_head.is_some() {
                    return self.answer_here(*call);
                }
                self.pass_request(&mut call, size);
                self.state = State::Asked(call);
                Action::Continue
            }
            state => {
                self.state = state;
                Action::Continue
            }
        }
    }

    fn on_http_response_headers(&mut self, _count: usize, end: bool) -> Action {
        let state = std::mem::replace(&mut self.state, State::Done);
        let failure = self.failure();
        let mut call = match (state, &failure) {
            (State::Asked(call), _) | (State::Deciding(call), Some(Input::RequestBroken(_))) => {
                call
            }
            _ => return Action::Continue,
        };
        match failure {
            Some(failure) => call.feed(failure),
            None => {
                let raw = self.get_http_response_headers_bytes();
                let status = pseudo(&raw, ":status");
                let status = StatusCode::from_bytes(status.as_bytes());
                let named: HeaderMap = headers::read(&raw);
                call.reply_head(
                    status.unwrap_or(StatusCode::BAD_GATEWAY),
                    named,
                    self.elapsed(),
                );
                if end {
                    let bytes = Bytes::new();
                    call.feed(Input::ReplyBody { bytes, end });
                }
            }
        }
        if end {
            // There is no body to write in: the filter answers in its own name.
            return self.answer_here(*call);
        }
        if self.begin_answer(&mut call) {
            self.state = State::Answering(call);
            return Action::Continue;
        }
        self.state = State::Asked(call);
        Action::Pause
    }

    fn on_http_response_body(&mut self, size: usize, end: bool) -> Action {
        let Some((mut call, begun)) = self.take_reply() else {
            return Action::Continue;
        };
        if !call.reply.ended && !call.aborted {
            let bytes = self.get_http_response_body(0, size).unwrap_or_default();
            let bytes = Bytes::from(bytes);
            call.feed(Input::ReplyBody { bytes, end });
        }
        let action = self.pass_reply(call, size, begun);
        self.is_holding = action == Action::Pause;
        action
    }

    /// A body with trailers has no last piece that says so.
    fn on_http_response_trailers(&mut self, _count: usize) -> Action {
        let Some((mut call, begun)) = self.take_reply() else {
            return Action::Continue;
        };
        if !call.reply.ended && !call.aborted {
            let bytes = Bytes::new();
            call.feed(Input::ReplyBody { bytes, end: true });
        }
        if self.is_holding {
            return self.pass_reply(call, 0, begun);
        }
        self.end_reply(call, begun)
    }

    fn on_log(&mut self) {
        if self.is_whole {
            self.metrics.whole_request(-1);
        }
        let state = std::mem::replace(&mut self.state, State::Done);
        if let State::Deciding(mut call) | State::Asked(mut call) | State::Answering(mut call) =
            state
        {
            call.feed(Input::ClientGone);
            self.observe(&mut call);
        }
    }
}

/// Names an address; the renderer of Envoy's configuration names its clusters so.
fn cluster_name(scheme: &str, host: &str, port: u16) -> String {
    format!("{scheme}://{host}:{port}")
}
