//! A provider that answers at once. `x-bench-tokens: N` asks for a stream of N
//! token events, each sent on its own.

use std::convert::Infallible;
use std::error::Error;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::BodyExt;
use hyper::body::{Body, Frame, Incoming, SizeHint};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::time::Sleep;

const REPLY: &[u8] = br#"{"id":"chatcmpl-bench","object":"chat.completion","created":1700000000,"model":"bench","choices":[{"index":0,"message":{"role":"assistant","content":"The quick brown fox jumps over the lazy dog and then, having thought about it, jumps back again."},"finish_reason":"stop"}],"usage":{"prompt_tokens":12,"completion_tokens":22,"total_tokens":34}}"#;
const TOKEN: &[u8] = b"data: {\"id\":\"chatcmpl-bench\",\"object\":\"chat.completion.chunk\",\"created\":1700000000,\"model\":\"bench\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\" token\"},\"finish_reason\":null}]}\n\n";
const LAST: &[u8] = b"data: {\"id\":\"chatcmpl-bench\",\"object\":\"chat.completion.chunk\",\"created\":1700000000,\"model\":\"bench\",\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}],\"usage\":{\"prompt_tokens\":12,\"completion_tokens\":22,\"total_tokens\":34}}\n\ndata: [DONE]\n\n";

pub(crate) fn run(port: u16) -> Result<(), Box<dyn Error>> {
    crate::serve::forever(
        port,
        1,
        || (),
        |_, stream| async move {
            let service = service_fn(answer);
            // A client that leaves is no fault.
            let _ = http1::Builder::new()
                .serve_connection(TokioIo::new(stream), service)
                .await;
        },
    )
}

async fn answer(request: Request<Incoming>) -> Result<Response<Reply>, Infallible> {
    let tokens = request
        .headers()
        .get("x-bench-tokens")
        .and_then(|value| value.to_str().ok()?.parse().ok());
    let mut body = request.into_body();
    while let Some(Ok(_)) = body.frame().await {}
    let (reply, content_type) = match tokens {
        Some(left) => (Reply::Stream { left, pause: None }, "text/event-stream"),
        None => (
            Reply::Whole(Some(Bytes::from_static(REPLY))),
            "application/json",
        ),
    };
    let mut response = Response::new(reply);
    response.headers_mut().insert(
        http::header::CONTENT_TYPE,
        http::HeaderValue::from_static(content_type),
    );
    Ok(response)
}

enum Reply {
    Whole(Option<Bytes>),
    Stream {
        left: u32,
        /// Keeps tokens apart, so that each crosses the gateway on its own.
        pause: Option<Pin<Box<Sleep>>>,
    },
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
            Self::Stream { left: 0, .. } => None,
            Self::Stream { left, pause } => {
                if let Some(sleep) = pause {
                    if sleep.as_mut().poll(context).is_pending() {
                        return Poll::Pending;
                    }
                }
                *pause = Some(Box::pin(tokio::time::sleep(
                    std::time::Duration::from_millis(1),
                )));
                *left -= 1;
                Some(Bytes::from_static(if *left == 0 { LAST } else { TOKEN }))
            }
        };
        Poll::Ready(bytes.map(|bytes| Ok(Frame::data(bytes))))
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Whole(bytes) => SizeHint::with_exact(bytes.as_ref().map_or(0, Bytes::len) as u64),
            Self::Stream { .. } => SizeHint::default(),
        }
    }
}
