//! What Envoy is given, file by file.

use std::collections::BTreeMap;

use common::EnvoyResources;
use serde_json::{json, Value};

/// Names of files.
pub(super) const CLUSTERS: &str = "clusters";
pub(super) const LISTENERS: &str = "listeners";
pub(super) const FILTER: &str = "llm_gateway";

/// The content of each file by its name.
pub(super) type Files = BTreeMap<String, Vec<Value>>;

/// Where the filter has its configuration, which is sealed.
const FILTER_SETTINGS: &str = "/typed_config/config/configuration/value";

/// The files for `resources`. `certificates` tells the ones that providers' are
/// checked by from others: Envoy reads their file only with a changed cluster.
pub(super) fn files_of(resources: &EnvoyResources, certificates: Option<u64>) -> Files {
    let mut clusters = resources.clusters.clone();
    if let Some(certificates) = certificates {
        for cluster in &mut clusters {
            note_certificates(cluster, certificates);
        }
    }
    let mut files = Files::from([
        (CLUSTERS.to_owned(), clusters),
        (LISTENERS.to_owned(), resources.listeners.clone()),
        (FILTER.to_owned(), vec![resources.filter.clone()]),
    ]);
    for route in &resources.routes {
        files.insert(name_of(route).to_owned(), vec![route.clone()]);
    }
    files
}

fn note_certificates(cluster: &mut Value, certificates: u64) {
    let Some(cluster) = cluster.as_object_mut() else {
        return;
    };
    if cluster.contains_key("transport_socket") {
        let noted = json!({"certificates": certificates.to_string()});
        cluster.insert(
            "metadata".to_owned(),
            json!({"filter_metadata": {"plano": noted}}),
        );
    }
}

/// All of `next`, and those of `before` that have other names.
pub(super) fn together(next: &[Value], before: &[Value]) -> Vec<Value> {
    let is_gone = |old: &&Value| !next.iter().any(|new| name_of(new) == name_of(old));
    let gone = before.iter().filter(is_gone);
    next.iter().chain(gone).cloned().collect()
}

/// Gives the filter its sealed configuration.
pub(super) fn with_settings(filter: &[Value], sealed: &str) -> Vec<Value> {
    let mut filter = filter.to_vec();
    for part in &mut filter {
        if let Some(settings) = part.pointer_mut(FILTER_SETTINGS) {
            *settings = Value::from(sealed);
        }
    }
    filter
}

/// The sealed configuration of a filter that has been given one.
pub(super) fn settings_of(filter: &Value) -> Option<&str> {
    filter.pointer(FILTER_SETTINGS)?.as_str()
}

/// Where a listener has its requests logged.
pub(super) fn access_logs(listener: &Value) -> impl Iterator<Item = &str> {
    let logs = listener.pointer("/filter_chains/0/filters/0/typed_config/access_log");
    let logs = logs.and_then(Value::as_array).into_iter().flatten();
    logs.filter_map(|log| log.pointer("/typed_config/path")?.as_str())
}

/// A file as Envoy reads it.
pub(super) fn discovery(version: u64, resources: &[Value]) -> Vec<u8> {
    let response = json!({"version_info": version.to_string(), "resources": resources});
    let mut text = serde_json::to_vec_pretty(&response).unwrap_or_default();
    text.push(b'\n');
    text
}

pub(super) fn name_of(resource: &Value) -> &str {
    let name = resource.get("name").and_then(Value::as_str);
    name.unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resources() -> EnvoyResources {
        EnvoyResources {
            clusters: vec![
                json!({"name": "a", "transport_socket": {}}),
                json!({"name": "b"}),
            ],
            filter: json!({"typed_config": {"config": {"configuration": {"value": ""}}}}),
            routes: vec![json!({"name": "routes_1"})],
            listeners: vec![json!({"name": "l"})],
        }
    }

    #[test]
    fn other_certificates_make_another_cluster() {
        let clusters = |certificates| files_of(&resources(), certificates)[CLUSTERS].clone();
        assert_eq!(clusters(None), resources().clusters);
        assert_ne!(clusters(Some(1))[0], clusters(Some(2))[0]);
        assert_eq!(clusters(Some(1))[1], clusters(Some(2))[1]);
    }

    #[test]
    fn every_route_has_a_file() {
        let files = files_of(&resources(), None);
        let names: Vec<&str> = files.keys().map(String::as_str).collect();
        assert_eq!(names, [CLUSTERS, LISTENERS, FILTER, "routes_1"]);
    }

    #[test]
    fn the_filter_gets_its_settings() {
        let filter = with_settings(&[resources().filter], "sealed");
        assert_eq!(filter[0].pointer(FILTER_SETTINGS), Some(&json!("sealed")));
    }

    #[test]
    fn what_is_new_goes_before_what_was() {
        let (next, before) = (
            [json!({"name": "a", "x": 1})],
            [json!({"name": "a"}), json!({"name": "b"})],
        );
        assert_eq!(
            together(&next, &before),
            [next[0].clone(), before[1].clone()]
        );
    }
}
