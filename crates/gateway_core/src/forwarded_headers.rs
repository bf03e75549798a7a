//! Which headers cross the gateway, in either direction.

use hermesllm::Api;
use http::header::{
    HeaderMap, HeaderName, HeaderValue, ACCEPT_ENCODING, ALT_SVC, CACHE_CONTROL, CONNECTION,
    CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, EXPECT, FORWARDED, HOST, ORIGIN, REFERER,
    RETRY_AFTER, SET_COOKIE, STRICT_TRANSPORT_SECURITY, TE, TRAILER, TRANSFER_ENCODING, UPGRADE,
    USER_AGENT,
};

use crate::credentials::CLIENT_SECRETS;

const ANTHROPIC_VERSION: HeaderName = HeaderName::from_static("anthropic-version");
const KEEP_ALIVE: HeaderName = HeaderName::from_static("keep-alive");
const PROXY_CONNECTION: HeaderName = HeaderName::from_static("proxy-connection");
const REQUEST_ID: HeaderName = HeaderName::from_static("request-id");
const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Headers of one connection, not of the message.
const HOP_BY_HOP: [HeaderName; 7] = [
    CONNECTION,
    KEEP_ALIVE,
    PROXY_CONNECTION,
    TE,
    TRAILER,
    TRANSFER_ENCODING,
    UPGRADE,
];

/// Set anew for the provider, or none of its business.
const NOT_FORWARDED: [HeaderName; 7] = [
    HOST,
    CONTENT_LENGTH,
    ACCEPT_ENCODING,
    EXPECT,
    FORWARDED,
    ORIGIN,
    REFERER,
];

/// Speak of the provider's own host; wrong on an answer of ours.
const NOT_RETURNED: [HeaderName; 3] = [ALT_SVC, SET_COOKIE, STRICT_TRANSPORT_SECURITY];

/// Prefixes of headers meant for the gateway, or that name the client's network.
const PRIVATE_PREFIXES: [&str; 4] = ["x-arch-", "x-plano-", "x-forwarded-", "sec-"];

/// Kept on a translated request: they mean the same to every provider.
const TRANSLATED_REQUEST: [&str; 5] = [
    "user-agent",
    "traceparent",
    "tracestate",
    "baggage",
    "x-request-id",
];

/// Kept on a translated reply, with `retry-after` and the rate-limit families.
const TRANSLATED_REPLY_PREFIXES: [&str; 3] =
    ["x-ratelimit-", "anthropic-ratelimit-", "openai-processing-ms"];

/// The client's headers as the provider may see them, without credentials.
pub(crate) fn request_headers(received: &HeaderMap, client: Api, upstream: Api) -> HeaderMap {
    let mut forwarded = HeaderMap::with_capacity(received.len() + 4);
    if client == upstream {
        for (name, value) in received {
            if is_forwarded(name) && !names_in_connection(received, name) {
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

fn is_forwarded(name: &HeaderName) -> bool {
    let text = name.as_str();
    !(NOT_FORWARDED.contains(name)
        || HOP_BY_HOP.contains(name)
        || CLIENT_SECRETS.contains(name)
        || (matches!(text.as_bytes().first(), Some(b'x' | b's'))
            && PRIVATE_PREFIXES
                .iter()
                .any(|prefix| text.starts_with(prefix))))
}

/// `Connection: x-foo` makes `x-foo` a header of the connection.
fn names_in_connection(headers: &HeaderMap, name: &HeaderName) -> bool {
    headers.get_all(CONNECTION).iter().any(|value| {
        value.to_str().is_ok_and(|list| {
            list.split(',')
                .any(|item| item.trim().eq_ignore_ascii_case(name.as_str()))
        })
    })
}

/// Removes from a provider's reply what must not reach the client.
pub(crate) fn strip_reply_headers(headers: &mut HeaderMap) {
    for name in HOP_BY_HOP.iter().chain(&NOT_RETURNED) {
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
    let id = received.get(&REQUEST_ID).or_else(|| received.get(&X_REQUEST_ID));
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
