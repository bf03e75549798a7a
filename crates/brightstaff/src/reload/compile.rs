//! Runs the compiler.

use std::process::Stdio;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::process::Command;

use super::management::{Compiler, Submission};

/// How long it may take; it takes a fraction of a second.
const LIMIT: Duration = Duration::from_secs(60);

/// How much it may print.
const MOST_BYTES: u64 = 16 * 1024 * 1024;

/// Compiles the source. An error is a message.
pub(super) async fn run(compiler: &Compiler) -> Result<Submission, String> {
    let Some((program, arguments)) = compiler.command.split_first() else {
        return Err("no compiler is named".to_owned());
    };
    let failed = |reason: &dyn ToString| format!("cannot compile: {}", reason.to_string());
    let mut child = Command::new(program)
        .args(arguments)
        .env_clear()
        .envs(&compiler.environment)
        .current_dir(&compiler.folder)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .map_err(|error| failed(&format!("{program}: {error}")))?;
    let (output, complaint) = (child.stdout.take(), child.stderr.take());
    let finished = async {
        let (output, complaint) = tokio::join!(read(output), read(complaint));
        (output, complaint, child.wait().await)
    };
    let (output, complaint, status) = tokio::time::timeout(LIMIT, finished)
        .await
        .map_err(|_| failed(&"it takes too long"))?;
    match Submission::read(&output) {
        Ok(submission) => Ok(submission),
        Err(error) => {
            let ended = status.map_or_else(|error| error.to_string(), |status| status.to_string());
            let complaint = String::from_utf8_lossy(&complaint);
            let last = complaint.lines().rev().find(|line| !line.is_empty());
            Err(failed(&format!(
                "it ended with {ended}: {}",
                last.unwrap_or(&error)
            )))
        }
    }
}

async fn read(pipe: Option<impl AsyncRead + Unpin>) -> Vec<u8> {
    let mut bytes = Vec::new();
    if let Some(pipe) = pipe {
        // What cannot be read is not there.
        let _ = pipe.take(MOST_BYTES).read_to_end(&mut bytes).await;
    }
    bytes
}
