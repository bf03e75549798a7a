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

/// What a request asks the gateway for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Endpoint {
    /// A call to a model, in a client API.
    Call(Api, Operation),
    /// The model list.
    Models,
    /// One model of the list.
    Model(String),
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
    /// Finds the endpoint of a method and a path without its query.
    pub fn find(method: &Method, path: &str) -> Result<Self, Refusal> {
        let post = match path {
            "/v1/chat/completions" => Some((Api::Chat, Operation::Generate)),
            "/v1/messages" => Some((Api::Messages, Operation::Generate)),
            "/v1/messages/count_tokens" => Some((Api::Messages, Operation::CountTokens)),
            "/v1/responses" => Some((Api::Responses, Operation::Generate)),
            _ => None,
        };
        if let Some((api, operation)) = post {
            return match *method {
                Method::POST => Ok(Self::Call(api, operation)),
                Method::OPTIONS => Ok(Self::Options("POST, OPTIONS")),
                _ => Err(Refusal::MethodNotAllowed("POST, OPTIONS")),
            };
        }
        let read = match path {
            // Clients probe the base URL with HEAD before their first call.
            "/healthz" | "/" => Self::Health,
            "/v1/models" => Self::Models,
            _ => {
                let id = path.strip_prefix("/v1/models/").filter(|id| !id.is_empty());
                let id = id.and_then(|id| percent_decode_str(id).decode_utf8().ok());
                Self::Model(id.ok_or(Refusal::NotFound)?.into_owned())
            }
        };
        match *method {
            Method::GET | Method::HEAD => Ok(read),
            Method::OPTIONS => Ok(Self::Options("GET, HEAD, OPTIONS")),
            _ => Err(Refusal::MethodNotAllowed("GET, HEAD, OPTIONS")),
        }
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
            Ok(Endpoint::Call(Api::Messages, Operation::CountTokens))
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
        let wanted = Ok(Endpoint::Model("openai/gpt-4o".into()));
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
            Endpoint::find(&Method::GET, "/v2/chat"),
            Err(Refusal::NotFound)
        );
    }
}
