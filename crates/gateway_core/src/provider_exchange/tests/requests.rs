//! What reaches the provider.

use super::*;

#[test]
fn the_same_api_passes_with_only_the_model_changed() {
    let body = br#"{ "x" : [1 ,2], "model":"openai/gpt-4o","stream" :false, "z":1.50 }"#;
    let wanted = br#"{ "x" : [1 ,2], "model":"gpt-4o","stream" :false, "z":1.50 }"#;
    for pieces in [1, 2, 5, body.len()] {
        let length = body.len().to_string();
        let mut exchange = exchange(
            Api::Chat,
            &[
                ("authorization", "Bearer sk-client"),
                ("content-length", &length),
                ("content-type", "application/json"),
            ],
        );
        let mut done = send(&mut exchange, body, pieces);
        let open = done.open.take().unwrap();
        assert_eq!(done.sent, wanted, "{pieces} pieces");
        assert!(done.send_ended);
        assert_eq!(open.body_length, Some(wanted.len() as u64));
        assert_eq!(open.path, "/v1/chat/completions?beta=true");
        assert_eq!(open.origin.host, "api.openai.com");
        assert_eq!(open.headers["authorization"], "Bearer sk-own");
        assert_eq!(open.headers["host"], "api.openai.com");
        reply(
            &mut exchange,
            &mut done,
            200,
            "application/json",
            CHAT_REPLY,
        );
        assert_eq!(done.replied, CHAT_REPLY);
        assert!(done.reply_ended);
        assert!(!done.head.as_ref().unwrap().1.contains_key("set-cookie"));
        let [observation] = &done.observed[..] else {
            panic!("observed {} times", done.observed.len());
        };
        assert_eq!(observation.outcome, Outcome::Completed);
        assert_eq!(
            observation.requested_model.as_deref(),
            Some("openai/gpt-4o")
        );
        assert_eq!(observation.usage.unwrap().input(), 9);
    }
}

#[test]
fn names_resolve_as_documented() {
    let snapshot = snapshot(CONFIG);
    let resolve = |name: &str| {
        let found = snapshot.resolve(Some(name))?;
        let entry = &snapshot.upstreams()[found.index];
        Some(format!("{} {}", entry.name, found.model))
    };
    let cases = [
        ("gpt-4o", Some("openai/gpt-4o gpt-4o")),
        ("openai/gpt-4o", Some("openai/gpt-4o gpt-4o")),
        ("fast", Some("openai/gpt-4o gpt-4o")),
        ("mine", Some("mine tiny")),
        ("tiny", Some("mine tiny")),
        ("in-house/tiny", Some("mine tiny")),
        ("mine/tiny", Some("mine tiny")),
        ("anthropic/claude-x", Some("anthropic/* claude-x")),
        ("anthropic/a/b", Some("anthropic/* a/b")),
        ("claude-sonnet-4-5", Some("anthropic/* claude-sonnet-4-5")),
        ("groq/gpt-4o", None),
        ("anthropic/", None),
        ("anthropic/*", None),
        ("none", None),
        ("gpt-4o-mini", None),
    ];
    for (name, wanted) in cases {
        assert_eq!(resolve(name).as_deref(), wanted, "{name}");
    }
    assert_eq!(snapshot.resolve(None).unwrap().model, "gpt-4o");
    assert_eq!(snapshot.resolve(Some("")).unwrap().model, "gpt-4o");
}

#[test]
fn a_missing_model_is_put_in() {
    for (body, wanted) in [
        (&b"{}"[..], &br#"{"model":"gpt-4o"}"#[..]),
        (br#"{"a":1}"#, br#"{"model":"gpt-4o","a":1}"#),
        (br#"{"model":null}"#, br#"{"model":"gpt-4o"}"#),
        (br#"{"model":""}"#, br#"{"model":"gpt-4o"}"#),
    ] {
        let mut exchange = exchange(Api::Chat, &[]);
        let done = send(&mut exchange, body, 1);
        assert_eq!(done.sent, wanted);
        assert_eq!(done.open.unwrap().body_length, None);
    }
}

#[test]
fn what_another_provider_made_does_not_pass() {
    let body = json!({"model": "gpt-4o", "future": [1], "messages": [
        {"role": "user", "content": "hi"},
        {"role": "assistant", "content": "ho", "reasoning_content": "hm"},
        {"role": "user", "content": "ha"},
    ]});
    let done = send(
        &mut exchange(Api::Chat, &[]),
        body.to_string().as_bytes(),
        3,
    );
    let sent: Value = serde_json::from_slice(&done.sent).unwrap();
    assert_eq!(
        sent,
        json!({"model": "gpt-4o", "future": [1], "messages": [
            {"role": "user", "content": "hi"},
            {"role": "assistant", "content": "ho"},
            {"role": "user", "content": "ha"},
        ]})
    );
    assert!(done.send_ended);
}

#[test]
fn media_by_url_is_asked_for_where_the_provider_takes_none() {
    let url = "https://example.com/cat.png?signature=secret";
    let body = json!({"model": "bedrock/x", "messages": [{"role": "user", "content": [
        {"type": "text", "text": "What is this?"},
        {"type": "image_url", "image_url": {"url": url}},
    ]}]});
    let ask = || {
        let mut exchange = exchange(Api::Chat, &[]);
        let done = send(&mut exchange, body.to_string().as_bytes(), 2);
        assert_eq!(done.fetch, [url]);
        assert!(done.open.is_none() && done.head.is_none());
        (exchange, done)
    };
    let (mut found, mut done) = ask();
    let media = RemoteMedia {
        url: url.to_owned(),
        media_type: "image/png".to_owned(),
        data: b"\x89PNG".to_vec(),
    };
    feed(&mut found, &mut done, Input::Fetched(Ok(vec![media])));
    let sent: Value = serde_json::from_slice(&done.sent).unwrap();
    let image = &sent["messages"][0]["content"][1]["image"];
    assert_eq!(
        *image,
        json!({"format": "png", "source": {"bytes": "iVBORw=="}})
    );
    assert!(done.open.is_some() && done.send_ended);
    let (mut missing, mut done) = ask();
    let failure = FetchFailure {
        url: url.to_owned(),
        reason: "the server answered 404 Not Found".to_owned(),
    };
    feed(&mut missing, &mut done, Input::Fetched(Err(failure)));
    assert_eq!(done.status(), 400);
    let message = done.json()["error"]["message"].as_str().unwrap().to_owned();
    assert!(
        message.contains("https://example.com/cat.png") && message.contains("404"),
        "{message}"
    );
    assert!(!message.contains("secret"), "{message}");
}

#[test]
fn claude_on_vertex_is_asked_by_path_and_version() {
    let root = "/v1/projects/p/locations/global/publishers/anthropic/models/claude-x";
    let messages = json!([{"role": "user", "content": "hi"}]);
    for (client, stream, verb) in [
        (Api::Messages, false, "rawPredict"),
        (Api::Messages, true, "streamRawPredict"),
        (Api::Chat, true, "streamRawPredict"),
    ] {
        let body = json!({"model": "vertex/claude-x", "stream": stream, "max_tokens": 9, "messages": messages});
        let done = send(&mut exchange(client, &[]), body.to_string().as_bytes(), 2);
        let open = done.open.unwrap();
        assert_eq!(
            open.path,
            format!(
                "{root}:{verb}{}",
                if client == Api::Messages {
                    "?beta=true"
                } else {
                    ""
                }
            )
        );
        assert_eq!(open.headers["authorization"], "Bearer sk-own");
        let sent: Value = serde_json::from_slice(&done.sent).unwrap();
        assert_eq!(sent["anthropic_version"], "vertex-2023-10-16");
        assert!(sent.get("model").is_none());
    }
    let body = json!({"model": "vertex/gemini-x", "messages": messages});
    let open = send(
        &mut exchange(Api::Chat, &[]),
        body.to_string().as_bytes(),
        1,
    )
    .open;
    let path = open.unwrap().path;
    assert_eq!(
        path,
        "/v1/projects/p/locations/global/publishers/google/models/gemini-x:generateContent"
    );
}

#[test]
fn credentials_follow_the_entry() {
    let open = |model: &str, pairs: &[(&'static str, &str)]| {
        let mut exchange = exchange(Api::Chat, pairs);
        let body = format!(r#"{{"model":"{model}","messages":[]}}"#);
        send(&mut exchange, body.as_bytes(), 1)
    };
    let passed = open("groq/llama", &[("x-api-key", "gsk-client")])
        .open
        .unwrap();
    assert_eq!(passed.headers["authorization"], "Bearer gsk-client");
    assert!(!passed.headers.contains_key("x-api-key"));
    assert_eq!(open("groq/llama", &[]).status(), 401);
    let own = open("tiny", &[("authorization", "Bearer sk-client")])
        .open
        .unwrap();
    assert!(!own.headers.contains_key("authorization"));
    assert_eq!(own.headers["x-team"], "a");
    assert_eq!(own.path.path(), "/sub/chat/completions");
}

#[test]
fn conversations_that_live_at_openai_are_not_elsewhere() {
    let body = br#"{"model":"claude-x","input":"hello","previous_response_id":"resp_1"}"#;
    let mut exchange_ = exchange(Api::Responses, &[]);
    let done = send(&mut exchange_, body, 2);
    assert_eq!(done.status(), 400);
    assert_eq!(done.json()["error"]["param"], "previous_response_id");
}
