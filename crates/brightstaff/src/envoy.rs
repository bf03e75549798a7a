//! Envoy in front: started with this program, drained with it, started anew when
//! it falls. What it serves by is given to it while it runs ([`Front`]).

mod admin;
mod front;
mod resources;
mod watched;
mod words;

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use common::SealingKey;
use serde::Deserialize;
use tokio::process::{Child, Command};

use crate::files::replace;

pub(crate) use admin::Admin;
pub(crate) use front::Front;
use words::Words;

/// An Envoy that ends by itself sooner than this will not do better the next time.
const STEADY: Duration = Duration::from_secs(10);
/// One that was killed or crashed may; but not after so many times in a row.
const CRASHES: u32 = 3;
/// How often an Envoy that was started is asked whether it serves.
const START_POLL: Duration = Duration::from_millis(50);
/// What it refuses may be a change that came as it started, which is taken back: so
/// many times it may refuse and not serve.
const REFUSED_POLLS: u32 = 20;
/// Between the end of one Envoy and the start of the next.
const PAUSE: Duration = Duration::from_secs(1);
/// How often open requests are counted while Envoy drains.
const DRAIN_POLL: Duration = Duration::from_millis(50);
/// How long an Envoy without requests may take to end.
const QUIT_LIMIT: Duration = Duration::from_secs(5);

/// How long the connections of a listener that is gone may take to end.
const LEAVE_LIMIT: Duration = Duration::from_secs(3600);

/// How Envoy is run: a JSON file, all paths absolute.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct EnvoySettings {
    program: PathBuf,
    bootstrap: PathBuf,
    /// A folder of files that it watches.
    discovery: PathBuf,
    /// Where its admin interface listens, on this machine only.
    admin: SocketAddr,
    /// Where this program listens for it.
    brightstaff: OwnPlace,
    /// What it prints goes here; without it, where what this program prints goes.
    log: Option<PathBuf>,
    /// Its process id is written here.
    pid_file: PathBuf,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
struct OwnPlace {
    address: IpAddr,
    port: u16,
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
    /// What its filters open their configuration with. Secret.
    key: String,
    words: Words,
    /// How much had been said when it was started.
    said: u64,
    child: Child,
    started: Instant,
    /// How many before this one crashed in a row, each before it was steady.
    crashes: u32,
}

impl Envoy {
    fn start(settings: EnvoySettings, key: String, words: Words) -> io::Result<Self> {
        let said = words.mark();
        let child = spawn(&settings, &key, &words)?;
        Ok(Self {
            settings,
            key,
            words,
            said,
            child,
            started: Instant::now(),
            crashes: 0,
        })
    }

    /// Keeps Envoy running; returns why that is not possible any more.
    pub(crate) async fn keep(&mut self) -> String {
        loop {
            let admin = Admin(self.settings.admin);
            let ended = tokio::select! {
                ended = self.child.wait() => ended,
                reason = refusal(admin, &self.words, self.said) => return reason,
            };
            let (ended, crashed) = match ended {
                Ok(status) => {
                    let crashed = status.code().is_none();
                    (format!("Envoy has ended with {status}"), crashed)
                }
                Err(error) => (format!("Envoy is lost: {error}"), false),
            };
            let ended = match self.words.place() {
                Some(log) => format!("{ended}; see {}", log.display()),
                None => ended,
            };
            let crashes = if self.started.elapsed() >= STEADY {
                0
            } else if crashed && self.crashes < CRASHES {
                self.crashes + 1
            } else {
                return ended;
            };
            tracing::error!("{ended}; it is started again");
            tokio::time::sleep(PAUSE).await;
            let (settings, key) = (self.settings.clone(), self.key.clone());
            match Self::start(settings, key, self.words.clone()) {
                Ok(next) => *self = Self { crashes, ..next },
                Err(error) => return format!("Envoy cannot be started again: {error}"),
            }
        }
    }

    /// Takes no more connections, waits for open requests at most for `limit`, and
    /// ends Envoy.
    pub(crate) async fn drain(mut self, limit: Duration) {
        let id = self.child.id();
        self.end(limit).await;
        self.clear(id);
    }

    async fn end(&mut self, limit: Duration) {
        if !matches!(self.child.try_wait(), Ok(None)) {
            // Whoever has its address now is another one.
            return;
        }
        let deadline = Instant::now() + limit;
        let admin = Admin(self.settings.admin);
        if let Err(error) = admin.post("/drain_listeners").await {
            tracing::warn!(%error, "Envoy cannot be asked to drain");
        }
        while Instant::now() < deadline && admin.open_requests().await > 0 {
            tokio::time::sleep(DRAIN_POLL).await;
        }
        // An Envoy that does not listen is killed below.
        let _ = admin.post("/quitquitquit").await;
        if tokio::time::timeout(QUIT_LIMIT, self.child.wait())
            .await
            .is_err()
        {
            tracing::warn!("Envoy did not end in time and is killed");
            let _ = self.child.kill().await;
        }
    }

    /// Takes its files away; another one may have written its process id meanwhile.
    fn clear(&self, id: Option<u32>) {
        let written = std::fs::read_to_string(&self.settings.pid_file).unwrap_or_default();
        if written.trim().parse().ok() == id {
            let _ = std::fs::remove_file(&self.settings.pid_file);
        }
        let _ = std::fs::remove_dir_all(&self.settings.discovery);
    }
}

/// Why Envoy does not take what it was started with, such as a port that somebody has
/// taken meanwhile. Never ready if it serves.
async fn refusal(admin: Admin, words: &Words, said: u64) -> String {
    let mut polls_refused = 0;
    loop {
        tokio::time::sleep(START_POLL).await;
        let Ok(now) = admin.progress().await else {
            continue;
        };
        if now.serves() {
            return std::future::pending().await;
        }
        if now.refused > 0 {
            polls_refused += 1;
        }
        if polls_refused > REFUSED_POLLS {
            return words.refusal_since(said).await;
        }
    }
}

/// How much its filters log: as much as this program where one level is for all.
fn filter_level() -> &'static str {
    let level = std::env::var("RUST_LOG").unwrap_or_default();
    match level.to_ascii_lowercase().as_str() {
        "trace" => "trace",
        "debug" => "debug",
        "warn" => "warning",
        "error" => "error",
        "off" => "off",
        _ => "info",
    }
}

fn spawn(settings: &EnvoySettings, key: &str, words: &Words) -> io::Result<Child> {
    let mut command = Command::new(&settings.program);
    command
        .arg("-c")
        .arg(&settings.bootstrap)
        .args(["--disable-hot-restart", "-l", "warning"])
        .args(["--component-log-level", &format!("wasm:{}", filter_level())])
        .args(["--log-format", "[%Y-%m-%d %T.%e][%l] %v"])
        // Who is connected to a listener that is gone goes after what is under way.
        .args(["--drain-strategy", "immediate", "--drain-time-s"])
        .arg(LEAVE_LIMIT.as_secs().to_string())
        // The keys of providers are this program's: Envoy gets them sealed.
        .env_clear()
        .env(SealingKey::VARIABLE, key);
    for name in ["PATH", "TMPDIR", "TZ"] {
        if let Some(value) = std::env::var_os(name) {
            command.env(name, value);
        }
    }
    let child = words.start(command.stdin(Stdio::null()).kill_on_drop(true))?;
    let id = child.id().unwrap_or_default();
    replace(&settings.pid_file, format!("{id}\n").as_bytes())?;
    Ok(child)
}
