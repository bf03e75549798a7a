//! Signatures of AWS requests, version 4.
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html>

use std::fmt::Write as _;

use hmac::{Hmac, KeyInit, Mac};
use http::header::{HeaderMap, HeaderName, HeaderValue, AUTHORIZATION, HOST};
use sha2::{Digest, Sha256};

use crate::snapshot::header_value;

/// In the order of their names.
static SIGNED: [HeaderName; 3] = [HOST, X_AMZ_DATE, X_AMZ_SECURITY_TOKEN];

const ALGORITHM: &str = "AWS4-HMAC-SHA256";
const X_AMZ_DATE: HeaderName = HeaderName::from_static("x-amz-date");
const X_AMZ_SECURITY_TOKEN: HeaderName = HeaderName::from_static("x-amz-security-token");

/// Keys of an account, for one region.
pub(crate) struct AwsKeys {
    pub(crate) region: String,
    pub(crate) access_key_id: String,
    pub(crate) secret_access_key: String,
    pub(crate) session_token: Option<String>,
}

/// What is signed.
pub(crate) struct Signable<'r> {
    pub(crate) method: &'r str,
    /// Path as sent, with its escapes; without a query.
    pub(crate) path: &'r str,
    pub(crate) body: &'r [u8],
    /// Seconds since 1970.
    pub(crate) now_unix: u64,
    pub(crate) service: &'r str,
}

/// Adds date, token and signature to `headers`, which hold `host`. `None` when
/// a value has characters that a header cannot carry.
pub(crate) fn sign(keys: &AwsKeys, request: &Signable<'_>, headers: &mut HeaderMap) -> Option<()> {
    let time = timestamp(request.now_unix);
    let date = time.get(..8)?;
    headers.insert(X_AMZ_DATE, header_value(&time, false)?);
    if let Some(token) = &keys.session_token {
        headers.insert(X_AMZ_SECURITY_TOKEN, header_value(token, true)?);
    }
    let signed: Vec<(&str, &HeaderValue)> = SIGNED
        .iter()
        .filter_map(|name| Some((name.as_str(), headers.get(name)?)))
        .collect();
    let names: Vec<&str> = signed.iter().map(|(name, _)| *name).collect();
    let names = names.join(";");

    let mut canonical = format!("{}\n{}\n\n", request.method, encode_path(request.path));
    for (name, value) in &signed {
        let value = value.to_str().ok()?;
        let _ = writeln!(canonical, "{name}:{}", value.trim());
    }
    let _ = write!(
        canonical,
        "\n{names}\n{}",
        hex(&Sha256::digest(request.body))
    );

    let scope = format!("{date}/{}/{}/aws4_request", keys.region, request.service);
    let text = format!(
        "{ALGORITHM}\n{time}\n{scope}\n{}",
        hex(&Sha256::digest(canonical.as_bytes()))
    );
    let secret = format!("AWS4{}", keys.secret_access_key);
    let mut key = hmac(secret.as_bytes(), date.as_bytes())?;
    for part in [&keys.region, request.service, "aws4_request"] {
        key = hmac(&key, part.as_bytes())?;
    }
    let signature = hex(&hmac(&key, text.as_bytes())?);
    let authorization = format!(
        "{ALGORITHM} Credential={}/{scope}, SignedHeaders={names}, Signature={signature}",
        keys.access_key_id
    );
    headers.insert(AUTHORIZATION, header_value(&authorization, true)?);
    Some(())
}

fn hmac(key: &[u8], message: &[u8]) -> Option<Vec<u8>> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).ok()?;
    mac.update(message);
    Some(mac.finalize().into_bytes().to_vec())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// A path that is escaped already is escaped once more.
fn encode_path(path: &str) -> String {
    let mut encoded = String::with_capacity(path.len());
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

/// `YYYYMMDDTHHMMSSZ`.
fn timestamp(now_unix: u64) -> String {
    let (days, seconds) = (now_unix / 86_400, now_unix % 86_400);
    // Days since 1 March of year 0; years then end with their leap day.
    let days = days + 719_468;
    let era = days / 146_097;
    let day_of_era = days % 146_097;
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = (month_from_march + 2) % 12 + 1;
    let year = era * 400 + year_of_era + u64::from(month <= 2);
    format!(
        "{year:04}{month:02}{day:02}T{:02}{:02}{:02}Z",
        seconds / 3600,
        seconds / 60 % 60,
        seconds % 60
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys() -> AwsKeys {
        AwsKeys {
            region: "us-east-1".into(),
            access_key_id: "AKIDEXAMPLE".into(),
            secret_access_key: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY".into(),
            session_token: None,
        }
    }

    fn authorization(keys: &AwsKeys, method: &str, path: &str, body: &[u8]) -> String {
        let mut headers = HeaderMap::new();
        headers.insert(HOST, HeaderValue::from_static("example.amazonaws.com"));
        let request = Signable {
            method,
            path,
            body,
            now_unix: 1_440_938_160,
            service: "service",
        };
        sign(keys, &request, &mut headers).expect("signed");
        headers[AUTHORIZATION].to_str().expect("text").to_owned()
    }

    /// `get-vanilla`, `post-vanilla` and `post-sts-header-after` of the published
    /// test suite.
    #[test]
    fn signs_as_the_published_examples() {
        let signature = |method| authorization(&keys(), method, "/", b"");
        assert_eq!(
            signature("GET"),
            "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, \
             SignedHeaders=host;x-amz-date, \
             Signature=5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"
        );
        assert!(signature("POST")
            .ends_with("5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"));
    }

    #[test]
    fn everything_signed_changes_the_signature() {
        let mut with_token = keys();
        with_token.session_token = Some("token".into());
        let all = [
            authorization(&keys(), "POST", "/", b""),
            authorization(&keys(), "POST", "/", b"{}"),
            authorization(&keys(), "POST", "/model/a%3A1/converse", b""),
            authorization(&keys(), "POST", "/model/a:1/converse", b""),
            authorization(&with_token, "POST", "/", b""),
        ];
        let distinct: std::collections::BTreeSet<_> = all.iter().collect();
        assert_eq!(distinct.len(), all.len());
        assert!(all[4].contains("host;x-amz-date;x-amz-security-token"));
    }

    #[test]
    fn writes_times() {
        for (seconds, text) in [
            (0, "19700101T000000Z"),
            (1_440_938_160, "20150830T123600Z"),
            (951_782_399, "20000228T235959Z"),
            (951_868_799, "20000229T235959Z"),
            (4_107_542_400, "21000301T000000Z"),
        ] {
            assert_eq!(timestamp(seconds), text);
        }
    }
}
