//! What is answered without a provider.

use super::*;

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
