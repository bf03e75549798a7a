//! Takes new configurations while the program runs: a file that was written, a
//! signal, or `planoai` over the control socket. One that cannot be served changes
//! nothing.

mod compile;
mod control;
mod management;
mod state;
mod variables;
mod watch;

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::Serialize;
use serde_json::Value;
use tokio::signal::unix::{signal, Signal, SignalKind};
use tokio::sync::{mpsc, oneshot};
use tokio::time::{interval, MissedTickBehavior};

use crate::configuration::{Configuration, Variables};
use crate::files::replace;
use crate::gateway::Gateway;
use crate::server::{ServerError, Sources};
use crate::telemetry::ConfigMetrics;

use control::ControlSocket;
use management::{Candidate, Compiler, Submission};
use variables::find_variable;
use watch::Watched;

pub(crate) use management::Management;
pub(crate) use variables::own_environment;
pub(crate) use watch::Stamp;

/// How often files are looked at. One that people write is taken when it has been
/// left alone for this long.
const LOOK_INTERVAL: Duration = Duration::from_millis(30);

/// What became of a new configuration.
#[derive(Debug, Clone, Serialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub(crate) enum Outcome {
    Applied(InForce),
    /// It is the same as the one in force.
    Unchanged(InForce),
    Refused {
        reason: String,
        needs_restart: bool,
    },
}

/// The configuration in force.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct InForce {
    /// Counted from 1 at the start of the program.
    pub version: u64,
    pub applied_at_ms: u64,
    /// What was different from the version before.
    pub changes: Vec<String>,
}

/// Why the last new configuration is not in force.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Failure {
    pub at_ms: u64,
    pub reason: String,
}

/// What reaches the loop from elsewhere.
enum Event {
    Asked(Submission, oneshot::Sender<Outcome>),
    Compiled(Result<Submission, String>),
}

/// Watches, and has the gateway changed.
pub(crate) struct Reloader {
    gateway: Gateway,
    metrics: Arc<ConfigMetrics>,
    in_force: InForce,
    /// As it was handed in; null for the first configuration.
    description: Value,
    last_failure: Option<Failure>,
    /// Where the rendered configuration is.
    path: PathBuf,
    rendered: Watched,
    /// How the source is compiled; none when there is only a rendered file.
    compiler: Option<Compiler>,
    sources: Watched,
    is_compiling: bool,
    /// Something newer has been handed in since the compiler was started. If that
    /// is not the newest either, the files differ from what it was made of.
    is_superseded: bool,
    state_path: Option<PathBuf>,
    control: Option<ControlSocket>,
    /// Variables of the one who started the gateway or has changed it. Secret.
    environment: BTreeMap<String, String>,
    /// Variables from the `.env` of the configuration in force. Secret. None: it
    /// is the first one, and was started with all that it needs.
    file_variables: Option<BTreeMap<String, String>>,
    sender: mpsc::UnboundedSender<Event>,
    events: mpsc::UnboundedReceiver<Event>,
}

impl Reloader {
    pub(crate) fn new(gateway: Gateway, metrics: Arc<ConfigMetrics>, sources: Sources) -> Self {
        let Sources {
            config: path,
            stamp,
            state,
            management,
        } = sources;
        let (sender, events) = mpsc::unbounded_channel();
        let now = now_ms();
        let in_force = InForce {
            version: 1,
            applied_at_ms: now,
            changes: Vec::new(),
        };
        metrics.applied(1, now);
        let mut reloader = Self {
            gateway,
            metrics,
            in_force,
            description: Value::Null,
            last_failure: None,
            rendered: Watched::rendered(path.clone(), stamp),
            path,
            compiler: None,
            sources: Watched::sources([]),
            is_compiling: false,
            is_superseded: false,
            state_path: state,
            control: None,
            environment: own_environment(),
            file_variables: None,
            sender,
            events,
        };
        if let Some(management) = management {
            reloader.manage(management);
        }
        reloader.write_state();
        reloader
    }

    fn manage(&mut self, management: Management) {
        self.control = ControlSocket::open(&management.control, self.sender.clone());
        self.state_path = Some(management.state);
        self.environment = management.environment;
        self.compile_with(management.compiler);
    }

    fn compile_with(&mut self, compiler: Compiler) {
        self.sources = compiler.watched();
        self.compiler = Some(compiler);
    }

    /// Goes on until dropped.
    pub(crate) async fn run(&mut self) -> Result<Infallible, ServerError> {
        let mut ticks = interval(LOOK_INTERVAL);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut hang_up = hang_up()?;
        loop {
            tokio::select! {
                _ = ticks.tick() => self.look().await,
                _ = hang_up.recv() => self.reload().await,
                event = self.events.recv() => match event {
                    Some(Event::Asked(submission, reply)) => {
                        let outcome = self.take(submission).await;
                        self.is_superseded |= !matches!(outcome, Outcome::Refused { .. });
                        // Who has asked may have gone.
                        let _ = reply.send(outcome);
                    }
                    Some(Event::Compiled(compiled)) => {
                        self.is_compiling = false;
                        match compiled {
                            _ if self.is_superseded => {}
                            Ok(submission) => drop(self.take(submission).await),
                            Err(reason) => drop(self.refused(reason, false)),
                        }
                    }
                    None => {}
                },
            }
        }
    }

    /// What is left to stop when nothing new is taken any more.
    pub(crate) fn into_gateway(self) -> Gateway {
        self.gateway
    }

    async fn look(&mut self) {
        if self.rendered.has_changed() {
            self.read().await;
        }
        if !self.is_compiling && self.sources.has_changed() {
            self.compile();
        }
    }

    async fn reload(&mut self) {
        match self.compiler {
            Some(_) if self.is_compiling => {}
            Some(_) => self.compile(),
            None => self.read().await,
        }
    }

    fn compile(&mut self) {
        let Some(compiler) = self.compiler.clone() else {
            return;
        };
        self.is_compiling = true;
        self.is_superseded = false;
        let sender = self.sender.clone();
        let environment = self.environment.clone();
        tokio::task::spawn_local(async move {
            let compiled = compile::run(&compiler, &environment).await;
            let _ = sender.send(Event::Compiled(compiled));
        });
    }

    /// Takes the rendered file as it is.
    async fn read(&mut self) {
        let variables = Variables {
            lookup: &|name| self.variable(name),
            environment: &self.environment,
        };
        let current = &self.gateway.current;
        let next = Configuration::load(&self.path, &variables, Some(current));
        let outcome = self.apply(next).await;
        self.conclude(outcome);
    }

    fn variable(&self, name: &str) -> Option<String> {
        match &self.file_variables {
            Some(variables) => find_variable(name, &[variables, &self.environment]),
            None => std::env::var(name)
                .ok()
                .or_else(|| find_variable(name, &[&self.environment])),
        }
    }

    async fn take(&mut self, submission: Submission) -> Outcome {
        let candidate = match submission {
            Submission::Problems(problems) => return self.refused(problems, false),
            Submission::Candidate(candidate) => candidate,
        };
        let Candidate {
            rendered,
            description,
            file_variables,
            environment,
            compiler,
        } = *candidate;
        let known = [&file_variables, &environment, &self.environment];
        let mut all = self.environment.clone();
        all.extend(environment.clone());
        let variables = Variables {
            lookup: &|name| find_variable(name, &known),
            environment: &all,
        };
        let current = &self.gateway.current;
        let next = Configuration::build(rendered, &variables, Some(current));
        let outcome = self.apply(next).await;
        if outcome.is_ok() {
            self.description = description;
            self.file_variables = Some(file_variables);
            self.environment.extend(environment);
            self.compile_with(compiler);
            self.keep_rendered();
        }
        self.conclude(outcome)
    }

    /// True if anything has changed.
    async fn apply(
        &mut self,
        next: Result<Configuration, ServerError>,
    ) -> Result<bool, ServerError> {
        let next = next?;
        let changes = next.changes_since(&self.gateway.current);
        if changes.is_empty() {
            return Ok(false);
        }
        self.gateway.apply(next).await?;
        self.in_force = InForce {
            version: self.in_force.version + 1,
            applied_at_ms: now_ms(),
            changes,
        };
        Ok(true)
    }

    /// Tells everybody what has come of it.
    fn conclude(&mut self, outcome: Result<bool, ServerError>) -> Outcome {
        let in_force = self.in_force.clone();
        let version = in_force.version;
        match outcome {
            Err(error) => {
                let needs_restart = matches!(error, ServerError::NeedsRestart(_));
                return self.refused(error.to_string(), needs_restart);
            }
            Ok(true) => {
                for change in &in_force.changes {
                    tracing::info!("configuration {version}: {change}");
                }
                self.metrics.applied(version, in_force.applied_at_ms);
            }
            Ok(false) => {
                tracing::info!("configuration {version} stays in force: nothing has changed");
                self.metrics.unchanged();
            }
        }
        self.last_failure = None;
        self.write_state();
        match outcome {
            Ok(true) => Outcome::Applied(in_force),
            _ => Outcome::Unchanged(in_force),
        }
    }

    fn refused(&mut self, reason: String, needs_restart: bool) -> Outcome {
        let version = self.in_force.version;
        tracing::error!("a new configuration is refused, {version} stays in force");
        for line in reason.lines().filter(|line| !line.is_empty()) {
            tracing::error!("  {line}");
        }
        self.metrics.refused();
        self.last_failure = Some(Failure {
            at_ms: now_ms(),
            reason: reason.clone(),
        });
        self.write_state();
        Outcome::Refused {
            reason,
            needs_restart,
        }
    }

    /// Writes what is in force where it was read, for whoever looks.
    fn keep_rendered(&mut self) {
        let text = &self.gateway.current.text;
        if let Err(error) = replace(&self.path, text.as_bytes()) {
            let path = self.path.display();
            tracing::warn!(%error, "cannot write {path}");
        }
        self.rendered = Watched::rendered(self.path.clone(), Stamp::of(&self.path));
    }

    fn write_state(&self) {
        let Some(path) = &self.state_path else {
            return;
        };
        let state = state::of(
            &self.in_force,
            &self.description,
            self.last_failure.as_ref(),
        );
        if let Err(error) = replace(path, &state) {
            tracing::warn!(%error, "cannot write {}", path.display());
        }
    }
}

fn hang_up() -> Result<Signal, ServerError> {
    signal(SignalKind::hangup()).map_err(|cause| ServerError::Io {
        what: "signals".into(),
        cause,
    })
}

fn now_ms() -> u64 {
    let elapsed = SystemTime::now().duration_since(UNIX_EPOCH);
    elapsed.map_or(0, |elapsed| elapsed.as_millis() as u64)
}
