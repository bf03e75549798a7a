//! What every client of ConverseStream relies on.

use serde_json::Value;

use super::frames;

pub(crate) fn check(stream: &[u8]) -> Result<(), String> {
    let mut state = State::default();
    for (name, payload) in frames::read(stream)? {
        let payload: Value = serde_json::from_str(&payload).map_err(|error| error.to_string())?;
        state
            .take(&name, &payload)
            .map_err(|problem| format!("{name}: {problem}"))?;
    }
    if state.failed || state.counted {
        Ok(())
    } else {
        Err("no end".to_owned())
    }
}

#[derive(Default)]
struct State {
    started: bool,
    open: Option<(u64, &'static str)>,
    next: u64,
    calls: u32,
    stopped: bool,
    counted: bool,
    failed: bool,
}

impl State {
    fn take(&mut self, name: &str, payload: &Value) -> Result<(), String> {
        if self.counted || self.failed {
            return Err("after the end".to_owned());
        }
        if !self.started && name != "messageStart" && !name.ends_with("Exception") {
            return Err("before the start".to_owned());
        }
        let index = payload["contentBlockIndex"].as_u64();
        match name {
            "messageStart" if self.started => return Err("twice".to_owned()),
            "messageStart" => {
                self.started = true;
                if payload["role"] != "assistant" {
                    return Err("role".to_owned());
                }
            }
            "contentBlockStart" if payload["start"]["image"].is_object() => {
                self.begin(index.ok_or("no index")?, "image")?;
                payload["start"]["image"]["format"]
                    .as_str()
                    .ok_or("no format")?;
            }
            "contentBlockStart" => {
                self.begin(index.ok_or("no index")?, "toolUse")?;
                let call = &payload["start"]["toolUse"];
                let id = call["toolUseId"].as_str().ok_or("no id")?;
                if call["name"].as_str().is_none_or(str::is_empty) {
                    return Err("no name".to_owned());
                }
                if id.is_empty() {
                    return Err("an empty id".to_owned());
                }
                self.calls += 1;
            }
            "contentBlockDelta" => {
                let index = index.ok_or("no index")?;
                let delta = payload["delta"].as_object().ok_or("no delta")?;
                let kind = match delta.keys().next().map(String::as_str) {
                    Some("text" | "citation") => "text",
                    Some("toolUse") => "toolUse",
                    Some("reasoningContent") => "reasoning",
                    Some("image") if delta["image"]["source"]["bytes"].is_string() => "image",
                    other => return Err(format!("delta {other:?}")),
                };
                match self.open {
                    None if matches!(kind, "toolUse" | "image") => {
                        return Err(format!("{kind} without start"))
                    }
                    None => self.begin(index, kind)?,
                    Some(open) if open == (index, kind) => {}
                    Some(open) => return Err(format!("{kind} {index} inside {open:?}")),
                }
            }
            "contentBlockStop" => {
                let (open, _) = self.open.take().ok_or("nothing is open")?;
                if Some(open) != index {
                    return Err("another index".to_owned());
                }
            }
            "messageStop" => {
                if self.open.is_some() || self.stopped {
                    return Err("too early or twice".to_owned());
                }
                self.stopped = true;
                let reason = payload["stopReason"].as_str().ok_or("no reason")?;
                if reason == "tool_use" && self.calls == 0 {
                    return Err("tool_use without calls".to_owned());
                }
            }
            "metadata" => {
                if !self.stopped {
                    return Err("before messageStop".to_owned());
                }
                for field in ["inputTokens", "outputTokens", "totalTokens"] {
                    payload["usage"][field].as_u64().ok_or(field)?;
                }
                payload["metrics"]["latencyMs"].as_u64().ok_or("latency")?;
                self.counted = true;
            }
            "internalServerException"
            | "modelStreamErrorException"
            | "throttlingException"
            | "validationException"
            | "serviceUnavailableException" => {
                payload["message"].as_str().ok_or("no message")?;
                self.failed = true;
            }
            other => return Err(format!("unknown event {other}")),
        }
        Ok(())
    }

    fn begin(&mut self, index: u64, kind: &'static str) -> Result<(), String> {
        if self.open.is_some() || index != self.next || self.stopped {
            return Err(format!("begins {index}, expected {}", self.next));
        }
        self.open = Some((index, kind));
        self.next += 1;
        Ok(())
    }
}
