//! One run of a program: its prompt goes in, its lines come out.

use std::collections::VecDeque;
use std::future::Future;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::process::CommandExt;
use std::pin::Pin;
use std::process::{Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::task::{ready, Context, Poll};
use std::time::{Duration, Instant};

use bytes::{Buf, Bytes, BytesMut};
use hermesllm::ErrorKind;
use serde_json::Value;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::unix::pipe;
use tokio::sync::oneshot;

use super::claude_cli::{Answer, Fault, Request};
use super::places::Place;
use super::settings::Settings;
use super::supervisor::{Group, Supervisor};
use crate::deadlines::{Deadline, Deadlines};

/// Longest line that is read: the results of tools are among them.
const MAX_LINE: usize = 64 * 1024 * 1024;
/// What is kept of standard error: its end.
const MAX_TAIL: usize = 2048;
const READ_SIZE: usize = 16 * 1024;
/// How long more output is waited for once the program has ended, if what it has
/// started holds that open.
const GRACE: Duration = Duration::from_millis(300);

/// A program at work. Dropping it ends the program and all that it has started.
pub(crate) struct Run {
    answer: Answer,
    input: Option<(pipe::Sender, Bytes)>,
    output: pipe::Receiver,
    /// Bytes of a line that is not whole yet, of which so many hold no line's end.
    line: BytesMut,
    searched: usize,
    errors: Option<pipe::Receiver>,
    tail: VecDeque<u8>,
    group: Group,
    /// Set once the program has ended before its output.
    grace: Option<Deadline>,
    /// Set once the output has ended.
    ended: Option<oneshot::Receiver<ExitStatus>>,
    total: Deadline,
    deadlines: Deadlines,
    settings: Arc<Settings>,
    key: Option<String>,
}

impl Run {
    /// Starts the program on a request.
    pub(super) fn start(
        supervisor: &Supervisor,
        deadlines: &Deadlines,
        settings: &Arc<Settings>,
        key: Option<String>,
        request: Request,
        place: Place,
    ) -> Result<Self, Fault> {
        let program = settings.program().map_err(|name| {
            let message = format!(
                "there is no program '{name}': install Claude Code, or name it by CLAUDE_CLI_BIN"
            );
            Fault::new(ErrorKind::BadGateway, message)
        })?;
        let cannot = |error: io::Error| {
            let message = format!("{} cannot be started: {error}", program.display());
            Fault::new(ErrorKind::BadGateway, message)
        };
        let mut command = Command::new(&program);
        for argument in request.arguments(&settings.permission_mode) {
            command.arg(&*argument);
        }
        if let Some(folder) = &settings.working_directory {
            command.current_dir(folder);
        }
        let mut child = command
            .env_clear()
            .envs(settings.variables(key.as_deref()))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0)
            .spawn()
            .map_err(cannot)?;
        let pipes = (child.stdin.take(), child.stdout.take(), child.stderr.take());
        let group = supervisor.adopt(child, place).map_err(cannot)?;
        let (Some(stdin), Some(stdout), Some(stderr)) = pipes else {
            return Err(cannot(io::ErrorKind::BrokenPipe.into()));
        };
        let text = request
            .input()
            .map_err(|error| Fault::new(error.kind, error.message))?;
        let receiver = |fd: OwnedFd| pipe::Receiver::from_owned_fd(fd).map_err(cannot);
        let input = pipe::Sender::from_owned_fd(stdin.into()).map_err(cannot)?;
        Ok(Self {
            answer: Answer::default(),
            input: Some((input, Bytes::from(text))),
            output: receiver(stdout.into())?,
            line: BytesMut::new(),
            searched: 0,
            errors: Some(receiver(stderr.into())?),
            tail: VecDeque::new(),
            group,
            grace: None,
            ended: None,
            total: deadlines.at(Instant::now() + settings.total_timeout),
            deadlines: deadlines.clone(),
            settings: Arc::clone(settings),
            key,
        })
    }

    /// Whether the answer has begun.
    pub(super) fn is_begun(&self) -> bool {
        self.answer.is_begun()
    }

    /// Whether the whole answer is there.
    pub(crate) fn is_complete(&self) -> bool {
        self.answer.is_complete()
    }

    /// Adds the next events of the answer, at least one unless it is complete.
    pub(crate) fn poll_events(
        &mut self,
        context: &mut Context<'_>,
        events: &mut Vec<Value>,
    ) -> Poll<Result<(), Fault>> {
        let polled = self.poll_parts(context, events);
        polled.map_err(|fault| Fault {
            message: self
                .settings
                .without_secrets(&fault.message, self.key.as_deref()),
            ..fault
        })
    }

    fn poll_parts(
        &mut self,
        context: &mut Context<'_>,
        events: &mut Vec<Value>,
    ) -> Poll<Result<(), Fault>> {
        self.write(context);
        self.read_errors(context);
        if Pin::new(&mut self.total).poll(context).is_ready() {
            let limit = self.settings.total_timeout.as_secs();
            let message = format!("it took longer than {limit} s (local_agents.total_timeout)");
            return Poll::Ready(Err(Fault::new(ErrorKind::Timeout, message)));
        }
        loop {
            while let Some(line) = self.next_line() {
                self.answer.push(&line, events)?;
            }
            if self.answer.is_complete() {
                drop(self.group.finish());
                return Poll::Ready(Ok(()));
            }
            if !events.is_empty() {
                return Poll::Ready(Ok(()));
            }
            if let Some(ended) = &mut self.ended {
                let status = ready!(Pin::new(ended).poll(context)).ok();
                self.read_errors(context);
                return Poll::Ready(Err(self.early_end(status)));
            }
            if self.line.len() > MAX_LINE {
                let message = format!("it printed a line of more than {MAX_LINE} bytes");
                return Poll::Ready(Err(Fault::new(ErrorKind::BadGateway, message)));
            }
            let mut space = [0; READ_SIZE];
            let mut read = ReadBuf::new(&mut space);
            match Pin::new(&mut self.output).poll_read(context, &mut read) {
                Poll::Ready(Ok(())) if !read.filled().is_empty() => {
                    self.line.extend_from_slice(read.filled());
                }
                Poll::Pending if !self.is_left(context) => return Poll::Pending,
                _ => self.ended = Some(self.group.finish()),
            }
        }
    }

    /// Whether the program has ended so long ago that what it wrote has been read.
    fn is_left(&mut self, context: &mut Context<'_>) -> bool {
        if self.group.poll_exited(context).is_ready() {
            self.grace = Some(self.deadlines.at(Instant::now() + GRACE));
        }
        let grace = self.grace.as_mut();
        grace.is_some_and(|grace| Pin::new(grace).poll(context).is_ready())
    }

    fn next_line(&mut self) -> Option<BytesMut> {
        let fresh = self.line.get(self.searched..).unwrap_or_default();
        match memchr::memchr(b'\n', fresh) {
            Some(at) => {
                let line = self.line.split_to(self.searched + at + 1);
                self.searched = 0;
                Some(line)
            }
            None => {
                self.searched = self.line.len();
                None
            }
        }
    }

    /// Writes what the pipe takes of the prompt, and closes it at the end. One that
    /// does not read it tells why in another way.
    fn write(&mut self, context: &mut Context<'_>) {
        while let Some((pipe, rest)) = &mut self.input {
            match Pin::new(pipe).poll_write(context, rest) {
                Poll::Ready(Ok(written)) if written > 0 => {
                    rest.advance(written);
                    if rest.is_empty() {
                        self.input = None;
                    }
                }
                Poll::Ready(_) => self.input = None,
                Poll::Pending => return,
            }
        }
    }

    fn read_errors(&mut self, context: &mut Context<'_>) {
        let mut space = [0; 1024];
        while let Some(errors) = &mut self.errors {
            let mut read = ReadBuf::new(&mut space);
            match Pin::new(errors).poll_read(context, &mut read) {
                Poll::Ready(Ok(())) if !read.filled().is_empty() => {
                    self.tail.extend(read.filled());
                    let excess = self.tail.len().saturating_sub(MAX_TAIL);
                    self.tail.drain(..excess);
                }
                Poll::Ready(_) => self.errors = None,
                Poll::Pending => return,
            }
        }
    }

    fn early_end(&mut self, status: Option<ExitStatus>) -> Fault {
        let how = status.map_or_else(
            || "it is lost".to_owned(),
            |status| format!("it ended with {status} before its answer was complete"),
        );
        let tail = plain(&String::from_utf8_lossy(self.tail.make_contiguous()));
        let message = match tail.trim() {
            "" => how,
            tail => format!("{how}: {tail}"),
        };
        Fault::new(ErrorKind::BadGateway, message)
    }
}

/// `text` on one line and without colours.
fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        if character == '\u{1b}' && characters.next_if_eq(&'[').is_some() {
            // Up to the letter that ends the sequence.
            let _ = characters.find(|end| ('@'..='~').contains(end));
        } else if character.is_control() {
            out.push(' ');
        } else {
            out.push(character);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_meant_for_a_terminal_becomes_plain() {
        assert_eq!(
            plain("\u{1b}[1;31mnot\u{1b}[0m\tas root\n\u{1b}]0;x\u{7}"),
            "not as root  ]0;x "
        );
        assert_eq!(plain("cut \u{1b}["), "cut ");
    }
}
