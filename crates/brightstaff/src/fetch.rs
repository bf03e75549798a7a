//! Images and documents that a request names by URL, for providers that take
//! them inline only.

mod address;

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use common::FetchMedia;
use gateway_core::{FetchFailure, Origin};
use hermesllm::RemoteMedia;
use http::header::{
    HeaderMap, HeaderValue, ACCEPT, ACCEPT_ENCODING, CONTENT_TYPE, HOST, LOCATION, USER_AGENT,
};
use http::uri::{PathAndQuery, Uri};
use http::Method;
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::upstream::{Call, Patience, Pool, Reply, UpstreamBody};

/// Longest wait for everything that one request names.
const PATIENCE: Duration = Duration::from_secs(20);
const CONNECT: Duration = Duration::from_secs(5);

/// Largest file, in bytes; no provider takes more inline.
const MAX_BYTES: usize = 20 * 1024 * 1024;

const MAX_REDIRECTS: usize = 3;

/// Gets what all of `urls` lead to, at the same time; the first failure counts.
pub(crate) async fn fetch(
    pool: &Pool,
    urls: Vec<String>,
    policy: FetchMedia,
) -> Result<Vec<RemoteMedia>, FetchFailure> {
    let allowed = match policy {
        FetchMedia::Any => |_: IpAddr| true,
        FetchMedia::Public | FetchMedia::Off => address::is_public,
    };
    let mut asked = JoinSet::new();
    for url in urls {
        let pool = pool.clone();
        asked.spawn_local(async move {
            let found = timeout(PATIENCE, follow(&pool, &url, allowed)).await;
            match found.unwrap_or_else(|_| Err("it took too long".to_owned())) {
                Ok((media_type, data)) => Ok(RemoteMedia {
                    url,
                    media_type,
                    data,
                }),
                Err(reason) => Err(FetchFailure { url, reason }),
            }
        });
    }
    let mut media = Vec::new();
    while let Some(found) = asked.join_next().await {
        // A task ends early only when the worker does.
        if let Ok(found) = found {
            media.push(found?);
        }
    }
    Ok(media)
}

/// The media type and the content at the end of redirections.
async fn follow(
    pool: &Pool,
    url: &str,
    allowed: fn(IpAddr) -> bool,
) -> Result<(String, Vec<u8>), String> {
    let mut place = Place::parse(url)?;
    for _ in 0..=MAX_REDIRECTS {
        let reply = place.ask(pool, allowed).await?;
        let status = reply.head.status;
        if status.is_redirection() {
            let location = reply.head.headers.get(LOCATION);
            let location = location.and_then(|value| value.to_str().ok());
            place = place.next(location.ok_or("it redirects nowhere")?)?;
            continue;
        }
        if !status.is_success() {
            return Err(format!("the server answered {status}"));
        }
        let media_type = media_type(&reply.head.headers);
        return Ok((media_type, read(reply).await?));
    }
    Err(format!("it redirects more than {MAX_REDIRECTS} times"))
}

fn media_type(headers: &HeaderMap) -> String {
    let value = headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    let essence = value.unwrap_or_default().split(';').next();
    essence.unwrap_or_default().trim().to_ascii_lowercase()
}

async fn read(mut reply: Reply) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    while let Some(piece) = std::future::poll_fn(|context| reply.body.poll_piece(context)).await {
        let piece = piece.map_err(|failure| failure.to_string())?;
        if bytes.len() + piece.len() > MAX_BYTES {
            return Err(format!("it is larger than {MAX_BYTES} bytes"));
        }
        bytes.extend_from_slice(&piece);
    }
    Ok(bytes)
}

/// Where to ask, and for what.
struct Place {
    origin: Arc<Origin>,
    path: PathAndQuery,
}

impl Place {
    fn parse(url: &str) -> Result<Self, String> {
        const NOT_A_URL: &str = "it is no http or https address";
        // A fragment is the client's own.
        let url = url.split('#').next().unwrap_or_default();
        let uri: Uri = url.parse().map_err(|_| NOT_A_URL)?;
        let https = match uri.scheme_str() {
            Some("https") => true,
            Some("http") => false,
            _ => return Err(NOT_A_URL.to_owned()),
        };
        let authority = uri.authority().ok_or(NOT_A_URL)?;
        if authority.as_str().contains('@') {
            return Err("it holds a password".to_owned());
        }
        let default_port = if https { 443 } else { 80 };
        let origin = Origin {
            https,
            host: authority.host().trim_matches(['[', ']']).to_owned(),
            port: authority.port_u16().unwrap_or(default_port),
            authority: authority.as_str().to_owned(),
            found_at: None,
        };
        let path = uri.path_and_query().cloned();
        Ok(Self {
            origin: Arc::new(origin),
            path: path.unwrap_or_else(|| PathAndQuery::from_static("/")),
        })
    }

    /// Where a redirection leads: a whole URL, or a path on the same server.
    fn next(&self, location: &str) -> Result<Self, String> {
        if location.starts_with("//") || !location.starts_with('/') {
            return Self::parse(location);
        }
        let path = location.parse().map_err(|_| "it redirects nowhere")?;
        Ok(Self {
            origin: Arc::clone(&self.origin),
            path,
        })
    }

    async fn ask(&self, pool: &Pool, allowed: fn(IpAddr) -> bool) -> Result<Reply, String> {
        let mut headers = HeaderMap::new();
        let host = HeaderValue::from_str(&self.origin.authority);
        headers.insert(HOST, host.map_err(|_| "its host has odd characters")?);
        headers.insert(
            ACCEPT,
            HeaderValue::from_static("image/*, application/pdf, */*;q=0.5"),
        );
        headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
        headers.insert(USER_AGENT, HeaderValue::from_static("plano"));
        let call = Call {
            method: Method::GET,
            path: self.path.clone(),
            headers,
            body: UpstreamBody::default(),
        };
        let patience = Patience {
            connect: CONNECT,
            first_byte: PATIENCE,
        };
        let reply = pool.send_anew(&self.origin, call, patience, allowed).await;
        reply.map_err(|failure| failure.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_addresses() {
        let place =
            Place::parse("http://[::1]:8080/a%20b?c=d#e").unwrap_or_else(|_| panic!("fits"));
        assert_eq!(
            (place.origin.host.as_str(), place.origin.port),
            ("::1", 8080)
        );
        assert_eq!(place.path, "/a%20b?c=d");
        let next = place.next("/f").unwrap_or_else(|_| panic!("fits"));
        assert_eq!((next.origin.port, next.path.as_str()), (8080, "/f"));
        let next = place
            .next("https://example.com/g")
            .unwrap_or_else(|_| panic!("fits"));
        assert_eq!((next.origin.port, next.origin.https), (443, true));
        for bad in [
            "ftp://a/b",
            "a.png",
            "http://",
            "http://u:p@a/b",
            "//a/b",
            "gs://bucket/a",
        ] {
            assert!(Place::parse(bad).is_err(), "{bad}");
        }
    }
}
