//! The text that the config compiler writes: the configuration and, for a gateway
//! with Envoy in front, a second document that says what Envoy is given.

use serde::Deserialize;
use serde_json::Value;

use crate::config::{ConfigError, RuntimeConfig};

/// What Envoy is given: messages of its API as JSON has them, each with its type
/// and its name.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EnvoyResources {
    pub clusters: Vec<Value>,
    /// The filter of model calls, without its configuration.
    pub filter: Value,
    pub routes: Vec<Value>,
    pub listeners: Vec<Value>,
}

/// A rendered text taken apart.
#[derive(Debug, Clone, Copy)]
pub struct Rendered<'t> {
    /// The configuration, the same in every mode.
    pub config: &'t str,
    envoy: Option<&'t str>,
}

impl<'t> Rendered<'t> {
    pub fn split(text: &'t str) -> Self {
        match text.split_once("\n---\n") {
            Some((config, envoy)) => Self {
                config,
                envoy: Some(envoy),
            },
            None => Self {
                config: text,
                envoy: None,
            },
        }
    }

    pub fn config(&self) -> Result<RuntimeConfig, ConfigError> {
        RuntimeConfig::from_yaml(self.config)
    }

    /// The configuration as JSON.
    pub fn config_tree(&self) -> Result<Value, ConfigError> {
        serde_saphyr::from_str(self.config).map_err(ConfigError::new)
    }

    /// None if Envoy is not to run in front.
    pub fn envoy(&self) -> Result<Option<EnvoyResources>, ConfigError> {
        let read = |text| serde_saphyr::from_str(text).map_err(ConfigError::new);
        self.envoy.map(read).transpose()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_document_is_envoys() {
        let text =
            "version: v0.4.0\n---\nclusters: [{name: a}]\nfilter: {}\nroutes: []\nlisteners: []\n";
        let rendered = Rendered::split(text);
        assert_eq!(rendered.config, "version: v0.4.0");
        let envoy = rendered.envoy().unwrap().unwrap();
        assert_eq!(envoy.clusters, [serde_json::json!({"name": "a"})]);
        let alone = Rendered::split("version: v0.4.0\n");
        assert_eq!(alone.envoy().unwrap(), None);
        assert!(Rendered::split("a: 1\n---\nsurprise: 1\n").envoy().is_err());
    }
}
