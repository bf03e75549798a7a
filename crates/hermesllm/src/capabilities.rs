//! The capability table: `config/capabilities.json`, read once.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;

use crate::api::Api;
use crate::features::{Feature, Support};
use crate::providers::Provider;

/// What one target takes: a model of a provider, spoken to in one API.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Capabilities([Support; Feature::ALL.len()]);

/// A line of the table. Later lines win over earlier ones; a feature no line
/// speaks of is supported.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Rule {
    #[serde(deserialize_with = "read_api")]
    api: Api,
    /// Provider ids; all when empty.
    #[serde(default)]
    providers: Vec<String>,
    /// Patterns of model names in lower case; all when empty. A pattern is
    /// compared with the whole name and with what follows its last slash, `*`
    /// stands for anything, and one that begins with `=` with the whole name only.
    #[serde(default)]
    models: Vec<String>,
    #[serde(default)]
    except_models: Vec<String>,
    /// Holds for translated requests; who speaks the API already gets the
    /// provider's own answer.
    #[serde(default)]
    translated_only: bool,
    features: BTreeMap<Feature, Support>,
}

#[derive(Deserialize)]
struct Table {
    rules: Vec<Rule>,
}

static TABLE: LazyLock<Vec<Rule>> = LazyLock::new(|| read_table().unwrap_or_default());

fn read_table() -> Result<Vec<Rule>, serde_json::Error> {
    let table: Table = serde_json::from_str(include_str!("../../../config/capabilities.json"))?;
    Ok(table.rules)
}

fn read_api<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Api, D::Error> {
    let name = String::deserialize(deserializer)?;
    Api::parse(&name).ok_or_else(|| serde::de::Error::custom(format!("unknown API `{name}`")))
}

impl Capabilities {
    /// What `model` of `provider` takes in `api`.
    pub fn of(provider: &Provider, api: Api, model: &str) -> Self {
        let model = model.to_ascii_lowercase();
        let mut all = [Support::Supported; Feature::ALL.len()];
        for rule in TABLE
            .iter()
            .filter(|rule| rule.covers(provider, api, &model))
        {
            for (feature, support) in &rule.features {
                if let Some(slot) = all.get_mut(*feature as usize) {
                    *slot = *support;
                }
            }
        }
        Self(all)
    }

    /// What lines that name `provider` say for clients of `api` itself; of
    /// several on one feature the last counts.
    pub(crate) fn own_lines(
        provider: &Provider,
        api: Api,
        model: &str,
    ) -> impl Iterator<Item = (Feature, Support)> {
        let model = model.to_ascii_lowercase();
        let mut own: BTreeMap<Feature, Support> = BTreeMap::new();
        for rule in TABLE
            .iter()
            .filter(|rule| !rule.providers.is_empty() && !rule.translated_only)
            .filter(|rule| rule.covers(provider, api, &model))
        {
            own.extend(&rule.features);
        }
        own.into_iter()
    }

    /// How the target stands to `feature`.
    pub fn support(&self, feature: Feature) -> Support {
        self.0
            .get(feature as usize)
            .copied()
            .unwrap_or(Support::Supported)
    }

    /// Whether the target says `feature` in its own words.
    pub(crate) fn supports(&self, feature: Feature) -> bool {
        self.support(feature) == Support::Supported
    }
}

impl Rule {
    fn covers(&self, provider: &Provider, api: Api, model: &str) -> bool {
        self.api == api
            && (self.providers.is_empty() || self.providers.contains(&provider.id))
            && (self.models.is_empty() || matches_any(&self.models, model))
            && !matches_any(&self.except_models, model)
    }
}

/// Whether one of the patterns covers `model`, in lower case; see [`Rule`].
pub(crate) fn matches_any(patterns: &[String], model: &str) -> bool {
    let bare = model.rsplit('/').next().unwrap_or(model);
    patterns
        .iter()
        .any(|pattern| match pattern.strip_prefix('=') {
            Some(name) => name == model,
            None => matches(pattern, model) || matches(pattern, bare),
        })
}

/// `*` stands for any number of characters.
fn matches(pattern: &str, name: &str) -> bool {
    let Some((start, rest)) = pattern.split_once('*') else {
        return pattern == name;
    };
    let Some(mut name) = name.strip_prefix(start) else {
        return false;
    };
    let mut pieces = rest.split('*').peekable();
    while let Some(piece) = pieces.next() {
        if pieces.peek().is_none() {
            return name.ends_with(piece);
        }
        let Some(at) = name.find(piece) else {
            return false;
        };
        name = name.get(at + piece.len()..).unwrap_or_default();
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::providers::find;

    fn support(provider: &str, api: Api, model: &str, feature: Feature) -> Support {
        Capabilities::of(find(provider).expect(provider), api, model).support(feature)
    }

    #[test]
    fn every_rule_names_providers_that_exist() {
        for rule in read_table().expect("capabilities.json") {
            for id in &rule.providers {
                assert_eq!(find(id).map(|found| &found.id), Some(id));
            }
        }
    }

    #[test]
    fn later_lines_win() {
        let stand = |model| support("openai", Api::Chat, model, Feature::Reasoning);
        assert_eq!(stand("gpt-4o"), Support::Dropped);
        assert_eq!(stand("o3-mini"), Support::Supported);
        assert_eq!(stand("gpt-5-chat-latest"), Support::Dropped);
    }

    #[test]
    fn patterns_read_whole_and_bare_names() {
        for (pattern, name, expected) in [
            ("*claude-3*", "anthropic/claude-3-5-sonnet", true),
            ("o3", "openai/o3", true),
            ("o3", "o3x", false),
            ("o3-*", "o3-mini", true),
            ("=kimi-k3", "moonshotai/kimi-k3", false),
            ("=kimi-k3", "kimi-k3", true),
            ("a*b*c", "axxbyyc", true),
            ("a*b*c", "axxc", false),
        ] {
            assert_eq!(
                matches_any(&[pattern.to_owned()], name),
                expected,
                "{pattern} {name}"
            );
        }
    }
}
