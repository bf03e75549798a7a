//! What the client gets of a provider's answer.

use super::*;

#[test]
fn a_backend_that_only_streams_serves_who_wants_the_whole() {
    let mut exchange = exchange(Api::Responses, &[]);
    let body = json!({"model": "gpt-5-codex", "temperature": 0.5, "x": {"y": 1}, "input": "hi"});
    let mut done = send(&mut exchange, body.to_string().as_bytes(), 2);
    let sent: Value = serde_json::from_slice(&done.sent).unwrap();
    assert_eq!(sent["stream"], true);
    assert_eq!(sent["store"], false);
    assert_eq!(sent["x"], json!({"y": 1}));
    assert_eq!(sent["input"][0]["content"][0]["text"], "hi");
    assert!(sent["instructions"].as_str().unwrap().contains("Codex"));
    assert!(sent.get("temperature").is_none());
    let answer = json!({"type": "response.completed", "response": {"id": "resp_1", "status": "completed",
        "output": [{"type": "message", "id": "m", "role": "assistant", "status": "completed",
            "content": [{"type": "output_text", "text": "ho", "annotations": []}]}],
        "usage": {"input_tokens": 1, "output_tokens": 2, "total_tokens": 3}}});
    let stream = format!("event: response.completed\ndata: {answer}\n\n");
    reply(
        &mut exchange,
        &mut done,
        200,
        "text/event-stream",
        stream.as_bytes(),
    );
    let (status, headers) = done.head.clone().unwrap();
    assert_eq!(status, 200);
    assert_eq!(headers["x-plano-dropped"], "temperature");
    assert_eq!(headers["content-type"], "application/json");
    assert_eq!(done.json()["output"][0]["content"][0]["text"], "ho");
}

#[test]
fn a_key_that_the_provider_repeats_is_not_told() {
    for (client, model) in [(Api::Chat, "gpt-4o"), (Api::Messages, "gpt-4o")] {
        let yaml = CONFIG.replace("$KEY, default", "sk-configured-12345, default");
        let mut exchange = exchange_by(&yaml, client, &[]);
        let body = json!({"model": model, "max_tokens": 5, "messages": [{"role": "user", "content": "hi"}]});
        let mut done = send(&mut exchange, body.to_string().as_bytes(), 1);
        let refusal = json!({"error": {"message": "Incorrect API key: Bearer sk-configured-12345.", "type": "invalid_request_error", "param": null, "code": "invalid_api_key"}});
        reply(
            &mut exchange,
            &mut done,
            401,
            "application/json",
            refusal.to_string().as_bytes(),
        );
        let told = String::from_utf8(done.replied.clone()).unwrap();
        assert!(
            told.contains("Bearer ***.") && !told.contains("12345"),
            "{told}"
        );
        let noted = format!("{:?}", done.observed);
        assert!(!noted.contains("12345"), "{noted}");
    }
}

#[test]
fn chat_is_translated_for_a_messages_provider() {
    let mut exchange = exchange(Api::Chat, &[]);
    let body = br#"{"model":"anthropic/claude-x","seed":1,"messages":[{"role":"user","content":"hello"}]}"#;
    let mut done = send(&mut exchange, body, 4);
    let open = done.open.take().unwrap();
    assert_eq!(open.path, "/v1/messages");
    assert_eq!(open.headers["x-api-key"], "sk-own");
    assert_eq!(open.headers["anthropic-version"], "2023-06-01");
    assert_eq!(open.body_length, Some(done.sent.len() as u64));
    let sent: Value = serde_json::from_slice(&done.sent).unwrap();
    assert_eq!(sent["model"], "claude-x");
    let message = json!({
        "id": "msg_1", "type": "message", "role": "assistant", "model": "claude-x",
        "content": [{"type": "text", "text": "hi"}], "stop_reason": "end_turn",
        "stop_sequence": null, "usage": {"input_tokens": 3, "output_tokens": 1},
    });
    assert!(sent.get("seed").is_none());
    let body = message.to_string();
    reply(
        &mut exchange,
        &mut done,
        200,
        "application/json",
        body.as_bytes(),
    );
    assert_eq!(done.json()["choices"][0]["message"]["content"], "hi");
    assert_eq!(done.head.as_ref().unwrap().1["x-plano-dropped"], "seed");
    assert_eq!(done.observed[0].usage.unwrap().output, 1);
}

#[test]
fn errors_of_providers_take_the_clients_shape() {
    let mut exchange = exchange(Api::Chat, &[]);
    let body = br#"{"model":"anthropic/claude-x","messages":[{"role":"user","content":"hello"}]}"#;
    let mut done = send(&mut exchange, body, 1);
    let error = br#"{"type":"error","error":{"type":"rate_limit_error","message":"slow down"}}"#;
    reply(&mut exchange, &mut done, 429, "application/json", error);
    assert_eq!(done.status(), 429);
    assert_eq!(done.json()["error"]["message"], "slow down");
    assert_eq!(done.json()["error"]["type"], "rate_limit_error");
}

#[test]
fn an_error_page_takes_the_clients_shape_too() {
    let mut exchange = exchange(Api::Chat, &[]);
    let mut done = send(&mut exchange, br#"{"model":"gpt-4o"}"#, 1);
    reply(
        &mut exchange,
        &mut done,
        503,
        "text/html",
        b"<html>down</html>",
    );
    assert_eq!(done.status(), 503);
    assert!(done.json()["error"]["message"].is_string());
}
