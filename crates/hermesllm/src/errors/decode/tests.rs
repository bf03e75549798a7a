use super::*;

fn decode(status: u16, body: &str) -> ApiError {
    decode_error(ProviderFailure {
        provider: "p",
        status,
        body: body.as_bytes(),
        error_type: None,
    })
}

#[test]
fn reads_every_known_shape() {
    for (status, body, kind, message) in [
        (
            400,
            r#"{"error":{"message":"bad max_tokens","type":"invalid_request_error","param":"max_tokens","code":null}}"#,
            ErrorKind::InvalidRequest,
            "bad max_tokens",
        ),
        (
            400,
            r#"{"error":{"message":"long","type":"invalid_request_error","code":"context_length_exceeded"}}"#,
            ErrorKind::ContextTooLong,
            "long",
        ),
        (
            404,
            r#"{"error":{"message":"m","type":"invalid_request_error","code":"model_not_found"}}"#,
            ErrorKind::NotFound,
            "m",
        ),
        (
            529,
            r#"{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"},"request_id":"req_1"}"#,
            ErrorKind::Overloaded,
            "Overloaded",
        ),
        (
            400,
            r#"{"type":"error","error":{"type":"invalid_request_error","message":"prompt is too long: 3 > 2"}}"#,
            ErrorKind::ContextTooLong,
            "prompt is too long: 3 > 2",
        ),
        (
            429,
            r#"[{"error":{"code":429,"message":"slow","status":"RESOURCE_EXHAUSTED","details":[{"@type":"x","retryDelay":"3.2s"}]}}]"#,
            ErrorKind::RateLimit,
            "slow",
        ),
        (
            422,
            r#"{"object":"error","message":"mist","type":"x","code":3000}"#,
            ErrorKind::InvalidRequest,
            "mist",
        ),
        (
            422,
            r#"{"detail":[{"loc":["body"]}]}"#,
            ErrorKind::InvalidRequest,
            r#"[{"loc":["body"]}]"#,
        ),
        (
            200,
            r#"{"error":{"code":502,"message":"down","metadata":{}}}"#,
            ErrorKind::BadGateway,
            "down",
        ),
        (
            401,
            r#"{"detail":"Unauthorized"}"#,
            ErrorKind::Authentication,
            "Unauthorized",
        ),
        (
            500,
            r#"{"error":"model crashed"}"#,
            ErrorKind::Server,
            "model crashed",
        ),
        (
            403,
            r#"{"Message":"denied"}"#,
            ErrorKind::Permission,
            "denied",
        ),
        (
            503,
            "no healthy upstream",
            ErrorKind::Overloaded,
            "no healthy upstream",
        ),
        (
            502,
            "<html>Bad gateway</html>",
            ErrorKind::BadGateway,
            "the provider answered with status 502 and no readable error",
        ),
        (
            500,
            "",
            ErrorKind::Server,
            "the provider answered with status 500 and no readable error",
        ),
    ] {
        let error = decode(status, body);
        assert_eq!(
            (error.kind, error.message.as_str()),
            (kind, message),
            "{body}"
        );
    }
}

#[test]
fn the_status_tells_faults_of_the_server_apart() {
    let openai = |word: &str| format!(r#"{{"error":{{"message":"m","type":"{word}"}}}}"#);
    let anthropic =
        |word: &str| format!(r#"{{"type":"error","error":{{"type":"{word}","message":"m"}}}}"#);
    for (status, body, kind) in [
        (503, openai("server_error"), ErrorKind::Overloaded),
        (529, openai("server_error"), ErrorKind::Overloaded),
        (503, anthropic("api_error"), ErrorKind::Overloaded),
        (529, anthropic("api_error"), ErrorKind::Overloaded),
        (529, anthropic("overloaded_error"), ErrorKind::Overloaded),
        (500, anthropic("overloaded_error"), ErrorKind::Server),
        (500, openai("server_error"), ErrorKind::Server),
        (502, openai("server_error"), ErrorKind::BadGateway),
        (504, anthropic("api_error"), ErrorKind::Timeout),
        (503, openai("rate_limit_error"), ErrorKind::RateLimit),
        (200, anthropic("overloaded_error"), ErrorKind::Overloaded),
        (400, openai("server_error"), ErrorKind::Server),
        (429, openai("server_error"), ErrorKind::RateLimit),
        (429, anthropic("overloaded_error"), ErrorKind::RateLimit),
        (429, openai("insufficient_quota"), ErrorKind::Billing),
    ] {
        assert_eq!(decode(status, &body).kind, kind, "{status} {body}");
    }
}

#[test]
fn overload_keeps_its_meaning_across_apis() {
    use crate::errors::encode_error;
    for status in [503, 529] {
        let body = r#"{"error":{"message":"busy","type":"server_error","code":null}}"#;
        let encoded = encode_error(Api::Messages, &decode(status, body));
        assert_eq!(encoded.status, 529);
        let body = String::from_utf8(encoded.body).unwrap();
        assert!(body.contains(r#""type":"overloaded_error""#), "{body}");

        let body = r#"{"type":"error","error":{"type":"api_error","message":"busy"}}"#;
        let encoded = encode_error(Api::Chat, &decode(status, body));
        assert_eq!(encoded.status, 503);
        let body = String::from_utf8(encoded.body).unwrap();
        assert!(body.contains(r#""code":"overloaded""#), "{body}");
    }
}

#[test]
fn keeps_ids_and_waits() {
    let error = decode(
        529,
        r#"{"type":"error","error":{"type":"overloaded_error","message":"o"},"request_id":"req_1"}"#,
    );
    assert_eq!(error.request_id.as_deref(), Some("req_1"));
    let error = decode(
        429,
        r#"{"error":{"code":429,"message":"s","details":[{"retryDelay":"3.2s"}]}}"#,
    );
    assert_eq!(error.retry_after, Some(4));
    assert_eq!(error.code, None);
}

#[test]
fn amazon_names_the_error_in_a_header() {
    let error = decode_error(ProviderFailure {
        provider: "amazon_bedrock",
        status: 400,
        body: br#"{"message":"slow down"}"#,
        error_type: Some("ThrottlingException:http://internal"),
    });
    assert_eq!(error.kind, ErrorKind::RateLimit);
    assert_eq!(error.code.as_deref(), Some("ThrottlingException"));
}

#[test]
fn tells_the_shapes_of_clients() {
    let openai = br#"{"error":{"message":"m","type":"t"}}"#;
    let anthropic = br#"{"type":"error","error":{"type":"t","message":"m"}}"#;
    assert!(has_error_shape(Api::Chat, openai));
    assert!(!has_error_shape(Api::Messages, openai));
    assert!(has_error_shape(Api::Messages, anthropic));
    for body in [
        &b"<html>"[..],
        b"",
        b"[]",
        br#"{"error":"text"}"#,
        br#"{"detail":"x"}"#,
    ] {
        assert!(!has_error_shape(Api::Chat, body));
    }
}

#[test]
fn nesting_without_end_is_survived() {
    let levels = 25_000;
    let body = format!(
        "{}\"x\"{}",
        r#"{"error":"#.repeat(levels),
        "}".repeat(levels)
    );
    assert!(decode(500, &body).message.starts_with(r#"{"error":"#));
    let few = format!("{}\"x\"{}", r#"{"error":"#.repeat(4), "}".repeat(4));
    assert_eq!(decode(500, &few).message, "x");
}
