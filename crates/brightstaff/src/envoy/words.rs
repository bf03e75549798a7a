//! What Envoy says, and where it goes.

use std::collections::VecDeque;
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
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

/// Envoy's log: a file of its own, or this program's own log. Not all that Envoy prints
/// goes there, see [`Filter`].
#[derive(Clone)]
pub(super) struct Words {
    file: Option<PathBuf>,
    recent: Arc<Mutex<Recent>>,
}

/// The last lines, and how many there have been.
#[derive(Default)]
struct Recent {
    count: u64,
    lines: VecDeque<String>,
}

impl Words {
    /// `file` is the log's, if there is one.
    pub(super) fn new(file: Option<&Path>) -> Self {
        Self {
            file: file.map(Path::to_owned),
            recent: Arc::default(),
        }
    }

    /// Starts a program and passes on what it says, as long as it runs.
    pub(super) fn start(&self, command: &mut Command) -> io::Result<Child> {
        let log: Box<dyn Write + Send> = match &self.file {
            Some(path) => {
                let log = open_log(path)?;
                command.stdout(log.try_clone()?);
                Box::new(log)
            }
            None => Box::new(io::stderr()),
        };
        let mut child = command.stderr(Stdio::piped()).spawn()?;
        if let Some(stderr) = child.stderr.take() {
            tokio::spawn(pass_on(stderr, log, Arc::clone(&self.recent)));
        }
        Ok(child)
    }

    /// How much there is by now, for [`Self::complaint_since`].
    pub(super) fn mark(&self) -> u64 {
        self.recent.lock().map_or(0, |recent| recent.count)
    }

    /// The first warning since the mark, without its time.
    pub(super) fn complaint_since(&self, mark: u64) -> Option<String> {
        let recent = self.recent.lock().ok()?;
        let new = recent.count.saturating_sub(mark) as usize;
        let known = recent.lines.len().saturating_sub(new);
        let mut lines = recent.lines.iter().skip(known);
        lines.find_map(|line| complaint(line))
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
        self.file.as_deref()
    }
}

/// What of Envoy's output is passed on. When it crashes it prints the calls that were
/// under way, with keys and pieces of bodies: from then on only its backtrace is kept.
#[derive(Default)]
struct Filter {
    has_crashed: bool,
}

impl Filter {
    fn passes(&mut self, line: &str) -> bool {
        let is_critical = line.starts_with('[') && line.contains("][critical] ");
        self.has_crashed |= is_critical && line.contains("][critical] Caught ");
        is_critical || !self.has_crashed
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
    let mut filter = Filter::default();
    let mut line = Vec::new();
    loop {
        line.clear();
        let mut part = (&mut stderr).take(LONGEST_LINE);
        if !matches!(part.read_until(b'\n', &mut line).await, Ok(1..)) {
            return;
        }
        let text = String::from_utf8_lossy(&line);
        let text = text.trim_end();
        if !filter.passes(text) {
            continue;
        }
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
        let recent = &words.recent;
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
        let recent = &words.recent;
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

    #[tokio::test]
    async fn a_crash_is_told_without_the_calls_that_were_under_way() {
        let text = "[2026-01-01 00:00:00.000][warning] wasm log: a thing\n  of two lines\n\
            [2026-01-01 00:00:01.000][critical] Caught Segmentation fault, suspect faulting address 0x6c\n\
            [2026-01-01 00:00:01.000][critical] #0: [0x7fa11b937050]\n\
            ActiveStream 0x72727dbcce00, stream_id_: 81\n    'authorization', 'Bearer sk-1'\n\
            [body][critical\n";
        let mut log = Vec::new();
        pass_on(text.as_bytes(), &mut log, Arc::default()).await;
        let log = String::from_utf8(log).expect("it is text");
        let kept = log.lines().count();
        assert_eq!(kept, 4, "{log}");
        assert!(log.contains("  of two lines\n"));
        assert!(log.ends_with("#0: [0x7fa11b937050]\n"));
        assert!(!log.contains("sk-1"));
    }
}
