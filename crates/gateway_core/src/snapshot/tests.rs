use common::RuntimeConfig;

use super::*;

fn build(providers: &str) -> Result<Snapshot, Vec<SnapshotError>> {
    build_with(providers, "")
}

/// `rest` is what follows the overrides.
fn build_with(providers: &str, rest: &str) -> Result<Snapshot, Vec<SnapshotError>> {
    let text = format!(
        "
version: v0.4.0
listeners: []
metrics: {{address: 127.0.0.1, port: 9092}}
model_providers:
{providers}
overrides:
  max_request_body_bytes: 1
  drain_timeout_ms: 1
  upstream_connect_timeout_ms: 1
  upstream_first_byte_timeout_ms: 1
  upstream_idle_timeout_ms: 1
  on_unsupported: warn
  fetch_media: public
{rest}
"
    );
    let config = RuntimeConfig::from_yaml(&text).unwrap();
    Snapshot::build(&config, &|name| (name == "KEY").then(|| "sk-1".to_owned()))
}

#[test]
fn every_problem_is_reported() {
    let errors = build(
        "
  - {name: a, model: x, provider_interface: nobody}
  - {name: b, model: x, provider_interface: openai, access_key: $UNSET, default: true}
  - {name: c, model: x, provider_interface: openai, access_key: $KEY, default: true}
  - {name: c, model: y, provider_interface: openai, access_key: $KEY, default: true}
  - {name: d, model: x, provider_interface: ollama}
  - {name: e, model: x, provider_interface: openai, base_url: 'ftp://host'}
  - {name: f, model: x, provider_interface: openai, headers: {'bad name': x}}
  - {name: g, model: x, provider_interface: openai, http_host: 'user@host'}
",
    )
    .unwrap_err();
    let texts: Vec<String> = errors.iter().map(ToString::to_string).collect();
    assert_eq!(
        texts,
        [
            "model provider 'a': unknown provider_interface 'nobody'",
            "model provider 'b': access_key refers to $UNSET, which is not set",
            "two model providers are named 'c'",
            "model providers 'c' and 'c' are both the default",
            "model provider 'd': base_url is required for ollama",
            "model provider 'e': base_url must be http://HOST or https://HOST with an optional path",
            "model provider 'f': headers.bad name is not a header that can be set, or has characters that a header cannot carry",
            "model provider 'g': http_host is not a header that can be set, or has characters that a header cannot carry",
        ]
    );
}

#[test]
fn a_host_of_its_own_goes_into_the_header_alone() {
    let snapshot = build(
        "
  - {name: a, model: x, provider_interface: openai, base_url: 'http://10.0.0.1:8080', http_host: 'models.internal:81'}
  - {name: b, model: y, provider_interface: openai, base_url: 'http://10.0.0.1:8080'}
",
    )
    .unwrap();
    let [a, b] = snapshot.upstreams() else {
        panic!("two")
    };
    assert_eq!(a.host_header, "models.internal:81");
    assert_eq!(b.host_header, "10.0.0.1:8080");
    assert!(Arc::ptr_eq(&a.origin, &b.origin));
}

#[test]
fn addresses_are_taken_apart() {
    let snapshot = build(
        "
  - {name: a, model: x, provider_interface: openai, base_url: 'http://[::1]:8080/v2/', access_key: k}
  - {name: b, model: x, provider_interface: openai, base_url: 'https://host:443', access_key: k}
  - {name: c, model: g, provider_interface: gemini, base_url: 'https://host/v1beta', access_key: k}
  - {name: d, model: g, provider_interface: cohere, base_url: 'https://host/v2', access_key: k}
",
    )
    .unwrap();
    let [a, b, c, d] = snapshot.upstreams() else {
        panic!("four entries");
    };
    assert_eq!((a.origin.host.as_str(), a.origin.port), ("::1", 8080));
    assert_eq!(a.origin.authority, "[::1]:8080");
    assert_eq!(
        a.path(Api::Chat, "x", false).unwrap(),
        "/v2/chat/completions"
    );
    assert_eq!(
        (b.origin.authority.as_str(), b.origin.https),
        ("host", true)
    );
    assert_eq!(
        b.path(Api::Chat, "x", false).unwrap(),
        "/v1/chat/completions"
    );
    assert_eq!(
        c.path(Api::GenerateContent, "g", false).unwrap(),
        "/v1beta/models/g:generateContent"
    );
    assert_eq!(d.path(Api::CohereChat, "d", false).unwrap(), "/v2/chat");
}

#[test]
fn what_is_on_loopback_is_found_by_another_name_and_stays_what_it_is() {
    let providers = "
  - {name: a, model: x, provider_interface: openai, base_url: 'https://localhost:8443', access_key: k}
  - {name: b, model: x, provider_interface: openai, base_url: 'http://127.0.0.2:80', access_key: k}
  - {name: c, model: x, provider_interface: openai, base_url: 'http://[::1]:80', access_key: k}
  - {name: d, model: x, provider_interface: openai, base_url: 'http://localhost.example:80', access_key: k}
";
    let places = |rest| -> Vec<(String, u16)> {
        let snapshot = build_with(providers, rest).unwrap();
        let places = snapshot.upstreams().iter().map(|one| one.origin.place());
        places.map(|(host, port)| (host.to_owned(), port)).collect()
    };
    let at = |host: &str, port| (host.to_owned(), port);
    assert_eq!(
        places("loopback_host: machine"),
        [
            at("machine", 8443),
            at("machine", 80),
            at("machine", 80),
            at("localhost.example", 80)
        ]
    );
    assert_eq!(
        places(""),
        [
            at("localhost", 8443),
            at("127.0.0.2", 80),
            at("::1", 80),
            at("localhost.example", 80)
        ]
    );
    let snapshot = build_with(providers, "loopback_host: machine").unwrap();
    let tls = &snapshot.upstreams()[0];
    assert_eq!(tls.origin.host, "localhost");
    assert_eq!(tls.host_header, "localhost:8443");
}

#[test]
fn a_wildcard_of_its_own_name_does_not_take_the_providers() {
    let snapshot = build(
        "
  - {name: 'local/*', model: '*', provider_interface: openai, base_url: 'http://127.0.0.1:1'}
  - {name: 'openai/*', model: '*', provider_interface: openai, access_key: $KEY}
",
    )
    .unwrap();
    let index = |name| snapshot.resolve(Some(name)).map(|found| found.index);
    assert_eq!(index("local/m"), Some(0));
    assert_eq!(index("openai/m"), Some(1));
}

#[test]
fn debug_output_has_no_key() {
    let snapshot = build("  - {name: a, model: x, provider_interface: openai, access_key: $KEY, headers: {X-Key: sk-1}}");
    assert!(!format!("{:?}", snapshot.unwrap()).contains("sk-1"));
}
