//! What the program prints, line by line, as the events of one Messages stream.
//!
//! A run asks its model several times and uses tools in between. The client sees
//! one message: the texts and thoughts of all of them. The tools are the
//! program's own affair.

use std::collections::HashMap;

use hermesllm::{ApiError, ErrorKind};
use serde::Deserialize;
use serde_json::{json, Map, Value};

/// Why a run gave no answer, or not all of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::local_agents) struct Fault {
    pub kind: ErrorKind,
    pub message: String,
}

impl Fault {
    pub(in crate::local_agents) fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
        }
    }
}

impl From<Fault> for ApiError {
    fn from(fault: Fault) -> Self {
        Self::new(fault.kind, fault.message)
    }
}

/// The answer of a run, as far as it has come.
#[derive(Debug, Default)]
pub(in crate::local_agents) struct Answer {
    is_begun: bool,
    is_complete: bool,
    /// Blocks that the client sees, by their index in the message that runs.
    indices: HashMap<u64, u64>,
    next_index: u64,
    stop_reason: Option<String>,
    stop_sequence: Value,
    /// The program's word for what went wrong.
    error: Option<String>,
}

#[derive(Deserialize)]
struct Line {
    #[serde(rename = "type")]
    kind: String,
    subtype: Option<String>,
    event: Option<Value>,
    parent_tool_use_id: Option<String>,
    is_error: Option<bool>,
    result: Option<Value>,
    usage: Option<Value>,
    error: Option<Value>,
    error_status: Option<Value>,
    errors: Option<Vec<Value>>,
    response: Option<Value>,
}

impl Line {
    fn result(&self) -> Option<&str> {
        self.result.as_ref()?.as_str()
    }
}

impl Answer {
    /// Takes a line in; adds the events that follow from it. Lines that say nothing
    /// to the client add a ping, so that it knows that something goes on.
    pub(in crate::local_agents) fn push(
        &mut self,
        line: &[u8],
        events: &mut Vec<Value>,
    ) -> Result<(), Fault> {
        if self.is_complete || line.trim_ascii().is_empty() {
            return Ok(());
        }
        let line: Line = serde_json::from_slice(line).map_err(|error| {
            let message = format!("it printed a line that is not of its protocol: {error}");
            Fault::new(ErrorKind::BadGateway, message)
        })?;
        let before = events.len();
        match (line.kind.as_str(), line.subtype.as_deref()) {
            ("stream_event", _) if line.parent_tool_use_id.is_none() => {
                if let Some(event) = line.event {
                    self.event(event, events);
                }
            }
            ("assistant", _) => {
                let word = line.error.as_ref().and_then(Value::as_str);
                self.error = word.map(str::to_owned).or(self.error.take());
            }
            ("system", Some("api_retry")) => refused_for_good(&line)?,
            ("control_response", _) => accepted(&line)?,
            ("result", _) => self.result(&line, events)?,
            _ => {}
        }
        if events.len() == before && self.is_begun {
            events.push(json!({"type": "ping"}));
        }
        Ok(())
    }

    pub(in crate::local_agents) fn is_begun(&self) -> bool {
        self.is_begun
    }

    pub(in crate::local_agents) fn is_complete(&self) -> bool {
        self.is_complete
    }

    fn event(&mut self, mut event: Value, events: &mut Vec<Value>) {
        let index = event.get("index").and_then(Value::as_u64).unwrap_or(0);
        match event.get("type").and_then(Value::as_str) {
            Some("message_start") => {
                self.indices.clear();
                if !std::mem::replace(&mut self.is_begun, true) {
                    events.push(event);
                }
            }
            Some("content_block_start") if is_shown(&event["content_block"]) => {
                let shown = self.next_index;
                self.next_index += 1;
                self.indices.insert(index, shown);
                event["index"] = json!(shown);
                events.push(event);
            }
            Some("content_block_delta" | "content_block_stop") => {
                if let Some(shown) = self.indices.get(&index) {
                    event["index"] = json!(shown);
                    events.push(event);
                }
            }
            Some("message_delta") => {
                let delta = &event["delta"];
                if let Some(reason) = delta["stop_reason"].as_str() {
                    self.stop_reason = Some(reason.to_owned());
                    self.stop_sequence = delta["stop_sequence"].clone();
                }
            }
            _ => {}
        }
    }

    fn result(&mut self, line: &Line, events: &mut Vec<Value>) -> Result<(), Fault> {
        if line.is_error == Some(true) || line.subtype.as_deref() != Some("success") {
            return Err(self.fault(line));
        }
        if !self.is_begun {
            // What it answers without a model comes in the result alone.
            self.synthesize(line.result().unwrap_or_default(), events);
        }
        let reason = match self.stop_reason.as_deref() {
            Some("tool_use") | None => "end_turn",
            Some(reason) => reason,
        };
        let usage = line.usage.as_ref().map(counts).unwrap_or_default();
        let delta = json!({"stop_reason": reason, "stop_sequence": self.stop_sequence});
        events.push(json!({"type": "message_delta", "delta": delta, "usage": usage}));
        events.push(json!({"type": "message_stop"}));
        self.is_complete = true;
        Ok(())
    }

    fn synthesize(&mut self, text: &str, events: &mut Vec<Value>) {
        self.is_begun = true;
        let usage = json!({"input_tokens": 0, "output_tokens": 0});
        let message = json!({
            "id": "msg_local", "type": "message", "role": "assistant", "model": "claude-cli",
            "content": [], "stop_reason": null, "stop_sequence": null, "usage": usage,
        });
        let block = json!({"type": "text", "text": ""});
        let delta = json!({"type": "text_delta", "text": text});
        events.extend([
            json!({"type": "message_start", "message": message}),
            json!({"type": "content_block_start", "index": 0, "content_block": block}),
            json!({"type": "content_block_delta", "index": 0, "delta": delta}),
            json!({"type": "content_block_stop", "index": 0}),
        ]);
    }

    fn fault(&self, line: &Line) -> Fault {
        let told = line.errors.iter().flatten();
        let told: Vec<&str> = told.filter_map(Value::as_str).collect();
        let message = match (line.result(), told.is_empty(), &line.subtype) {
            (Some(text), _, _) if !text.is_empty() => text.to_owned(),
            (_, false, _) => told.join("; "),
            (_, _, Some(subtype)) => format!("it ended with {subtype}"),
            _ => "it ended with an error that it does not tell".to_owned(),
        };
        Fault::new(kind_of(self.error.as_deref()), message)
    }
}

/// Texts and thoughts; calls of tools and what they bring are not for the client.
fn is_shown(block: &Value) -> bool {
    matches!(
        block["type"].as_str(),
        Some("text" | "thinking" | "redacted_thinking")
    )
}

/// The counts of a whole run.
fn counts(usage: &Value) -> Map<String, Value> {
    let names = [
        "input_tokens",
        "cache_creation_input_tokens",
        "cache_read_input_tokens",
        "output_tokens",
    ];
    let count = |name: &str| Some((name.to_owned(), usage.get(name)?.clone()));
    names.into_iter().filter_map(count).collect()
}

/// It would ask again for minutes, though the answer will be the same.
fn refused_for_good(line: &Line) -> Result<(), Fault> {
    let status = line.error_status.as_ref().and_then(Value::as_u64);
    let kind = match status {
        Some(400) => ErrorKind::InvalidRequest,
        Some(401) => ErrorKind::Authentication,
        Some(402) => ErrorKind::Billing,
        Some(403) => ErrorKind::Permission,
        Some(404) => ErrorKind::NotFound,
        _ => return Ok(()),
    };
    let status = status.unwrap_or_default();
    let word = line.error.as_ref().and_then(Value::as_str);
    let word = word.unwrap_or("no reason given");
    let message = format!("its model's service answered {status} ({word})");
    Err(Fault::new(kind, message))
}

/// The system prompt must not be lost in silence.
fn accepted(line: &Line) -> Result<(), Fault> {
    let response = line.response.as_ref();
    let subtype = response.and_then(|response| response["subtype"].as_str());
    if subtype != Some("error") {
        return Ok(());
    }
    let reason = response.and_then(|response| response["error"].as_str());
    let reason = reason.unwrap_or("no reason given");
    let message = format!("it did not take the system prompt: {reason}");
    Err(Fault::new(ErrorKind::BadGateway, message))
}

fn kind_of(word: Option<&str>) -> ErrorKind {
    match word {
        Some("authentication_failed" | "oauth_org_not_allowed") => ErrorKind::Authentication,
        Some("billing_error") => ErrorKind::Billing,
        Some("rate_limit") => ErrorKind::RateLimit,
        Some("overloaded") => ErrorKind::Overloaded,
        Some("invalid_request") => ErrorKind::InvalidRequest,
        Some("model_not_found") => ErrorKind::NotFound,
        _ => ErrorKind::BadGateway,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn streamed(event: Value) -> Value {
        json!({"type": "stream_event", "event": event, "parent_tool_use_id": null})
    }

    fn start() -> Value {
        streamed(json!({"type": "message_start", "message": {"id": "m", "usage": {}}}))
    }

    fn block(index: u64, block: Value) -> [Value; 2] {
        [
            streamed(
                json!({"type": "content_block_start", "index": index, "content_block": block}),
            ),
            streamed(json!({"type": "content_block_stop", "index": index})),
        ]
    }

    fn stop(reason: &str) -> Value {
        let delta = json!({"stop_reason": reason, "stop_sequence": null});
        streamed(json!({"type": "message_delta", "delta": delta, "usage": {"output_tokens": 1}}))
    }

    fn result() -> Value {
        json!({"is_error": false, "usage": {"input_tokens": 20, "output_tokens": 12, "speed": "x"},
            "type": "result", "subtype": "success", "result": "done"})
    }

    fn run(lines: &[Value]) -> Result<Vec<Value>, Fault> {
        let mut answer = Answer::default();
        let mut events = Vec::new();
        for line in lines {
            answer.push(line.to_string().as_bytes(), &mut events)?;
        }
        assert_eq!(answer.is_complete(), lines.last() == Some(&result()));
        events.retain(|event| event["type"] != "ping");
        Ok(events)
    }

    #[test]
    fn several_messages_become_one_without_its_tools() {
        let text = json!({"type": "text", "text": ""});
        let call = json!({"type": "tool_use", "id": "t", "name": "Bash", "input": {}});
        let mut lines = vec![json!({"type": "system", "subtype": "init"}), start()];
        lines.extend(block(0, text.clone()));
        lines.extend(block(1, call));
        lines.extend([stop("tool_use"), start()]);
        lines.extend(block(0, text));
        lines.extend([stop("end_turn"), result()]);
        let events = run(&lines).unwrap();
        let seen: Vec<String> = events
            .iter()
            .map(|event| format!("{} {}", event["type"].as_str().unwrap(), event["index"]))
            .collect();
        assert_eq!(
            seen,
            [
                "message_start null",
                "content_block_start 0",
                "content_block_stop 0",
                "content_block_start 1",
                "content_block_stop 1",
                "message_delta null",
                "message_stop null",
            ]
        );
        assert_eq!(events[5]["delta"]["stop_reason"], "end_turn");
        assert_eq!(
            events[5]["usage"],
            json!({"input_tokens": 20, "output_tokens": 12})
        );
    }

    #[test]
    fn what_its_helpers_say_is_not_shown() {
        let mut helper = start();
        helper["parent_tool_use_id"] = json!("t");
        assert_eq!(run(&[helper]).unwrap(), Vec::<Value>::new());
    }

    #[test]
    fn an_answer_without_a_model_is_one() {
        let events = run(&[result()]).unwrap();
        assert_eq!(events[2]["delta"]["text"], "done");
    }

    #[test]
    fn errors_are_told_in_its_words() {
        let told = json!({"type": "assistant", "message": {}, "error": "authentication_failed"});
        let mut failed = result();
        failed["is_error"] = json!(true);
        failed["result"] = json!("Not logged in");
        let fault = run(&[told, failed]).unwrap_err();
        assert_eq!(
            fault,
            Fault::new(ErrorKind::Authentication, "Not logged in")
        );
        let failed = json!({"type": "result", "subtype": "error_during_execution"});
        let fault = run(&[failed]).unwrap_err();
        assert_eq!(fault.message, "it ended with error_during_execution");
    }

    #[test]
    fn what_is_refused_for_good_is_not_tried_again() {
        let retry = |status: u16| json!({"type": "system", "subtype": "api_retry", "error_status": status, "error": "x"});
        assert!(run(&[retry(529)]).is_ok());
        assert_eq!(
            run(&[retry(401)]).unwrap_err().kind,
            ErrorKind::Authentication
        );
    }

    #[test]
    fn a_line_of_another_kind_is_a_fault() {
        let mut answer = Answer::default();
        let fault = answer.push(b"Segmentation fault", &mut Vec::new());
        assert_eq!(fault.unwrap_err().kind, ErrorKind::BadGateway);
    }

    #[test]
    fn a_system_prompt_that_is_not_taken_is_a_fault() {
        let line =
            json!({"type": "control_response", "response": {"subtype": "error", "error": "no"}});
        assert!(run(&[line]).unwrap_err().message.ends_with("prompt: no"));
    }
}
