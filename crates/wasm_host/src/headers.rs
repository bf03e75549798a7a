//! Between Envoy's lists of headers and [`HeaderMap`].

use http::header::{HeaderMap, HeaderName, HeaderValue};

/// Headers as Envoy has them; names of pseudo headers begin with a colon.
pub(crate) type RawHeaders = Vec<(String, Vec<u8>)>;

/// Everything but pseudo headers and what no header can be.
pub(crate) fn read(raw: &RawHeaders) -> HeaderMap {
    let mut headers = HeaderMap::with_capacity(raw.len());
    for (name, value) in raw {
        if let (Ok(name), Ok(value)) = (
            HeaderName::from_bytes(name.as_bytes()),
            HeaderValue::from_bytes(value),
        ) {
            headers.append(name, value);
        }
    }
    headers
}

/// A pseudo header, such as `:path`.
pub(crate) fn pseudo<'r>(raw: &'r RawHeaders, name: &str) -> &'r str {
    raw.iter()
        .find(|(known, _)| known == name)
        .and_then(|(_, value)| std::str::from_utf8(value).ok())
        .unwrap_or_default()
}

/// A list for Envoy: pseudo headers first.
pub(crate) fn write<'h>(
    pseudo: &[(&'h str, &'h str)],
    headers: &'h HeaderMap,
) -> Vec<(&'h str, &'h [u8])> {
    let pseudo = pseudo.iter().map(|(name, value)| (*name, value.as_bytes()));
    let named = headers
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_bytes()));
    pseudo.chain(named).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_of_envoy_are_read_and_written() {
        let raw: RawHeaders = vec![
            (":path".into(), b"/v1/chat/completions?a=b".to_vec()),
            ("accept".into(), b"*/*".to_vec()),
            ("x-name".into(), vec![0xe4]),
            ("bad name".into(), b"x".to_vec()),
            ("x-value".into(), b"a\nb".to_vec()),
        ];
        assert_eq!(pseudo(&raw, ":path"), "/v1/chat/completions?a=b");
        assert_eq!(pseudo(&raw, ":method"), "");
        let read = read(&raw);
        assert_eq!(
            write(&[(":status", "200")], &read),
            [
                (":status", &b"200"[..]),
                ("accept", b"*/*"),
                ("x-name", &[0xe4])
            ]
        );
    }
}
