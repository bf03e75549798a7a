//! What every client of Responses relies on in a stream.

use std::collections::BTreeMap;

use hermesllm::SseParser;
use serde_json::{json, Value};

pub(crate) fn check(stream: &[u8]) -> Result<(), String> {
    let mut parser = SseParser::default();
    let mut events = Vec::new();
    parser
        .push(stream, &mut |event| {
            events.push((event.name.to_owned(), event.data.to_owned()));
        })
        .map_err(|error| error.to_string())?;
    let mut state = State::default();
    for (sequence, (name, data)) in events.into_iter().enumerate() {
        let event: Value = serde_json::from_str(&data).map_err(|error| error.to_string())?;
        if event["type"] != name.as_str() {
            return Err(format!("event `{name}` says it is {}", event["type"]));
        }
        if event["sequence_number"] != sequence {
            return Err(format!("event {sequence} is numbered otherwise: {event}"));
        }
        state
            .take(sequence, &name, &event)
            .map_err(|problem| format!("{problem}: {event}"))?;
    }
    if state.ended {
        Ok(())
    } else {
        Err("no end".to_owned())
    }
}

#[derive(Default)]
struct State {
    id: Value,
    ended: bool,
    /// By output index.
    items: BTreeMap<u64, Item>,
}

/// What has been told of an item.
#[derive(Default)]
struct Item {
    id: Value,
    kind: String,
    /// Text of each part, and whether it is done; calls have one.
    parts: Vec<(String, bool)>,
    done: Option<Value>,
}

type Check = Result<(), &'static str>;

fn require(holds: bool, problem: &'static str) -> Check {
    holds.then_some(()).ok_or(problem)
}

/// An item that comes whole.
const DRAWING: &str = "image_generation_call";

impl State {
    fn take(&mut self, sequence: usize, name: &str, event: &Value) -> Check {
        require(!self.ended, "after the end")?;
        let place = match sequence {
            0 => Some("response.created"),
            1 => Some("response.in_progress"),
            _ => None,
        };
        if place.is_some_and(|place| place != name) {
            return Err("out of place");
        }
        match name {
            "response.created" | "response.in_progress" => {
                require(sequence < 2, "twice")?;
                self.running(&event["response"])
            }
            "response.completed" | "response.incomplete" | "response.failed" => {
                self.ended = true;
                self.end(name, &event["response"])
            }
            "response.output_item.added" => self.open(event),
            "response.output_item.done" => self.close(event),
            _ => self.inside(name, event),
        }
    }

    fn running(&mut self, response: &Value) -> Check {
        let whole = response["id"]
            .as_str()
            .is_some_and(|id| id.starts_with("resp_"))
            && response["object"] == "response"
            && response["created_at"].is_u64()
            && response["status"] == "in_progress"
            && response["output"] == json!([])
            && response["error"].is_null()
            && response["tools"].is_array()
            && !response["tool_choice"].is_null()
            && response["parallel_tool_calls"].is_boolean()
            && response["model"]
                .as_str()
                .is_some_and(|model| !model.is_empty());
        let same = self.id.is_null() || self.id == response["id"];
        self.id = response["id"].clone();
        require(whole && same, "response")
    }

    fn end(&self, name: &str, response: &Value) -> Check {
        let status = name.trim_start_matches("response.");
        let usage = &response["usage"];
        require(
            response["id"] == self.id
                && response["status"] == status
                && usage["input_tokens_details"]["cached_tokens"].is_u64()
                && usage["output_tokens_details"]["reasoning_tokens"].is_u64()
                && usage["total_tokens"].as_u64()
                    == usage["input_tokens"]
                        .as_u64()
                        .zip(usage["output_tokens"].as_u64())
                        .and_then(|(input, output)| input.checked_add(output)),
            "end",
        )?;
        require(
            (status == "failed") == response["error"]["message"].is_string()
                && (status == "incomplete") == response["incomplete_details"]["reason"].is_string(),
            "reason of the end",
        )?;
        let done: Vec<&Value> = self
            .items
            .values()
            .filter_map(|item| item.done.as_ref())
            .collect();
        let output: Vec<&Value> = response["output"]
            .as_array()
            .into_iter()
            .flatten()
            .collect();
        require(done == output, "the end tells another output")?;
        require(
            status == "failed" || done.len() == self.items.len(),
            "an item is open",
        )
    }

    fn open(&mut self, event: &Value) -> Check {
        let index = event["output_index"].as_u64().ok_or("no index")?;
        require(index == self.items.len() as u64, "index")?;
        let item = &event["item"];
        let kind = item["type"].as_str().unwrap_or_default();
        let (prefix, empty) = match kind {
            "message" => ("msg_", item["content"] == json!([])),
            "reasoning" => ("rs_", item["summary"] == json!([])),
            "function_call" => ("fc_", item["arguments"] == ""),
            "custom_tool_call" => ("ctc_", item["input"] == ""),
            DRAWING => ("ig_", item["result"].is_null()),
            _ => return Err("kind of item"),
        };
        let call = kind.ends_with("call") && kind != DRAWING;
        let named = |key: &str| item[key].as_str().is_some_and(|text| !text.is_empty());
        require(
            empty
                && item["status"] == "in_progress"
                && item["id"].as_str().is_some_and(|id| id.starts_with(prefix))
                && (!call || (named("call_id") && named("name"))),
            "item",
        )?;
        let unique = self.items.values().all(|other| other.id != item["id"]);
        require(unique, "id of another item")?;
        let opened = Item {
            id: item["id"].clone(),
            kind: kind.to_owned(),
            parts: if call {
                vec![(String::new(), false)]
            } else {
                Vec::new()
            },
            done: None,
        };
        self.items.insert(index, opened);
        Ok(())
    }

    fn item(&mut self, event: &Value) -> Result<&mut Item, &'static str> {
        let index = event["output_index"].as_u64().ok_or("no index")?;
        let item = self.items.get_mut(&index).ok_or("unknown item")?;
        require(item.done.is_none(), "item is done")?;
        Ok(item)
    }

    fn close(&mut self, event: &Value) -> Check {
        let item = self.item(event)?;
        let whole = &event["item"];
        require(
            whole["id"] == item.id && whole["type"] == item.kind.as_str(),
            "another item",
        )?;
        require(item.parts.iter().all(|(_, done)| *done), "a part is open")?;
        let told: Vec<&str> = match item.kind.as_str() {
            "message" => whole["content"]
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(|part| part["text"].as_str().or(part["refusal"].as_str()))
                .collect(),
            "reasoning" => whole["summary"]
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(|part| part["text"].as_str())
                .collect(),
            "function_call" => whole["arguments"].as_str().into_iter().collect(),
            DRAWING => {
                require(whole["result"].is_string(), "no result")?;
                Vec::new()
            }
            _ => whole["input"].as_str().into_iter().collect(),
        };
        let streamed: Vec<&str> = item.parts.iter().map(|(text, _)| text.as_str()).collect();
        require(told == streamed, "the whole is not the sum of its deltas")?;
        require(
            item.kind != "message" || !streamed.is_empty(),
            "a message without content",
        )?;
        item.done = Some(whole.clone());
        Ok(())
    }

    fn inside(&mut self, name: &str, event: &Value) -> Check {
        let item = self.item(event)?;
        require(event["item_id"] == item.id, "id of another item")?;
        let bare = name.trim_start_matches("response.");
        if let Some(step) = bare.strip_prefix("image_generation_call.") {
            return require(item.kind == DRAWING && step == "completed", "drawing");
        }
        let (family, step) = bare.rsplit_once('.').ok_or("unknown event")?;
        let (kind, place) = match family {
            "content_part" | "output_text" | "refusal" | "output_text.annotation" => {
                ("message", &event["content_index"])
            }
            "reasoning_summary_part" | "reasoning_summary_text" => {
                ("reasoning", &event["summary_index"])
            }
            "function_call_arguments" => ("function_call", &Value::Null),
            "custom_tool_call_input" => ("custom_tool_call", &Value::Null),
            _ => return Err("unknown event"),
        };
        require(item.kind == kind, "event of another kind of item")?;
        let is_call = place.is_null() && kind.ends_with("call");
        let at = match is_call {
            true => 0,
            false => place.as_u64().ok_or("no index of the part")? as usize,
        };
        if step == "added" && family.ends_with("part") {
            require(at == item.parts.len(), "index of the part")?;
            item.parts.push((String::new(), false));
            return Ok(());
        }
        let (text, done) = item.parts.get_mut(at).ok_or("unknown part")?;
        require(!*done, "the part is done")?;
        match step {
            "added" => require(event["annotation"]["url"].is_string(), "annotation"),
            "delta" => {
                text.push_str(event["delta"].as_str().ok_or("no delta")?);
                require(
                    family != "output_text" || event["logprobs"].is_array(),
                    "no logprobs",
                )
            }
            "done" => {
                let part = &event["part"];
                let whole = ["text", "refusal", "arguments", "input"]
                    .iter()
                    .find_map(|key| event[*key].as_str().or(part[*key].as_str()));
                require(whole == Some(text.as_str()), "done with another text")?;
                *done = is_call || family.ends_with("part");
                Ok(())
            }
            _ => Err("unknown event"),
        }
    }
}
