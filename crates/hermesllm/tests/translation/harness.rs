use std::fs;
use std::path::{Path, PathBuf};

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
}

/// Every case that has `file`, in a stable order.
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
        _ => ("openai", "gpt-4o"),
    };
    CaseTarget {
        provider: providers::find(provider).expect("provider"),
        model: model.to_owned(),
    }
}

/// A request that asks for nothing in particular.
pub(crate) fn plain_request(client: Api) -> String {
    match client {
        Api::Messages => r#"{"model":"m","max_tokens":64,"messages":[{"role":"user","content":"hi"}]}"#,
        _ => r#"{"model":"m","stream_options":{"include_usage":true},"messages":[{"role":"user","content":"hi"}]}"#,
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
