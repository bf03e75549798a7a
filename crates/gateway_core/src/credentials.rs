//! Proof of identity towards a provider.

use bytes::Bytes;
use hermesllm::providers::Auth;
use hermesllm::{Api, ApiError, ErrorKind};
use http::header::{HeaderName, HeaderValue, AUTHORIZATION};
use http::HeaderMap;
use memchr::memmem;

use crate::snapshot::{header_value, Credential, Upstream};

const X_API_KEY: HeaderName = HeaderName::from_static("x-api-key");
const API_KEY: HeaderName = HeaderName::from_static("api-key");
pub(crate) const X_GOOG_API_KEY: HeaderName = HeaderName::from_static("x-goog-api-key");

/// Whether clients carry secrets of their own in this header. None of them
/// reaches a provider unless its entry passes the client's credential on.
pub(crate) fn is_client_secret(name: &str) -> bool {
    matches!(
        name,
        "authorization"
            | "x-api-key"
            | "api-key"
            | "x-goog-api-key"
            | "x-amz-security-token"
            | "x-amz-date"
            | "x-amz-content-sha256"
            | "cookie"
            | "proxy-authorization"
    )
}

/// Shorter ones stand in texts by chance.
const LEAST_SECRET: usize = 8;

/// `text` with what is secret of `upstream` made unreadable: providers repeat
/// the key that they refuse.
pub(crate) fn without_secrets(text: Bytes, upstream: &Upstream) -> Bytes {
    let mut clean: Option<Vec<u8>> = None;
    for secret in upstream
        .secrets
        .iter()
        .filter(|secret| secret.len() >= LEAST_SECRET)
    {
        let seen = clean.as_deref().unwrap_or(&text);
        if memmem::find(seen, secret.as_bytes()).is_some() {
            clean = Some(replaced(seen, secret.as_bytes()));
        }
    }
    clean.map_or(text, Bytes::from)
}

fn replaced(text: &[u8], secret: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = memmem::find(rest, secret) {
        let (before, after) = rest.split_at(at);
        out.extend_from_slice(before);
        out.extend_from_slice(b"***");
        rest = after.get(secret.len()..).unwrap_or_default();
    }
    out.extend_from_slice(rest);
    out
}

/// Anthropic's OAuth tokens travel as bearer tokens only.
const ANTHROPIC_OAUTH_PREFIX: &str = "sk-ant-oat";

/// The header that proves identity to `upstream`, if one is to be sent.
///
/// `client` holds the headers as received.
pub(crate) fn credential_header(
    upstream: &Upstream,
    api: Api,
    client: &HeaderMap,
) -> Result<Option<(HeaderName, HeaderValue)>, ApiError> {
    match &upstream.credential {
        Credential::Key(headers) => Ok(headers.get(&api).cloned()),
        // Signed when the body is known.
        Credential::None | Credential::Aws(_) => Ok(None),
        Credential::Passthrough => {
            let key = client_credential(client).ok_or_else(|| {
                ApiError::new(
                    ErrorKind::Authentication,
                    format!(
                        "model provider '{}' uses the caller's own key: send it as 'Authorization: Bearer KEY', 'x-api-key: KEY' or 'x-goog-api-key: KEY'",
                        upstream.name
                    ),
                )
            })?;
            let header = key_header(upstream.provider.auth(api), key).ok_or_else(|| {
                ApiError::new(
                    ErrorKind::Authentication,
                    "the key has characters that a header cannot carry",
                )
            })?;
            Ok(Some(header))
        }
        Credential::Missing => Err(ApiError::new(
            ErrorKind::InvalidRequest,
            format!(
                "No access key configured for selected LLM Provider \"{}\"",
                upstream.name
            ),
        )),
    }
}

/// The header that carries `key`; `None` if a header cannot.
pub(crate) fn key_header(auth: Auth, key: &str) -> Option<(HeaderName, HeaderValue)> {
    let bearer = || (AUTHORIZATION, format!("Bearer {key}"));
    let (name, value) = match auth {
        Auth::XApiKey if key.starts_with(ANTHROPIC_OAUTH_PREFIX) => bearer(),
        Auth::XApiKey => (X_API_KEY, key.to_owned()),
        Auth::ApiKey => (API_KEY, key.to_owned()),
        Auth::GoogleKey => (X_GOOG_API_KEY, key.to_owned()),
        Auth::Bearer => bearer(),
    };
    Some((name, header_value(&value, true)?))
}

/// What the client proves itself with: `Authorization`, else the header of its
/// API. A signature is no key: it proves nothing to anybody else.
fn client_credential(client: &HeaderMap) -> Option<&str> {
    let text = |name: &HeaderName| client.get(name).and_then(|value| value.to_str().ok());
    let bearer = text(&AUTHORIZATION).map(|value| {
        let scheme = value
            .get(..6)
            .filter(|scheme| scheme.eq_ignore_ascii_case("bearer"));
        scheme.map_or(value, |scheme| &value[scheme.len()..]).trim()
    });
    bearer
        .filter(|key| !key.is_empty() && !key.starts_with("AWS4-HMAC-SHA256 "))
        .or_else(|| text(&X_API_KEY).map(str::trim))
        .filter(|key| !key.is_empty())
        .or_else(|| text(&X_GOOG_API_KEY).map(str::trim))
        .filter(|key| !key.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
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
    fn keys_travel_as_the_provider_wants_them() {
        let name = |auth, key| key_header(auth, key).unwrap().0;
        assert_eq!(name(Auth::Bearer, "sk"), "authorization");
        assert_eq!(name(Auth::XApiKey, "sk-ant-api03-x"), "x-api-key");
        assert_eq!(name(Auth::XApiKey, "sk-ant-oat01-x"), "authorization");
        assert!(key_header(Auth::Bearer, "sk").unwrap().1.is_sensitive());
        assert!(key_header(Auth::Bearer, "a\nb").is_none());
    }

    #[test]
    fn reads_the_clients_credential() {
        type Case<'a> = (&'a [(&'static str, &'static str)], Option<&'a str>);
        let cases: [Case; 9] = [
            (&[("x-goog-api-key", "AIza")], Some("AIza")),
            (
                &[("authorization", "AWS4-HMAC-SHA256 Credential=AK/x")],
                None,
            ),
            (&[("authorization", "Bearer sk-1")], Some("sk-1")),
            (&[("authorization", "bearer  sk-1 ")], Some("sk-1")),
            (&[("authorization", "sk-1")], Some("sk-1")),
            (&[("x-api-key", " sk-2 ")], Some("sk-2")),
            (
                &[("authorization", "Bearer "), ("x-api-key", "sk-2")],
                Some("sk-2"),
            ),
            (&[("authorization", "Bearer ")], None),
            (&[], None),
        ];
        for (headers, wanted) in cases {
            assert_eq!(client_credential(&client(headers)), wanted, "{headers:?}");
        }
    }
}
