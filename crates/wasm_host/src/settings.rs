//! What a filter is configured with: the rendered configuration as JSON, whose
//! secrets are references to variables of Envoy's environment.

use std::sync::Arc;

use common::RuntimeConfig;
use gateway_core::Snapshot;

/// Reads the plugin configuration. The error says what is wrong, without values.
pub(crate) fn read(text: Option<Vec<u8>>) -> Result<Arc<Snapshot>, String> {
    let text = text.ok_or("the filter has no configuration")?;
    let config: RuntimeConfig = serde_json::from_slice(&text).map_err(|error| error.to_string())?;
    let environment = |name: &str| std::env::var(name).ok();
    let snapshot = Snapshot::build(&config, &environment).map_err(|errors| {
        let lines: Vec<String> = errors.iter().map(ToString::to_string).collect();
        lines.join("; ")
    })?;
    Ok(Arc::new(snapshot))
}
