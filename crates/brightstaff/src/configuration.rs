//! A configuration made ready to be served, and the part of it that calls see.

mod unserved;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use common::{EnvoyResources, Rendered, RuntimeConfig};
use gateway_core::Snapshot;
use serde_json::json;

use crate::files::read_text;
use crate::local_agents::Settings;
use crate::server::ServerError;
use crate::spans::{collector_place, Tracing};
use crate::upstream::{client_config, Trust};

use unserved::unserved;

/// What calls are served by. A call keeps the snapshot that it began with.
pub(crate) struct Live {
    pub snapshot: Arc<Snapshot>,
    pub tls: Arc<rustls::ClientConfig>,
    /// How local agents are run; none where no provider is one.
    pub local_agents: Option<Arc<Settings>>,
    /// How calls are traced; none where nothing is.
    pub tracing: Option<Arc<Tracing>>,
}

/// The variables that a configuration is made with. Secret.
pub(crate) struct Variables<'a> {
    /// Those that it refers to.
    pub lookup: &'a dyn Fn(&str) -> Option<String>,
    /// All of who started the gateway, for programs that it runs.
    pub environment: &'a BTreeMap<String, String>,
}

/// A configuration that can be served.
pub(crate) struct Configuration {
    /// As it was rendered.
    pub text: String,
    pub written: RuntimeConfig,
    /// What Envoy is given, if it was rendered for one.
    pub envoy: Option<EnvoyResources>,
    pub live: Arc<Live>,
    /// The values that its references have got. Secret.
    variables: BTreeMap<String, String>,
    trust: Trust,
}

impl Configuration {
    /// Reads the configuration at `path`, its secrets and its certificates.
    pub(crate) fn load(
        path: &Path,
        variables: &Variables<'_>,
        before: Option<&Self>,
    ) -> Result<Self, ServerError> {
        let text = read_text(path).map_err(|cause| ServerError::Unreadable {
            path: path.to_owned(),
            cause,
        })?;
        Self::build(text, variables, before)
    }

    /// Makes a rendered configuration ready. What has not changed since `before`
    /// and is dear to make is taken from it.
    pub(crate) fn build(
        text: String,
        variables: &Variables<'_>,
        before: Option<&Self>,
    ) -> Result<Self, ServerError> {
        let invalid = |error: &dyn ToString| ServerError::Invalid(error.to_string());
        let rendered = Rendered::split(&text);
        let written = rendered.config().map_err(|error| invalid(&error))?;
        let envoy = rendered.envoy().map_err(|error| invalid(&error))?;
        let unserved = unserved(&written);
        if !unserved.is_empty() {
            let named = unserved.join(", ");
            let message =
                format!("the configuration asks for what this release does not do: {named}");
            return Err(ServerError::Invalid(message));
        }
        let read = RefCell::new(BTreeMap::new());
        let noted = |name: &str| {
            let value = (variables.lookup)(name)?;
            let mut read = read.borrow_mut();
            read.insert(name.to_owned(), value.clone());
            Some(value)
        };
        let snapshot = Snapshot::build(&written, &noted).map_err(|errors| {
            let lines: Vec<String> = errors.iter().map(ToString::to_string).collect();
            ServerError::Invalid(lines.join("\n"))
        })?;
        let collector =
            collector_place(written.tracing.as_ref(), noted).map_err(ServerError::Invalid)?;
        let https = snapshot.upstreams().iter().any(|entry| entry.origin.https)
            || collector.as_ref().is_some_and(|place| place.https);
        let trust = Trust::read(https, written.overrides.upstream_tls_ca_path.as_deref())
            .map_err(|error| invalid(&error))?;
        let tls = match before {
            Some(before) if before.trust == trust => Arc::clone(&before.live.tls),
            _ => client_config(&trust).map_err(|error| invalid(&error))?,
        };
        let tracing = written.tracing.as_ref().zip(collector);
        let tracing =
            tracing.map(|(written, place)| Tracing::new(written, place, Arc::clone(&tls)));
        let known = before.and_then(|before| before.live.tracing.as_ref());
        let tracing = tracing.map(|tracing| match known {
            Some(known) if known.is_same(&tracing) => Arc::clone(known),
            _ => Arc::new(tracing),
        });
        let read = read.into_inner();
        let local_agents = local_agents(&written, &snapshot, variables, &read)?;
        Ok(Self {
            text,
            written,
            envoy,
            live: Arc::new(Live {
                snapshot: Arc::new(snapshot),
                tls,
                local_agents,
                tracing,
            }),
            variables: read,
            trust,
        })
    }

    /// All that a filter of Envoy has to know, as JSON. Secret.
    pub(crate) fn filter_settings(&self) -> Result<Vec<u8>, ServerError> {
        let invalid = |error: &dyn ToString| ServerError::Invalid(error.to_string());
        let config = Rendered::split(&self.text)
            .config_tree()
            .map_err(|error| invalid(&error))?;
        let settings = json!({"config": config, "variables": self.variables});
        serde_json::to_vec(&settings).map_err(|error| invalid(&error))
    }

    /// Tells other certificates in the configured file from these; none if no file
    /// is configured.
    pub(crate) fn certificates(&self) -> Option<u64> {
        self.trust.fingerprint()
    }

    /// What is different from `before`, a line each, without secrets.
    pub(crate) fn changes_since(&self, before: &Self) -> Vec<String> {
        let mut changes = Vec::new();
        if self.written != before.written || self.envoy != before.envoy {
            let config = |text| Rendered::split(text).config;
            changes = common::changes(config(&before.text), config(&self.text));
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

fn local_agents(
    written: &RuntimeConfig,
    snapshot: &Snapshot,
    variables: &Variables<'_>,
    read: &BTreeMap<String, String>,
) -> Result<Option<Arc<Settings>>, ServerError> {
    let upstreams = snapshot.upstreams();
    let Some(first) = upstreams.iter().find(|entry| entry.is_local_agent()) else {
        return Ok(None);
    };
    let how = written.local_agents.as_ref().ok_or_else(|| {
        let name = &first.name;
        ServerError::Invalid(format!("model provider '{name}': local_agents is missing"))
    })?;
    let settings = Settings::new(how, variables.environment, read);
    Ok(Some(Arc::new(settings)))
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
        let variables = Variables {
            lookup: &|name| (name == "KEY").then(|| key.to_owned()),
            environment: &BTreeMap::new(),
        };
        Configuration::build(text.to_owned(), &variables, before).unwrap()
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
        let variables = Variables {
            lookup: &|_| None,
            environment: &BTreeMap::new(),
        };
        let refused = Configuration::build(TEXT.to_owned(), &variables, None);
        let message = refused.err().unwrap().to_string();
        assert!(message.contains("$KEY, which is not set"), "{message}");
    }
}
