//! The file that tells what is in force. `planoai status` reads it.

use std::fs::{rename, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use common::RuntimeConfig;
use serde_json::json;

use super::{Failure, InForce};

/// The state as JSON, without secrets.
pub(super) fn of(
    config: &RuntimeConfig,
    in_force: &InForce,
    last_failure: Option<&Failure>,
) -> Vec<u8> {
    let listeners = config.listeners.iter().map(|listener| {
        json!({"name": listener.name, "address": listener.address, "port": listener.port})
    });
    let providers = config.model_providers.iter().map(|provider| {
        json!({
            "name": provider.name,
            "model": provider.model,
            "provider_interface": provider.provider_interface,
            "default": provider.default,
        })
    });
    let state = json!({
        "pid": std::process::id(),
        "in_force": in_force,
        "last_failure": last_failure,
        "drain_timeout_ms": config.overrides.drain_timeout_ms,
        "listeners": listeners.collect::<Vec<_>>(),
        "metrics": {"address": config.metrics.address, "port": config.metrics.port},
        "model_providers": providers.collect::<Vec<_>>(),
    });
    state.to_string().into_bytes()
}

/// Replaces a file in one step; nobody but the owner can read it.
pub(super) fn replace(path: &Path, content: &[u8]) -> io::Result<()> {
    let mut beside = path.as_os_str().to_owned();
    beside.push(format!(".{}", std::process::id()));
    let written = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&beside)
        .and_then(|mut file| file.write_all(content))
        .and_then(|()| rename(&beside, path));
    if written.is_err() {
        let _ = std::fs::remove_file(&beside);
    }
    written
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_what_is_in_force_without_keys() {
        let path = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../../config/golden/minimal/compiled.yaml"
        );
        let text = std::fs::read_to_string(path).unwrap();
        let config = RuntimeConfig::from_yaml(&text).unwrap();
        let in_force = InForce {
            version: 7,
            applied_at_ms: 1,
            changes: vec!["listener 'a' added".to_owned()],
        };
        let state = String::from_utf8(of(&config, &in_force, None)).unwrap();
        let read: serde_json::Value = serde_json::from_str(&state).unwrap();
        assert_eq!(read["in_force"]["version"], 7);
        assert_eq!(read["listeners"][0]["port"], config.listeners[0].port);
        assert!(!state.contains("access_key"), "{state}");
    }
}
