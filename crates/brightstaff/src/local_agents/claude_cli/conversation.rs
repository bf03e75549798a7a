//! A conversation as the one message that starts a run.

use hermesllm::ApiError;
use serde::Deserialize;
use serde_json::{json, Value};

use super::invalid;

const BEGINNING: &str = "This is the conversation so far.\n\n";
const CONTINUATION: &str = "Answer this message, which comes next in it:\n\n";

/// A message of a Messages request.
#[derive(Debug, Deserialize)]
pub(super) struct Turn {
    role: Role,
    content: Value,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Role {
    User,
    Assistant,
    System,
}

/// The content of one user message that stands for all `turns`: what came before
/// the last one is told in words, since each message that the program reads
/// starts a turn of its own.
pub(super) fn as_one_message(mut turns: Vec<Turn>) -> Result<Vec<Value>, ApiError> {
    let start = turns
        .iter()
        .rposition(|turn| turn.role == Role::Assistant)
        .map_or(0, |last| last + 1);
    let next = turns.split_off(start);
    if next.is_empty() {
        let message = match start {
            0 => "'messages' is empty",
            _ => "the conversation must end with a message of the user",
        };
        return Err(invalid(message).with_param("messages"));
    }
    let mut parts = Parts::default();
    if turns.is_empty() {
        // A slash at the very beginning would make it a command to the program itself.
        let begins_with_slash = text_of(&next[0].content).starts_with('/');
        parts.text(if begins_with_slash { " " } else { "" });
    } else {
        parts.text(BEGINNING);
        for turn in turns {
            let name = match turn.role {
                Role::User => "User",
                Role::Assistant => "Assistant",
                Role::System => "System",
            };
            parts.text(&format!("{name}: "));
            parts.content(turn.content);
            parts.text("\n\n");
        }
        parts.text(CONTINUATION);
    }
    for (index, turn) in next.into_iter().enumerate() {
        if index > 0 {
            parts.text("\n\n");
        }
        parts.content(turn.content);
    }
    Ok(parts.finish())
}

/// All text in a content that is a string or a list of blocks.
pub(super) fn text_of(content: &Value) -> String {
    match content {
        Value::String(text) => text.clone(),
        Value::Array(blocks) => {
            let texts: Vec<&str> = blocks
                .iter()
                .filter_map(|block| block.get("text")?.as_str())
                .collect();
            texts.join("\n\n")
        }
        _ => String::new(),
    }
}

/// Blocks, with neighbouring texts joined.
#[derive(Default)]
struct Parts {
    blocks: Vec<Value>,
    text: String,
}

impl Parts {
    fn text(&mut self, text: &str) {
        self.text.push_str(text);
    }

    fn content(&mut self, content: Value) {
        match content {
            Value::String(text) => self.text(&text),
            Value::Array(blocks) => blocks.into_iter().for_each(|block| self.block(block)),
            _ => {}
        }
    }

    fn block(&mut self, mut block: Value) {
        let member = |name: &str| block.get(name).cloned().unwrap_or_default();
        match block.get("type").and_then(Value::as_str) {
            Some("text") => self.text(member("text").as_str().unwrap_or_default()),
            Some("image" | "document") => {
                self.flush();
                if let Some(block) = block.as_object_mut() {
                    block.remove("cache_control");
                }
                self.blocks.push(block);
            }
            Some("tool_use") => {
                let name = member("name");
                let name = name.as_str().unwrap_or_default();
                self.text(&format!(
                    "[called the tool {name} with {}]",
                    member("input")
                ));
            }
            Some("tool_result") => {
                let failed = member("is_error") == json!(true);
                self.text(if failed {
                    "[the tool failed: "
                } else {
                    "[the tool answered: "
                });
                self.content(member("content"));
                self.text("]");
            }
            // Thoughts are proofs of another run.
            _ => {}
        }
    }

    fn flush(&mut self) {
        if !self.text.is_empty() {
            let text = std::mem::take(&mut self.text);
            self.blocks.push(json!({"type": "text", "text": text}));
        }
    }

    fn finish(mut self) -> Vec<Value> {
        self.flush();
        self.blocks
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fold(messages: Value) -> Result<Vec<Value>, ApiError> {
        as_one_message(serde_json::from_value(messages).unwrap())
    }

    #[test]
    fn one_message_stays_as_it_is() {
        let image = json!({"type": "image", "source": {"type": "base64", "data": "AA"}});
        let content = json!([{"type": "text", "text": "look: "}, image]);
        let folded = fold(json!([{"role": "user", "content": content}])).unwrap();
        assert_eq!(json!(folded), content);
    }

    #[test]
    fn what_came_before_is_told() {
        let folded = fold(json!([
            {"role": "user", "content": "list the files"},
            {"role": "assistant", "content": [
                {"type": "thinking", "thinking": "hm", "signature": "x"},
                {"type": "tool_use", "id": "1", "name": "ls", "input": {"all": true}},
            ]},
            {"role": "user", "content": [
                {"type": "tool_result", "tool_use_id": "1", "content": "a.txt"},
            ]},
            {"role": "assistant", "content": "There is a.txt."},
            {"role": "user", "content": "read it"},
        ]))
        .unwrap();
        assert_eq!(
            folded,
            [
                json!({"type": "text", "text": "This is the conversation so far.\n\n\
                User: list the files\n\n\
                Assistant: [called the tool ls with {\"all\":true}]\n\n\
                User: [the tool answered: a.txt]\n\n\
                Assistant: There is a.txt.\n\n\
                Answer this message, which comes next in it:\n\nread it"})
            ]
        );
    }

    #[test]
    fn a_question_is_not_a_command_to_the_program() {
        for content in [json!("/clear"), json!([{"type": "text", "text": "/clear"}])] {
            let folded = fold(json!([{"role": "user", "content": content}])).unwrap();
            assert_eq!(folded, [json!({"type": "text", "text": " /clear"})]);
        }
    }

    #[test]
    fn somebody_must_have_asked() {
        for messages in [json!([]), json!([{"role": "assistant", "content": "So"}])] {
            let error = fold(messages).unwrap_err();
            assert_eq!(error.param.as_deref(), Some("messages"));
        }
    }
}
