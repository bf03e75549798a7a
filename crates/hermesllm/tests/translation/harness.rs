use std::fs;
use std::path::{Path, PathBuf};

use super::frames;
use hermesllm::providers::{self, Provider};
use hermesllm::{Api, Target};

/// One folder of fixtures.
pub(crate) struct Case {
    pub(crate) api: Api,
    pub(crate) name: String,
    folder: PathBuf,
}

impl Case {
    pub(crate) fn read(&self, file: &str) -> Option<String> {
        fs::read_to_string(self.folder.join(file)).ok()
    }

    /// The recorded stream; frames are written as lines.
    pub(crate) fn stream(&self) -> Vec<u8> {
        let text = self.read(stream_file(self.api)).expect("a stream");
        match self.api {
            Api::Converse => frames_of(&text),
            _ => text.into_bytes(),
        }
    }
}

/// The file of a case that holds a stream.
fn stream_file(api: Api) -> &'static str {
    match api {
        Api::Converse => "stream.frames",
        _ => "stream.txt",
    }
}

/// The frames of lines: each the name of an event or exception, a space, the
/// payload.
fn frames_of(lines: &str) -> Vec<u8> {
    let mut out = Vec::new();
    for line in lines.lines().filter(|line| !line.is_empty()) {
        let (name, payload) = line.split_once(' ').expect("a name and a payload");
        frames::push(&mut out, name, payload.as_bytes());
    }
    out
}

/// The reverse of [`frames_of`].
fn lines_of(frames: &[u8]) -> String {
    frames::read(frames)
        .expect("frames")
        .into_iter()
        .map(|(name, payload)| format!("{name} {payload}\n"))
        .collect()
}

/// A stream for the eye.
pub(crate) fn show(api: Api, stream: Vec<u8>) -> String {
    match api {
        Api::Converse => lines_of(&stream),
        _ => String::from_utf8(stream).expect("UTF-8"),
    }
}

/// The events of a stream, one by one.
pub(crate) fn events(api: Api, stream: &[u8]) -> Vec<Vec<u8>> {
    match api {
        Api::Converse => lines_of(stream).lines().map(frames_of).collect(),
        _ => String::from_utf8_lossy(stream)
            .replace("\r\n", "\n")
            .split_inclusive("\n\n")
            .map(|event| event.as_bytes().to_vec())
            .collect(),
    }
}

/// Every case with a stream, in a stable order.
pub(crate) fn streams() -> Vec<Case> {
    let mut all = cases("stream.txt");
    all.extend(cases("stream.frames"));
    all
}

/// Every case that has `file` (all for no name), in a stable order.
pub(crate) fn cases(file: &str) -> Vec<Case> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
    let mut cases = Vec::new();
    for api in Api::ALL {
        let Ok(entries) = fs::read_dir(root.join(api.as_str())) else {
            continue;
        };
        for entry in entries {
            let folder = entry.expect("folder").path();
            if folder.join(file).exists() {
                let name = folder
                    .file_name()
                    .expect("name")
                    .to_string_lossy()
                    .into_owned();
                cases.push(Case {
                    api,
                    name: format!("{api}/{name}"),
                    folder,
                });
            }
        }
    }
    cases.sort_by(|a, b| a.name.cmp(&b.name));
    assert!(!cases.is_empty(), "no fixture has {file}");
    cases
}

pub(crate) struct CaseTarget {
    provider: &'static Provider,
    model: String,
}

impl CaseTarget {
    pub(crate) fn as_target(&self) -> Target<'_> {
        Target {
            provider: self.provider,
            model: &self.model,
            now_unix: 1_700_000_000,
            seed: 7,
        }
    }
}

/// The target that the case names, or the default for the API.
pub(crate) fn target(case: &Case, upstream: Api) -> CaseTarget {
    match case.read("target.txt") {
        Some(text) => {
            let (provider, model) = text.trim().split_once('/').expect("provider/model");
            CaseTarget {
                provider: providers::find(provider).expect("provider"),
                model: model.to_owned(),
            }
        }
        None => default_target(upstream),
    }
}

pub(crate) fn default_target(upstream: Api) -> CaseTarget {
    let (provider, model) = match upstream {
        Api::Messages => ("anthropic", "claude-sonnet-4-5"),
        Api::Converse => (
            "amazon_bedrock",
            "anthropic.claude-sonnet-4-5-20250929-v1:0",
        ),
        Api::GenerateContent => ("gemini", "gemini-3-pro-preview"),
        Api::CohereChat => ("cohere", "command-a-03-2025"),
        Api::Chat | Api::Responses => ("openai", "gpt-4o"),
    };
    CaseTarget {
        provider: providers::find(provider).expect("provider"),
        model: model.to_owned(),
    }
}

/// A request that asks for nothing in particular.
pub(crate) fn plain_request(client: Api) -> String {
    match client {
        Api::Converse => r#"{"messages":[{"role":"user","content":[{"text":"hi"}]}]}"#,
        Api::Responses => r#"{"model":"m","input":"hi"}"#,
        Api::Messages => r#"{"model":"m","max_tokens":64,"messages":[{"role":"user","content":"hi"}]}"#,
        Api::GenerateContent => r#"{"contents":[{"role":"user","parts":[{"text":"hi"}]}],"generationConfig":{"thinkingConfig":{"includeThoughts":true}}}"#,
        Api::CohereChat => r#"{"model":"m","messages":[{"role":"user","content":"hi"}]}"#,
        Api::Chat => r#"{"model":"m","stream_options":{"include_usage":true},"messages":[{"role":"user","content":"hi"}]}"#,
    }
    .to_owned()
}

/// The same JSON over several lines; member order is kept.
pub(crate) fn pretty(body: &[u8]) -> String {
    let value: serde_json::Value = serde_json::from_slice(body)
        .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(body)));
    serde_json::to_string_pretty(&value).expect("JSON") + "\n"
}

/// Compares with the file beside the case, or writes it.
pub(crate) fn expect_output(case: &Case, file: &str, output: &str) {
    let path = case.folder.join(file);
    if std::env::var_os("HERMESLLM_REWRITE").is_some() {
        fs::write(&path, output).expect("write");
        return;
    }
    let expected = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        expected == output,
        "{}: {file} differs\n--- expected\n{expected}\n--- found\n{output}",
        case.name
    );
}
