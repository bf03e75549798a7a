//! The spans of one call: the request as the client made it, and the provider's
//! part of it.

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use gateway_core::{cut, AttributeValue as Value, Attributes, Observation, Outcome, Snapshot};
use http::header::{HeaderMap, HeaderName};
use http::StatusCode;

use super::context::TraceContext;
use super::queue::SpanQueue;
use super::settings::{Tracing, TRACEPARENT};
use super::span::{Part, Span};

const TRACESTATE: HeaderName = HeaderName::from_static("tracestate");
const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// What is known of a traced call before it ends.
pub(crate) struct CallSpans {
    tracing: Arc<Tracing>,
    trace: u128,
    /// The span of whoever calls.
    caller: Option<u64>,
    /// None where Envoy tells of the request.
    inbound: Option<u64>,
    model: u64,
    /// Since 1970.
    started: Duration,
    target: String,
    request_id: Option<String>,
    provider: Option<Provider>,
}

/// The provider's part; times are since the call began.
struct Provider {
    asked: Duration,
    status: Option<StatusCode>,
    first_piece: Option<Duration>,
}

impl CallSpans {
    /// Decides whether a call is traced: not while nobody takes what would be told
    /// of it. If it is, its headers get the `traceparent` that its provider is to see.
    pub(crate) fn begin(
        tracing: Option<&Arc<Tracing>>,
        queue: &SpanQueue,
        path: &str,
        headers: &mut HeaderMap,
    ) -> Option<Box<Self>> {
        let tracing = tracing?;
        let (trace, caller) = tracing.sample(headers)?;
        let told_by_envoy = queue.behind_envoy && caller.is_some();
        if tracing.collector.is_resting() {
            queue.note_dropped(if told_by_envoy { 1 } else { 2 });
            return None;
        }
        let new_id = || fastrand::u64(1..);
        let spans = Self {
            tracing: Arc::clone(tracing),
            trace,
            caller,
            inbound: (!told_by_envoy).then(new_id),
            model: new_id(),
            started: SystemTime::now()
                .duration_since(UNIX_EPOCH)
                .unwrap_or_default(),
            target: cut(path),
            request_id: headers
                .get(X_REQUEST_ID)
                .and_then(|id| id.to_str().ok())
                .map(cut),
            provider: None,
        };
        let context = TraceContext {
            trace,
            span: spans.model,
            sampled: true,
        };
        headers.insert(TRACEPARENT, context.header()?);
        if caller.is_none() {
            // It would belong to a trace that nobody has named.
            headers.remove(TRACESTATE);
        }
        Some(Box::new(spans))
    }

    /// A provider is asked.
    pub(crate) fn asked(&mut self, elapsed: Duration) {
        self.provider = Some(Provider {
            asked: elapsed,
            status: None,
            first_piece: None,
        });
    }

    /// The head of its answer has come.
    pub(crate) fn answered(&mut self, status: StatusCode) {
        if let Some(provider) = &mut self.provider {
            provider.status = Some(status);
        }
    }

    /// The first piece of the answer goes to the client.
    pub(crate) fn first_piece(&mut self, elapsed: Duration) {
        // An answer of the gateway's own is not the provider's.
        if let Some(provider) = self.provider.as_mut().filter(|it| it.status.is_some()) {
            provider.first_piece = Some(elapsed);
        }
    }

    /// The call is over: its spans are on their way.
    pub(crate) fn end(
        &self,
        queue: &SpanQueue,
        snapshot: &Snapshot,
        observation: &Observation,
        elapsed: Duration,
    ) {
        let spans = u64::from(self.inbound.is_some()) + u64::from(self.provider.is_some());
        if self.tracing.collector.is_resting() {
            return queue.note_dropped(spans);
        }
        if let Some(provider) = &self.provider {
            queue.push(self.model_span(provider, snapshot, observation, elapsed));
        }
        if let Some(id) = self.inbound {
            queue.push(self.inbound_span(id, observation, elapsed));
        }
    }

    fn inbound_span(&self, id: u64, observation: &Observation, elapsed: Duration) -> Span {
        let mut attributes = vec![
            ("http.method", Value::Text("POST".to_owned())),
            ("http.target", Value::Text(self.target.clone())),
        ];
        if observation.status != 0 {
            let status = u64::from(observation.status);
            attributes.push(("http.status_code", Value::Number(status)));
        }
        self.add_ending(&mut attributes, observation);
        Span {
            part: Part::Inbound,
            id,
            parent: self.caller,
            name: format!("POST {}", self.target),
            // A refusal of what a client has asked for is no failure of the server.
            failed: observation.status >= 500 || observation.outcome == Outcome::UpstreamFailed,
            ..self.span(Duration::ZERO, elapsed, attributes, observation)
        }
    }

    fn model_span(
        &self,
        provider: &Provider,
        snapshot: &Snapshot,
        observation: &Observation,
        elapsed: Duration,
    ) -> Span {
        let requested = observation.requested_model.as_deref();
        let model = observation.model.as_deref().unwrap_or_default();
        let since = |time: Duration| time.saturating_sub(provider.asked);
        let first_token = provider.first_piece.map(since);
        let mut attributes = observation.model_attributes(snapshot, first_token, since(elapsed));
        if let Some(status) = provider.status {
            let status = u64::from(status.as_u16());
            attributes.push(("http.status_code", Value::Number(status)));
        }
        self.add_ending(&mut attributes, observation);
        let refused = provider.status.filter(|status| !status.is_success());
        let refusal = refused.map(|status| format!("the provider answered {status}"));
        let span = self.span(provider.asked, elapsed, attributes, observation);
        let mut span = Span {
            part: Part::Model,
            id: self.model,
            parent: self.inbound.or(self.caller),
            name: match requested {
                Some(requested) if requested != model && !model.is_empty() => {
                    format!("POST {} {} -> {}", self.target, cut(requested), cut(model))
                }
                _ => format!("POST {} {}", self.target, cut(model)),
            },
            first_token: provider.first_piece.map(|first| self.at(first)),
            failed: observation.outcome == Outcome::UpstreamFailed || refused.is_some(),
            ..span
        };
        if let (None, Some(refusal)) = (&span.error, refusal) {
            let message = ("error.message", Value::Text(refusal.clone()));
            span.attributes.push(message);
            span.error = Some(refusal);
        }
        span
    }

    /// What all spans of a call have.
    fn span(
        &self,
        start: Duration,
        end: Duration,
        attributes: Attributes,
        observation: &Observation,
    ) -> Span {
        Span {
            collector: Arc::clone(&self.tracing.collector),
            part: Part::Inbound,
            trace: self.trace,
            id: 0,
            parent: None,
            name: String::new(),
            start: self.at(start),
            end: self.at(end),
            first_token: None,
            attributes,
            fixed: Arc::clone(&self.tracing.fixed),
            failed: false,
            error: observation.error.as_deref().map(cut),
        }
    }

    /// How the call ended.
    fn add_ending(&self, attributes: &mut Attributes, observation: &Observation) {
        if let Some(id) = &self.request_id {
            attributes.push(("guid:x-request-id", Value::Text(id.clone())));
        }
        attributes.extend(observation.ending_attributes());
    }

    /// Nanoseconds since 1970.
    fn at(&self, elapsed: Duration) -> u64 {
        u64::try_from((self.started + elapsed).as_nanos()).unwrap_or(u64::MAX)
    }
}
