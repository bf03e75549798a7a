//! The thread that notices when programs end, ends them, and takes in how they
//! ended. A program is a process group: what it has started ends with it.

use std::collections::HashMap;
use std::future::Future;
use std::pin::Pin;
use std::process::{Child, ExitStatus};
use std::sync::mpsc::{channel, Receiver, RecvTimeoutError, Sender};
use std::sync::{Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use rustix::process::{kill_process_group, waitid, Pid, Signal, WaitId, WaitIdOptions};
use tokio::sync::oneshot;

use super::places::Place;

/// How long a program whose answer is complete may take to end by itself.
const COURTESY: Duration = Duration::from_secs(2);
/// How long one that was asked to end may take.
const PATIENCE: Duration = Duration::from_secs(2);
/// How often programs are looked at that are to end.
const LOOK_INTERVAL: Duration = Duration::from_millis(10);
/// How often they are while they run. Most are known by the end of their output;
/// this is for those that have left it to others.
const RUNNING_LOOK_INTERVAL: Duration = Duration::from_millis(200);

/// Starts its thread with the first program.
#[derive(Default)]
pub(super) struct Supervisor(Mutex<Option<Sender<Command>>>);

enum Command {
    Adopt(Pid, Box<Program>),
    End(Pid, Ending),
    /// End all; the sender is told when none is left.
    Stop(oneshot::Sender<()>),
}

struct Ending {
    /// When to ask it to.
    ask_at: Instant,
    told: Option<oneshot::Sender<ExitStatus>>,
}

struct Program {
    child: Child,
    /// Given back when the whole group is gone.
    _place: Place,
    phase: Phase,
}

enum Phase {
    /// Somebody waits to hear that it has ended by itself.
    Running(Option<oneshot::Sender<()>>),
    Ending(Ending),
    /// It was asked to; it is killed at this time.
    Asked(Instant, Option<oneshot::Sender<ExitStatus>>),
}

/// A process group. Dropping it ends the group.
pub(super) struct Group {
    id: Pid,
    commands: Sender<Command>,
    exited: oneshot::Receiver<()>,
    is_ending: bool,
}

impl Supervisor {
    /// Takes charge of a program that was started as a group of its own.
    pub(super) fn adopt(&self, mut child: Child, place: Place) -> std::io::Result<Group> {
        let id = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
        let Some((id, commands)) = id.zip(self.commands()) else {
            child.kill()?;
            child.wait()?;
            return Err(std::io::Error::other(
                "the supervisor's thread cannot be started",
            ));
        };
        let (sender, exited) = oneshot::channel();
        let program = Box::new(Program {
            child,
            _place: place,
            phase: Phase::Running(Some(sender)),
        });
        // The thread goes on as long as there is a sender.
        let _ = commands.send(Command::Adopt(id, program));
        Ok(Group {
            id,
            commands,
            exited,
            is_ending: false,
        })
    }

    /// Ends every program that runs; returns when all are gone.
    pub(super) async fn stop(&self) {
        let commands = {
            let slot = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            slot.clone()
        };
        if let Some(commands) = commands {
            let (sender, stopped) = oneshot::channel();
            let _ = commands.send(Command::Stop(sender));
            let _ = stopped.await;
        }
    }

    fn commands(&self) -> Option<Sender<Command>> {
        let mut slot = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if slot.is_none() {
            let (sender, receiver) = channel();
            std::thread::Builder::new()
                .name("local-agents".to_owned())
                .spawn(move || supervise(&receiver))
                .ok()?;
            *slot = Some(sender);
        }
        slot.clone()
    }
}

impl Group {
    /// Ready once, when the program has ended by itself. What it has started may still
    /// run, and hold its output open.
    pub(super) fn poll_exited(&mut self, context: &mut Context<'_>) -> Poll<()> {
        if self.exited.is_terminated() {
            return Poll::Pending;
        }
        Pin::new(&mut self.exited).poll(context).map(drop)
    }

    /// Lets a program that is done end, and helps if it does not; tells how it ended.
    pub(super) fn finish(&mut self) -> oneshot::Receiver<ExitStatus> {
        let (told, ended) = oneshot::channel();
        self.end(Instant::now() + COURTESY, Some(told));
        ended
    }

    fn end(&mut self, ask_at: Instant, told: Option<oneshot::Sender<ExitStatus>>) {
        self.is_ending = true;
        let _ = self
            .commands
            .send(Command::End(self.id, Ending { ask_at, told }));
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        if !self.is_ending {
            self.end(Instant::now(), None);
        }
    }
}

fn supervise(commands: &Receiver<Command>) {
    let mut programs: HashMap<Pid, Box<Program>> = HashMap::new();
    let mut stopping: Option<oneshot::Sender<()>> = None;
    loop {
        let command = match programs
            .values()
            .map(|program| program.look_interval())
            .min()
        {
            Some(interval) => commands.recv_timeout(interval),
            None => commands.recv().map_err(|_| RecvTimeoutError::Disconnected),
        };
        match command {
            Ok(Command::Adopt(id, mut program)) => {
                if stopping.is_some() {
                    program.phase = Phase::Ending(Ending::now());
                }
                programs.insert(id, program);
            }
            Ok(Command::End(id, ending)) => {
                if let Some(program) = programs.get_mut(&id) {
                    if matches!(program.phase, Phase::Running(_)) {
                        program.phase = Phase::Ending(ending);
                    }
                }
            }
            Ok(Command::Stop(sender)) => {
                stopping = Some(sender);
                for program in programs.values_mut() {
                    if matches!(program.phase, Phase::Running(_) | Phase::Ending(_)) {
                        program.phase = Phase::Ending(Ending::now());
                    }
                }
            }
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return,
        }
        programs.retain(|id, program| !program.is_gone(*id, Instant::now()));
        if programs.is_empty() {
            if let Some(sender) = stopping.take() {
                let _ = sender.send(());
            }
        }
    }
}

impl Ending {
    fn now() -> Self {
        Self {
            ask_at: Instant::now(),
            told: None,
        }
    }
}

impl Program {
    /// How long it may go without being looked at.
    fn look_interval(&self) -> Duration {
        match self.phase {
            Phase::Running(_) => RUNNING_LOOK_INTERVAL,
            Phase::Ending(_) | Phase::Asked(..) => LOOK_INTERVAL,
        }
    }

    /// Does what is due; true when the group is gone and its leader taken in.
    fn is_gone(&mut self, id: Pid, now: Instant) -> bool {
        // A leader that is not taken in yet keeps the group's number from others.
        let ended = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
        let has_ended = !matches!(waitid(WaitId::Pid(id), ended), Ok(None));
        match &mut self.phase {
            Phase::Running(told) => {
                // Whoever is told reads what it has left, and then has the group ended.
                if let Some(told) = told.take_if(|_| has_ended) {
                    let _ = told.send(());
                }
                return false;
            }
            Phase::Ending(Ending { told, .. }) | Phase::Asked(_, told) if has_ended => {
                let _ = kill_process_group(id, Signal::KILL);
                let status = self.child.wait();
                if let (Some(told), Ok(status)) = (told.take(), status) {
                    let _ = told.send(status);
                }
                return true;
            }
            Phase::Ending(ending) if now >= ending.ask_at => {
                let _ = kill_process_group(id, Signal::TERM);
                self.phase = Phase::Asked(now + PATIENCE, ending.told.take());
            }
            Phase::Asked(kill_at, _) if now >= *kill_at => {
                let _ = kill_process_group(id, Signal::KILL);
            }
            _ => {}
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;
    use std::os::unix::process::CommandExt;
    use std::process::{ChildStdout, Command as Process, Stdio};
    use std::sync::Arc;

    use super::super::places::Places;
    use super::*;

    /// A program, and its output, which ends when all of the group is gone.
    async fn start(script: &str) -> (Supervisor, Group, ChildStdout) {
        let place = Arc::new(Places::default()).enter(1, 0).await.ok().unwrap();
        let mut child = Process::new("sh")
            .args(["-c", script])
            .stdout(Stdio::piped())
            .process_group(0)
            .spawn()
            .unwrap();
        let mut output = child.stdout.take().unwrap();
        // It is at work once it has said something.
        output.read_exact(&mut [0; 3]).unwrap();
        let supervisor = Supervisor::default();
        let group = supervisor.adopt(child, place).unwrap();
        (supervisor, group, output)
    }

    /// Well before the programs of these tests end by themselves.
    fn ends_soon(mut output: ChildStdout) {
        let begun = Instant::now();
        output.read_to_end(&mut Vec::new()).unwrap();
        assert!(begun.elapsed() < Duration::from_secs(30));
    }

    #[tokio::test(flavor = "current_thread")]
    async fn what_a_program_started_ends_with_it() {
        let script = "trap '' TERM; sleep 60 & echo at; sleep 60";
        let (supervisor, group, output) = start(script).await;
        drop(group);
        ends_soon(output);
        supervisor.stop().await;
    }

    #[tokio::test(flavor = "current_thread")]
    async fn one_that_ends_by_itself_tells_how() {
        let (_supervisor, mut group, output) = start("sleep 60 & echo at; exit 7").await;
        let status = group.finish().await.unwrap();
        assert_eq!(status.code(), Some(7));
        ends_soon(output);
    }

    #[tokio::test(flavor = "current_thread")]
    async fn an_end_is_noticed_while_others_hold_the_output() {
        let (_supervisor, mut group, output) = start("sleep 60 & echo at; exit 7").await;
        std::future::poll_fn(|context| group.poll_exited(context)).await;
        let status = group.finish().await.unwrap();
        assert_eq!(status.code(), Some(7));
        ends_soon(output);
    }

    #[tokio::test(flavor = "current_thread")]
    async fn a_stop_ends_what_runs() {
        let (supervisor, _group, output) = start("echo at; sleep 60").await;
        supervisor.stop().await;
        ends_soon(output);
    }
}
