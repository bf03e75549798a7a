//! Heads of requests and answers.

use std::ops::Range;

use bytes::{Bytes, BytesMut};
use http::header::{
    HeaderMap, HeaderName, HeaderValue, CONNECTION, CONTENT_LENGTH, TRANSFER_ENCODING,
};
use http::response::Parts;
use http::uri::PathAndQuery;
use http::{Method, Response, StatusCode};

use super::framing::Framing;

/// Headers of an answer.
const MAX_HEADERS: usize = 128;

/// What the head of an answer says.
pub(super) struct Read {
    pub(super) parts: Parts,
    pub(super) framing: Framing,
    pub(super) keeps_alive: bool,
}

/// Writes a request's head; `length` is that of the body, chunked if unknown.
pub(super) fn write(
    method: &Method,
    path: &PathAndQuery,
    headers: &HeaderMap,
    length: Option<u64>,
) -> Bytes {
    let mut head = Vec::with_capacity(1024);
    head.extend_from_slice(method.as_str().as_bytes());
    head.push(b' ');
    head.extend_from_slice(path.as_str().as_bytes());
    head.extend_from_slice(b" HTTP/1.1\r\n");
    for (name, value) in headers {
        head.extend_from_slice(name.as_str().as_bytes());
        head.extend_from_slice(b": ");
        head.extend_from_slice(value.as_bytes());
        head.extend_from_slice(b"\r\n");
    }
    match length {
        // A request that usually has no body needs no length.
        Some(0) if *method == Method::GET => {}
        Some(length) => {
            head.extend_from_slice(b"content-length: ");
            head.extend_from_slice(length.to_string().as_bytes());
            head.extend_from_slice(b"\r\n");
        }
        None => head.extend_from_slice(b"transfer-encoding: chunked\r\n"),
    }
    head.extend_from_slice(b"\r\n");
    head.into()
}

/// Takes the head of an answer off `received`; `None` while it is not complete.
pub(super) fn read(received: &mut BytesMut) -> Result<Option<Read>, &'static str> {
    loop {
        let Some((status, keeps_alive, ranges, length)) = parse(received)? else {
            return Ok(None);
        };
        let head = received.split_to(length).freeze();
        if status == StatusCode::SWITCHING_PROTOCOLS {
            return Err("it switches protocols unasked");
        }
        if status.is_informational() {
            continue;
        }
        let mut response = Response::new(());
        *response.status_mut() = status;
        let headers = response.headers_mut();
        headers.reserve(ranges.len());
        for (name, range) in ranges {
            let value = HeaderValue::from_maybe_shared(head.slice(range));
            headers.append(name, value.map_err(|_| "a header's value")?);
        }
        let framing = framing(status, headers)?;
        let keeps_alive = keeps_alive
            && !says(headers, CONNECTION, "close")
            && !matches!(framing, Framing::UntilClose);
        let (parts, ()) = response.into_parts();
        return Ok(Some(Read {
            parts,
            framing,
            keeps_alive,
        }));
    }
}

type Parsed = (StatusCode, bool, Vec<(HeaderName, Range<usize>)>, usize);

fn parse(received: &[u8]) -> Result<Option<Parsed>, &'static str> {
    let mut headers = [httparse::EMPTY_HEADER; MAX_HEADERS];
    let mut response = httparse::Response::new(&mut headers);
    let length = match response.parse(received) {
        Ok(httparse::Status::Complete(length)) => length,
        Ok(httparse::Status::Partial) => return Ok(None),
        Err(httparse::Error::TooManyHeaders) => return Err("it has too many headers"),
        Err(_) => return Err("its head"),
    };
    let status = response
        .code
        .and_then(|code| StatusCode::from_u16(code).ok());
    let status = status.ok_or("its status")?;
    let start = received.as_ptr() as usize;
    let mut ranges = Vec::with_capacity(response.headers.len());
    for header in response.headers.iter() {
        let name = HeaderName::from_bytes(header.name.as_bytes()).map_err(|_| "a header's name")?;
        let from = header.value.as_ptr() as usize - start;
        ranges.push((name, from..from + header.value.len()));
    }
    Ok(Some((status, response.version == Some(1), ranges, length)))
}

/// How the body is delimited (RFC 9112, section 6.3).
fn framing(status: StatusCode, headers: &HeaderMap) -> Result<Framing, &'static str> {
    if matches!(status, StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED) {
        return Ok(Framing::Done);
    }
    if headers.contains_key(TRANSFER_ENCODING) {
        // A length beside it would be a lie or an attack.
        return match says(headers, TRANSFER_ENCODING, "chunked") {
            true if !headers.contains_key(CONTENT_LENGTH) => Ok(Framing::chunked()),
            true => Err("it has a length and is chunked"),
            false => Err("its transfer encoding"),
        };
    }
    let mut length = None;
    for value in headers.get_all(CONTENT_LENGTH) {
        let value = value.to_str().map_err(|_| "its length")?;
        let digits = !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit());
        let value: u64 = value.parse().map_err(|_| "its length")?;
        if !digits || length.is_some_and(|known| known != value) {
            return Err("its length");
        }
        length = Some(value);
    }
    Ok(match length {
        Some(0) => Framing::Done,
        Some(length) => Framing::Length(length),
        None => Framing::UntilClose,
    })
}

/// Whether a list header's last value is `word`.
fn says(headers: &HeaderMap, name: HeaderName, word: &str) -> bool {
    let last = headers.get_all(name).iter().next_back();
    let last = last.and_then(|value| value.to_str().ok()?.rsplit(',').next());
    last.is_some_and(|value| value.trim().eq_ignore_ascii_case(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_all(text: &str) -> Result<Option<Read>, &'static str> {
        read(&mut BytesMut::from(text))
    }

    #[test]
    fn reads_heads_and_skips_interim_ones() {
        let text = "HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\nHTTP/1.1 200 OK\r\nX-A: 1\r\nx-a: 2\r\ncontent-length: 3\r\n\r\nabc";
        let mut received = BytesMut::from(text);
        let read = read(&mut received).unwrap().unwrap();
        assert_eq!(read.parts.status, 200);
        assert_eq!(read.parts.headers.get_all("x-a").iter().count(), 2);
        assert!(matches!(read.framing, Framing::Length(3)));
        assert!(read.keeps_alive);
        assert_eq!(&received[..], b"abc");
    }

    #[test]
    fn waits_for_the_whole_head() {
        let text = "HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\n";
        for end in 0..text.len() {
            assert!(read_all(&text[..end]).unwrap().is_none());
        }
    }

    #[test]
    fn knows_when_a_connection_ends() {
        let keeps = |text| read_all(text).unwrap().unwrap().keeps_alive;
        assert!(!keeps("HTTP/1.1 200 OK\r\n\r\n"));
        assert!(!keeps("HTTP/1.0 200 OK\r\ncontent-length: 1\r\n\r\n"));
        assert!(!keeps(
            "HTTP/1.1 200 OK\r\ncontent-length: 1\r\nConnection: Close\r\n\r\n"
        ));
        assert!(keeps("HTTP/1.1 204 No Content\r\n\r\n"));
    }

    #[test]
    fn refuses_ambiguous_framing() {
        for headers in [
            "content-length: 1\r\ntransfer-encoding: chunked",
            "content-length: 1\r\ncontent-length: 2",
            "content-length: +1",
            "content-length: ",
            "transfer-encoding: gzip",
        ] {
            let text = format!("HTTP/1.1 200 OK\r\n{headers}\r\n\r\n");
            assert!(read_all(&text).is_err(), "{headers}");
        }
        assert!(read_all("HTTP/1.1 101 Switching Protocols\r\n\r\n").is_err());
        assert!(read_all("nonsense\r\n\r\n").is_err());
    }

    #[test]
    fn writes_a_request() {
        let mut headers = HeaderMap::new();
        headers.insert("host", HeaderValue::from_static("h"));
        let path = PathAndQuery::from_static("/v1/x?y=z");
        let text = |method, length| {
            String::from_utf8(write(&method, &path, &headers, length).to_vec()).unwrap()
        };
        let start = "/v1/x?y=z HTTP/1.1\r\nhost: h\r\n";
        assert_eq!(
            text(Method::POST, Some(5)),
            format!("POST {start}content-length: 5\r\n\r\n")
        );
        assert_eq!(
            text(Method::POST, None),
            format!("POST {start}transfer-encoding: chunked\r\n\r\n")
        );
        assert_eq!(text(Method::GET, Some(0)), format!("GET {start}\r\n"));
    }
}
