//! A configuration made ready to serve: names resolved, addresses parsed,
//! credentials read. Immutable; a new configuration is a new snapshot.

mod build;
mod resolve;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use foldhash::HashMap;
use http::header::{HeaderName, HeaderValue};
use http::uri::PathAndQuery;
use thiserror::Error;

use common::{FetchMedia, OnUnsupported};
use hermesllm::providers::Provider;
use hermesllm::{Adaptation, Api};

use crate::signing::AwsKeys;

pub(crate) use build::header_value;
pub use resolve::Resolved;

/// Why a configuration cannot be served.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum SnapshotError {
    #[error("model provider '{name}': unknown provider_interface '{interface}'")]
    UnknownInterface { name: String, interface: String },
    #[error("model provider '{name}': {interface} runs on this machine and has no base_url")]
    UnwantedBaseUrl { name: String, interface: String },
    #[error("two model providers are named '{0}'")]
    DuplicateName(String),
    #[error("model providers '{0}' and '{1}' are both the default")]
    TwoDefaults(String, String),
    #[error("model provider '{name}': base_url is required for {interface}")]
    MissingBaseUrl { name: String, interface: String },
    #[error("model provider '{name}': base_url must be http://HOST or https://HOST with an optional path")]
    BadBaseUrl { name: String },
    #[error("model provider '{name}': {what} refers to ${variable}, which is not set")]
    UnsetVariable {
        name: String,
        what: &'static str,
        variable: String,
    },
    #[error("model provider '{name}': {what} is not a header that can be set, or has characters that a header cannot carry")]
    BadHeader { name: String, what: String },
}

/// Limits and time-outs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    pub max_request_body_bytes: u64,
    pub drain_timeout: Duration,
    pub connect_timeout: Duration,
    pub first_byte_timeout: Duration,
    pub idle_timeout: Duration,
}

/// Where a provider listens.
#[derive(Debug, PartialEq, Eq, Hash)]
pub struct Origin {
    pub https: bool,
    pub host: String,
    pub port: u16,
    /// `host` or `host:port`, as the `Host` header has it.
    pub authority: String,
    /// Where it is found, if not by `host`.
    pub found_at: Option<String>,
}

impl Origin {
    /// The name or address to connect to. TLS is for `host`.
    pub fn place(&self) -> (&str, u16) {
        (self.found_at.as_ref().unwrap_or(&self.host), self.port)
    }
}

/// One entry of `model_providers`.
#[derive(Debug)]
pub struct Upstream {
    pub name: Arc<str>,
    pub provider: &'static Provider,
    /// The model id as the provider knows it; `None` for a wildcard.
    pub model: Option<String>,
    pub origin: Arc<Origin>,
    pub(crate) host_header: HeaderValue,
    /// Path of the configured base URL, without slashes at its ends.
    prefix: Option<String>,
    pub(crate) credential: Credential,
    pub(crate) headers: Vec<(HeaderName, HeaderValue)>,
    /// What must not be read in messages.
    pub(crate) secrets: Secrets,
    /// The provider's API for each client API, in the order of [`Api::ALL`].
    apis: [Api; 6],
    /// Request paths that depend on nothing but the API.
    paths: BTreeMap<Api, PathAndQuery>,
    /// For the one model of this entry; none for a wildcard.
    adaptations: BTreeMap<Api, Arc<Adaptation>>,
}

/// What is sent to the provider as proof of identity.
pub(crate) enum Credential {
    /// The configured key, as the header that each API of the provider wants.
    Key(BTreeMap<Api, (HeaderName, HeaderValue)>),
    /// Signs each request.
    Aws(AwsKeys),
    /// What the client sent.
    Passthrough,
    /// Nothing: a service of one's own that asks for no key.
    None,
    /// Nothing is configured, though the provider asks for a key.
    Missing,
}

/// Keys and tokens of an entry; debug output does not show them.
#[derive(Default)]
pub(crate) struct Secrets(Vec<String>);

impl Secrets {
    pub(crate) fn push(&mut self, secret: String) {
        self.0.push(secret);
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }
}

impl std::fmt::Debug for Secrets {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{} secrets", self.0.len())
    }
}

impl std::fmt::Debug for Credential {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(match self {
            Self::Key(_) => "Key",
            Self::Aws(_) => "Aws",
            Self::Passthrough => "Passthrough",
            Self::None => "None",
            Self::Missing => "Missing",
        })
    }
}

/// A configuration made ready to serve.
#[derive(Debug)]
pub struct Snapshot {
    upstreams: Vec<Upstream>,
    by_name: HashMap<String, usize>,
    by_model: HashMap<String, usize>,
    /// Wildcards by what stands before their slash: name or provider id.
    wildcards: HashMap<String, usize>,
    aliases: BTreeMap<String, String>,
    default: Option<usize>,
    /// Conversations may hold what another provider made.
    mixes_providers: bool,
    pub limits: Limits,
    pub on_unsupported: OnUnsupported,
    pub fetch_media: FetchMedia,
}

impl Snapshot {
    /// Every entry, in the order of the configuration.
    pub fn upstreams(&self) -> &[Upstream] {
        &self.upstreams
    }

    /// Whether there is more than one provider.
    pub(crate) fn mixes_providers(&self) -> bool {
        self.mixes_providers
    }

    /// The aliases and their targets.
    pub fn aliases(&self) -> &BTreeMap<String, String> {
        &self.aliases
    }
}

impl Upstream {
    /// Whether this entry stands for every model of its provider.
    pub fn is_wildcard(&self) -> bool {
        self.model.is_none()
    }

    /// The API that serves clients of `client` with `model`: the same one where
    /// it is offered.
    pub fn api_for(&self, client: Api, model: &str) -> Api {
        if self.is_wildcard() && self.provider.chooses_by_model() {
            let prefix = self.prefix.as_deref();
            return self.provider.upstream_api(client, prefix, model);
        }
        let index = Api::ALL.iter().position(|api| *api == client);
        index.map_or(client, |index| self.apis[index])
    }

    /// Whether it is a program that the host runs, not a service.
    pub fn is_local_agent(&self) -> bool {
        self.provider.local_agent
    }

    /// Whether requests are signed, for which their body must be known.
    pub(crate) fn signs(&self) -> bool {
        matches!(self.credential, Credential::Aws(_))
    }

    /// Whether the client's own credential goes to the provider.
    pub fn passes_credentials(&self) -> bool {
        matches!(self.credential, Credential::Passthrough)
    }

    /// The name clients see in the model list: `provider/model`.
    pub fn public_name(&self, model: &str) -> String {
        format!("{}/{model}", self.provider.id)
    }
}
