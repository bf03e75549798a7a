//! The socket that `planoai` hands configurations in at: one connection brings one
//! [`Submission`] as JSON, up to its end, and gets the [`Outcome`] as JSON.
//!
//! [`Outcome`]: super::Outcome

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;

use super::management::Submission;
use super::{Event, Outcome};

/// How long one may take to say what it wants.
const LIMIT: Duration = Duration::from_secs(10);

/// How much one may say.
const MOST_BYTES: u64 = 16 * 1024 * 1024;

/// The open socket; dropping it takes it away.
pub(super) struct ControlSocket {
    path: PathBuf,
    task: JoinHandle<()>,
}

impl ControlSocket {
    /// Opens the socket for the owner only. Without one the program serves all the
    /// same, so that a failure is a line of the log.
    pub(super) fn open(path: &Path, events: mpsc::UnboundedSender<Event>) -> Option<Self> {
        // What an instance has left that was killed.
        let _ = std::fs::remove_file(path);
        let listener = UnixListener::bind(path).and_then(|listener| {
            std::fs::set_permissions(path, PermissionsExt::from_mode(0o600))?;
            Ok(listener)
        });
        match listener {
            Ok(listener) => Some(Self {
                path: path.to_owned(),
                task: tokio::task::spawn_local(serve(listener, events)),
            }),
            Err(error) => {
                tracing::warn!(%error, "cannot listen at {}", path.display());
                None
            }
        }
    }
}

impl Drop for ControlSocket {
    fn drop(&mut self) {
        self.task.abort();
        let _ = std::fs::remove_file(&self.path);
    }
}

async fn serve(listener: UnixListener, events: mpsc::UnboundedSender<Event>) {
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                let events = events.clone();
                tokio::task::spawn_local(async move {
                    if tokio::time::timeout(LIMIT, answer(stream, events))
                        .await
                        .is_err()
                    {
                        tracing::warn!("a connection to the control socket takes too long");
                    }
                });
            }
            Err(error) => {
                tracing::warn!(%error, "a connection to the control socket cannot be accepted");
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
    }
}

async fn answer(mut stream: UnixStream, events: mpsc::UnboundedSender<Event>) {
    let mut bytes = Vec::new();
    let (reader, mut writer) = stream.split();
    if reader
        .take(MOST_BYTES)
        .read_to_end(&mut bytes)
        .await
        .is_err()
    {
        return;
    }
    let outcome = match Submission::read(&bytes) {
        Ok(submission) => {
            let (reply, answered) = oneshot::channel();
            let asked = Event::Asked(submission, reply);
            match (events.send(asked), answered.await) {
                (Ok(()), Ok(outcome)) => outcome,
                // The program is stopping.
                _ => return,
            }
        }
        Err(reason) => Outcome::Refused {
            reason,
            needs_restart: false,
        },
    };
    if let Ok(text) = serde_json::to_vec(&outcome) {
        let _ = writer.write_all(&text).await;
    }
}
