//! Proof of identity towards a provider.

use hermesllm::providers::Auth;
use hermesllm::{Api, ApiError, ErrorKind};
use http::header::{HeaderName, HeaderValue, AUTHORIZATION};
use http::HeaderMap;

use crate::snapshot::{header_value, Credential, Upstream};

const X_API_KEY: HeaderName = HeaderName::from_static("x-api-key");
const API_KEY: HeaderName = HeaderName::from_static("api-key");
const X_GOOG_API_KEY: HeaderName = HeaderName::from_static("x-goog-api-key");

/// Headers in which clients carry secrets of their own. None of them reaches a
/// provider unless its entry passes the client's credential on.
pub(crate) const CLIENT_SECRETS: [HeaderName; 6] = [
    AUTHORIZATION,
    X_API_KEY,
    API_KEY,
    X_GOOG_API_KEY,
    http::header::COOKIE,
    http::header::PROXY_AUTHORIZATION,
];

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
    let key = match &upstream.credential {
        Credential::Key(key) => key.as_str(),
        Credential::None => return Ok(None),
        Credential::Passthrough => client_credential(client).ok_or_else(|| {
            ApiError::new(
                ErrorKind::Authentication,
                format!(
                    "model provider '{}' uses the caller's own key: send it as 'Authorization: Bearer KEY' or 'x-api-key: KEY'",
                    upstream.name
                ),
            )
        })?,
        Credential::Missing => {
            return Err(ApiError::new(
                ErrorKind::InvalidRequest,
                format!(
                    "No access key configured for selected LLM Provider \"{}\"",
                    upstream.name
                ),
            ))
        }
    };
    let (name, value) = match upstream.provider.auth(api) {
        Auth::XApiKey if key.starts_with(ANTHROPIC_OAUTH_PREFIX) => {
            (AUTHORIZATION, format!("Bearer {key}"))
        }
        Auth::XApiKey => (X_API_KEY, key.to_owned()),
        Auth::ApiKey => (API_KEY, key.to_owned()),
        Auth::GoogleKey => (X_GOOG_API_KEY, key.to_owned()),
        Auth::Bearer | Auth::SigV4 => (AUTHORIZATION, format!("Bearer {key}")),
    };
    let value = header_value(&value, true).ok_or_else(|| {
        ApiError::new(
            ErrorKind::Authentication,
            "the key has characters that a header cannot carry".to_owned(),
        )
    })?;
    Ok(Some((name, value)))
}

/// What the client proves itself with: `Authorization`, else `x-api-key`.
fn client_credential(client: &HeaderMap) -> Option<&str> {
    let text = |name: &HeaderName| client.get(name).and_then(|value| value.to_str().ok());
    let bearer = text(&AUTHORIZATION).map(|value| {
        let scheme = value.get(..6).filter(|scheme| scheme.eq_ignore_ascii_case("bearer"));
        scheme.map_or(value, |scheme| &value[scheme.len()..]).trim()
    });
    bearer
        .filter(|key| !key.is_empty())
        .or_else(|| text(&X_API_KEY).map(str::trim))
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
    fn reads_the_clients_credential() {
        let cases: [(&[(&str, &str)], Option<&str>); 7] = [
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
