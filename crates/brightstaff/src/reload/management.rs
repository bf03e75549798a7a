//! What `planoai` tells: how it operates this process, and what is to be served.

use std::collections::BTreeMap;
use std::io::Read;
use std::path::PathBuf;

use serde::Deserialize;
use serde_json::Value;

use super::watch::{Stamp, Watched};

/// How `planoai` operates this process: the document on standard input.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Management {
    /// Where to listen for changes: a Unix socket.
    pub control: PathBuf,
    /// Where to write what is in force.
    pub state: PathBuf,
    pub compiler: Compiler,
    /// Variables that later configurations may refer to. Secret.
    pub environment: BTreeMap<String, String>,
}

/// The program that makes a rendered configuration of its source.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Compiler {
    /// The program and its arguments. It prints a [`Submission`] as JSON.
    pub command: Vec<String>,
    /// All of its environment.
    pub environment: BTreeMap<String, String>,
    pub folder: PathBuf,
    /// What it reads.
    pub watch: Vec<WatchedFile>,
    /// Where the parts are when Envoy runs in front. It is told on standard input
    /// then, together with the variables that are known.
    pub deployment: Option<Value>,
}

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct WatchedFile {
    path: PathBuf,
    /// Of the file as it was before it was compiled; none if it was not there.
    stamp: Option<Stamp>,
}

/// What is handed in.
#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Submission {
    Candidate(Box<Candidate>),
    /// The source cannot be compiled, and why.
    Problems(String),
}

/// A configuration to be served.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Candidate {
    pub rendered: String,
    /// What is to be told of it once it is in force.
    pub description: Value,
    /// Variables from the `.env` beside its source. They go first. Secret.
    pub file_variables: BTreeMap<String, String>,
    /// Variables of whoever hands it in. Secret.
    pub environment: BTreeMap<String, String>,
    /// How it is compiled, and of what.
    pub compiler: Compiler,
}

impl Management {
    /// Reads standard input to its end. An error is a message without its content.
    pub(crate) fn read(input: impl Read) -> Result<Self, String> {
        serde_json::from_reader(input).map_err(|error| {
            let (line, column) = (error.line(), error.column());
            format!("--managed: standard input cannot be understood at {line}:{column}")
        })
    }
}

impl Compiler {
    /// What it reads, from how it was when it was compiled last.
    pub(super) fn watched(&self) -> Watched {
        let files = self.watch.iter();
        Watched::sources(files.map(|file| (file.path.clone(), file.stamp.clone())))
    }
}

impl Submission {
    /// Reads what was handed in. An error is a message without its content.
    pub(super) fn read(bytes: &[u8]) -> Result<Self, String> {
        serde_json::from_slice(bytes).map_err(|error| {
            let (line, column) = (error.line(), error.column());
            format!("what was handed in cannot be understood at {line}:{column}")
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_planoai_hands_in() {
        let text = r#"{"candidate": {
            "rendered": "a: 1",
            "description": {},
            "file_variables": {"A": "1"},
            "environment": {},
            "compiler": {
                "command": ["a"],
                "environment": {},
                "folder": "/",
                "deployment": null,
                "watch": [{"path": "/a", "stamp": "1:2:3:4"}, {"path": "/b", "stamp": null}]
            }
        }}"#;
        let Submission::Candidate(candidate) = Submission::read(text.as_bytes()).unwrap() else {
            panic!("a candidate");
        };
        assert_eq!(candidate.rendered, "a: 1");
        assert_eq!(candidate.compiler.watch.len(), 2);
        let problems = Submission::read(br#"{"problems": "line 1"}"#).unwrap();
        assert!(matches!(problems, Submission::Problems(text) if text == "line 1"));
    }

    #[test]
    fn errors_do_not_repeat_what_was_read() {
        let error = Submission::read(br#"{"problems": {"KEY": "sk-secret"}}"#);
        assert!(!error.err().unwrap().contains("sk-secret"));
        let error = Management::read(&br#"{"control": ["sk-secret"]}"#[..]);
        assert!(!error.err().unwrap().contains("sk-secret"));
    }
}
