//! Which headers cross the gateway, in either direction.

use hermesllm::Api;
use http::header::{
    HeaderMap, HeaderName, HeaderValue, ACCEPT_ENCODING, ALT_SVC, CACHE_CONTROL, CONNECTION,
    CONTENT_ENCODING, CONTENT_TYPE, RETRY_AFTER, SET_COOKIE, STRICT_TRANSPORT_SECURITY, TE,
    TRAILER, TRANSFER_ENCODING, UPGRADE, USER_AGENT,
};

use crate::credentials::is_client_secret;

const ANTHROPIC_VERSION: HeaderName = HeaderName::from_static("anthropic-version");
const REQUEST_ID: HeaderName = HeaderName::from_static("request-id");
const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Headers of a provider's connection rather than its message, and headers that
/// speak of the provider's own host.
static NOT_RETURNED: [HeaderName; 10] = [
    CONNECTION,
    HeaderName::from_static("keep-alive"),
    HeaderName::from_static("proxy-connection"),
    TE,
    TRAILER,
    TRANSFER_ENCODING,
    UPGRADE,
    ALT_SVC,
    SET_COOKIE,
    STRICT_TRANSPORT_SECURITY,
];

/// Kept on a translated request: they mean the same to every provider.
const TRANSLATED_REQUEST: [&str; 5] = [
    "user-agent",
    "traceparent",
    "tracestate",
    "baggage",
    "x-request-id",
];

/// Kept on a translated reply, with `retry-after` and the rate-limit families.
const TRANSLATED_REPLY_PREFIXES: [&str; 3] = [
    "x-ratelimit-",
    "anthropic-ratelimit-",
    "openai-processing-ms",
];

/// Headers for the gateway, of the client's network and pages, and those that
/// belong to a signature of the client's own.
const PRIVATE_PREFIXES: [&str; 6] = [
    "x-arch-",
    "x-plano-",
    "x-forwarded-",
    "sec-",
    "x-amz-",
    "amz-sdk-",
];

/// The client's headers as the provider may see them, without credentials.
pub(crate) fn request_headers(received: &HeaderMap, client: Api, upstream: Api) -> HeaderMap {
    let mut forwarded = HeaderMap::with_capacity(received.len() + 4);
    if client == upstream {
        let listed = listed_in_connection(received);
        for (name, value) in received {
            if is_forwarded(name) && !listed.contains(&name.as_str()) {
                forwarded.append(name, value.clone());
            }
        }
    } else {
        for name in TRANSLATED_REQUEST {
            if let Some(value) = received.get(name) {
                forwarded.insert(HeaderName::from_static(name), value.clone());
            }
        }
        forwarded.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    }
    // Replies are read on the way; nothing is gained by unpacking them here.
    forwarded.insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
    if upstream == Api::Messages && !forwarded.contains_key(&ANTHROPIC_VERSION) {
        forwarded.insert(ANTHROPIC_VERSION, HeaderValue::from_static("2023-06-01"));
    }
    if !forwarded.contains_key(CONTENT_TYPE) {
        forwarded.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    }
    if !forwarded.contains_key(USER_AGENT) {
        forwarded.insert(USER_AGENT, HeaderValue::from_static("plano"));
    }
    forwarded
}

/// Whether a configuration may set this header: it does not say how the message
/// is framed or where it goes.
pub(crate) fn is_configurable(name: &HeaderName) -> bool {
    !(is_of_the_connection(name.as_str()) || matches!(name.as_str(), "content-length" | "host"))
}

fn is_of_the_connection(name: &str) -> bool {
    matches!(
        name,
        "connection"
            | "keep-alive"
            | "proxy-connection"
            | "te"
            | "trailer"
            | "transfer-encoding"
            | "upgrade"
            | "expect"
    )
}

fn is_forwarded(name: &HeaderName) -> bool {
    let name = name.as_str();
    let set_anew = matches!(name, "host" | "content-length" | "accept-encoding");
    let private = matches!(name, "forwarded" | "origin" | "referer")
        || PRIVATE_PREFIXES
            .iter()
            .any(|prefix| name.starts_with(prefix));
    !(is_of_the_connection(name) || set_anew || private || is_client_secret(name))
}

/// `Connection: x-foo` makes `x-foo` a header of the connection.
fn listed_in_connection(headers: &HeaderMap) -> Vec<&str> {
    let values = headers.get_all(CONNECTION).iter();
    values
        .filter_map(|value| value.to_str().ok())
        .flat_map(|list| list.split(','))
        .map(str::trim)
        .filter(|name| !matches!(*name, "" | "close" | "keep-alive"))
        .collect()
}

/// Removes from a provider's reply what must not reach the client.
pub(crate) fn strip_reply_headers(headers: &mut HeaderMap) {
    for name in &NOT_RETURNED {
        headers.remove(name);
    }
}

/// The headers of a translated reply: limits, retry hints and the request's id.
pub(crate) fn translated_reply_headers(
    received: &HeaderMap,
    client: Api,
    content_type: &'static str,
) -> HeaderMap {
    let mut headers = HeaderMap::with_capacity(8);
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    if content_type.starts_with("text/event-stream") {
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    }
    for (name, value) in received {
        let text = name.as_str();
        if name == RETRY_AFTER
            || text == "retry-after-ms"
            || TRANSLATED_REPLY_PREFIXES
                .iter()
                .any(|prefix| text.starts_with(prefix))
        {
            headers.append(name, value.clone());
        }
    }
    let id = received
        .get(&REQUEST_ID)
        .or_else(|| received.get(&X_REQUEST_ID));
    if let Some(id) = id {
        let name = if client == Api::Messages {
            REQUEST_ID
        } else {
            X_REQUEST_ID
        };
        headers.insert(name, id.clone());
    }
    headers
}

/// Whether a reply comes packed, though `identity` was asked for.
pub(crate) fn content_encoding(headers: &HeaderMap) -> Option<&HeaderValue> {
    headers
        .get(CONTENT_ENCODING)
        .filter(|value| !value.as_bytes().eq_ignore_ascii_case(b"identity"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(name, value)| {
                (
                    HeaderName::from_static(name),
                    HeaderValue::from_static(value),
                )
            })
            .collect()
    }

    #[test]
    fn secrets_and_private_headers_stay_behind() {
        let received = map(&[
            ("authorization", "Bearer sk-client"),
            ("x-api-key", "sk-client"),
            ("cookie", "a=b"),
            ("x-arch-llm-provider", "evil"),
            ("x-plano-cache", "off"),
            ("connection", "x-local, close"),
            ("x-local", "1"),
            ("host", "localhost"),
            ("content-length", "7"),
            ("openai-organization", "org"),
            ("x-stainless-lang", "js"),
        ]);
        let forwarded = request_headers(&received, Api::Chat, Api::Chat);
        let mut names: Vec<_> = forwarded.keys().map(HeaderName::as_str).collect();
        names.sort_unstable();
        assert_eq!(
            names,
            [
                "accept-encoding",
                "content-type",
                "openai-organization",
                "user-agent",
                "x-stainless-lang"
            ]
        );
    }

    #[test]
    fn a_translated_request_carries_no_vendor_headers() {
        let received = map(&[
            ("anthropic-version", "2023-06-01"),
            ("anthropic-beta", "x"),
            ("traceparent", "00-1-2-01"),
        ]);
        let forwarded = request_headers(&received, Api::Messages, Api::Chat);
        assert!(forwarded.contains_key("traceparent"));
        assert!(!forwarded.contains_key("anthropic-version"));
        let forwarded = request_headers(&received, Api::Messages, Api::Messages);
        assert_eq!(forwarded["anthropic-beta"], "x");
    }

    #[test]
    fn translated_replies_keep_limits_and_the_id() {
        let received = map(&[
            ("retry-after", "3"),
            ("x-ratelimit-remaining-requests", "0"),
            ("x-request-id", "req_1"),
            ("set-cookie", "a=b"),
        ]);
        let headers = translated_reply_headers(&received, Api::Messages, "application/json");
        assert_eq!(headers["retry-after"], "3");
        assert_eq!(headers["x-ratelimit-remaining-requests"], "0");
        assert_eq!(headers["request-id"], "req_1");
        assert!(!headers.contains_key("set-cookie"));
    }
}
