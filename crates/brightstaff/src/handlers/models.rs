//! `GET /v1/models` and `GET /v1/models/{id}`, in the shape of
//! whoever asks.

use std::rc::Rc;

use gateway_core::LocalReply;
use hermesllm::{Api, ApiError, ErrorKind};
use http::{HeaderMap, StatusCode};
use serde_json::{json, Value};

use crate::worker::Worker;

/// One model of the list.
struct Model {
    id: String,
    owned_by: String,
}

/// Whose clients ask, as path, query and headers tell. Anthropic's name the
/// version of its API, Google's bring its own kind of key, Cohere's ask for the
/// models of an endpoint.
pub(crate) fn shape(path: Option<Api>, query: Option<&str>, headers: &HeaderMap) -> Api {
    let asks =
        |name: &str| query.is_some_and(|query| query.split('&').any(|pair| pair.starts_with(name)));
    if let Some(api) = path {
        api
    } else if headers.contains_key("anthropic-version") {
        Api::Messages
    } else if headers.contains_key("x-goog-api-key")
        || headers.contains_key("x-goog-api-client")
        || asks("key=")
    {
        Api::GenerateContent
    } else if asks("endpoint=") {
        Api::CohereChat
    } else {
        Api::Chat
    }
}

/// The whole list.
pub(crate) async fn list(worker: &Rc<Worker>, headers: &HeaderMap, shape: Api) -> LocalReply {
    let models = all(worker, headers).await;
    let data: Vec<Value> = models.iter().map(|model| describe(model, shape)).collect();
    let body = match shape {
        Api::Messages => json!({
            "first_id": models.first().map(|model| &model.id),
            "last_id": models.last().map(|model| &model.id),
            "data": data,
            "has_more": false,
        }),
        Api::GenerateContent | Api::CohereChat => json!({"models": data}),
        _ => json!({"object": "list", "data": data}),
    };
    LocalReply::json(StatusCode::OK, body.to_string().into_bytes())
}

/// One model, by any name that a call may use for it.
pub(crate) async fn one(
    worker: &Rc<Worker>,
    headers: &HeaderMap,
    shape: Api,
    id: &str,
) -> LocalReply {
    let id = match shape {
        Api::GenerateContent => id.trim_start_matches("models/"),
        _ => id,
    };
    let snapshot = worker.snapshot();
    let found = match snapshot.resolve(Some(id)) {
        None => None,
        Some(resolved) => {
            let upstream = &snapshot.upstreams()[resolved.index];
            let lists = if upstream.is_wildcard() {
                let mut lists = worker
                    .model_lists
                    .of_wildcards(&snapshot, &worker.pool(), headers)
                    .await;
                lists.remove(&resolved.index).flatten()
            } else {
                None
            };
            // A provider that gives no list may still know the model.
            let exists = lists.is_none_or(|list| list.iter().any(|model| model == resolved.model));
            exists.then(|| Model {
                id: id.to_owned(),
                owned_by: upstream.provider.display_name.clone(),
            })
        }
    };
    match found {
        Some(model) => {
            let body = describe(&model, shape).to_string();
            LocalReply::json(StatusCode::OK, body.into_bytes())
        }
        None => {
            let error = ApiError::new(
                ErrorKind::NotFound,
                format!("Model '{id}' not found in configured providers"),
            );
            LocalReply::error(shape, &error)
        }
    }
}

async fn all(worker: &Rc<Worker>, headers: &HeaderMap) -> Vec<Model> {
    let snapshot = worker.snapshot();
    let mut lists = worker
        .model_lists
        .of_wildcards(&snapshot, &worker.pool(), headers)
        .await;
    let mut models: Vec<Model> = Vec::new();
    let mut seen = std::collections::HashSet::new();
    for (index, upstream) in snapshot.upstreams().iter().enumerate() {
        let ids = match &upstream.model {
            Some(model) => vec![model.clone()],
            None => lists
                .remove(&index)
                .flatten()
                .map_or_else(Vec::new, |list| list.to_vec()),
        };
        for id in ids {
            let id = upstream.public_name(&id);
            if seen.insert(id.clone()) {
                models.push(Model {
                    id,
                    owned_by: upstream.provider.display_name.clone(),
                });
            }
        }
    }
    models
}

fn describe(model: &Model, shape: Api) -> Value {
    match shape {
        Api::Messages => json!({
            "type": "model",
            "id": model.id,
            "display_name": model.id,
            "created_at": "1970-01-01T00:00:00Z",
        }),
        Api::GenerateContent => json!({
            "name": format!("models/{}", model.id),
            "displayName": model.id,
            "supportedGenerationMethods": ["generateContent", "streamGenerateContent", "countTokens"],
        }),
        Api::CohereChat => json!({"name": model.id, "endpoints": ["chat"]}),
        _ => json!({
            "id": model.id,
            "object": "model",
            "created": 0,
            "owned_by": model.owned_by,
        }),
    }
}
