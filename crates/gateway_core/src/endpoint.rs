//! What a method and a path ask for.

use hermesllm::Api;
use http::Method;
use percent_encoding::percent_decode_str;

/// What a call wants of a model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Operation {
    /// An answer.
    Generate,
    /// The number of tokens that the request would use.
    CountTokens,
}

/// A call to a model, as far as its path tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelCall {
    pub client: Api,
    pub operation: Operation,
    /// What the path says in the APIs whose bodies do not.
    pub addressed: Option<Addressed>,
}

/// A model named by the path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Addressed {
    pub model: String,
    /// The path asks for a stream.
    pub stream: bool,
}

/// What a request asks the gateway for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Endpoint {
    /// A call to a model, in a client API.
    Call(ModelCall),
    /// The model list; the API whose path was used, when the path tells.
    Models(Option<Api>),
    /// One model of the list.
    Model(Option<Api>, String),
    /// What each model takes of each API.
    Capabilities,
    /// Whether the gateway serves.
    Health,
    /// What may be asked for at this path; the value of `Allow`.
    Options(&'static str),
}

/// Why a method and a path lead nowhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// No such path.
    NotFound,
    /// The path exists; the value of `Allow`.
    MethodNotAllowed(&'static str),
}

impl Endpoint {
    /// Finds the endpoint of a method and a path as received, without its query.
    pub fn find(method: &Method, path: &str) -> Result<Self, Refusal> {
        if let Some(call) = model_call(path) {
            return match *method {
                Method::POST => Ok(Self::Call(call)),
                Method::OPTIONS => Ok(Self::Options("POST, OPTIONS")),
                _ => Err(Refusal::MethodNotAllowed("POST, OPTIONS")),
            };
        }
        let read = match path {
            // Clients probe the base URL with HEAD before their first call.
            "/healthz" | "/" => Self::Health,
            "/v1/capabilities" => Self::Capabilities,
            _ => model_list(path).ok_or(Refusal::NotFound)?,
        };
        match *method {
            Method::GET | Method::HEAD => Ok(read),
            Method::OPTIONS => Ok(Self::Options("GET, HEAD, OPTIONS")),
            _ => Err(Refusal::MethodNotAllowed("GET, HEAD, OPTIONS")),
        }
    }
}

/// The call that is made by a POST to this path.
fn model_call(path: &str) -> Option<ModelCall> {
    let by_body = |client, operation| {
        Some(ModelCall {
            client,
            operation,
            addressed: None,
        })
    };
    match path {
        "/v1/chat/completions" => by_body(Api::Chat, Operation::Generate),
        "/v1/messages" => by_body(Api::Messages, Operation::Generate),
        "/v1/messages/count_tokens" => by_body(Api::Messages, Operation::CountTokens),
        "/v1/responses" => by_body(Api::Responses, Operation::Generate),
        "/v2/chat" => by_body(Api::CohereChat, Operation::Generate),
        _ => generate_content_call(path).or_else(|| converse_call(path)),
    }
}

/// Versions of the Gemini API.
const GEMINI_VERSIONS: [&str; 3] = ["v1beta", "v1", "v1alpha"];

/// `/{version}/models/{model}:{verb}`, also below a Vertex project.
/// <https://ai.google.dev/api/generate-content>
fn generate_content_call(path: &str) -> Option<ModelCall> {
    let (version, rest) = path.strip_prefix('/')?.split_once('/')?;
    if !GEMINI_VERSIONS.contains(&version) {
        return None;
    }
    let of_vertex = || {
        rest.strip_prefix("projects/")
            .and_then(|_| rest.split_once("/publishers/google/models/"))
    };
    let model = match rest
        .strip_prefix("models/")
        .or_else(|| rest.strip_prefix("tunedModels/"))
    {
        Some(model) => model,
        None => of_vertex()?.1,
    };
    // The model's own name may hold colons, and either may be encoded.
    let model = percent_decode_str(model).decode_utf8().ok()?;
    let (model, verb) = model.rsplit_once(':')?;
    let (operation, stream) = match verb {
        "generateContent" => (Operation::Generate, false),
        "streamGenerateContent" => (Operation::Generate, true),
        "countTokens" => (Operation::CountTokens, false),
        _ => return None,
    };
    let model = model.trim_start_matches("models/");
    (!model.is_empty()).then(|| ModelCall {
        client: Api::GenerateContent,
        operation,
        addressed: Some(Addressed {
            model: model.to_owned(),
            stream,
        }),
    })
}

/// `[PREFIX]/model/{id}/{verb}`; the id is one encoded segment.
/// <https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html>
fn converse_call(path: &str) -> Option<ModelCall> {
    let (rest, verb) = path.rsplit_once('/')?;
    let (operation, stream) = match verb {
        "converse" => (Operation::Generate, false),
        "converse-stream" => (Operation::Generate, true),
        "count-tokens" => (Operation::CountTokens, false),
        _ => return None,
    };
    let (_, model) = rest.split_once("/model/")?;
    let model = percent_decode_str(model).decode_utf8().ok()?;
    (!model.is_empty()).then(|| ModelCall {
        client: Api::Converse,
        operation,
        addressed: Some(Addressed {
            model: model.into_owned(),
            stream,
        }),
    })
}

/// `/{version}/models` and `/{version}/models/{id}`.
fn model_list(path: &str) -> Option<Endpoint> {
    let (version, rest) = path.strip_prefix('/')?.split_once('/')?;
    let hint = match version {
        "v1" => None,
        "v1beta" | "v1alpha" => Some(Api::GenerateContent),
        _ => return None,
    };
    if rest == "models" {
        return Some(Endpoint::Models(hint));
    }
    let id = rest.strip_prefix("models/").filter(|id| !id.is_empty())?;
    let id = percent_decode_str(id).decode_utf8().ok()?;
    Some(Endpoint::Model(hint, id.into_owned()))
}

/// The API whose errors a client of `path` understands.
pub fn shape_of(path: &str) -> Api {
    if let Some(call) = model_call(path) {
        return call.client;
    }
    if path.starts_with("/v1/messages") {
        Api::Messages
    } else if path.starts_with("/v1/responses") {
        Api::Responses
    } else if path.starts_with("/v1beta/") || path.starts_with("/v1alpha/") {
        Api::GenerateContent
    } else if path.starts_with("/v2/") {
        Api::CohereChat
    } else if path.contains("/model/") {
        Api::Converse
    } else {
        Api::Chat
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_calls_by_post_only() {
        let path = "/v1/messages/count_tokens";
        assert_eq!(
            Endpoint::find(&Method::POST, path),
            Ok(Endpoint::Call(ModelCall {
                client: Api::Messages,
                operation: Operation::CountTokens,
                addressed: None,
            }))
        );
        assert_eq!(
            Endpoint::find(&Method::GET, path),
            Err(Refusal::MethodNotAllowed("POST, OPTIONS"))
        );
        assert_eq!(
            Endpoint::find(&Method::OPTIONS, path),
            Ok(Endpoint::Options("POST, OPTIONS"))
        );
    }

    #[test]
    fn decodes_model_ids_with_slashes() {
        let wanted = Ok(Endpoint::Model(None, "openai/gpt-4o".into()));
        assert_eq!(
            Endpoint::find(&Method::GET, "/v1/models/openai/gpt-4o"),
            wanted
        );
        assert_eq!(
            Endpoint::find(&Method::GET, "/v1/models/openai%2Fgpt-4o"),
            wanted
        );
        assert_eq!(
            Endpoint::find(&Method::GET, "/v1/models/"),
            Err(Refusal::NotFound)
        );
        assert_eq!(
            Endpoint::find(&Method::GET, "/v1/models/%ff"),
            Err(Refusal::NotFound)
        );
        assert_eq!(
            Endpoint::find(&Method::GET, "/v3/chat"),
            Err(Refusal::NotFound)
        );
    }

    #[test]
    fn finds_models_in_paths() {
        use Operation::{CountTokens, Generate};
        for (path, client, operation, model, stream) in [
            ("/v1beta/models/gemini-2.5-pro:generateContent", Api::GenerateContent, Generate, "gemini-2.5-pro", false),
            ("/v1/models/models/openai/gpt-4o:streamGenerateContent", Api::GenerateContent, Generate, "openai/gpt-4o", true),
            ("/v1beta/models/models%2Fopenai%2Fgpt-4o%3Aextra:countTokens", Api::GenerateContent, CountTokens, "openai/gpt-4o:extra", false),
            ("/v1alpha/tunedModels/mine:generateContent", Api::GenerateContent, Generate, "mine", false),
            ("/v1/projects/p/locations/l/publishers/google/models/gemini-3-pro:streamGenerateContent", Api::GenerateContent, Generate, "gemini-3-pro", true),
            ("/model/anthropic.claude-v2%3A1/converse", Api::Converse, Generate, "anthropic.claude-v2:1", false),
            ("/bedrock/model/openai%2Fgpt-4o/converse-stream", Api::Converse, Generate, "openai/gpt-4o", true),
            ("/model/m/count-tokens", Api::Converse, CountTokens, "m", false),
        ] {
            let expected = ModelCall {
                client,
                operation,
                addressed: Some(Addressed { model: model.to_owned(), stream }),
            };
            assert_eq!(
                Endpoint::find(&Method::POST, path),
                Ok(Endpoint::Call(expected)),
                "{path}"
            );
            assert_eq!(shape_of(path), client);
        }
        for path in [
            "/model/m/invoke",
            "/v1beta/models/m:embed",
            "/v2/models/m:generateContent",
            "/model//converse",
        ] {
            let found = Endpoint::find(&Method::POST, path);
            assert!(!matches!(found, Ok(Endpoint::Call(_))), "{path}");
        }
    }
}
