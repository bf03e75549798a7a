//! Providers that are programs on this machine: each request is a run of one,
//! bounded in number and time, whose lines become the answer of a service that
//! speaks the Messages API.

mod claude_cli;
mod message;
mod places;
mod run;
mod settings;
mod supervisor;

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::{ready, Context, Poll};
use std::time::{Duration, Instant};

use bytes::Bytes;
use gateway_core::{LocalReply, UpstreamFailure};
use hermesllm::{Api, ApiError, ErrorKind};
use http::header::{HeaderValue, CONTENT_TYPE};
use http_body_util::BodyExt;
use serde_json::Value;

use crate::deadlines::Deadlines;
use crate::upstream::{Call, Reply, ReplyBody};

use claude_cli::{Fault, Request};
use message::{write_event, Message};
use places::{Full, Places};
use run::Run;
pub(crate) use settings::Settings;
use supervisor::Supervisor;

/// When a client that found every place taken may ask again, in seconds.
const RETRY_AFTER: u64 = 5;

/// Largest answer that is collected for a client that wants no stream.
const MAX_REPLY: usize = 64 * 1024 * 1024;

/// The programs that run, of all threads.
#[derive(Default)]
pub(crate) struct LocalAgents {
    places: Arc<Places>,
    supervisor: Supervisor,
}

/// An answer on its way.
pub(crate) struct Stream {
    run: Box<Run>,
    first: Vec<Value>,
}

impl LocalAgents {
    /// Has the program `name` answer a request in the Messages API; returns when the
    /// answer begins, or is there where no stream is asked for. What the program or
    /// its service refuses is an answer, too.
    pub(crate) async fn send(
        &self,
        name: &str,
        settings: &Arc<Settings>,
        deadlines: &Deadlines,
        call: Call,
        patience: Duration,
    ) -> Result<Reply, UpstreamFailure> {
        let ran = self.run(settings, deadlines, call, patience).await;
        ran.or_else(|mut error| match error.kind {
            ErrorKind::BadGateway => Err(UpstreamFailure::Program(error.message)),
            ErrorKind::Timeout => Err(UpstreamFailure::ProgramTimeout(error.message)),
            _ => {
                error.message = format!("{name}: {}", error.message);
                Ok(answered(LocalReply::error(Api::Messages, &error)))
            }
        })
    }

    async fn run(
        &self,
        settings: &Arc<Settings>,
        deadlines: &Deadlines,
        call: Call,
        patience: Duration,
    ) -> Result<Reply, ApiError> {
        let key = call.headers.get("x-api-key");
        let key = key.and_then(|key| key.to_str().ok()).map(str::to_owned);
        let body = call
            .body
            .collect()
            .await
            .map_err(|error| ApiError::new(ErrorKind::InvalidRequest, error.to_string()))?;
        let request = Request::read(&body.to_bytes())?;
        let streams = request.stream;
        let begun = Instant::now();
        let limit = settings.first_event_timeout.min(patience);
        let entering = self
            .places
            .enter(settings.max_concurrent, settings.max_waiting);
        let place = match within(deadlines, begun + limit, entering).await {
            Some(Ok(place)) => place,
            Some(Err(Full)) | None => return Err(busy(settings)),
        };
        let mut run = Run::start(&self.supervisor, deadlines, settings, key, request, place)?;
        let mut events = Vec::new();
        let first = begin(&mut run, &mut events);
        match within(deadlines, begun + limit, first).await {
            Some(began) => began?,
            None => {
                let limit = limit.as_secs();
                let message = format!(
                    "it did not begin to answer within {limit} s (local_agents.first_event_timeout, or the listener's timeout)"
                );
                return Err(ApiError::new(ErrorKind::Timeout, message));
            }
        }
        if streams {
            let stream = Stream {
                run: Box::new(run),
                first: events,
            };
            return Ok(reply("text/event-stream", ReplyBody::of_program(stream)));
        }
        let whole = collect(run, events, deadlines, settings.idle_timeout).await?;
        Ok(reply("application/json", ReplyBody::ready(whole.into())))
    }

    /// Ends every program that still runs.
    pub(crate) async fn stop(&self) {
        self.supervisor.stop().await;
    }
}

impl Stream {
    /// The next piece of the stream; `None` at its end.
    pub(crate) fn poll_piece(
        &mut self,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, UpstreamFailure>>> {
        let mut events = std::mem::take(&mut self.first);
        if events.is_empty() {
            if self.run.is_complete() {
                return Poll::Ready(None);
            }
            if let Err(fault) = ready!(self.run.poll_events(context, &mut events)) {
                return Poll::Ready(Some(Err(match fault.kind {
                    ErrorKind::Timeout => UpstreamFailure::ProgramTimeout(fault.message),
                    _ => UpstreamFailure::Program(fault.message),
                })));
            }
        }
        let mut bytes = Vec::new();
        for event in &events {
            write_event(event, &mut bytes);
        }
        Poll::Ready(Some(Ok(bytes.into())))
    }

    /// Whether every piece was given out.
    pub(crate) fn is_complete(&self) -> bool {
        self.first.is_empty() && self.run.is_complete()
    }
}

/// Goes on until the answer begins.
async fn begin(run: &mut Run, events: &mut Vec<Value>) -> Result<(), Fault> {
    while !run.is_begun() {
        std::future::poll_fn(|context| run.poll_events(context, events)).await?;
    }
    Ok(())
}

/// Goes on until the answer is whole.
async fn collect(
    mut run: Run,
    mut events: Vec<Value>,
    deadlines: &Deadlines,
    idle_timeout: Duration,
) -> Result<Vec<u8>, ApiError> {
    let mut message = Message::default();
    loop {
        events.drain(..).for_each(|event| message.push(event));
        if message.length() > MAX_REPLY {
            let text = format!("its answer is larger than {MAX_REPLY} bytes");
            return Err(ApiError::new(ErrorKind::BadGateway, text));
        }
        if run.is_complete() {
            return Ok(message.finish());
        }
        let next = std::future::poll_fn(|context| run.poll_events(context, &mut events));
        match within(deadlines, Instant::now() + idle_timeout, next).await {
            Some(polled) => polled?,
            None => {
                let limit = idle_timeout.as_secs();
                let message = format!("it said nothing for {limit} s (local_agents.idle_timeout)");
                return Err(ApiError::new(ErrorKind::Timeout, message));
            }
        }
    }
}

/// What `future` gives before `due`.
async fn within<F: Future>(deadlines: &Deadlines, due: Instant, future: F) -> Option<F::Output> {
    let mut future = pin!(future);
    let mut deadline = pin!(deadlines.at(due));
    std::future::poll_fn(|context| {
        if let Poll::Ready(output) = future.as_mut().poll(context) {
            return Poll::Ready(Some(output));
        }
        ready!(deadline.as_mut().poll(context));
        Poll::Ready(None)
    })
    .await
}

fn busy(settings: &Settings) -> ApiError {
    let (runs, waits) = (settings.max_concurrent, settings.max_waiting);
    let message = format!(
        "{runs} runs at a time are allowed, and {waits} calls may wait for one (local_agents.max_concurrent, max_waiting)"
    );
    ApiError {
        retry_after: Some(RETRY_AFTER),
        ..ApiError::new(ErrorKind::RateLimit, message)
    }
}

fn reply(content_type: &'static str, body: ReplyBody) -> Reply {
    let (mut head, ()) = http::Response::new(()).into_parts();
    head.headers
        .insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    Reply { head, body }
}

fn answered(local: LocalReply) -> Reply {
    let (mut head, ()) = http::Response::new(()).into_parts();
    head.status = local.status;
    head.headers = local.headers;
    Reply {
        head,
        body: ReplyBody::ready(local.body.into()),
    }
}
