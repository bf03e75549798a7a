//! Envoy in front: started with this program, drained with it, started anew when
//! it falls.

use std::fs::{File, OpenOptions};
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use serde::Deserialize;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::process::{Child, Command};

/// An Envoy that ends sooner than this will not do better the next time.
const STEADY: Duration = Duration::from_secs(10);
/// Between the end of one Envoy and the start of the next.
const PAUSE: Duration = Duration::from_secs(1);
/// How often open requests are counted while Envoy drains.
const DRAIN_POLL: Duration = Duration::from_millis(50);
/// How long an Envoy without requests may take to end.
const QUIT_LIMIT: Duration = Duration::from_secs(5);

/// How Envoy is run: a JSON file, all paths absolute.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct EnvoySettings {
    program: PathBuf,
    bootstrap: PathBuf,
    /// Where its admin interface listens, on this machine only.
    admin: SocketAddr,
    /// What it prints goes here.
    log: PathBuf,
    log_level: String,
    /// Its process id is written here.
    pid_file: PathBuf,
}

impl EnvoySettings {
    pub(crate) fn read(path: &Path) -> Result<Self, String> {
        let text = std::fs::read_to_string(path)
            .map_err(|error| format!("cannot read {}: {error}", path.display()))?;
        serde_json::from_str(&text).map_err(|error| format!("{}: {error}", path.display()))
    }
}

/// A running Envoy.
pub(crate) struct Envoy {
    settings: EnvoySettings,
    child: Child,
    started: Instant,
}

impl Envoy {
    pub(crate) fn start(settings: EnvoySettings) -> io::Result<Self> {
        let log = OpenOptions::new()
            .create(true)
            .append(true)
            .open(&settings.log)?;
        let child = spawn(&settings, &log)?;
        Ok(Self {
            settings,
            child,
            started: Instant::now(),
        })
    }

    /// Keeps Envoy running; returns why that is not possible any more.
    pub(crate) async fn keep(&mut self) -> String {
        loop {
            let ended = match self.child.wait().await {
                Ok(status) => format!("Envoy has ended with {status}"),
                Err(error) => format!("Envoy is lost: {error}"),
            };
            let ended = format!("{ended}; see {}", self.settings.log.display());
            if self.started.elapsed() < STEADY {
                return ended;
            }
            tracing::error!("{ended}; it is started again");
            tokio::time::sleep(PAUSE).await;
            match Self::start(self.settings.clone()) {
                Ok(next) => *self = next,
                Err(error) => return format!("Envoy cannot be started again: {error}"),
            }
        }
    }

    /// Takes no more connections, waits for open requests at most for `limit`, and
    /// ends Envoy.
    pub(crate) async fn drain(mut self, limit: Duration) {
        let deadline = Instant::now() + limit;
        let admin = self.settings.admin;
        if let Err(error) = ask(admin, "POST", "/drain_listeners").await {
            tracing::warn!(%error, "Envoy cannot be asked to drain");
        }
        while Instant::now() < deadline && open_requests(admin).await > 0 {
            tokio::time::sleep(DRAIN_POLL).await;
        }
        // An Envoy that does not listen is killed below.
        let _ = ask(admin, "POST", "/quitquitquit").await;
        if tokio::time::timeout(QUIT_LIMIT, self.child.wait())
            .await
            .is_err()
        {
            tracing::warn!("Envoy did not end in time and is killed");
            let _ = self.child.kill().await;
        }
        let _ = std::fs::remove_file(&self.settings.pid_file);
    }
}

fn spawn(settings: &EnvoySettings, log: &File) -> io::Result<Child> {
    let child = Command::new(&settings.program)
        .arg("-c")
        .arg(&settings.bootstrap)
        .args(["--disable-hot-restart", "-l", "warning"])
        .args(["--component-log-level", &settings.log_level])
        .args(["--log-format", "[%Y-%m-%d %T.%e][%l] %v"])
        .stdin(Stdio::null())
        .stdout(log.try_clone()?)
        .stderr(log.try_clone()?)
        .kill_on_drop(true)
        .spawn()?;
    let id = child.id().unwrap_or_default();
    std::fs::write(&settings.pid_file, format!("{id}\n"))?;
    Ok(child)
}

/// Requests of clients that are not answered yet.
async fn open_requests(admin: SocketAddr) -> u64 {
    let path = "/stats?filter=^http\\..*\\.downstream_rq_active$";
    let Ok(stats) = ask(admin, "GET", path).await else {
        return 0;
    };
    stats
        .lines()
        .filter(|line| !line.starts_with("http.admin."))
        .filter_map(|line| line.rsplit_once(": ")?.1.trim().parse::<u64>().ok())
        .sum()
}

/// The body of an answer of the admin interface.
async fn ask(admin: SocketAddr, method: &str, path: &str) -> io::Result<String> {
    let exchange = async {
        let mut stream = TcpStream::connect(admin).await?;
        let request = format!("{method} {path} HTTP/1.1\r\nhost: admin\r\nconnection: close\r\ncontent-length: 0\r\n\r\n");
        stream.write_all(request.as_bytes()).await?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await?;
        Ok(answer)
    };
    tokio::time::timeout(Duration::from_secs(2), exchange)
        .await
        .map_err(|_| io::ErrorKind::TimedOut)?
}
