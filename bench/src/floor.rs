//! The least a gateway on hyper does: a pass-through that reads nothing. Each
//! worker has a pool of its own; bodies stream in both directions.

use std::cell::RefCell;
use std::convert::Infallible;
use std::error::Error;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::atomic::{AtomicU16, Ordering};
use std::task::{Context, Poll};

use bytes::Bytes;
use http::header::{CONNECTION, HOST};
use http::{HeaderValue, Request, Response, StatusCode};
use hyper::body::{Body, Frame, Incoming, SizeHint};
use hyper::client::conn::http1::{self as client, SendRequest};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

static UPSTREAM: AtomicU16 = AtomicU16::new(0);

#[derive(Default)]
struct Pool {
    idle: RefCell<Vec<SendRequest<Incoming>>>,
}

pub(crate) fn run(port: u16, upstream: u16) -> Result<(), Box<dyn Error>> {
    UPSTREAM.store(upstream, Ordering::Relaxed);
    let workers = std::thread::available_parallelism().map_or(1, usize::from);
    crate::serve::forever(port, workers, Pool::default, |pool, stream| async move {
        let service = service_fn(|request| {
            let pool = Rc::clone(&pool);
            async move { Ok::<_, Infallible>(pass(&pool, request).await) }
        });
        // A client that leaves is no fault.
        let _ = http1::Builder::new()
            .serve_connection(TokioIo::new(stream), service)
            .await;
    })
}

/// The provider's answer; gives its connection back at the end.
struct Answer {
    body: Option<Incoming>,
    connection: Option<(SendRequest<Incoming>, Rc<Pool>)>,
}

impl Answer {
    fn finish(&mut self) {
        if let Some((sender, pool)) = self.connection.take() {
            pool.idle.borrow_mut().push(sender);
        }
    }
}

impl Body for Answer {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        let this = self.get_mut();
        let Some(body) = &mut this.body else {
            return Poll::Ready(None);
        };
        let polled = Pin::new(&mut *body).poll_frame(context);
        if matches!(polled, Poll::Ready(None)) || body.is_end_stream() {
            this.finish();
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.as_ref().is_none_or(Body::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.body
            .as_ref()
            .map_or_else(|| SizeHint::with_exact(0), Body::size_hint)
    }
}

async fn pass(pool: &Rc<Pool>, request: Request<Incoming>) -> Response<Answer> {
    forward(pool, request).await.unwrap_or_else(|_| {
        let mut response = Response::new(Answer {
            body: None,
            connection: None,
        });
        *response.status_mut() = StatusCode::BAD_GATEWAY;
        response
    })
}

async fn forward(
    pool: &Rc<Pool>,
    mut request: Request<Incoming>,
) -> Result<Response<Answer>, Box<dyn Error>> {
    let mut sender = loop {
        let reused = pool.idle.borrow_mut().pop();
        match reused {
            Some(mut sender) => {
                if sender.ready().await.is_ok() {
                    break sender;
                }
            }
            None => break connect().await?,
        }
    };
    request
        .headers_mut()
        .insert(HOST, HeaderValue::from_static("127.0.0.1"));
    request.headers_mut().remove(CONNECTION);
    let response = sender.send_request(request).await?;
    let connection = Some((sender, Rc::clone(pool)));
    Ok(response.map(|body| {
        let mut answer = Answer {
            body: Some(body),
            connection,
        };
        if answer.is_end_stream() {
            answer.finish();
        }
        answer
    }))
}

async fn connect() -> Result<SendRequest<Incoming>, Box<dyn Error>> {
    let stream = TcpStream::connect(("127.0.0.1", UPSTREAM.load(Ordering::Relaxed))).await?;
    stream.set_nodelay(true)?;
    let (sender, connection) = client::handshake(TokioIo::new(stream)).await?;
    tokio::task::spawn_local(async move {
        // The next call opens another one.
        let _ = connection.await;
    });
    Ok(sender)
}
