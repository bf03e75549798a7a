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

#[test]
fn the_same_api_passes_with_only_the_model_changed() {
    let body = br#"{ "x" : [1 ,2], "model":"openai/gpt-4o","stream" :false, "z":1.50 }"#;
    let wanted = br#"{ "x" : [1 ,2], "model":"gpt-4o","stream" :false, "z":1.50 }"#;
    for pieces in [1, 2, 5, body.len()] {
        let length = body.len().to_string();
        let mut exchange = exchange(
            Api::Chat,
            &[
                ("authorization", "Bearer sk-client"),
                ("content-length", &length),
                ("content-type", "application/json"),
            ],
        );
        let mut done = send(&mut exchange, body, pieces);
        let open = done.open.take().unwrap();
        assert_eq!(done.sent, wanted, "{pieces} pieces");
        assert!(done.send_ended);
        assert_eq!(open.body_length, Some(wanted.len() as u64));
        assert_eq!(open.path, "/v1/chat/completions?beta=true");
        assert_eq!(open.origin.host, "api.openai.com");
        assert_eq!(open.headers["authorization"], "Bearer sk-own");
        assert_eq!(open.headers["host"], "api.openai.com");
        reply(
            &mut exchange,
            &mut done,
            200,
            "application/json",
            CHAT_REPLY,
        );
        assert_eq!(done.replied, CHAT_REPLY);
        assert!(done.reply_ended);
        assert!(!done.head.as_ref().unwrap().1.contains_key("set-cookie"));
        let [observation] = &done.observed[..] else {
            panic!("observed {} times", done.observed.len());
        };
        assert_eq!(observation.outcome, Outcome::Completed);
        assert_eq!(
            observation.requested_model.as_deref(),
            Some("openai/gpt-4o")
        );
        assert_eq!(observation.usage.unwrap().input(), 9);
    }
}

#[test]
fn names_resolve_as_documented() {
    let snapshot = snapshot(CONFIG);
    let resolve = |name: &str| {
        let found = snapshot.resolve(Some(name))?;
        let entry = &snapshot.upstreams()[found.index];
        Some(format!("{} {}", entry.name, found.model))
    };
    let cases = [
        ("gpt-4o", Some("openai/gpt-4o gpt-4o")),
        ("openai/gpt-4o", Some("openai/gpt-4o gpt-4o")),
        ("fast", Some("openai/gpt-4o gpt-4o")),
        ("mine", Some("mine tiny")),
        ("tiny", Some("mine tiny")),
        ("in-house/tiny", Some("mine tiny")),
        ("mine/tiny", Some("mine tiny")),
        ("anthropic/claude-x", Some("anthropic/* claude-x")),
        ("anthropic/a/b", Some("anthropic/* a/b")),
        ("claude-sonnet-4-5", Some("anthropic/* claude-sonnet-4-5")),
        ("groq/gpt-4o", None),
        ("anthropic/", None),
        ("anthropic/*", None),
        ("none", None),
        ("gpt-4o-mini", None),
    ];
    for (name, wanted) in cases {
        assert_eq!(resolve(name).as_deref(), wanted, "{name}");
    }
    assert_eq!(snapshot.resolve(None).unwrap().model, "gpt-4o");
    assert_eq!(snapshot.resolve(Some("")).unwrap().model, "gpt-4o");
}

#[test]
fn a_missing_model_is_put_in() {
    for (body, wanted) in [
        (&b"{}"[..], &br#"{"model":"gpt-4o"}"#[..]),
        (br#"{"a":1}"#, br#"{"model":"gpt-4o","a":1}"#),
        (br#"{"model":null}"#, br#"{"model":"gpt-4o"}"#),
        (br#"{"model":""}"#, br#"{"model":"gpt-4o"}"#),
    ] {
        let mut exchange = exchange(Api::Chat, &[]);
        let done = send(&mut exchange, body, 1);
        assert_eq!(done.sent, wanted);
        assert_eq!(done.open.unwrap().body_length, None);
    }
}

#[test]
fn bad_bodies_are_refused_in_the_clients_shape() {
    let deep = format!("{{\"a\":{}", "[".repeat(100_000));
    let long = format!("{{\"a\":\"{}\"}}", "x".repeat(3000));
    for (body, status) in [
        (&b""[..], 400),
        (b"[]", 400),
        (br#"{"messages":["#, 400),
        (br#"{"model":1}"#, 400),
        (br#"{"model":"nobody"}"#, 400),
        (&deep.as_bytes()[..1500], 400),
        (deep.as_bytes(), 400),
        (long.as_bytes(), 413),
    ] {
        let mut exchange = exchange(Api::Messages, &[]);
        let done = send(&mut exchange, body, 3);
        assert_eq!(done.status(), status);
        assert_eq!(done.json()["type"], "error");
        assert!(done.open.is_none() && done.reply_ended);
        assert_eq!(done.observed.len(), 1);
    }
}

#[test]
fn a_fault_after_the_model_aborts_the_providers_request() {
    let mut exchange = exchange_by(&one_provider(), Api::Chat, &[]);
    let body = br#"{"model":"gpt-4o","messages":[]}}"#;
    let done = send(&mut exchange, body, body.len());
    assert!(done.open.is_some() && done.aborted);
    assert_eq!(done.status(), 400);
    assert!(!exchange.wants_request());
}

#[test]
fn a_body_that_cannot_be_read_is_answered() {
    for body in [&br#"{"mod"#[..], br#"{"model":"gpt-4o","mess"#] {
        let mut exchange = exchange(Api::Chat, &[]);
        let mut done = Done::default();
        let bytes = Bytes::copy_from_slice(body);
        feed(
            &mut exchange,
            &mut done,
            Input::RequestBody { bytes, end: false },
        );
        feed(
            &mut exchange,
            &mut done,
            Input::RequestBroken(String::new()),
        );
        assert_eq!(done.status(), 400);
        assert_eq!(done.open.is_some(), done.aborted);
        assert_eq!(done.observed.len(), 1);
    }
}

#[test]
fn what_another_provider_made_does_not_pass() {
    let body = json!({"model": "gpt-4o", "future": [1], "messages": [
        {"role": "user", "content": "hi"},
        {"role": "assistant", "content": "ho", "reasoning_content": "hm"},
        {"role": "user", "content": "ha"},
    ]});
    let done = send(
        &mut exchange(Api::Chat, &[]),
        body.to_string().as_bytes(),
        3,
    );
    let sent: Value = serde_json::from_slice(&done.sent).unwrap();
    assert_eq!(
        sent,
        json!({"model": "gpt-4o", "future": [1], "messages": [
            {"role": "user", "content": "hi"},
            {"role": "assistant", "content": "ho"},
            {"role": "user", "content": "ha"},
        ]})
    );
    assert!(done.send_ended);
}

#[test]
fn media_by_url_is_asked_for_where_the_provider_takes_none() {
    let url = "https://example.com/cat.png?signature=secret";
    let body = json!({"model": "bedrock/x", "messages": [{"role": "user", "content": [
        {"type": "text", "text": "What is this?"},
        {"type": "image_url", "image_url": {"url": url}},
    ]}]});
    let ask = || {
        let mut exchange = exchange(Api::Chat, &[]);
        let done = send(&mut exchange, body.to_string().as_bytes(), 2);
        assert_eq!(done.fetch, [url]);
        assert!(done.open.is_none() && done.head.is_none());
        (exchange, done)
    };
    let (mut found, mut done) = ask();
    let media = RemoteMedia {
        url: url.to_owned(),
        media_type: "image/png".to_owned(),
        data: b"\x89PNG".to_vec(),
    };
    feed(&mut found, &mut done, Input::Fetched(Ok(vec![media])));
    let sent: Value = serde_json::from_slice(&done.sent).unwrap();
    let image = &sent["messages"][0]["content"][1]["image"];
    assert_eq!(
        *image,
        json!({"format": "png", "source": {"bytes": "iVBORw=="}})
    );
    assert!(done.open.is_some() && done.send_ended);
    let (mut missing, mut done) = ask();
    let failure = FetchFailure {
        url: url.to_owned(),
        reason: "the server answered 404 Not Found".to_owned(),
    };
    feed(&mut missing, &mut done, Input::Fetched(Err(failure)));
    assert_eq!(done.status(), 400);
    let message = done.json()["error"]["message"].as_str().unwrap().to_owned();
    assert!(
        message.contains("https://example.com/cat.png") && message.contains("404"),
        "{message}"
    );
    assert!(!message.contains("secret"), "{message}");
}

#[test]
fn claude_on_vertex_is_asked_by_path_and_version() {
    let root = "/v1/projects/p/locations/global/publishers/anthropic/models/claude-x";
    let messages = json!([{"role": "user", "content": "hi"}]);
    for (client, stream, verb) in [
        (Api::Messages, false, "rawPredict"),
        (Api::Messages, true, "streamRawPredict"),
        (Api::Chat, true, "streamRawPredict"),
    ] {
        let body = json!({"model": "vertex/claude-x", "stream": stream, "max_tokens": 9, "messages": messages});
        let done = send(&mut exchange(client, &[]), body.to_string().as_bytes(), 2);
        let open = done.open.unwrap();
        assert_eq!(
            open.path,
            format!(
                "{root}:{verb}{}",
                if client == Api::Messages {
                    "?beta=true"
                } else {
                    ""
                }
            )
        );
        assert_eq!(open.headers["authorization"], "Bearer sk-own");
        let sent: Value = serde_json::from_slice(&done.sent).unwrap();
        assert_eq!(sent["anthropic_version"], "vertex-2023-10-16");
        assert!(sent.get("model").is_none());
    }
    let body = json!({"model": "vertex/gemini-x", "messages": messages});
    let open = send(
        &mut exchange(Api::Chat, &[]),
        body.to_string().as_bytes(),
        1,
    )
    .open;
    let path = open.unwrap().path;
    assert_eq!(
        path,
        "/v1/projects/p/locations/global/publishers/google/models/gemini-x:generateContent"
    );
}

#[test]
fn a_backend_that_only_streams_serves_who_wants_the_whole() {
    let mut exchange = exchange(Api::Responses, &[]);
    let body = json!({"model": "gpt-5-codex", "temperature": 0.5, "x": {"y": 1}, "input": "hi"});
    let mut done = send(&mut exchange, body.to_string().as_bytes(), 2);
    let sent: Value = serde_json::from_slice(&done.sent).unwrap();
    assert_eq!(sent["stream"], true);
    assert_eq!(sent["store"], false);
    assert_eq!(sent["x"], json!({"y": 1}));
    assert_eq!(sent["input"][0]["content"][0]["text"], "hi");
    assert!(sent["instructions"].as_str().unwrap().contains("Codex"));
    assert!(sent.get("temperature").is_none());
    let answer = json!({"type": "response.completed", "response": {"id": "resp_1", "status": "completed",
        "output": [{"type": "message", "id": "m", "role": "assistant", "status": "completed",
            "content": [{"type": "output_text", "text": "ho", "annotations": []}]}],
        "usage": {"input_tokens": 1, "output_tokens": 2, "total_tokens": 3}}});
    let stream = format!("event: response.completed\ndata: {answer}\n\n");
    reply(
        &mut exchange,
        &mut done,
        200,
        "text/event-stream",
        stream.as_bytes(),
    );
    let (status, headers) = done.head.clone().unwrap();
    assert_eq!(status, 200);
    assert_eq!(headers["x-plano-dropped"], "temperature");
    assert_eq!(headers["content-type"], "application/json");
    assert_eq!(done.json()["output"][0]["content"][0]["text"], "ho");
}

#[test]
fn a_key_that_the_provider_repeats_is_not_told() {
    for (client, model) in [(Api::Chat, "gpt-4o"), (Api::Messages, "gpt-4o")] {
        let yaml = CONFIG.replace("$KEY, default", "sk-configured-12345, default");
        let mut exchange = exchange_by(&yaml, client, &[]);
        let body = json!({"model": model, "max_tokens": 5, "messages": [{"role": "user", "content": "hi"}]});
        let mut done = send(&mut exchange, body.to_string().as_bytes(), 1);
        let refusal = json!({"error": {"message": "Incorrect API key: Bearer sk-configured-12345.", "type": "invalid_request_error", "param": null, "code": "invalid_api_key"}});
        reply(
            &mut exchange,
            &mut done,
            401,
            "application/json",
            refusal.to_string().as_bytes(),
        );
        let told = String::from_utf8(done.replied.clone()).unwrap();
        assert!(
            told.contains("Bearer ***.") && !told.contains("12345"),
            "{told}"
        );
        let noted = format!("{:?}", done.observed);
        assert!(!noted.contains("12345"), "{noted}");
    }
}

#[test]
fn heads_are_checked_first() {
    let refuse = |pairs: &[(&'static str, &str)]| {
        let mut exchange = exchange(Api::Chat, pairs);
        let mut done = Done::default();
        done.drain(&mut exchange);
        assert!(!exchange.wants_request());
        done.status()
    };
    assert_eq!(refuse(&[("content-length", "2001")]), 413);
    assert_eq!(refuse(&[("content-type", "text/plain")]), 400);
    assert_eq!(refuse(&[("sec-fetch-site", "cross-site")]), 403);
}

#[test]
fn credentials_follow_the_entry() {
    let open = |model: &str, pairs: &[(&'static str, &str)]| {
        let mut exchange = exchange(Api::Chat, pairs);
        let body = format!(r#"{{"model":"{model}","messages":[]}}"#);
        send(&mut exchange, body.as_bytes(), 1)
    };
    let passed = open("groq/llama", &[("x-api-key", "gsk-client")])
        .open
        .unwrap();
    assert_eq!(passed.headers["authorization"], "Bearer gsk-client");
    assert!(!passed.headers.contains_key("x-api-key"));
    assert_eq!(open("groq/llama", &[]).status(), 401);
    let own = open("tiny", &[("authorization", "Bearer sk-client")])
        .open
        .unwrap();
    assert!(!own.headers.contains_key("authorization"));
    assert_eq!(own.headers["x-team"], "a");
    assert_eq!(own.path.path(), "/sub/chat/completions");
}

#[test]
fn chat_is_translated_for_a_messages_provider() {
    let mut exchange = exchange(Api::Chat, &[]);
    let body = br#"{"model":"anthropic/claude-x","seed":1,"messages":[{"role":"user","content":"hello"}]}"#;
    let mut done = send(&mut exchange, body, 4);
    let open = done.open.take().unwrap();
    assert_eq!(open.path, "/v1/messages");
    assert_eq!(open.headers["x-api-key"], "sk-own");
    assert_eq!(open.headers["anthropic-version"], "2023-06-01");
    assert_eq!(open.body_length, Some(done.sent.len() as u64));
    let sent: Value = serde_json::from_slice(&done.sent).unwrap();
    assert_eq!(sent["model"], "claude-x");
    let message = json!({
        "id": "msg_1", "type": "message", "role": "assistant", "model": "claude-x",
        "content": [{"type": "text", "text": "hi"}], "stop_reason": "end_turn",
        "stop_sequence": null, "usage": {"input_tokens": 3, "output_tokens": 1},
    });
    assert!(sent.get("seed").is_none());
    let body = message.to_string();
    reply(
        &mut exchange,
        &mut done,
        200,
        "application/json",
        body.as_bytes(),
    );
    assert_eq!(done.json()["choices"][0]["message"]["content"], "hi");
    assert_eq!(done.head.as_ref().unwrap().1["x-plano-dropped"], "seed");
    assert_eq!(done.observed[0].usage.unwrap().output, 1);
}

#[test]
fn errors_of_providers_take_the_clients_shape() {
    let mut exchange = exchange(Api::Chat, &[]);
    let body = br#"{"model":"anthropic/claude-x","messages":[{"role":"user","content":"hello"}]}"#;
    let mut done = send(&mut exchange, body, 1);
    let error = br#"{"type":"error","error":{"type":"rate_limit_error","message":"slow down"}}"#;
    reply(&mut exchange, &mut done, 429, "application/json", error);
    assert_eq!(done.status(), 429);
    assert_eq!(done.json()["error"]["message"], "slow down");
    assert_eq!(done.json()["error"]["type"], "rate_limit_error");
}

#[test]
fn an_error_page_takes_the_clients_shape_too() {
    let mut exchange = exchange(Api::Chat, &[]);
    let mut done = send(&mut exchange, br#"{"model":"gpt-4o"}"#, 1);
    reply(
        &mut exchange,
        &mut done,
        503,
        "text/html",
        b"<html>down</html>",
    );
    assert_eq!(done.status(), 503);
    assert!(done.json()["error"]["message"].is_string());
}

const EVENT: &[u8] =
    b"data: {\"id\":\"1\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"a\"}}]}\n\n";

fn open_stream(exchange: &mut ProviderExchange) -> Done {
    let mut done = send(exchange, br#"{"model":"gpt-4o","stream":true}"#, 1);
    let status = StatusCode::OK;
    let headers = headers(&[("content-type", "text/event-stream")]);
    feed(
        exchange,
        &mut done,
        Input::ReplyHead {
            status,
            headers,
            elapsed: Duration::from_millis(5),
        },
    );
    let bytes = Bytes::from_static(EVENT);
    feed(exchange, &mut done, Input::ReplyBody { bytes, end: false });
    done
}

#[test]
fn a_stream_that_breaks_ends_with_an_error_event() {
    let failures: [fn(&mut ProviderExchange, &mut Done); 2] = [
        |exchange, done| {
            let failure = UpstreamFailure::Broken("reset".into());
            feed(exchange, done, Input::UpstreamFailed(failure));
        },
        |exchange, done| {
            let bytes = Bytes::new();
            feed(exchange, done, Input::ReplyBody { bytes, end: true });
        },
    ];
    for fail in failures {
        let mut exchange = exchange(Api::Chat, &[]);
        let mut done = open_stream(&mut exchange);
        fail(&mut exchange, &mut done);
        let text = String::from_utf8(done.replied).unwrap();
        let rest = text
            .strip_prefix(std::str::from_utf8(EVENT).unwrap())
            .unwrap();
        assert!(rest.contains("data: {\"error\":"), "{rest}");
        assert!(done.reply_ended && !text.contains("[DONE]"));
        assert_eq!(done.observed[0].outcome, Outcome::UpstreamFailed);
    }
}

#[test]
fn a_buffered_reply_that_breaks_is_cut() {
    let mut exchange = exchange(Api::Chat, &[]);
    let mut done = send(&mut exchange, br#"{"model":"gpt-4o"}"#, 1);
    let status = StatusCode::OK;
    let headers = headers(&[("content-type", "application/json")]);
    feed(
        &mut exchange,
        &mut done,
        Input::ReplyHead {
            status,
            headers,
            elapsed: Duration::from_millis(5),
        },
    );
    feed(
        &mut exchange,
        &mut done,
        Input::UpstreamFailed(UpstreamFailure::IdleTimeout),
    );
    assert!(done.reply_aborted && !done.reply_ended);
}

#[test]
fn failures_before_the_reply_have_a_status() {
    for (failure, status) in [
        (UpstreamFailure::Connect("refused".into()), 502),
        (UpstreamFailure::ConnectTimeout, 504),
        (UpstreamFailure::FirstByteTimeout, 504),
    ] {
        let mut exchange = exchange(Api::Messages, &[]);
        let body = br#"{"model":"claude-x","max_tokens":1,"messages":[]}"#;
        let mut done = send(&mut exchange, body, 1);
        feed(&mut exchange, &mut done, Input::UpstreamFailed(failure));
        assert_eq!(done.status(), status);
        assert_eq!(done.json()["type"], "error");
        assert_eq!(done.observed[0].outcome, Outcome::UpstreamFailed);
    }
}

#[test]
fn a_client_that_leaves_is_observed_once() {
    let mut exchange = exchange(Api::Chat, &[]);
    let mut done = open_stream(&mut exchange);
    let bytes = Bytes::from_static(
        b"data: {\"choices\":[],\"usage\":{\"prompt_tokens\":4,\"completion_tokens\":2}}\n\n",
    );
    feed(
        &mut exchange,
        &mut done,
        Input::ReplyBody { bytes, end: false },
    );
    feed(&mut exchange, &mut done, Input::ClientGone);
    feed(&mut exchange, &mut done, Input::ClientGone);
    assert_eq!(done.observed.len(), 1);
    assert_eq!(done.observed[0].outcome, Outcome::ClientGone);
    assert_eq!(done.observed[0].usage.unwrap().output, 2);
}

#[test]
fn a_client_that_leaves_before_the_head_got_no_status() {
    let mut exchange = exchange(Api::Chat, &[]);
    let mut done = send(&mut exchange, br#"{"model":"gpt-4o"}"#, 1);
    let status = StatusCode::BAD_REQUEST;
    let headers = HeaderMap::new();
    feed(
        &mut exchange,
        &mut done,
        Input::ReplyHead {
            status,
            headers,
            elapsed: Duration::from_millis(5),
        },
    );
    feed(&mut exchange, &mut done, Input::ClientGone);
    assert_eq!(done.observed[0].status, 0);
}

#[test]
fn nothing_more_is_sent_after_an_early_answer() {
    let mut exchange = exchange_by(&one_provider(), Api::Chat, &[]);
    let mut done = Done::default();
    let bytes = Bytes::from_static(br#"{"model":"gpt-4o","x":["#);
    feed(
        &mut exchange,
        &mut done,
        Input::RequestBody { bytes, end: false },
    );
    let sent = done.sent.len();
    reply(&mut exchange, &mut done, 200, "application/json", b"{}");
    assert!(done.reply_ended && done.aborted && !exchange.wants_request());
    let bytes = Bytes::from_static(b"1]}");
    feed(
        &mut exchange,
        &mut done,
        Input::RequestBody { bytes, end: true },
    );
    assert_eq!((done.sent.len(), done.send_ended), (sent, false));
}

#[test]
fn conversations_that_live_at_openai_are_not_elsewhere() {
    let body = br#"{"model":"claude-x","input":"hello","previous_response_id":"resp_1"}"#;
    let mut exchange_ = exchange(Api::Responses, &[]);
    let done = send(&mut exchange_, body, 2);
    assert_eq!(done.status(), 400);
    assert_eq!(done.json()["error"]["param"], "previous_response_id");
}

#[test]
fn tokens_are_counted_here_where_the_provider_cannot() {
    let count = |model: &str| {
        let head = RequestHead {
            call: ModelCall {
                client: Api::Messages,
                operation: Operation::CountTokens,
                addressed: None,
            },
            query: None,
            headers: HeaderMap::new(),
            now_unix: 0,
            seed: 0,
        };
        let mut exchange = ProviderExchange::new(snapshot(CONFIG), head);
        let body = format!(
            r#"{{"model":"{model}","messages":[{{"role":"user","content":"hello there"}}]}}"#
        );
        send(&mut exchange, body.as_bytes(), 2)
    };
    let native = count("claude-x").open.unwrap();
    assert_eq!(native.path, "/v1/messages/count_tokens");
    let estimated = count("gpt-4o");
    assert_eq!(estimated.status(), 200);
    assert!(estimated.json()["input_tokens"].as_u64().unwrap() > 0);
}
