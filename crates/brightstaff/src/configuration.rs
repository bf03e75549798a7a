//! A configuration made ready to be served, and the part of it that calls see.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use common::RuntimeConfig;
use gateway_core::Snapshot;

use crate::server::ServerError;
use crate::upstream::{client_config, Trust};

/// What calls are served by. A call keeps the snapshot that it began with.
pub(crate) struct Live {
    pub snapshot: Arc<Snapshot>,
    pub tls: Arc<rustls::ClientConfig>,
}

/// A configuration that can be served.
pub(crate) struct Configuration {
    /// As it was rendered.
    pub text: String,
    pub written: RuntimeConfig,
    pub live: Arc<Live>,
    /// The values that its references have got. Secret.
    variables: BTreeMap<String, String>,
    trust: Trust,
}

impl Configuration {
    /// Reads the configuration at `path`, its secrets and its certificates.
    pub(crate) fn load(
        path: &Path,
        lookup: &dyn Fn(&str) -> Option<String>,
        before: Option<&Self>,
    ) -> Result<Self, ServerError> {
        let text = std::fs::read_to_string(path).map_err(|cause| ServerError::Unreadable {
            path: path.to_owned(),
            cause,
        })?;
        Self::build(text, lookup, before)
    }

    /// Makes a rendered configuration ready. What has not changed since `before`
    /// and is dear to make is taken from it.
    pub(crate) fn build(
        text: String,
        lookup: &dyn Fn(&str) -> Option<String>,
        before: Option<&Self>,
    ) -> Result<Self, ServerError> {
        let invalid = |error: &dyn ToString| ServerError::Invalid(error.to_string());
        let written = RuntimeConfig::from_yaml(&text).map_err(|error| invalid(&error))?;
        let variables = RefCell::new(BTreeMap::new());
        let noted = |name: &str| {
            let value = lookup(name)?;
            let mut variables = variables.borrow_mut();
            variables.insert(name.to_owned(), value.clone());
            Some(value)
        };
        let snapshot = Snapshot::build(&written, &noted).map_err(|errors| {
            let lines: Vec<String> = errors.iter().map(ToString::to_string).collect();
            ServerError::Invalid(lines.join("\n"))
        })?;
        let https = snapshot.upstreams().iter().any(|entry| entry.origin.https);
        let trust = Trust::read(https, written.overrides.upstream_tls_ca_path.as_deref())
            .map_err(|error| invalid(&error))?;
        let tls = match before {
            Some(before) if before.trust == trust => Arc::clone(&before.live.tls),
            _ => client_config(&trust).map_err(|error| invalid(&error))?,
        };
        Ok(Self {
            text,
            written,
            live: Arc::new(Live {
                snapshot: Arc::new(snapshot),
                tls,
            }),
            variables: variables.into_inner(),
            trust,
        })
    }

    /// What is different from `before`, a line each, without secrets.
    pub(crate) fn changes_since(&self, before: &Self) -> Vec<String> {
        let mut changes = Vec::new();
        if self.written != before.written {
            changes = common::changes(&before.text, &self.text);
            if changes.is_empty() {
                changes.push("changed in a detail".to_owned());
            }
        }
        for (name, value) in &self.variables {
            if before.variables.get(name).is_some_and(|old| old != value) {
                changes.push(format!("${name} has another value"));
            }
        }
        if self.trust.has_other_certificates_than(&before.trust) {
            changes.push("overrides.upstream_tls_ca_path: other certificates".to_owned());
        }
        changes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "
version: v0.4.0
listeners:
  - {name: a, type: model, address: 127.0.0.1, port: 1, timeout_ms: 1}
metrics: {address: 127.0.0.1, port: 2}
model_providers:
  - {name: main, model: m, provider_interface: openai, base_url: 'http://127.0.0.1:3', access_key: $KEY}
overrides:
  max_request_body_bytes: 1
  drain_timeout_ms: 1
  upstream_connect_timeout_ms: 1
  upstream_first_byte_timeout_ms: 1
  upstream_idle_timeout_ms: 1
  on_unsupported: warn
  fetch_media: public
";

    fn build(text: &str, key: &str, before: Option<&Configuration>) -> Configuration {
        let lookup = |name: &str| (name == "KEY").then(|| key.to_owned());
        Configuration::build(text.to_owned(), &lookup, before).unwrap()
    }

    #[test]
    fn tells_another_key_without_its_value() {
        let before = build(TEXT, "sk-1", None);
        assert!(build(TEXT, "sk-1", Some(&before))
            .changes_since(&before)
            .is_empty());
        let after = build(TEXT, "sk-2", Some(&before));
        assert_eq!(after.changes_since(&before), ["$KEY has another value"]);
    }

    #[test]
    fn tells_nothing_of_what_only_looks_different() {
        let before = build(TEXT, "sk-1", None);
        let other = TEXT.replace("version: v0.4.0", "# a comment\nversion: 'v0.4.0'");
        let after = build(&other, "sk-1", Some(&before));
        assert!(after.changes_since(&before).is_empty());
    }

    #[test]
    fn keeps_tls_as_long_as_the_same_is_trusted() {
        let before = build(TEXT, "sk-1", None);
        let same = build(&TEXT.replace("port: 1", "port: 4"), "sk-1", Some(&before));
        assert!(Arc::ptr_eq(&same.live.tls, &before.live.tls));
        let secure = build(&TEXT.replace("http:", "https:"), "sk-1", Some(&before));
        assert!(!Arc::ptr_eq(&secure.live.tls, &before.live.tls));
    }

    #[test]
    fn names_a_variable_that_is_not_set() {
        let refused = Configuration::build(TEXT.to_owned(), &|_| None, None);
        let message = refused.err().unwrap().to_string();
        assert!(message.contains("$KEY, which is not set"), "{message}");
    }
}
