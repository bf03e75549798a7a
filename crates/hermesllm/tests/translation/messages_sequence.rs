//! What every client of Messages relies on in a stream.

use hermesllm::SseParser;
use serde_json::Value;

pub(crate) fn check(stream: &[u8]) -> Result<(), String> {
    let mut parser = SseParser::default();
    let mut events = Vec::new();
    parser
        .push(stream, &mut |event| {
            events.push((event.name.to_owned(), event.data.to_owned()));
        })
        .map_err(|error| error.to_string())?;
    let mut state = State::default();
    for (name, data) in events {
        let event: Value = serde_json::from_str(&data).map_err(|error| error.to_string())?;
        if event["type"] != name.as_str() {
            return Err(format!("event `{name}` says it is {}", event["type"]));
        }
        state.take(&name, &event)?;
    }
    if state.stopped || state.failed {
        Ok(())
    } else {
        Err("no end".to_owned())
    }
}

#[derive(Default)]
struct State {
    started: bool,
    next_index: u64,
    open: Option<String>,
    reason_given: bool,
    stopped: bool,
    failed: bool,
    tools: bool,
}

impl State {
    fn take(&mut self, name: &str, event: &Value) -> Result<(), String> {
        if self.stopped || self.failed {
            return Err(format!("{name} after the end"));
        }
        if name == "error" {
            self.failed = true;
            let told = event["error"]["type"].is_string() && event["error"]["message"].is_string();
            return told
                .then_some(())
                .ok_or_else(|| "shapeless error".to_owned());
        }
        if (name == "message_start") == self.started {
            return Err(format!("{name} out of place"));
        }
        match name {
            "message_start" => self.start(&event["message"]),
            "content_block_start" => self.open(event),
            "content_block_delta" => self.delta(event),
            "content_block_stop" => self.close(event),
            "message_delta" => self.message_delta(event),
            "message_stop" => {
                self.stopped = true;
                (self.reason_given && self.open.is_none())
                    .then_some(())
                    .ok_or_else(|| "stopped early".to_owned())
            }
            other => Err(format!("unknown event {other}")),
        }
    }

    fn start(&mut self, message: &Value) -> Result<(), String> {
        self.started = true;
        let id = message["id"].as_str().unwrap_or_default();
        let whole = id.starts_with("msg_")
            && message["content"].as_array().is_some_and(Vec::is_empty)
            && message["stop_reason"].is_null()
            && message["usage"]["input_tokens"].is_u64()
            && !message["model"].as_str().unwrap_or_default().is_empty();
        whole
            .then_some(())
            .ok_or_else(|| format!("message_start: {message}"))
    }

    fn open(&mut self, event: &Value) -> Result<(), String> {
        if self.open.is_some() || event["index"] != self.next_index {
            return Err(format!("block out of order: {event}"));
        }
        let block = &event["content_block"];
        let kind = block["type"].as_str().unwrap_or_default();
        let empty = match kind {
            "text" => block["text"] == "",
            "thinking" => block["thinking"] == "" && block["signature"] == "",
            "redacted_thinking" => block["data"].is_string(),
            "tool_use" => {
                self.tools = true;
                block["input"] == serde_json::json!({})
                    && !block["id"].as_str().unwrap_or_default().is_empty()
                    && !block["name"].as_str().unwrap_or_default().is_empty()
            }
            _ => false,
        };
        self.open = Some(kind.to_owned());
        empty
            .then_some(())
            .ok_or_else(|| format!("block start: {event}"))
    }

    fn delta(&mut self, event: &Value) -> Result<(), String> {
        let kind = event["delta"]["type"].as_str().unwrap_or_default();
        let fits = match self.open.as_deref() {
            Some("text") => ["text_delta", "citations_delta"].contains(&kind),
            Some("thinking") => ["thinking_delta", "signature_delta"].contains(&kind),
            Some("tool_use") => kind == "input_json_delta",
            _ => false,
        };
        let here = event["index"] == self.next_index;
        (fits && here)
            .then_some(())
            .ok_or_else(|| format!("delta: {event}"))
    }

    fn close(&mut self, event: &Value) -> Result<(), String> {
        let here = self.open.take().is_some() && event["index"] == self.next_index;
        self.next_index += 1;
        here.then_some(())
            .ok_or_else(|| format!("block stop: {event}"))
    }

    fn message_delta(&mut self, event: &Value) -> Result<(), String> {
        let reason = event["delta"]["stop_reason"].as_str().unwrap_or_default();
        let once = !std::mem::replace(&mut self.reason_given, true);
        let honest = (reason == "tool_use") <= self.tools;
        let counted =
            event["usage"]["input_tokens"].is_u64() && event["usage"]["output_tokens"].is_u64();
        (once && honest && counted && !reason.is_empty())
            .then_some(())
            .ok_or_else(|| format!("message_delta: {event}"))
    }
}
