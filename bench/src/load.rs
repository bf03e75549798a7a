//! A client in a closed loop: the next request leaves when the last answer is in.

use std::cell::Cell;
use std::error::Error;
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::{Method, Request};
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

/// Baggage that asks the mock provider for a stream of so many tokens.
pub(crate) const TOKENS: &str = "tokens=";

/// One connection to a target.
pub(crate) struct Client(SendRequest<Full<Bytes>>);

/// What one call took, in nanoseconds.
pub(crate) struct Took {
    /// Until the first byte of the body.
    pub first: u64,
    /// Until the last.
    pub whole: u64,
}

impl Client {
    pub(crate) async fn connect(port: u16) -> Result<Self, Box<dyn Error>> {
        let stream = TcpStream::connect(("127.0.0.1", port)).await?;
        stream.set_nodelay(true)?;
        let (sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
        tokio::task::spawn_local(async move {
            // A broken connection shows in the call.
            let _ = connection.await;
        });
        Ok(Self(sender))
    }

    /// One call of chat completions; `tokens` asks for a stream.
    pub(crate) async fn call(
        &mut self,
        body: &Bytes,
        tokens: Option<u32>,
    ) -> Result<Took, Box<dyn Error>> {
        let tokens = tokens.map(|tokens| format!("{TOKENS}{tokens}"));
        self.ask("/v1/chat/completions", body, tokens.as_deref(), None)
            .await
    }

    /// One call. `baggage` is for the mock provider; `begun` is told when the
    /// first byte of the body is there.
    pub(crate) async fn ask(
        &mut self,
        path: &str,
        body: &Bytes,
        baggage: Option<&str>,
        begun: Option<&Cell<usize>>,
    ) -> Result<Took, Box<dyn Error>> {
        let mut request = Request::builder()
            .method(Method::POST)
            .uri(path)
            .header("host", "127.0.0.1")
            .header("content-type", "application/json")
            .header("accept", "application/json")
            .header("user-agent", "bench/1.0")
            .header("authorization", "Bearer sk-bench");
        if let Some(baggage) = baggage {
            request = request.header("baggage", baggage);
        }
        let request = request.body(Full::new(body.clone()))?;
        self.0.ready().await?;
        let started = Instant::now();
        let response = self.0.send_request(request).await?;
        if response.status() != 200 {
            let status = response.status();
            let body = response.into_body().collect().await?.to_bytes();
            return Err(format!("{status}: {}", String::from_utf8_lossy(&body)).into());
        }
        let mut body = response.into_body();
        let mut first = None;
        while let Some(frame) = body.frame().await {
            frame?;
            if first.is_none() {
                first = Some(nanoseconds(started.elapsed()));
                begun.inspect(|begun| begun.set(begun.get() + 1));
            }
        }
        let whole = nanoseconds(started.elapsed());
        Ok(Took {
            first: first.unwrap_or(whole),
            whole,
        })
    }
}

pub(crate) fn nanoseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

/// Calls from `connections` clients for `time`; returns how many were answered.
pub(crate) async fn saturate(
    port: u16,
    connections: usize,
    body: &Bytes,
    time: Duration,
) -> Result<u64, Box<dyn Error>> {
    let mut tasks = Vec::new();
    let deadline = Instant::now() + time;
    for _ in 0..connections {
        let body = body.clone();
        tasks.push(tokio::task::spawn_local(async move {
            let mut answered = 0;
            let mut client = Client::connect(port)
                .await
                .map_err(|error| error.to_string())?;
            while Instant::now() < deadline {
                let call = client.call(&body, None).await;
                call.map_err(|error| error.to_string())?;
                answered += 1;
            }
            Ok::<u64, String>(answered)
        }));
    }
    let mut total = 0;
    for task in tasks {
        total += task.await??;
    }
    Ok(total)
}

/// Reads `streams` streams of `tokens` tokens at the same time.
pub(crate) async fn stream(
    port: u16,
    streams: usize,
    tokens: u32,
    body: &Bytes,
) -> Result<(), Box<dyn Error>> {
    let mut tasks = Vec::new();
    for _ in 0..streams {
        let body = body.clone();
        tasks.push(tokio::task::spawn_local(async move {
            let client = Client::connect(port).await;
            let mut client = client.map_err(|error| error.to_string())?;
            let call = client.call(&body, Some(tokens)).await;
            call.map(|_| ()).map_err(|error| error.to_string())
        }));
    }
    for task in tasks {
        task.await??;
    }
    Ok(())
}

/// A chat request of about `size` bytes, with the fields in the order that the
/// official clients write them.
pub(crate) fn chat_body(size: usize, stream: bool) -> Bytes {
    let turn = "{\"role\":\"user\",\"content\":\"Tell me, in \\\"plain\\\" words, what a gateway is good for.\\nThen tell me what it costs, and whom. And do not forget the people who run it at night.\"},";
    let mut messages = String::with_capacity(size);
    while messages.len() + turn.len() < size.saturating_sub(120) {
        messages.push_str(turn);
    }
    messages.push_str("{\"role\":\"user\",\"content\":\"hello\"}");
    format!(
        "{{\"model\":\"bench\",\"messages\":[{messages}],\"stream\":{stream},\"temperature\":0.5}}"
    )
    .into()
}
