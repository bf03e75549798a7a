mod endings;
mod refusals;
mod replies;
mod requests;

use std::sync::Arc;

use bytes::Bytes;
use common::RuntimeConfig;
use hermesllm::Api;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use serde_json::{json, Value};

use super::*;

const CONFIG: &str = "
version: v0.4.0
listeners: []
metrics: {address: 127.0.0.1, port: 9092}
model_providers:
  - {name: openai/gpt-4o, model: gpt-4o, provider_interface: openai, access_key: $KEY, default: true}
  - {name: 'anthropic/*', model: '*', provider_interface: anthropic, access_key: $KEY}
  - {name: groq/llama, model: llama, provider_interface: groq, passthrough_auth: true}
  - {name: mine, model: tiny, provider_interface: ollama, base_url: 'http://127.0.0.1:9/sub', headers: {X-Team: a}}
  - {name: chatgpt/gpt-5-codex, model: gpt-5-codex, provider_interface: chatgpt, access_key: $KEY}
  - {name: bedrock/x, model: nova, provider_interface: amazon_bedrock, access_key: $KEY, base_url: 'https://bedrock.example'}
  - {name: 'vertex/*', model: '*', provider_interface: vertex_ai, access_key: $KEY, base_url: 'https://aiplatform.googleapis.com/v1/projects/p/locations/global'}
model_aliases: {fast: {target: gpt-4o}}
overrides:
  max_request_body_bytes: 2000
  drain_timeout_ms: 1
  upstream_connect_timeout_ms: 1
  upstream_first_byte_timeout_ms: 1
  upstream_idle_timeout_ms: 1
  on_unsupported: warn
  fetch_media: public
";

fn snapshot(yaml: &str) -> Arc<Snapshot> {
    let config = RuntimeConfig::from_yaml(yaml).unwrap();
    let lookup = |name: &str| (name == "KEY").then(|| "sk-own".to_owned());
    Arc::new(Snapshot::build(&config, &lookup).unwrap())
}

fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
    pairs
        .iter()
        .map(|(name, value)| {
            (
                HeaderName::from_static(name),
                HeaderValue::from_str(value).unwrap(),
            )
        })
        .collect()
}

/// The configuration with its first provider alone.
fn one_provider() -> String {
    let of_others = [
        "groq/",
        "anthropic/",
        "name: mine",
        "name: chatgpt",
        "vertex/",
        "bedrock/",
    ];
    let kept = CONFIG
        .lines()
        .filter(|line| !of_others.iter().any(|name| line.contains(name)));
    kept.collect::<Vec<_>>().join("\n")
}

fn exchange(client: Api, pairs: &[(&'static str, &str)]) -> ProviderExchange {
    exchange_by(CONFIG, client, pairs)
}

fn exchange_by(yaml: &str, client: Api, pairs: &[(&'static str, &str)]) -> ProviderExchange {
    let head = RequestHead {
        call: ModelCall {
            client,
            operation: Operation::Generate,
            addressed: None,
        },
        query: Some("beta=true".into()),
        headers: headers(pairs),
        now_unix: 1_700_000_000,
        seed: 7,
    };
    ProviderExchange::new(snapshot(yaml), head)
}

/// What an exchange wanted done, in a form that tests can look at.
#[derive(Default)]
struct Done {
    open: Option<Box<ProviderRequest>>,
    sent: Vec<u8>,
    send_ended: bool,
    aborted: bool,
    head: Option<(StatusCode, HeaderMap)>,
    replied: Vec<u8>,
    reply_ended: bool,
    reply_aborted: bool,
    observed: Vec<Observation>,
    fetch: Vec<String>,
}

impl Done {
    fn drain(&mut self, exchange: &mut ProviderExchange) {
        while let Some(output) = exchange.poll() {
            match output {
                Output::Open(request) => self.open = Some(request),
                Output::SendBody(piece) => self.sent.extend(piece.into_bytes()),
                Output::SendEnd => self.send_ended = true,
                Output::AbortRequest => self.aborted = true,
                Output::ReplyHead { status, headers } => self.head = Some((status, headers)),
                Output::ReplyBody(piece) => self.replied.extend(piece.into_bytes()),
                Output::ReplyEnd => self.reply_ended = true,
                Output::ReplyAbort => self.reply_aborted = true,
                Output::Fetch(urls) => self.fetch = urls,
                Output::Observe(observation) => self.observed.push(*observation),
            }
        }
    }

    fn status(&self) -> u16 {
        self.head.as_ref().unwrap().0.as_u16()
    }

    fn json(&self) -> Value {
        serde_json::from_slice(&self.replied).unwrap()
    }
}

fn send(exchange: &mut ProviderExchange, body: &[u8], pieces: usize) -> Done {
    let mut done = Done::default();
    done.drain(exchange);
    let size = body.len().div_ceil(pieces).max(1);
    let mut chunks = body.chunks(size).peekable();
    if chunks.peek().is_none() {
        feed(
            exchange,
            &mut done,
            Input::RequestBody {
                bytes: Bytes::new(),
                end: true,
            },
        );
    }
    while let Some(chunk) = chunks.next() {
        let end = chunks.peek().is_none();
        let bytes = Bytes::copy_from_slice(chunk);
        feed(exchange, &mut done, Input::RequestBody { bytes, end });
    }
    done
}

fn feed(exchange: &mut ProviderExchange, done: &mut Done, input: Input) {
    exchange.handle(input);
    done.drain(exchange);
}

fn reply(exchange: &mut ProviderExchange, done: &mut Done, status: u16, kind: &str, body: &[u8]) {
    let status = StatusCode::from_u16(status).unwrap();
    let headers = headers(&[("content-type", kind), ("set-cookie", "a=b")]);
    feed(
        exchange,
        done,
        Input::ReplyHead {
            status,
            headers,
            elapsed: Duration::from_millis(5),
        },
    );
    for byte in body.chunks(5) {
        let bytes = Bytes::copy_from_slice(byte);
        feed(exchange, done, Input::ReplyBody { bytes, end: false });
    }
    feed(
        exchange,
        done,
        Input::ReplyBody {
            bytes: Bytes::new(),
            end: true,
        },
    );
}

const CHAT_REPLY: &[u8] = br#"{"id":"chatcmpl-1","object":"chat.completion","created":1,"model":"gpt-4o","choices":[{"index":0,"message":{"role":"assistant","content":"hi"},"finish_reason":"stop"}],"usage":{"prompt_tokens":9,"completion_tokens":1,"total_tokens":10}}"#;
