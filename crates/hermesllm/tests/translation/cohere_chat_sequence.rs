//! What every client of Cohere relies on in a stream.

use std::collections::BTreeMap;

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
        state
            .take(&name, &event)
            .map_err(|problem| format!("{problem}: {data}"))?;
    }
    state.ended.then_some(()).ok_or_else(|| "no end".to_owned())
}

#[derive(Default)]
struct State {
    started: bool,
    ended: bool,
    /// Next index, by kind of part.
    next: BTreeMap<&'static str, u64>,
    open: Option<(&'static str, u64)>,
    /// Whether the open content is a thought.
    thinks: bool,
}

impl State {
    fn take(&mut self, name: &str, event: &Value) -> Result<(), &'static str> {
        if self.ended || (name == "message-start") == self.started {
            return Err("out of place");
        }
        let message = &event["delta"]["message"];
        let index = event["index"].as_u64();
        match name {
            "message-start" => {
                self.started = true;
                need(event["id"].is_string() && message["role"] == "assistant")
            }
            "tool-plan-delta" => need(self.open.is_none() && message["tool_plan"].is_string()),
            "tool-call-start" => {
                let call = &message["tool_calls"];
                self.begin("call", index)?;
                need(
                    call["id"].is_string()
                        && call["type"] == "function"
                        && call["function"]["name"].is_string()
                        && call["function"]["arguments"] == "",
                )
            }
            "tool-call-delta" => {
                self.is_open("call", index)?;
                need(message["tool_calls"]["function"]["arguments"].is_string())
            }
            "tool-call-end" => self.end("call", index),
            "content-start" => {
                self.begin("content", index)?;
                let content = &message["content"];
                self.thinks = content["type"] == "thinking";
                need(content[self.member()] == "")
            }
            "content-delta" => {
                self.is_open("content", index)?;
                need(message["content"][self.member()].is_string())
            }
            "content-end" => self.end("content", index),
            "citation-start" => {
                let next = self.next.entry("citation").or_default();
                let in_order = index == Some(*next);
                *next += 1;
                need(
                    in_order
                        && matches!(self.open, Some(("content", _)))
                        && message["citations"]["sources"].is_array(),
                )
            }
            "citation-end" => Ok(()),
            "message-end" => {
                self.ended = true;
                let delta = &event["delta"];
                let failed = delta["finish_reason"] == "ERROR" && delta["error"].is_string();
                let counted = delta["usage"]["tokens"]["input_tokens"].is_u64();
                need(failed || (self.open.is_none() && counted))
            }
            _ => Err("unknown event"),
        }
    }

    fn member(&self) -> &'static str {
        match self.thinks {
            true => "thinking",
            false => "text",
        }
    }

    fn begin(&mut self, kind: &'static str, index: Option<u64>) -> Result<(), &'static str> {
        let next = self.next.entry(kind).or_default();
        let fits = self.open.is_none() && index == Some(*next);
        self.open = Some((kind, *next));
        *next += 1;
        need(fits)
    }

    fn is_open(&self, kind: &'static str, index: Option<u64>) -> Result<(), &'static str> {
        need(index.is_some_and(|index| self.open == Some((kind, index))))
    }

    fn end(&mut self, kind: &'static str, index: Option<u64>) -> Result<(), &'static str> {
        self.is_open(kind, index)?;
        self.open = None;
        Ok(())
    }
}

fn need(holds: bool) -> Result<(), &'static str> {
    holds.then_some(()).ok_or("badly made")
}
