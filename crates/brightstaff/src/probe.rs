//! Asks a running server whether it is well: for supervisors that can only run a
//! program, such as a container's health check.

use std::io::{self, Read, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream};
use std::path::Path;
use std::time::Duration;

use common::Rendered;

use crate::files::read_text;
use crate::server::ServerError;

const LIMIT: Duration = Duration::from_secs(3);

/// Asks every listener of the configuration at `path` for its health.
pub(crate) fn probe(path: &Path) -> Result<(), ServerError> {
    let text = read_text(path).map_err(|cause| ServerError::Unreadable {
        path: path.to_owned(),
        cause,
    })?;
    let written = Rendered::split(&text)
        .config()
        .map_err(|error| ServerError::Invalid(error.to_string()))?;
    for listener in &written.listeners {
        let address = reachable(&listener.address, listener.port);
        ask(address).map_err(|reason| ServerError::Unhealthy {
            address: address.to_string(),
            reason,
        })?;
    }
    Ok(())
}

/// Where this machine reaches a listener: one on all addresses by loopback.
fn reachable(address: &str, port: u16) -> SocketAddr {
    let address = match address.parse() {
        Ok(IpAddr::V6(address)) if address.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        Ok(address) if !address.is_unspecified() => address,
        _ => Ipv4Addr::LOCALHOST.into(),
    };
    SocketAddr::new(address, port)
}

fn ask(address: SocketAddr) -> Result<(), String> {
    let status = status_line(address).map_err(|error| error.to_string())?;
    if status.starts_with(b"HTTP/1.1 200 ") {
        return Ok(());
    }
    Err(String::from_utf8_lossy(&status).into_owned())
}

fn status_line(address: SocketAddr) -> io::Result<Vec<u8>> {
    let mut stream = TcpStream::connect_timeout(&address, LIMIT)?;
    stream.set_read_timeout(Some(LIMIT))?;
    stream.set_write_timeout(Some(LIMIT))?;
    // At once: a server may answer and close as soon as it has read the beginning.
    let request = format!("GET /healthz HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes())?;
    let mut answer = Vec::new();
    stream.take(1024).read_to_end(&mut answer)?;
    answer.truncate(answer.iter().position(|byte| *byte == b'\r').unwrap_or(0));
    Ok(answer)
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;

    fn answering(words: &'static str) -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut request = [0; 1024];
            let _ = stream.read(&mut request).unwrap();
            stream.write_all(words.as_bytes()).unwrap();
        });
        address
    }

    #[test]
    fn tells_well_from_unwell() {
        assert_eq!(ask(answering("HTTP/1.1 200 OK\r\n\r\n")), Ok(()));
        let draining = ask(answering("HTTP/1.1 503 Service Unavailable\r\n\r\n"));
        assert_eq!(draining, Err("HTTP/1.1 503 Service Unavailable".into()));
        assert!(ask(answering("")).is_err());
        assert!(ask(SocketAddr::from(([127, 0, 0, 1], 1))).is_err());
    }

    #[test]
    fn reaches_listeners_on_all_addresses() {
        assert_eq!(reachable("0.0.0.0", 1).to_string(), "127.0.0.1:1");
        assert_eq!(reachable("::", 1).to_string(), "[::1]:1");
        assert_eq!(reachable("10.0.0.1", 1).to_string(), "10.0.0.1:1");
    }
}
