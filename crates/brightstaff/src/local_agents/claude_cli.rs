//! Claude Code without a terminal: how it is started, what it is told, and what
//! it says. One request is one run; the conversation travels on standard input.

mod conversation;
mod events;

use std::borrow::Cow;

use hermesllm::{ApiError, ErrorKind};
use serde::Deserialize;
use serde_json::{json, Value};

use conversation::Turn;
pub(super) use events::{Answer, Fault};

/// Part of a Messages request.
#[derive(Debug, Deserialize)]
pub(super) struct Request {
    pub model: String,
    #[serde(default)]
    pub stream: bool,
    system: Option<Value>,
    #[serde(default)]
    messages: Vec<Turn>,
}

impl Request {
    /// Reads a body that a client or the translation has made.
    pub(super) fn read(body: &[u8]) -> Result<Self, ApiError> {
        let request: Self = serde_json::from_slice(body)
            .map_err(|error| invalid(format!("the request cannot be read: {error}")))?;
        if !is_model_name(&request.model) {
            let message = format!("'{}' cannot be the name of a model", request.model);
            return Err(invalid(message).with_param("model"));
        }
        Ok(request)
    }

    /// What the program is called with. Nothing of the conversation is among it:
    /// everybody on the machine can read arguments.
    pub(super) fn arguments<'a>(&'a self, permission_mode: &'a str) -> Vec<Cow<'a, str>> {
        [
            "-p",
            "--output-format",
            "stream-json",
            "--input-format",
            "stream-json",
            "--include-partial-messages",
            "--verbose",
            "--no-session-persistence",
            "--permission-mode",
            permission_mode,
            "--model",
            &self.model,
        ]
        .map(Cow::Borrowed)
        .into()
    }

    /// What the program reads: a line with the system prompt, if there is one, and a
    /// line with the conversation.
    pub(super) fn input(self) -> Result<Vec<u8>, ApiError> {
        let mut lines = Vec::new();
        let system = self.system.as_ref().map(conversation::text_of);
        if let Some(system) = system.filter(|text| !text.is_empty()) {
            let request = json!({"subtype": "initialize", "appendSystemPrompt": system});
            write_line(
                &mut lines,
                &json!({"type": "control_request", "request_id": "system", "request": request}),
            );
        }
        let content = conversation::as_one_message(self.messages)?;
        let message = json!({"role": "user", "content": content});
        write_line(
            &mut lines,
            &json!({"type": "user", "message": message, "parent_tool_use_id": null, "session_id": ""}),
        );
        Ok(lines)
    }
}

fn write_line(lines: &mut Vec<u8>, value: &Value) {
    lines.extend_from_slice(value.to_string().as_bytes());
    lines.push(b'\n');
}

fn invalid(message: impl Into<String>) -> ApiError {
    ApiError::new(ErrorKind::InvalidRequest, message.into())
}

/// Such as `opus`, `claude-sonnet-4-5` or `opus[1m]`; nothing that could be an option.
fn is_model_name(name: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-._:/@[]".contains(&byte);
    !name.starts_with('-') && !name.is_empty() && name.len() <= 200 && name.bytes().all(allowed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(body: &Value) -> Request {
        Request::read(body.to_string().as_bytes()).unwrap()
    }

    #[test]
    fn the_conversation_is_not_among_the_arguments() {
        let request = request(&json!({
            "model": "opus",
            "system": "be brief",
            "messages": [{"role": "user", "content": "a secret"}],
        }));
        let arguments = request.arguments("plan").join(" ");
        assert!(arguments.ends_with("--permission-mode plan --model opus"));
        assert!(!arguments.contains("secret") && !arguments.contains("brief"));
        let input = String::from_utf8(request.input().unwrap()).unwrap();
        let lines: Vec<Value> = input
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        assert_eq!(lines[0]["request"]["appendSystemPrompt"], "be brief");
        assert_eq!(lines[1]["message"]["content"][0]["text"], "a secret");
    }

    #[test]
    fn a_name_that_could_be_an_option_is_refused() {
        for model in ["", "--dangerously", "a b", "a\nb"] {
            let body = json!({"model": model, "messages": []}).to_string();
            let error = Request::read(body.as_bytes()).unwrap_err();
            assert_eq!(error.param.as_deref(), Some("model"), "{model}");
        }
    }
}
