use std::fmt::Write as _;

use super::{ApiName, Endpoint, Provider};
use crate::api::Api;

impl Provider {
    /// Path and query for a request; `/` when the provider lacks the API. `configured_prefix` is the path of the
    /// configured base URL; empty or `/` is the provider's own. It depends on
    /// the provider and its API only, never on the client's.
    pub fn path(
        &self,
        api: Api,
        configured_prefix: Option<&str>,
        model: &str,
        streaming: bool,
    ) -> String {
        let Some(endpoint) = self.apis.get(&ApiName(api)) else {
            return String::from("/");
        };
        let template = match (&endpoint.stream_path, streaming) {
            (Some(path), true) => path,
            _ => &endpoint.path,
        };
        if self.id == "azure_openai" && api == Api::Chat && is_azure_v1(configured_prefix) {
            return String::from("/openai/v1/chat/completions");
        }
        let prefix = self.api_prefix(api, endpoint, configured_prefix);
        join(&prefix, template).replace("{model}", &encode_segment(bare_model(api, model)))
    }

    /// Path and query of the model list, where there is one.
    pub fn models_path(&self, configured_prefix: Option<&str>) -> Option<String> {
        let endpoint = self.models.as_ref()?;
        Some(join(
            &self.models_prefix(endpoint, configured_prefix),
            &endpoint.path,
        ))
    }

    /// Path of the native token count of `api`, where there is one.
    pub fn count_tokens_path(
        &self,
        api: Api,
        configured_prefix: Option<&str>,
        model: &str,
    ) -> Option<String> {
        let endpoint = self.apis.get(&ApiName(api))?;
        let template = endpoint.count_tokens_path.as_ref()?;
        let prefix = self.api_prefix(api, endpoint, configured_prefix);
        Some(join(&prefix, template).replace("{model}", &encode_segment(bare_model(api, model))))
    }

    /// Whether `api` is offered under the configured prefix. The prefix of one
    /// API alone offers that one; a prefix of the user's own making replaces
    /// that of the main API, and says nothing of APIs that live elsewhere.
    pub(super) fn serves(&self, api: Api, configured_prefix: Option<&str>) -> bool {
        let Some(endpoint) = self.apis.get(&ApiName(api)) else {
            return false;
        };
        if self.apis.values().any(|endpoint| endpoint.compatible) {
            let path = rooted(configured_prefix);
            let names_it = path.ends_with("/openai")
                || path.ends_with("/endpoints/openapi")
                || path.contains("/compatibility");
            return match (endpoint.compatible, api) {
                (true, _) => names_it,
                // Google has both under one address.
                (false, Api::GenerateContent) => true,
                (false, _) => !names_it,
            };
        }
        let Some(main) = self.main_endpoint() else {
            return false;
        };
        let Some(prefix) = self.own_spelling(configured_prefix) else {
            return true;
        };
        let shares_main = endpoint.prefix == main.prefix;
        if is_default(main, &prefix) {
            return true;
        }
        if self.apis.values().any(|other| is_default(other, &prefix)) {
            return is_default(endpoint, &prefix) || (self.id == "azure_openai" && shares_main);
        }
        shares_main
    }

    /// The prefix of `api`; Google and Cohere have rules of their own.
    fn api_prefix(&self, api: Api, endpoint: &Endpoint, configured_prefix: Option<&str>) -> String {
        match (self.id.as_str(), api) {
            ("gemini", Api::GenerateContent) => google_prefix(&rooted(configured_prefix)),
            ("cohere", Api::CohereChat) => cohere_prefix(&rooted(configured_prefix)),
            _ => self.prefix_for(endpoint, configured_prefix),
        }
    }

    fn models_prefix(&self, endpoint: &Endpoint, configured_prefix: Option<&str>) -> String {
        let configured = rooted(configured_prefix);
        match self.id.as_str() {
            "gemini" if !configured.ends_with("/openai") => google_prefix(&configured),
            _ => self.prefix_for(endpoint, configured_prefix),
        }
    }

    fn main_endpoint(&self) -> Option<&Endpoint> {
        self.apis
            .get(&ApiName(Api::Chat))
            .or_else(|| self.apis.values().next())
    }

    /// The configured prefix, trimmed; `None` when it says nothing.
    fn own_spelling(&self, configured_prefix: Option<&str>) -> Option<String> {
        let prefix = rooted(configured_prefix);
        // The address Google gives lacks the part that its compatible API needs.
        let names_version_only = ["/v1beta", "/v1", "/v1alpha"].contains(&prefix.as_str());
        if self.id == "gemini" && names_version_only {
            return Some(format!("{prefix}/openai"));
        }
        (!prefix.is_empty()).then_some(prefix)
    }

    fn prefix_for(&self, endpoint: &Endpoint, configured_prefix: Option<&str>) -> String {
        let Some(prefix) = self.own_spelling(configured_prefix) else {
            return endpoint.prefix.clone();
        };
        let of_another_api = !is_default(endpoint, &prefix)
            && self.apis.values().any(|other| is_default(other, &prefix));
        if of_another_api {
            endpoint.prefix.clone()
        } else {
            prefix
        }
    }
}

/// A prefix as its rules look at it: empty, or with a slash before it and none behind.
fn rooted(configured_prefix: Option<&str>) -> String {
    match configured_prefix.unwrap_or_default().trim_matches('/') {
        "" => String::new(),
        path => format!("/{path}"),
    }
}

/// A trailing `/openai` belongs to the compatible API. A version is kept, and
/// added where there is none; on Vertex the publisher takes its place.
fn google_prefix(path: &str) -> String {
    let path = path.strip_suffix("/openai").unwrap_or(path);
    let path = path.strip_suffix("/endpoints/openapi").unwrap_or(path);
    let last = path.rsplit('/').next().unwrap_or_default();
    if path.contains("/publishers/") || ["v1", "v1beta", "v1alpha"].contains(&last) {
        return path.to_owned();
    }
    if path.contains("/projects/") && path.contains("/locations/") {
        return format!("{path}/publishers/google");
    }
    format!("{path}/v1beta")
}

/// The version is not repeated, nor is the whole path.
fn cohere_prefix(path: &str) -> String {
    let path = path.strip_suffix("/chat").unwrap_or(path);
    match path.ends_with("/v2") {
        true => path.to_owned(),
        false => format!("{path}/v2"),
    }
}

/// Google's model names come with the folder they are in.
fn bare_model(api: Api, model: &str) -> &str {
    match api {
        Api::GenerateContent => model.strip_prefix("models/").unwrap_or(model),
        _ => model,
    }
}

fn is_azure_v1(configured_prefix: Option<&str>) -> bool {
    configured_prefix.is_some_and(|prefix| prefix.trim_matches('/') == "openai/v1")
}

/// Whether `prefix` is the endpoint's own, with or without the version that
/// begins its path.
fn is_default(endpoint: &Endpoint, prefix: &str) -> bool {
    prefix == endpoint.prefix
        || prefix
            .strip_suffix(first_segment(&endpoint.path))
            .is_some_and(|rest| rest == endpoint.prefix)
}

fn first_segment(path: &str) -> &str {
    let end = path
        .char_indices()
        .skip(1)
        .find(|(_, c)| *c == '/')
        .map_or(path.len(), |(at, _)| at);
    path.get(..end).unwrap_or(path)
}

/// Joins without repeating a version: `/openai/v1` + `/v1/models` is `/openai/v1/models`.
fn join(prefix: &str, path: &str) -> String {
    let first = first_segment(path);
    let rest = match prefix.ends_with(first) && first.len() < path.len() {
        true => path.strip_prefix(first).unwrap_or(path),
        false => path,
    };
    format!("{prefix}{rest}")
}

/// One path segment: `:` and `/` of a model id must not be read as structure.
fn encode_segment(model: &str) -> String {
    let mut segment = String::with_capacity(model.len());
    for byte in model.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            segment.push(char::from(byte));
        } else {
            let _ = write!(segment, "%{byte:02X}");
        }
    }
    segment
}

#[cfg(test)]
mod tests {
    use crate::api::Api;
    use crate::providers::find;

    #[test]
    fn builds_every_documented_path() {
        use Api::{Chat, CohereChat, Converse, GenerateContent, Messages, Responses};
        for (id, api, prefix, expected) in [
            ("openai", Chat, None, "/v1/chat/completions"),
            ("openai", Chat, Some("/v1"), "/v1/chat/completions"),
            ("openai", Chat, Some("/"), "/v1/chat/completions"),
            (
                "openai",
                Chat,
                Some("custom/api/v2/"),
                "/custom/api/v2/chat/completions",
            ),
            ("openai", Responses, Some("/v1"), "/v1/responses"),
            ("anthropic", Messages, None, "/v1/messages"),
            ("anthropic", Messages, Some("/api/v2"), "/api/v2/messages"),
            ("groq", Chat, None, "/openai/v1/chat/completions"),
            (
                "groq",
                Chat,
                Some("/openai/v1"),
                "/openai/v1/chat/completions",
            ),
            ("groq", Chat, Some("/api/v2"), "/api/v2/v1/chat/completions"),
            ("gemini", Chat, None, "/v1beta/openai/chat/completions"),
            (
                "gemini",
                Chat,
                Some("/v1beta"),
                "/v1beta/openai/chat/completions",
            ),
            (
                "gemini",
                Chat,
                Some("/v1beta/openai"),
                "/v1beta/openai/chat/completions",
            ),
            (
                "gemini",
                GenerateContent,
                None,
                "/v1beta/models/m%3A1%2Fx:generateContent",
            ),
            (
                "gemini",
                GenerateContent,
                Some("/v1beta/openai/"),
                "/v1beta/models/m%3A1%2Fx:generateContent",
            ),
            (
                "gemini",
                GenerateContent,
                Some("/v1"),
                "/v1/models/m%3A1%2Fx:generateContent",
            ),
            (
                "gemini",
                GenerateContent,
                Some("/proxy"),
                "/proxy/v1beta/models/m%3A1%2Fx:generateContent",
            ),
            (
                "gemini",
                GenerateContent,
                Some("/v1/projects/p/locations/global"),
                "/v1/projects/p/locations/global/publishers/google/models/m%3A1%2Fx:generateContent",
            ),
            ("cohere", CohereChat, None, "/v2/chat"),
            ("cohere", CohereChat, Some("/v2"), "/v2/chat"),
            ("cohere", CohereChat, Some("/proxy/v2/chat"), "/proxy/v2/chat"),
            (
                "cohere",
                Chat,
                Some("/compatibility/v1"),
                "/compatibility/v1/chat/completions",
            ),
            ("zhipu", Chat, None, "/api/paas/v4/chat/completions"),
            (
                "zhipu",
                Chat,
                Some("/api/coding/paas/v4"),
                "/api/coding/paas/v4/chat/completions",
            ),
            (
                "zhipu",
                Messages,
                Some("/api/paas/v4"),
                "/api/anthropic/v1/messages",
            ),
            ("qwen", Chat, None, "/compatible-mode/v1/chat/completions"),
            (
                "qwen",
                Chat,
                Some("/compatible-mode/v1"),
                "/compatible-mode/v1/chat/completions",
            ),
            (
                "qwen",
                Messages,
                Some("/compatible-mode/v1"),
                "/apps/anthropic/v1/messages",
            ),
            ("deepseek", Messages, Some("/v1"), "/anthropic/v1/messages"),
            (
                "deepseek",
                Messages,
                Some("/anthropic"),
                "/anthropic/v1/messages",
            ),
            (
                "moonshotai",
                Chat,
                Some("/coding/v1"),
                "/coding/v1/chat/completions",
            ),
            ("openrouter", Chat, Some("/api"), "/api/v1/chat/completions"),
            ("openrouter", Messages, Some("/api/v1"), "/api/v1/messages"),
            ("edenai", Chat, Some("/v3"), "/v3/chat/completions"),
            ("perplexity", Chat, None, "/chat/completions"),
            (
                "chatgpt",
                Responses,
                Some("/backend-api/codex"),
                "/backend-api/codex/responses",
            ),
            (
                "azure_openai",
                Chat,
                None,
                "/openai/deployments/m%3A1%2Fx/chat/completions?api-version=2025-01-01-preview",
            ),
            (
                "azure_openai",
                Chat,
                Some("/custom"),
                "/custom/m%3A1%2Fx/chat/completions?api-version=2025-01-01-preview",
            ),
            (
                "azure_openai",
                Chat,
                Some("/openai/v1/"),
                "/openai/v1/chat/completions",
            ),
            ("azure_openai", Responses, None, "/openai/v1/responses"),
            (
                "amazon_bedrock",
                Converse,
                None,
                "/model/m%3A1%2Fx/converse",
            ),
            (
                "amazon_bedrock",
                Converse,
                Some("/pre"),
                "/pre/model/m%3A1%2Fx/converse",
            ),
        ] {
            let provider = find(id).expect(id);
            // An address may be cut into pieces with or without the slash before its path.
            let bare = prefix.map(|prefix| prefix.trim_start_matches('/'));
            for written in [prefix, bare] {
                let path = provider.path(api, written, "m:1/x", false);
                assert_eq!(path, expected, "{id} {written:?}");
            }
        }
        let bedrock = find("amazon_bedrock").expect("bedrock");
        assert_eq!(
            bedrock.path(Converse, None, "m", true),
            "/model/m/converse-stream"
        );
    }

    #[test]
    fn streams_of_gemini_are_events() {
        let gemini = find("gemini").expect("gemini");
        assert_eq!(
            gemini.path(Api::GenerateContent, None, "models/g", true),
            "/v1beta/models/g:streamGenerateContent?alt=sse"
        );
    }

    #[test]
    fn lists_models_beside_the_main_api() {
        let path = |id: &str, prefix| find(id).expect(id).models_path(prefix);
        assert_eq!(
            path("groq", Some("/openai/v1")).as_deref(),
            Some("/openai/v1/models")
        );
        assert_eq!(
            path("gemini", Some("/v1beta")).as_deref(),
            Some("/v1beta/models?pageSize=1000")
        );
        assert_eq!(path("amazon_bedrock", None), None);
    }
}
