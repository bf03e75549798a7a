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
        let mut changes = if self.written == before.written {
            Vec::new()
        } else {
            common::changes(&before.text, &self.text)
        };
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
