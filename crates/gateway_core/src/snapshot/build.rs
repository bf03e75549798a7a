//! Rendered configuration → [`Snapshot`].

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use foldhash::HashMap;

use common::{resolve_references, ModelProvider, RuntimeConfig};
use hermesllm::providers::{self, Provider};
use hermesllm::{Adaptation, Api, Target};
use http::header::{HeaderMap, HeaderName, HeaderValue, CONTENT_TYPE, HOST};
use http::uri::{Authority, PathAndQuery, Uri};

use crate::credentials::{credential_header, key_header};
use crate::forwarded_headers::{is_configurable, request_headers};
use crate::signing::AwsKeys;

use super::{Credential, Limits, Origin, Secrets, Snapshot, SnapshotError, Upstream};

impl Snapshot {
    /// Makes `config` ready. `lookup` reads environment variables.
    ///
    /// Every problem is reported, not only the first.
    pub fn build(
        config: &RuntimeConfig,
        lookup: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Self, Vec<SnapshotError>> {
        let mut errors = Vec::new();
        let mut snapshot = Self {
            upstreams: Vec::with_capacity(config.model_providers.len()),
            by_name: HashMap::default(),
            by_model: HashMap::default(),
            wildcards: HashMap::default(),
            aliases: config
                .model_aliases
                .iter()
                .map(|(name, alias)| (name.clone(), alias.target.clone()))
                .collect(),
            default: None,
            mixes_providers: false,
            limits: limits(config),
            on_unsupported: config.overrides.on_unsupported,
            fetch_media: config.overrides.fetch_media,
        };
        let mut origins: HashMap<String, Arc<Origin>> = HashMap::default();
        for written in &config.model_providers {
            match upstream(written, config, lookup, &mut origins) {
                Ok(upstream) => snapshot.add(upstream, written.default, &mut errors),
                Err(error) => errors.push(error),
            }
        }
        snapshot.add_wildcards_by_provider();
        snapshot.mixes_providers = snapshot
            .upstreams
            .windows(2)
            .any(|pair| pair[0].provider.id != pair[1].provider.id);
        if errors.is_empty() {
            Ok(snapshot)
        } else {
            Err(errors)
        }
    }

    /// A wildcard of any name also stands for its provider's id, unless another
    /// one has that name.
    fn add_wildcards_by_provider(&mut self) {
        for (index, upstream) in self.upstreams.iter().enumerate() {
            if upstream.is_wildcard() {
                let id = upstream.provider.id.clone();
                self.wildcards.entry(id).or_insert(index);
            }
        }
    }

    fn add(&mut self, upstream: Upstream, is_default: bool, errors: &mut Vec<SnapshotError>) {
        let index = self.upstreams.len();
        if self
            .by_name
            .insert(upstream.name.to_string(), index)
            .is_some()
        {
            errors.push(SnapshotError::DuplicateName(upstream.name.to_string()));
        }
        match &upstream.model {
            Some(model) => {
                self.by_model.entry(model.clone()).or_insert(index);
            }
            None => {
                let prefix = upstream.name.split('/').next().unwrap_or_default();
                self.wildcards.entry(prefix.to_owned()).or_insert(index);
            }
        }
        if is_default {
            match self.default {
                Some(first) => errors.push(SnapshotError::TwoDefaults(
                    self.upstreams[first].name.to_string(),
                    upstream.name.to_string(),
                )),
                None => self.default = Some(index),
            }
        }
        self.upstreams.push(upstream);
    }
}

fn limits(config: &RuntimeConfig) -> Limits {
    let overrides = &config.overrides;
    Limits {
        max_request_body_bytes: overrides.max_request_body_bytes,
        drain_timeout: Duration::from_millis(overrides.drain_timeout_ms),
        connect_timeout: Duration::from_millis(overrides.upstream_connect_timeout_ms),
        first_byte_timeout: Duration::from_millis(overrides.upstream_first_byte_timeout_ms),
        idle_timeout: Duration::from_millis(overrides.upstream_idle_timeout_ms),
    }
}

fn upstream(
    written: &ModelProvider,
    config: &RuntimeConfig,
    lookup: &dyn Fn(&str) -> Option<String>,
    origins: &mut HashMap<String, Arc<Origin>>,
) -> Result<Upstream, SnapshotError> {
    let name = || written.name.clone();
    let resolve = |text: &str, what: &'static str| {
        resolve_references(text, lookup)
            .map(|value| value.into_owned())
            .map_err(|unset| SnapshotError::UnsetVariable {
                name: name(),
                what,
                variable: unset.0,
            })
    };
    let provider = providers::find(&written.provider_interface).ok_or_else(|| {
        SnapshotError::UnknownInterface {
            name: name(),
            interface: written.provider_interface.clone(),
        }
    })?;
    let configured_url = written
        .base_url
        .as_deref()
        .map(|url| resolve(url, "base_url"))
        .transpose()?;
    let url = configured_url.as_deref().or(provider.base_url.as_deref());
    let interface = || provider.id.clone();
    let (origin, path) = match url {
        Some(_) if provider.local_agent => {
            return Err(SnapshotError::UnwantedBaseUrl {
                name: name(),
                interface: interface(),
            })
        }
        Some(url) => {
            parse_base_url(url).ok_or_else(|| SnapshotError::BadBaseUrl { name: name() })?
        }
        None if provider.local_agent => (local_agent_origin(provider), None),
        None => {
            return Err(SnapshotError::MissingBaseUrl {
                name: name(),
                interface: interface(),
            })
        }
    };
    let origin = found_by(origin, config.loopback_host.as_deref());
    let scheme = if origin.https { "https" } else { "http" };
    let key = format!("{scheme}://{}", origin.authority);
    let origin = Arc::clone(origins.entry(key).or_insert_with(|| Arc::new(origin)));
    let prefix = configured_url.is_some().then_some(path).flatten();
    let aws = written
        .aws
        .as_ref()
        .map(|aws| {
            let token = aws.session_token.as_deref();
            Ok(AwsKeys {
                region: resolve(&aws.region, "aws.region")?,
                access_key_id: resolve(&aws.access_key_id, "aws.access_key_id")?,
                secret_access_key: resolve(&aws.secret_access_key, "aws.secret_access_key")?,
                session_token: token
                    .map(|token| resolve(token, "aws.session_token"))
                    .transpose()?,
            })
        })
        .transpose()?;
    let mut secrets = Secrets::default();
    if let Some(aws) = &aws {
        secrets.push(aws.secret_access_key.clone());
        if let Some(token) = &aws.session_token {
            secrets.push(token.clone());
        }
    }
    let credential = match &written.access_key {
        _ if aws.is_some() => aws.map_or(Credential::Missing, Credential::Aws),
        _ if written.passthrough_auth => Credential::Passthrough,
        Some(key) => {
            let key = resolve(key, "access_key")?;
            secrets.push(key.clone());
            let headers = Api::ALL.map(|api| Some((api, key_header(provider.auth(api), &key)?)));
            let headers = headers.into_iter().collect::<Option<_>>();
            Credential::Key(headers.ok_or_else(|| SnapshotError::BadHeader {
                name: name(),
                what: "access_key".into(),
            })?)
        }
        None if written.base_url.is_some() || provider.base_url.is_none() => Credential::None,
        None => Credential::Missing,
    };
    let mut headers = Vec::with_capacity(written.headers.len());
    for (header, value) in &written.headers {
        let refers = value.contains('$');
        let value = resolve(value, "headers")?;
        if refers {
            secrets.push(value.clone());
        }
        let parsed = HeaderName::from_bytes(header.as_bytes())
            .ok()
            .filter(is_configurable)
            .zip(header_value(&value, true));
        headers.push(parsed.ok_or_else(|| SnapshotError::BadHeader {
            name: name(),
            what: format!("headers.{header}"),
        })?);
    }
    let model = (written.model != "*").then(|| written.model.clone());
    let host_header = match &written.http_host {
        None => header_value(&origin.authority, false)
            .ok_or_else(|| SnapshotError::BadBaseUrl { name: name() })?,
        Some(host) => authority_value(host).ok_or_else(|| SnapshotError::BadHeader {
            name: name(),
            what: "http_host".into(),
        })?,
    };
    let apis = Api::ALL.map(|client| {
        provider.upstream_api(client, prefix.as_deref(), model.as_deref().unwrap_or("*"))
    });
    let adaptations = fixed_adaptations(provider, model.as_deref());
    let paths = fixed_paths(provider, prefix.as_deref(), model.as_deref());
    Ok(Upstream {
        name: written.name.as_str().into(),
        provider,
        model,
        origin,
        host_header,
        prefix,
        credential,
        headers,
        secrets,
        apis,
        paths,
        adaptations,
    })
}

/// A header value; a sensitive one stays out of debug output and header tables.
pub(crate) fn header_value(text: &str, sensitive: bool) -> Option<HeaderValue> {
    let mut value = HeaderValue::from_str(text).ok()?;
    value.set_sensitive(sensitive);
    Some(value)
}

/// A `Host` header, if the text is a host with or without a port.
fn authority_value(text: &str) -> Option<HeaderValue> {
    let authority: Authority = text.parse().ok()?;
    let is_host = !authority.as_str().contains('@') && !authority.host().is_empty();
    is_host.then(|| header_value(text, false)).flatten()
}

fn parse_base_url(text: &str) -> Option<(Origin, Option<String>)> {
    let uri: Uri = text.parse().ok()?;
    let https = match uri.scheme_str()? {
        "https" => true,
        "http" => false,
        _ => return None,
    };
    let authority = uri.authority()?;
    if uri.query().is_some() || authority.as_str().contains('@') || authority.host().is_empty() {
        return None;
    }
    let default_port = if https { 443 } else { 80 };
    let port = authority.port_u16().unwrap_or(default_port);
    let host = authority.host();
    let origin = Origin {
        https,
        // A socket address has no brackets around an IPv6 address; a header has.
        host: host.trim_matches(['[', ']']).to_owned(),
        port,
        authority: if port == default_port {
            host.to_owned()
        } else {
            format!("{host}:{port}")
        },
        found_at: None,
    };
    let path = uri.path().trim_matches('/');
    Some((origin, (!path.is_empty()).then(|| path.to_owned())))
}

/// Stands for a program: no connection is opened to it.
fn local_agent_origin(provider: &Provider) -> Origin {
    Origin {
        https: false,
        host: provider.id.clone(),
        port: 0,
        authority: provider.id.clone(),
        found_at: None,
    }
}

/// What is on loopback is found by `loopback_host`, if there is one.
fn found_by(origin: Origin, loopback_host: Option<&str>) -> Origin {
    let host = origin.host.as_str();
    let is_loopback = host.eq_ignore_ascii_case("localhost")
        || host
            .parse()
            .is_ok_and(|address: IpAddr| address.to_canonical().is_loopback());
    Origin {
        found_at: loopback_host.filter(|_| is_loopback).map(str::to_owned),
        ..origin
    }
}

fn fixed_paths(
    provider: &'static Provider,
    prefix: Option<&str>,
    model: Option<&str>,
) -> BTreeMap<Api, PathAndQuery> {
    let mut paths = BTreeMap::new();
    let Some(model) = model else {
        return paths;
    };
    for api in Api::ALL {
        let buffered = provider.path(api, prefix, model, false);
        if buffered == provider.path(api, prefix, model, true) {
            if let Ok(path) = PathAndQuery::try_from(buffered) {
                paths.insert(api, path);
            }
        }
    }
    paths
}

fn fixed_adaptations(
    provider: &'static Provider,
    model: Option<&str>,
) -> BTreeMap<Api, Arc<Adaptation>> {
    let model = model.into_iter();
    let of = |api, model| (api, Arc::new(adaptation(provider, api, model)));
    model
        .flat_map(|model| Api::ALL.map(|api| of(api, model)))
        .collect()
}

fn adaptation(provider: &'static Provider, api: Api, model: &str) -> Adaptation {
    let target = Target {
        provider,
        model,
        now_unix: 0,
        seed: 0,
    };
    Adaptation::of(api, &target)
}

impl Upstream {
    /// What requests of `api` to `model` must not hold, though clients of the
    /// same API may send it.
    pub(crate) fn adaptation(&self, api: Api, model: &str) -> Arc<Adaptation> {
        match self.adaptations.get(&api) {
            Some(fixed) if self.model.as_deref() == Some(model) => Arc::clone(fixed),
            _ => Arc::new(adaptation(self.provider, api, model)),
        }
    }

    /// Path and query of a request to this entry; `None` when the model's name
    /// cannot stand in a path.
    pub(crate) fn path(&self, api: Api, model: &str, streaming: bool) -> Option<PathAndQuery> {
        if let (Some(path), true) = (self.paths.get(&api), self.model.as_deref() == Some(model)) {
            return Some(path.clone());
        }
        let path = self
            .provider
            .path(api, self.prefix.as_deref(), model, streaming);
        PathAndQuery::try_from(path).ok()
    }

    /// Path of the provider's own token counting in `api`, when it has one.
    pub(crate) fn count_tokens_path(&self, api: Api, model: &str) -> Option<PathAndQuery> {
        let path = self
            .provider
            .count_tokens_path(api, self.prefix.as_deref(), model)?;
        PathAndQuery::try_from(path).ok()
    }

    /// Path and headers of a request for the provider's model list; `None` when
    /// it has none, or nobody's credential is there. `client` holds the caller's
    /// headers.
    pub fn models_request(&self, client: &HeaderMap) -> Option<(PathAndQuery, HeaderMap)> {
        let path = self.provider.models_path(self.prefix.as_deref())?;
        let path = PathAndQuery::try_from(path).ok()?;
        let api = self.api_for(Api::Chat, "*");
        let mut headers = request_headers(&HeaderMap::new(), api, api);
        headers.remove(CONTENT_TYPE);
        headers.insert(HOST, self.host_header.clone());
        if let Some((name, value)) = credential_header(self, api, client).ok()? {
            headers.insert(name, value);
        }
        for (name, value) in &self.headers {
            headers.insert(name.clone(), value.clone());
        }
        Some((path, headers))
    }
}
