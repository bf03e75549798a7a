//! `GET /v1/capabilities`: what becomes of each feature on the way to each entry
//! of `model_providers`.

use gateway_core::{LocalReply, Snapshot, Upstream};
use hermesllm::{Api, Capabilities, Feature};
use http::StatusCode;
use serde_json::{json, Map, Value};

/// Every entry with the API that each client API reaches and, for each of
/// those, how it stands to every feature.
pub(crate) fn list(snapshot: &Snapshot) -> LocalReply {
    let data: Vec<Value> = snapshot.upstreams().iter().map(describe).collect();
    let body = json!({"object": "list", "data": data});
    LocalReply::json(StatusCode::OK, body.to_string().into_bytes())
}

fn describe(upstream: &Upstream) -> Value {
    let model = upstream.model.as_deref().unwrap_or("*");
    let mut reached = Map::new();
    let mut features = Map::new();
    for client in Api::ALL {
        let api = upstream.api_for(client, model);
        reached.insert(client.as_str().to_owned(), json!(api.as_str()));
        features
            .entry(api.as_str())
            .or_insert_with(|| of_target(upstream, api, model));
    }
    json!({
        "name": &*upstream.name,
        "provider": upstream.provider.id,
        "model": model,
        "client_apis": reached,
        "features": features,
    })
}

fn of_target(upstream: &Upstream, api: Api, model: &str) -> Value {
    let capabilities = Capabilities::of(upstream.provider, api, model);
    let all = Feature::ALL.iter().map(|feature| {
        let support = capabilities.support(*feature).as_str();
        (feature.as_str().to_owned(), json!(support))
    });
    Value::Object(all.collect())
}
