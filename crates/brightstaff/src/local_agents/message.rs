//! The events of a Messages stream as bytes, and as the one message they make.

use serde_json::{json, Value};

/// Writes an event as the stream has it.
pub(super) fn write_event(event: &Value, out: &mut Vec<u8>) {
    let name = event["type"].as_str().unwrap_or_default();
    out.extend_from_slice(b"event: ");
    out.extend_from_slice(name.as_bytes());
    out.extend_from_slice(b"\ndata: ");
    out.extend_from_slice(event.to_string().as_bytes());
    out.extend_from_slice(b"\n\n");
}

/// A message that its events build up.
#[derive(Default)]
pub(super) struct Message {
    message: Value,
    blocks: Vec<Value>,
    /// Bytes of what came piece by piece.
    length: usize,
}

impl Message {
    pub(super) fn push(&mut self, mut event: Value) {
        match event["type"].as_str() {
            Some("message_start") => self.message = event["message"].take(),
            Some("content_block_start") => self.blocks.push(event["content_block"].take()),
            Some("content_block_delta") => self.delta(event["delta"].take()),
            Some("message_delta") => {
                for name in ["stop_reason", "stop_sequence"] {
                    self.message[name] = event["delta"][name].take();
                }
                for (name, count) in event["usage"].as_object().into_iter().flatten() {
                    self.message["usage"][name] = count.clone();
                }
            }
            _ => {}
        }
    }

    fn delta(&mut self, mut delta: Value) {
        let Some(block) = self.blocks.last_mut() else {
            return;
        };
        for name in ["text", "thinking", "signature"] {
            if let Some(more) = delta[name].as_str() {
                self.length += more.len();
                let so_far = block[name].as_str().unwrap_or_default();
                block[name] = json!(format!("{so_far}{more}"));
            }
        }
        if !delta["citation"].is_null() {
            match block["citations"].as_array_mut() {
                Some(citations) => citations.push(delta["citation"].take()),
                None => block["citations"] = json!([delta["citation"].take()]),
            }
        }
    }

    /// How large it is, about.
    pub(super) fn length(&self) -> usize {
        self.length
    }

    /// The whole message, as a request without a stream is answered.
    pub(super) fn finish(mut self) -> Vec<u8> {
        self.message["content"] = Value::Array(self.blocks);
        self.message.to_string().into_bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_build_a_message_up() {
        let mut message = Message::default();
        for event in [
            json!({"type": "message_start", "message": {"id": "m", "content": [], "stop_reason": null,
                "usage": {"input_tokens": 3, "output_tokens": 1}}}),
            json!({"type": "ping"}),
            json!({"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}}),
            json!({"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "a"}}),
            json!({"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "b"}}),
            json!({"type": "content_block_stop", "index": 0}),
            json!({"type": "message_delta", "delta": {"stop_reason": "end_turn", "stop_sequence": null},
                "usage": {"output_tokens": 9}}),
            json!({"type": "message_stop"}),
        ] {
            message.push(event);
        }
        let whole: Value = serde_json::from_slice(&message.finish()).unwrap();
        assert_eq!(whole["content"], json!([{"type": "text", "text": "ab"}]));
        assert_eq!(whole["stop_reason"], "end_turn");
        assert_eq!(
            whole["usage"],
            json!({"input_tokens": 3, "output_tokens": 9})
        );
    }

    #[test]
    fn an_event_has_its_name_before_its_data() {
        let mut out = Vec::new();
        write_event(&json!({"type": "ping"}), &mut out);
        assert_eq!(out, b"event: ping\ndata: {\"type\":\"ping\"}\n\n");
    }
}
