//! How programs are run: what the configuration says, and the environment of who
//! started the gateway.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use common::LocalAgents as Written;

/// Names the program to run in place of the one on `PATH`.
const PROGRAM_VARIABLE: &str = "CLAUDE_CLI_BIN";
const USUAL_PROGRAM: &str = "claude";
const KEY_VARIABLE: &str = "ANTHROPIC_API_KEY";

/// A session of the program inside which the gateway was started; it would take
/// itself for a part of it.
const OF_A_SESSION: [&str; 2] = ["CLAUDECODE", "CLAUDE_CODE_ENTRYPOINT"];

/// Shorter values stand in texts by chance.
const LEAST_SECRET: usize = 8;

/// What the programs of one configuration are run with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Settings {
    pub(super) max_concurrent: usize,
    pub(super) max_waiting: usize,
    pub(super) first_event_timeout: Duration,
    pub(crate) idle_timeout: Duration,
    pub(super) total_timeout: Duration,
    pub(super) permission_mode: String,
    /// The gateway's own where none is given.
    pub(super) working_directory: Option<PathBuf>,
    /// All that programs get; the gateway's keys are not among it.
    pub(super) environment: Environment,
    secrets: Secrets,
}

/// Variables; debug output does not show their values.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Environment(BTreeMap<String, String>);

#[derive(Clone, PartialEq, Eq)]
struct Secrets(Vec<String>);

impl std::fmt::Debug for Environment {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_list().entries(self.0.keys()).finish()
    }
}

impl std::fmt::Debug for Secrets {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{} secrets", self.0.len())
    }
}

impl Settings {
    /// `environment` is that of who started the gateway; `gateway_variables` are
    /// those that the configuration refers to, with their values.
    pub(crate) fn new(
        written: &Written,
        environment: &BTreeMap<String, String>,
        gateway_variables: &BTreeMap<String, String>,
    ) -> Self {
        let is_passed_on =
            |name: &str| !gateway_variables.contains_key(name) && !OF_A_SESSION.contains(&name);
        let passed_on: BTreeMap<String, String> = environment
            .iter()
            .filter(|(name, _)| is_passed_on(name))
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect();
        let of_its_own = passed_on
            .iter()
            .filter(|(name, _)| names_secret(name))
            .map(|(_, value)| value);
        let mut secrets: Vec<String> = gateway_variables
            .values()
            .chain(of_its_own)
            .filter(|value| value.len() >= LEAST_SECRET)
            .cloned()
            .collect();
        // One that is part of another must not be taken out first.
        secrets.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
        Self {
            max_concurrent: written.max_concurrent as usize,
            max_waiting: written.max_waiting as usize,
            first_event_timeout: Duration::from_millis(written.first_event_timeout_ms),
            idle_timeout: Duration::from_millis(written.idle_timeout_ms),
            total_timeout: Duration::from_millis(written.total_timeout_ms),
            permission_mode: written.permission_mode.clone(),
            working_directory: written.working_directory.as_ref().map(PathBuf::from),
            environment: Environment(passed_on),
            secrets: Secrets(secrets),
        }
    }

    /// The program's path, or the name that was looked for in vain.
    pub(super) fn program(&self) -> Result<PathBuf, String> {
        let variables = &self.environment.0;
        let named = variables
            .get(PROGRAM_VARIABLE)
            .filter(|name| !name.is_empty());
        let name = named.map_or(USUAL_PROGRAM, String::as_str);
        if name.contains('/') {
            let path = PathBuf::from(name);
            return path
                .is_file()
                .then_some(path)
                .ok_or_else(|| name.to_owned());
        }
        let folders = variables.get("PATH").map_or("", String::as_str);
        std::env::split_paths(folders)
            .filter(|folder| folder.is_absolute())
            .map(|folder| folder.join(name))
            .find(|path| is_executable(path))
            .ok_or_else(|| name.to_owned())
    }

    /// The variables of a program that proves its identity with `key`, if one is given.
    pub(super) fn variables<'a>(
        &'a self,
        key: Option<&'a str>,
    ) -> impl Iterator<Item = (&'a str, &'a str)> {
        let own = self.environment.0.iter();
        own.map(|(name, value)| (name.as_str(), value.as_str()))
            .chain(key.map(|key| (KEY_VARIABLE, key)))
    }

    /// `text` without what is secret.
    pub(super) fn without_secrets(&self, text: &str, key: Option<&str>) -> String {
        let key = key.filter(|key| key.len() >= LEAST_SECRET);
        let secrets = self.secrets.0.iter().map(String::as_str);
        key.into_iter()
            .chain(secrets)
            .fold(text.to_owned(), |text, secret| text.replace(secret, "***"))
    }
}

fn names_secret(name: &str) -> bool {
    ["KEY", "TOKEN", "SECRET", "PASSWORD", "CREDENTIAL"]
        .iter()
        .any(|word| name.to_ascii_uppercase().contains(word))
}

fn is_executable(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    path.metadata()
        .is_ok_and(|found| found.is_file() && found.permissions().mode() & 0o111 != 0)
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(in crate::local_agents) fn settings(
        environment: &[(&str, &str)],
        keys: &[(&str, &str)],
    ) -> Settings {
        let map = |pairs: &[(&str, &str)]| {
            let pairs = pairs.iter();
            pairs
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect::<BTreeMap<_, _>>()
        };
        let written = Written {
            working_directory: None,
            permission_mode: "bypassPermissions".to_owned(),
            max_concurrent: 1,
            max_waiting: 1,
            first_event_timeout_ms: 5_000,
            idle_timeout_ms: 5_000,
            total_timeout_ms: 5_000,
        };
        Settings::new(&written, &map(environment), &map(keys))
    }

    #[test]
    fn the_gateways_keys_stay_with_it() {
        let settings = settings(
            &[
                ("HOME", "/h"),
                ("OPENAI_API_KEY", "sk-openai-1"),
                ("CLAUDECODE", "1"),
            ],
            &[("OPENAI_API_KEY", "sk-openai-1")],
        );
        let variables: Vec<_> = settings.variables(Some("sk-own")).collect();
        assert_eq!(variables, [("HOME", "/h"), ("ANTHROPIC_API_KEY", "sk-own")]);
    }

    #[test]
    fn secrets_are_taken_out_of_texts() {
        let settings = settings(
            &[("GITHUB_TOKEN", "gh-secret"), ("HOME", "/home/me")],
            &[("KEY", "sk-gateway-1")],
        );
        let text = "gh-secret sk-gateway-1 sk-own-key at /home/me";
        assert_eq!(
            settings.without_secrets(text, Some("sk-own-key")),
            "*** *** *** at /home/me"
        );
        assert!(!format!("{settings:?}").contains("secret\""));
        assert!(!format!("{settings:?}").contains("sk-gateway"));
    }

    #[test]
    fn a_program_that_is_not_there_is_named() {
        let nowhere = settings(&[("PATH", "/nowhere")], &[]);
        assert_eq!(nowhere.program(), Err("claude".to_owned()));
        let named = settings(&[("PATH", "/bin:/usr/bin"), ("CLAUDE_CLI_BIN", "sh")], &[]);
        assert!(named.program().unwrap().ends_with("sh"));
    }
}
