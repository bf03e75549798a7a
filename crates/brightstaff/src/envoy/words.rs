//! What Envoy says, and where it goes.

use std::collections::VecDeque;
use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, BufReader};
use tokio::process::{Child, Command};

/// Of what it said lately, so many lines are known.
const RECENT_LINES: usize = 64;
/// A line that is longer is passed on in parts of so many bytes.
const LONGEST_LINE: u64 = 16 * 1024;

/// How often a reason that Envoy has for a refusal is looked for, and how many times.
const REASON_POLL: Duration = Duration::from_millis(4);
const REASON_POLLS: usize = 50;

/// Envoy's log: a file of its own, or this program's own log.
#[derive(Clone)]
pub(super) enum Words {
    File(PathBuf),
    PassedOn(Arc<Mutex<Recent>>),
}

/// The last lines, and how many there have been.
#[derive(Default)]
pub(super) struct Recent {
    count: u64,
    lines: VecDeque<String>,
}

impl Words {
    /// `log` is the file, if there is one.
    pub(super) fn new(log: Option<&Path>) -> Self {
        match log {
            Some(path) => Self::File(path.to_owned()),
            None => Self::PassedOn(Arc::default()),
        }
    }

    /// Has a program that is started say them here.
    pub(super) fn redirect(&self, command: &mut Command) -> io::Result<()> {
        match self {
            Self::File(path) => {
                let log = open_log(path)?;
                command.stdout(log.try_clone()?).stderr(log);
            }
            Self::PassedOn(_) => {
                command.stderr(Stdio::piped());
            }
        }
        Ok(())
    }

    /// Passes on what the started program says, as long as it runs.
    pub(super) fn listen_to(&self, child: &mut Child) {
        if let (Self::PassedOn(recent), Some(stderr)) = (self, child.stderr.take()) {
            tokio::spawn(pass_on(stderr, io::stderr(), Arc::clone(recent)));
        }
    }

    /// How much there is by now, for [`Self::complaint_since`].
    pub(super) fn mark(&self) -> u64 {
        match self {
            Self::File(path) => path.metadata().map_or(0, |log| log.len()),
            Self::PassedOn(recent) => recent.lock().map_or(0, |recent| recent.count),
        }
    }

    /// The first warning since the mark, without its time.
    pub(super) fn complaint_since(&self, mark: u64) -> Option<String> {
        match self {
            Self::File(path) => {
                let mut bytes = Vec::new();
                let mut log = File::open(path).ok()?;
                log.seek(SeekFrom::Start(mark)).ok()?;
                log.take(16 * 1024).read_to_end(&mut bytes).ok()?;
                String::from_utf8_lossy(&bytes).lines().find_map(complaint)
            }
            Self::PassedOn(recent) => {
                let recent = recent.lock().ok()?;
                let new = recent.count.saturating_sub(mark) as usize;
                let known = recent.lines.len().saturating_sub(new);
                let mut lines = recent.lines.iter().skip(known);
                lines.find_map(|line| complaint(line))
            }
        }
    }

    /// Why Envoy has refused something since the mark; it says so after it has counted
    /// the refusal.
    pub(super) async fn refusal_since(&self, mark: u64) -> String {
        for _ in 0..REASON_POLLS {
            if let Some(reason) = self.complaint_since(mark) {
                return format!("Envoy refuses the configuration: {reason}");
            }
            tokio::time::sleep(REASON_POLL).await;
        }
        "Envoy refuses the configuration: see its log".to_owned()
    }

    /// Where a user finds them, if not where this program's own are.
    pub(super) fn place(&self) -> Option<&Path> {
        match self {
            Self::File(path) => Some(path),
            Self::PassedOn(_) => None,
        }
    }
}

fn complaint(line: &str) -> Option<String> {
    let (_, words) = line
        .split_once("[warning]")
        .or_else(|| line.split_once("[error]"))?;
    Some(words.trim().to_owned())
}

async fn pass_on(stderr: impl AsyncRead + Unpin, mut log: impl Write, recent: Arc<Mutex<Recent>>) {
    let mut stderr = BufReader::new(stderr);
    let mut line = Vec::new();
    loop {
        line.clear();
        let mut part = (&mut stderr).take(LONGEST_LINE);
        if !matches!(part.read_until(b'\n', &mut line).await, Ok(1..)) {
            return;
        }
        let text = String::from_utf8_lossy(&line);
        let text = text.trim_end();
        // Its lines have a time and a level of their own. Nobody may be reading.
        let _ = writeln!(log, "{text}");
        if let Ok(mut recent) = recent.lock() {
            recent.count += 1;
            recent.lines.push_back(text.to_owned());
            if recent.lines.len() > RECENT_LINES {
                recent.lines.pop_front();
            }
        }
    }
}

/// Opens a log for more, for its owner only.
pub(super) fn open_log(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.create(true).append(true).mode(0o600).open(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_complaint_is_found_among_lines_that_are_passed_on() {
        let words = Words::new(None);
        let Words::PassedOn(recent) = &words else {
            unreachable!("there is no file");
        };
        let say = |text: &'static str| pass_on(text.as_bytes(), io::sink(), Arc::clone(recent));
        say("[2026-01-01 00:00:00.000][warning] an old one\n").await;
        let mark = words.mark();
        assert_eq!(words.complaint_since(mark), None);
        say(
            "[2026-01-01 00:00:01.000][info] nothing\n[2026-01-01 00:00:01.001][warning] lds: no\n",
        )
        .await;
        assert_eq!(words.complaint_since(mark).as_deref(), Some("lds: no"));
    }

    #[tokio::test]
    async fn a_flood_of_lines_leaves_only_the_last() {
        let words = Words::new(None);
        let Words::PassedOn(recent) = &words else {
            unreachable!("there is no file");
        };
        let long = "x".repeat(3 * LONGEST_LINE as usize);
        let text = format!("{}{long}\n", "[warning] line\n".repeat(1000));
        pass_on(text.as_bytes(), io::sink(), Arc::clone(recent)).await;
        let recent = recent.lock().expect("nobody panics");
        assert_eq!(recent.count, 1004);
        assert_eq!(recent.lines.len(), RECENT_LINES);
        assert!(recent
            .lines
            .iter()
            .all(|line| line.len() <= LONGEST_LINE as usize));
    }
}
