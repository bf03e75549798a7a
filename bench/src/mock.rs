//! A provider of all six APIs that answers at once. `baggage: tokens=N` asks
//! for a stream of N token events, each sent on its own; `tokens=N/MS` waits
//! MS milliseconds between them instead of one.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::error::Error;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use hermesllm::Api;
use http::{Request, Response};
use http_body_util::BodyExt;
use hyper::body::{Body, Frame, Incoming, SizeHint};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::time::Sleep;

use crate::load::TOKENS;
use crate::wires::{api_of, wire, Wire};

type Wires = BTreeMap<Api, Wire>;

pub(crate) fn run(port: u16) -> Result<(), Box<dyn Error>> {
    // Made before anything is measured.
    wires()?;
    crate::serve::forever(
        port,
        1,
        || wires().unwrap_or_default(),
        |wires, stream| async move {
            let service = service_fn(move |request| {
                let wires = std::rc::Rc::clone(&wires);
                async move { answer(request, &wires).await }
            });
            // A client that leaves is no fault.
            let _ = http1::Builder::new()
                .serve_connection(TokioIo::new(stream), service)
                .await;
        },
    )
}

fn wires() -> Result<Wires, Box<dyn Error>> {
    Api::ALL
        .into_iter()
        .map(|api| Ok((api, wire(api)?)))
        .collect()
}

async fn answer(request: Request<Incoming>, wires: &Wires) -> Result<Response<Reply>, Infallible> {
    let api = api_of(request.uri().path());
    let wanted = request
        .headers()
        .get("baggage")
        .and_then(|value| value.to_str().ok()?.strip_prefix(TOKENS).map(str::to_owned));
    let mut body = request.into_body();
    while let Some(Ok(_)) = body.frame().await {}
    let Some(wire) = wires.get(&api) else {
        return Ok(Response::new(Reply::Whole(None)));
    };
    let (reply, content_type) = match wanted {
        Some(wanted) => (Reply::stream(wire, &wanted), stream_type(api)),
        None => (Reply::Whole(Some(wire.reply.clone())), "application/json"),
    };
    let mut response = Response::new(reply);
    response.headers_mut().insert(
        http::header::CONTENT_TYPE,
        http::HeaderValue::from_static(content_type),
    );
    Ok(response)
}

fn stream_type(api: Api) -> &'static str {
    match api {
        Api::Converse => "application/vnd.amazon.eventstream",
        _ => "text/event-stream",
    }
}

enum Reply {
    Whole(Option<Bytes>),
    Stream(Box<Stream>),
}

struct Stream {
    wire: Wire,
    left: u32,
    wait: Duration,
    /// Keeps tokens apart, so that each crosses the gateway on its own.
    pause: Option<Pin<Box<Sleep>>>,
}

impl Reply {
    fn stream(wire: &Wire, wanted: &str) -> Self {
        let (tokens, wait) = wanted.split_once('/').unwrap_or((wanted, "1"));
        Self::Stream(Box::new(Stream {
            wire: wire.clone(),
            left: tokens.parse().unwrap_or(1),
            wait: Duration::from_millis(wait.parse().unwrap_or(1)),
            pause: None,
        }))
    }
}

impl Stream {
    fn poll(&mut self, context: &mut Context<'_>) -> Poll<Option<Bytes>> {
        if self.left == 0 {
            return Poll::Ready(None);
        }
        let mut bytes = Bytes::new();
        match &mut self.pause {
            Some(sleep) => {
                if sleep.as_mut().poll(context).is_pending() {
                    return Poll::Pending;
                }
            }
            None => bytes = self.wire.first.clone(),
        }
        self.pause = Some(Box::pin(tokio::time::sleep(self.wait)));
        self.left -= 1;
        let next = match self.left {
            0 => &self.wire.last,
            _ => &self.wire.token,
        };
        Poll::Ready(Some(match bytes.is_empty() {
            true => next.clone(),
            false => [bytes, next.clone()].concat().into(),
        }))
    }
}

impl Body for Reply {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let bytes = match self.get_mut() {
            Self::Whole(bytes) => bytes.take(),
            Self::Stream(stream) => match stream.poll(context) {
                Poll::Ready(bytes) => bytes,
                Poll::Pending => return Poll::Pending,
            },
        };
        Poll::Ready(bytes.map(|bytes| Ok(Frame::data(bytes))))
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Whole(bytes) => SizeHint::with_exact(bytes.as_ref().map_or(0, Bytes::len) as u64),
            Self::Stream(_) => SizeHint::default(),
        }
    }
}
