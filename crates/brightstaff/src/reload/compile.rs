//! Runs the compiler.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use serde_json::json;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::process::Command;

use super::management::{Compiler, Submission};

/// How long it may take; it takes a fraction of a second.
const LIMIT: Duration = Duration::from_secs(60);

/// How much it may print.
const MOST_BYTES: u64 = 16 * 1024 * 1024;

/// Compiles the source. An error is a message.
pub(super) async fn run(
    compiler: &Compiler,
    environment: &BTreeMap<String, String>,
) -> Result<Submission, String> {
    let Some((program, arguments)) = compiler.command.split_first() else {
        return Err("no compiler is named".to_owned());
    };
    let failed = |reason: &dyn ToString| format!("cannot compile: {}", reason.to_string());
    let mut child = Command::new(program)
        .args(arguments)
        .env_clear()
        .envs(&compiler.environment)
        .current_dir(&compiler.folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .map_err(|error| {
            // The error of a folder that is gone looks like one of the program.
            let is_there = compiler.folder.is_dir();
            let at = if is_there {
                Path::new(program)
            } else {
                &compiler.folder
            };
            failed(&format!("{}: {error}", at.display()))
        })?;
    let (output, complaint) = (child.stdout.take(), child.stderr.take());
    let (input, told) = (child.stdin.take(), input_of(compiler, environment));
    let finished = async {
        let (output, complaint, ()) =
            tokio::join!(read(output), read(complaint), write(input, &told));
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
            let told = failure_in(&complaint).unwrap_or(&error);
            Err(failed(&format!("it ended with {ended}: {told}")))
        }
    }
}

/// What the compiler says is wrong: the line with its mark, or else the last one.
fn failure_in(complaint: &str) -> Option<&str> {
    let marked = complaint.lines().find_map(|line| line.strip_prefix("✗ "));
    marked.or_else(|| complaint.lines().rev().find(|line| !line.is_empty()))
}

/// What it is told on standard input. Secret.
fn input_of(compiler: &Compiler, environment: &BTreeMap<String, String>) -> Vec<u8> {
    let Some(deployment) = &compiler.deployment else {
        return Vec::new();
    };
    json!({"deployment": deployment, "environment": environment})
        .to_string()
        .into_bytes()
}

async fn write(pipe: Option<impl AsyncWrite + Unpin>, bytes: &[u8]) {
    if let Some(mut pipe) = pipe {
        // One that does not read it says by its output what is wrong.
        let _ = pipe.write_all(bytes).await;
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_is_told_by_its_first_words() {
        let told = "warning\n✗ config.yaml: it is a loop of links\n  Name another file.\n\n";
        assert_eq!(failure_in(told), Some("config.yaml: it is a loop of links"));
        assert_eq!(failure_in("Error\n    at main\n\n"), Some("    at main"));
        assert_eq!(failure_in(""), None);
    }

    #[tokio::test]
    async fn a_folder_that_is_gone_is_named_and_not_the_program() {
        let compiler = Compiler {
            command: vec!["/bin/sh".to_owned()],
            folder: "/nowhere/at/all".into(),
            environment: BTreeMap::new(),
            watch: Vec::new(),
            deployment: None,
        };
        let Err(told) = run(&compiler, &BTreeMap::new()).await else {
            panic!("there is no such folder");
        };
        assert!(
            told.starts_with("cannot compile: /nowhere/at/all: "),
            "{told}"
        );
    }
}
