//! The provider table: `config/providers.json`, read once, and what differs
//! between providers that data cannot say.

mod chat_dialect;
mod path;
mod quirks;

pub(crate) use chat_dialect::{ChatDialect, ReasoningField, Replay};
pub(crate) use quirks::chat_dialect;

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;

use crate::api::Api;
use crate::capabilities::matches_any;

/// A service that answers model requests.
#[derive(Debug, Deserialize)]
pub struct Provider {
    /// Lower case; what configurations write before the slash.
    pub id: String,
    /// Other spellings of the id.
    pub aliases: Vec<String>,
    pub display_name: String,
    /// Absent when the configuration must name one.
    pub base_url: Option<String>,
    auth: Auth,
    /// Environment variable that usually holds the key.
    pub env_key: Option<String>,
    /// It is a program that runs on the gateway's machine, not a service.
    #[serde(default)]
    pub local_agent: bool,
    apis: BTreeMap<ApiName, Endpoint>,
    models: Option<Endpoint>,
}

/// How a provider wants the key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Auth {
    /// `Authorization: Bearer KEY`.
    Bearer,
    /// `x-api-key: KEY`.
    XApiKey,
    /// `api-key: KEY` (Azure).
    ApiKey,
    /// `x-goog-api-key: KEY`.
    GoogleKey,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(try_from = "String")]
struct ApiName(Api);

impl TryFrom<String> for ApiName {
    type Error = String;

    fn try_from(name: String) -> Result<Self, String> {
        Api::parse(&name)
            .map(ApiName)
            .ok_or_else(|| format!("unknown API `{name}`"))
    }
}

#[derive(Debug, Deserialize)]
struct Endpoint {
    /// Replaced by the path of a configured base URL.
    prefix: String,
    /// May hold `{model}`.
    path: String,
    /// When streaming has a path of its own.
    stream_path: Option<String>,
    /// Where tokens are counted.
    count_tokens_path: Option<String>,
    /// When this API wants the key in another way.
    auth: Option<Auth>,
    /// Offered for old clients beside the provider's own API, which says more:
    /// used only where the base URL names it.
    #[serde(default)]
    compatible: bool,
    /// Patterns of the models that are to be had here, see
    /// [`matches_any`]; all that no other API claims when empty.
    #[serde(default)]
    models: Vec<String>,
    /// The model is in the path alone, and the API's version in the body.
    version_in_body: Option<String>,
}

#[derive(Deserialize)]
struct Table {
    providers: Vec<Provider>,
}

static TABLE: LazyLock<Vec<Provider>> = LazyLock::new(|| read_table().unwrap_or_default());

fn read_table() -> Result<Vec<Provider>, serde_json::Error> {
    let table: Table = serde_json::from_str(include_str!("../../../config/providers.json"))?;
    Ok(table.providers)
}

/// Every provider, in the order of the table.
pub fn all() -> &'static [Provider] {
    &TABLE
}

/// The provider with this id or alias, in any case.
pub fn find(id: &str) -> Option<&'static Provider> {
    TABLE.iter().find(|provider| {
        provider.id.eq_ignore_ascii_case(id)
            || provider
                .aliases
                .iter()
                .any(|alias| alias.eq_ignore_ascii_case(id))
    })
}

/// The provider that makes the model of this bare name, where the name tells.
pub fn find_by_model(name: &str) -> Option<&'static Provider> {
    const FAMILIES: [(&str, &str); 20] = [
        ("gpt-", "openai"),
        ("chatgpt-", "openai"),
        ("o1", "openai"),
        ("o3", "openai"),
        ("o4", "openai"),
        ("codex-", "openai"),
        ("claude-", "anthropic"),
        ("gemini-", "gemini"),
        ("deepseek-", "deepseek"),
        ("mistral-", "mistral"),
        ("ministral-", "mistral"),
        ("magistral-", "mistral"),
        ("codestral-", "mistral"),
        ("grok-", "xai"),
        ("kimi-", "moonshotai"),
        ("glm-", "zhipu"),
        ("qwen", "qwen"),
        ("command-", "cohere"),
        ("sonar", "perplexity"),
        ("minimax-", "minimax"),
    ];
    let lower = name.to_ascii_lowercase();
    let (_, id) = FAMILIES
        .iter()
        .find(|(start, _)| lower.starts_with(start))?;
    find(id)
}

impl Provider {
    /// The API to use for a client of `client`: the same one where the provider
    /// offers it for this model, else the first of those it offers.
    pub fn upstream_api(&self, client: Api, configured_prefix: Option<&str>, model: &str) -> Api {
        let claimed = self.is_claimed(model);
        let native: Vec<Api> = Api::ALL
            .into_iter()
            .filter(|api| self.has_model(*api, model, claimed))
            .filter(|api| self.serves(*api, configured_prefix))
            .collect();
        if native.contains(&client) {
            return client;
        }
        let mut preferred = [
            Api::Chat,
            Api::Messages,
            Api::Responses,
            Api::GenerateContent,
            Api::Converse,
            Api::CohereChat,
        ];
        preferred.sort_by_key(|api| self.is_compatible(*api));
        preferred
            .into_iter()
            .find(|api| native.contains(api))
            .unwrap_or(client)
    }

    /// Whether the API depends on the model.
    pub fn chooses_by_model(&self) -> bool {
        self.apis
            .values()
            .any(|endpoint| !endpoint.models.is_empty())
    }

    /// Whether some API is there for this very model.
    fn is_claimed(&self, model: &str) -> bool {
        self.chooses_by_model()
            && self
                .apis
                .values()
                .any(|endpoint| matches_any(&endpoint.models, &model.to_ascii_lowercase()))
    }

    fn has_model(&self, api: Api, model: &str, claimed: bool) -> bool {
        self.apis
            .get(&ApiName(api))
            .is_some_and(|endpoint| match claimed {
                true => matches_any(&endpoint.models, &model.to_ascii_lowercase()),
                false => endpoint.models.is_empty(),
            })
    }

    /// The API's version, where the body tells it in the model's stead.
    pub(crate) fn version_in_body(&self, api: Api) -> Option<&str> {
        self.apis.get(&ApiName(api))?.version_in_body.as_deref()
    }

    fn is_compatible(&self, api: Api) -> bool {
        self.apis
            .get(&ApiName(api))
            .is_some_and(|endpoint| endpoint.compatible)
    }

    /// How `api` of this provider wants the key.
    pub fn auth(&self, api: Api) -> Auth {
        self.apis
            .get(&ApiName(api))
            .and_then(|endpoint| endpoint.auth)
            .unwrap_or(self.auth)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_readable_and_unambiguous() {
        let table = read_table().expect("providers.json");
        let mut names: Vec<&str> = table
            .iter()
            .flat_map(|provider| {
                std::iter::once(provider.id.as_str())
                    .chain(provider.aliases.iter().map(String::as_str))
            })
            .collect();
        let count = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), count);
        assert!(table.iter().all(|provider| !provider.apis.is_empty()));
    }

    #[test]
    fn finds_in_any_case_and_by_alias() {
        assert_eq!(find("OpenAI").map(|p| p.id.as_str()), Some("openai"));
        assert_eq!(find("do_ai").map(|p| p.id.as_str()), Some("digitalocean"));
        assert!(find("nobody").is_none());
    }

    #[test]
    fn prefers_the_clients_own_api() {
        let api = |id: &str, client| find(id).expect(id).upstream_api(client, None, "m");
        assert_eq!(api("openai", Api::Chat), Api::Chat);
        assert_eq!(api("openai", Api::Messages), Api::Chat);
        assert_eq!(api("openai", Api::Responses), Api::Responses);
        assert_eq!(api("anthropic", Api::Chat), Api::Messages);
        assert_eq!(api("deepseek", Api::Messages), Api::Messages);
        assert_eq!(api("groq", Api::Messages), Api::Chat);
    }

    #[test]
    fn google_and_cohere_speak_chat_where_it_is_configured() {
        let api = |id: &str, client, prefix| find(id).expect(id).upstream_api(client, prefix, "m");
        for (id, native, compatible) in [
            ("gemini", Api::GenerateContent, "/v1beta/openai"),
            ("cohere", Api::CohereChat, "/compatibility/v1"),
        ] {
            assert_eq!(api(id, Api::Chat, None), native);
            assert_eq!(api(id, Api::Messages, Some("/v1beta")), native);
            assert_eq!(api(id, Api::Chat, Some(compatible)), Api::Chat);
        }
        let prefix = Some("/v1beta/openai");
        assert_eq!(api("gemini", Api::Messages, prefix), Api::GenerateContent);
    }

    #[test]
    fn the_model_says_which_apis_vertex_has() {
        let vertex = find("vertex").expect("vertex_ai");
        let prefix = Some("v1/projects/p/locations/l");
        for (model, client, expected) in [
            ("claude-sonnet-4-5@20250929", Api::Chat, Api::Messages),
            ("claude-sonnet-4-5@20250929", Api::Messages, Api::Messages),
            ("gemini-3-pro", Api::Chat, Api::GenerateContent),
            ("gemini-3-pro", Api::Messages, Api::GenerateContent),
            ("meta/llama-4-maverick", Api::Messages, Api::Chat),
            ("meta/llama-4-maverick", Api::GenerateContent, Api::Chat),
        ] {
            assert_eq!(
                vertex.upstream_api(client, prefix, model),
                expected,
                "{model}"
            );
        }
    }

    #[test]
    fn the_base_url_says_which_apis_are_there() {
        let api =
            |id: &str, client, prefix| find(id).expect(id).upstream_api(client, Some(prefix), "m");
        assert_eq!(api("deepseek", Api::Messages, "/v1"), Api::Messages);
        assert_eq!(api("deepseek", Api::Chat, "/anthropic"), Api::Messages);
        assert_eq!(api("moonshotai", Api::Messages, "/coding/v1"), Api::Chat);
        assert_eq!(api("zhipu", Api::Chat, "/api/coding/paas/v4"), Api::Chat);
    }
}
