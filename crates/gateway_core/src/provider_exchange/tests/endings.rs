//! What becomes of a call that does not end well.

use super::*;

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
