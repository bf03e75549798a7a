//! What every client of Chat relies on in a stream.

use std::collections::{BTreeMap, BTreeSet};

use hermesllm::SseParser;
use serde_json::Value;

/// `counts` tells whether the client asked for usage.
pub(crate) fn check(stream: &[u8], counts: bool) -> Result<(), String> {
    let mut parser = SseParser::default();
    let mut events = Vec::new();
    parser
        .push(stream, &mut |event| {
            events.push((event.name.to_owned(), event.data.to_owned()));
        })
        .map_err(|error| error.to_string())?;
    let mut state = State {
        counted: !counts,
        ..State::default()
    };
    for (name, data) in events {
        if !name.is_empty() {
            return Err(format!("event name `{name}`"));
        }
        state.take(&data)?;
    }
    if state.done || state.failed {
        Ok(())
    } else {
        Err("no end".to_owned())
    }
}

#[derive(Default)]
struct State {
    head: Option<[Value; 4]>,
    /// By the index of the choice.
    choices: BTreeMap<u64, Choice>,
    counted: bool,
    done: bool,
    failed: bool,
}

#[derive(Default)]
struct Choice {
    calls: BTreeSet<u64>,
    finished: bool,
}

impl State {
    fn finished(&self) -> bool {
        !self.choices.is_empty() && self.choices.values().all(|choice| choice.finished)
    }

    fn take(&mut self, data: &str) -> Result<(), String> {
        if self.done || self.failed {
            return Err("an event after the end".to_owned());
        }
        if data == "[DONE]" {
            self.done = true;
            return (self.finished() && self.counted)
                .then_some(())
                .ok_or_else(|| "done without finish or usage".to_owned());
        }
        let chunk: Value = serde_json::from_str(data).map_err(|error| error.to_string())?;
        if chunk["error"].is_object() {
            self.failed = true;
            return Ok(());
        }
        self.check_head(&chunk)?;
        let choices = chunk["choices"].as_array().ok_or("no choices")?;
        match choices.as_slice() {
            [] => {
                let last = self.finished() && !std::mem::replace(&mut self.counted, true);
                (last && chunk["usage"]["total_tokens"].is_u64())
                    .then_some(())
                    .ok_or_else(|| format!("usage chunk: {chunk}"))
            }
            [choice] if chunk["usage"].is_null() => {
                let index = choice["index"].as_u64().ok_or("a choice without index")?;
                self.choices.entry(index).or_default().check(choice)
            }
            _ => Err(format!("choices: {chunk}")),
        }
    }

    fn check_head(&mut self, chunk: &Value) -> Result<(), String> {
        let head = ["id", "created", "model", "object"].map(|key| chunk[key].clone());
        let same = *self.head.get_or_insert_with(|| head.clone()) == head;
        let named = head[0]
            .as_str()
            .is_some_and(|id| id.starts_with("chatcmpl-"))
            && head[1].is_u64()
            && head[2].as_str().is_some_and(|model| !model.is_empty())
            && head[3] == "chat.completion.chunk";
        (same && named)
            .then_some(())
            .ok_or_else(|| format!("head: {head:?}"))
    }
}

impl Choice {
    fn check(&mut self, choice: &Value) -> Result<(), String> {
        if self.finished {
            return Err(format!("after the finish: {choice}"));
        }
        for call in choice["delta"]["tool_calls"]
            .as_array()
            .into_iter()
            .flatten()
        {
            let index = call["index"].as_u64().ok_or("a call without index")?;
            if self.calls.insert(index) {
                let kind = call["type"].as_str().unwrap_or_default();
                let opened = call["id"].is_string()
                    && ["function", "custom"].contains(&kind)
                    && call[kind]["name"].is_string()
                    && index + 1 == self.calls.len() as u64;
                if !opened {
                    return Err(format!("call opens badly: {call}"));
                }
            } else if call.get("id").is_some()
                || !(call["function"]["arguments"].is_string()
                    || call["custom"]["input"].is_string())
            {
                return Err(format!("call continues badly: {call}"));
            }
        }
        for image in choice["delta"]["images"].as_array().into_iter().flatten() {
            let url = image["image_url"]["url"].as_str().unwrap_or_default();
            if image["type"] != "image_url"
                || !(url.starts_with("data:image/") || url.starts_with("http"))
            {
                return Err(format!("image: {image}"));
            }
        }
        if let Some(reason) = choice["finish_reason"].as_str() {
            self.finished = true;
            if reason == "tool_calls" && self.calls.is_empty() {
                return Err(format!("finish {reason} with {} calls", self.calls.len()));
            }
        }
        Ok(())
    }
}
