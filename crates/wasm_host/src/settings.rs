//! What a filter is configured with: the rendered configuration and the values of
//! the variables that it refers to, sealed.

use std::collections::BTreeMap;
use std::sync::Arc;

use common::{RuntimeConfig, SealingKey};
use gateway_core::Snapshot;
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Settings {
    config: RuntimeConfig,
    /// Secret.
    variables: BTreeMap<String, String>,
}

/// What a filter works by.
pub(crate) struct Loaded {
    pub(crate) snapshot: Arc<Snapshot>,
    /// Envoy makes spans of some requests.
    pub(crate) is_traced: bool,
}

/// Reads the plugin configuration. The error says what is wrong, without values.
pub(crate) fn read(text: Option<Vec<u8>>) -> Result<Loaded, String> {
    let text = text.ok_or("the filter has no configuration")?;
    let key = std::env::var(SealingKey::VARIABLE).ok();
    let plain = key
        .and_then(|key| SealingKey::from_text(&key))
        .and_then(|key| key.open(&text))
        .ok_or("the configuration of the filter is sealed with another key")?;
    let settings: Settings = serde_json::from_slice(&plain).map_err(|error| {
        let (line, column) = (error.line(), error.column());
        format!("the configuration of the filter cannot be understood at {line}:{column}")
    })?;
    let lookup = |name: &str| settings.variables.get(name).cloned();
    let snapshot = Snapshot::build(&settings.config, &lookup).map_err(|errors| {
        let lines: Vec<String> = errors.iter().map(ToString::to_string).collect();
        lines.join("; ")
    })?;
    Ok(Loaded {
        snapshot: Arc::new(snapshot),
        is_traced: settings
            .config
            .tracing
            .is_some_and(|tracing| tracing.is_on()),
    })
}
