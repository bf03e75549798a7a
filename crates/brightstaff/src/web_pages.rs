//! Requests that a web page makes through a browser. A page of any site can give its
//! own name this machine's address (DNS rebinding): to the browser the gateway is
//! that site then, and only the name in the request tells.

use std::net::{IpAddr, Ipv6Addr};

use http::header::{HOST, ORIGIN};
use http::Request;

/// Endings of names that nobody can register.
const LOCAL_NAMES: [&str; 3] = ["localhost", "local", "internal"];

/// Whether a request is for an address, or for a name that no site can have; one that
/// names nothing is no browser's.
pub(crate) fn is_for_local_name<B>(request: &Request<B>) -> bool {
    let authority = match request.uri().authority() {
        Some(authority) => Some(authority.as_str()),
        None => match request.headers().get(HOST).map(|host| host.to_str()) {
            Some(Ok(host)) => Some(host),
            Some(Err(_)) => return false,
            None => None,
        },
    };
    authority.is_none_or(|authority| is_local_name(host_of(authority)))
}

/// Whether a page makes the request whose name was given this machine's address.
/// Programs name no origin, and a page that came by TLS is of another site.
pub(crate) fn is_of_rebound_page<B>(request: &Request<B>) -> bool {
    let origin = request
        .headers()
        .get(ORIGIN)
        .map(|origin| origin.as_bytes());
    origin.is_some_and(|origin| !origin.starts_with(b"https://")) && !is_for_local_name(request)
}

/// An authority without its port.
fn host_of(authority: &str) -> &str {
    match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
        _ => authority,
    }
}

fn is_local_name(host: &str) -> bool {
    let bracketed = host
        .strip_prefix('[')
        .and_then(|host| host.strip_suffix(']'));
    if let Some(address) = bracketed {
        return address.parse::<Ipv6Addr>().is_ok();
    }
    let name = host.strip_suffix('.').unwrap_or(host).to_ascii_lowercase();
    let last = name.rsplit('.').next().unwrap_or_default();
    name.parse::<IpAddr>().is_ok() || LOCAL_NAMES.contains(&last)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(uri: &str, headers: &[(&str, &str)]) -> Request<()> {
        let request = Request::builder().uri(uri);
        headers
            .iter()
            .fold(request, |request, (name, value)| {
                request.header(*name, *value)
            })
            .body(())
            .unwrap()
    }

    #[test]
    fn tells_names_that_no_site_can_have() {
        for host in [
            "127.0.0.1",
            "10.0.0.1:9092",
            "[::1]:9092",
            "localhost",
            "LOCALHOST:80",
            "localhost.",
            "app.localhost:1",
            "printer.local",
            "host.docker.internal:9092",
            "local.",
        ] {
            assert!(
                is_for_local_name(&request("/", &[("host", host)])),
                "{host}"
            );
        }
        for host in [
            "evil.example",
            "evil.example:9092",
            "notlocalhost",
            "localhost.evil.example",
            "127.0.0.1.evil.example",
            "[::1].evil.example",
            "",
        ] {
            assert!(
                !is_for_local_name(&request("/", &[("host", host)])),
                "{host}"
            );
        }
        assert!(is_for_local_name(&request("/", &[])));
        let absolute = request("http://evil.example/", &[("host", "localhost")]);
        assert!(!is_for_local_name(&absolute));
    }

    #[test]
    fn tells_pages_from_programs() {
        let asks = |headers: &[(&str, &str)]| is_of_rebound_page(&request("/", headers));
        let rebound = ("host", "evil.example:12000");
        assert!(asks(&[rebound, ("origin", "http://evil.example:12000")]));
        assert!(asks(&[rebound, ("origin", "null")]));
        assert!(!asks(&[rebound]));
        assert!(!asks(&[rebound, ("origin", "https://evil.example")]));
        assert!(!asks(&[
            ("host", "127.0.0.1"),
            ("origin", "app://obsidian")
        ]));
    }
}
