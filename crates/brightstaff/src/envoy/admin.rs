//! Envoy's admin interface.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use gateway_core::tally::counters;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

const LIMIT: Duration = Duration::from_secs(2);

/// Where it listens.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Admin(pub(super) SocketAddr);

/// What Envoy tells of the files that it watches.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Progress {
    /// The version in force of each, by the name of its statistics.
    pub(super) versions: Vec<(String, String)>,
    /// How many have been refused, all together.
    pub(super) refused: u64,
    /// Clusters and listeners that are not ready yet.
    pub(super) warming: u64,
}

impl Admin {
    pub(super) async fn post(self, path: &str) -> io::Result<String> {
        self.ask("POST", path).await
    }

    /// Requests that have come whole and are not answered yet.
    pub(super) async fn open_requests(self) -> u64 {
        let path = format!("/stats?filter=^wasmcustom.{}$", counters::WHOLE_REQUESTS);
        let Ok(stats) = self.ask("GET", &path).await else {
            return 0;
        };
        let mut values = stats.lines().filter_map(|line| line.rsplit_once(": "));
        values
            .find_map(|(_, value)| value.trim().parse().ok())
            .unwrap_or_default()
    }

    /// What its filters have counted, and its connections, a line each.
    pub(crate) async fn counts(self) -> io::Result<String> {
        let path = "/stats?filter=(^wasmcustom.plano%7C^http.*downstream_cx_active$)";
        self.ask("GET", path).await
    }

    /// How far Envoy is with its files.
    pub(super) async fn progress(self) -> io::Result<Progress> {
        let path = "/stats?filter=(version_text%7Cupdate_rejected%7Cconfig_fail%7C_warming%7Cwarming_clusters)$";
        Ok(Progress::read(&self.ask("GET", path).await?))
    }

    /// The body of an answer.
    async fn ask(self, method: &str, path: &str) -> io::Result<String> {
        let exchange = async {
            let mut stream = TcpStream::connect(self.0).await?;
            let request = format!("{method} {path} HTTP/1.1\r\nhost: admin\r\nconnection: close\r\ncontent-length: 0\r\n\r\n");
            stream.write_all(request.as_bytes()).await?;
            let mut answer = String::new();
            stream.read_to_string(&mut answer).await?;
            Ok(answer)
        };
        tokio::time::timeout(LIMIT, exchange)
            .await
            .map_err(|_| io::ErrorKind::TimedOut)?
    }
}

impl Progress {
    fn read(stats: &str) -> Self {
        let mut read = Self::default();
        for line in stats.lines() {
            let Some((name, value)) = line.split_once(": ") else {
                continue;
            };
            let value = value.trim().trim_matches('"');
            if let Some(name) = name.strip_suffix(".version_text") {
                read.versions.push((name.to_owned(), value.to_owned()));
            } else if name.ends_with("warming") || name.ends_with("warming_clusters") {
                read.warming += value.parse::<u64>().unwrap_or_default();
            } else {
                read.refused += value.parse::<u64>().unwrap_or_default();
            }
        }
        read
    }

    /// Whether Envoy serves by its files, of whatever version.
    pub(super) fn serves(&self) -> bool {
        let is_listening = |(name, version): &(String, String)| {
            name == "listener_manager.lds" && !version.is_empty()
        };
        self.warming == 0 && self.versions.iter().any(is_listening)
    }

    /// Whether everything that ends with `name` is of this version, and something is.
    pub(super) fn is_at(&self, name: &str, version: u64) -> bool {
        let mut named = self
            .versions
            .iter()
            .filter(|(known, _)| known.ends_with(name))
            .peekable();
        let version = version.to_string();
        named.peek().is_some() && named.all(|(_, known)| *known == version)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_how_far_envoy_is() {
        let read = Progress::read(
            "HTTP/1.1 200 OK\r\n\r\n\
             cluster_manager.cds.version_text: \"3\"\n\
             http.a.rds.routes_1.version_text: \"2\"\n\
             http.b.rds.routes_1.version_text: \"3\"\n\
             cluster_manager.cds.update_rejected: 1\n\
             cluster_manager.warming_clusters: 2\n\
             listener_manager.lds.update_rejected: 3\n\
             listener_manager.total_listeners_warming: 1\n",
        );
        assert_eq!((read.refused, read.warming), (4, 3));
        assert!(read.is_at("cluster_manager.cds", 3));
        assert!(!read.is_at(".rds.routes_1", 3));
        assert!(!read.is_at("listener_manager.lds", 3));
        assert!(!read.serves());
    }

    #[test]
    fn tells_when_envoy_serves() {
        let serves = |stats: &str| Progress::read(stats).serves();
        assert!(!serves("listener_manager.lds.version_text: \"\"\n"));
        assert!(serves("listener_manager.lds.version_text: \"1\"\n"));
        assert!(!serves(
            "listener_manager.lds.version_text: \"1\"\n\
             listener_manager.total_listeners_warming: 1\n"
        ));
    }
}
