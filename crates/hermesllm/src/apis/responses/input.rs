//! The conversation on the way to a provider, as items.

use std::collections::{HashMap, HashSet};

use super::output::write_summary_part;
use super::parts::{write_annotation, write_input_part};
use crate::ir::{
    Block, Citation, Origin, Role, SystemBlock, Thought, ToolCall, ToolInput, ToolResult, Turn,
};
use crate::json::JsonWriter;
use crate::translate::{Notes, RequestError};

pub(super) fn write_input(
    w: &mut JsonWriter<'_>,
    system: &[SystemBlock<'_>],
    turns: &[Turn<'_>],
    notes: &mut Notes,
) {
    for block in system {
        let role = if block.developer {
            "developer"
        } else {
            "system"
        };
        write_texts(w, role, "input_text", [&*block.text]);
    }
    let answered: HashSet<&str> = results(turns).map(|result| &*result.call_id).collect();
    let mut custom_calls: HashSet<&str> = HashSet::new();
    // Nothing may come between calls and their results, not even instructions.
    let mut held: Vec<&Turn<'_>> = Vec::new();
    for turn in turns {
        match turn.role {
            Role::System => held.push(turn),
            Role::User => {
                write_results(w, turn, &custom_calls);
                held.drain(..).for_each(|turn| write_system(w, turn));
                write_user(w, turn, notes);
            }
            Role::Assistant => {
                held.drain(..).for_each(|turn| write_system(w, turn));
                write_assistant(w, turn, &mut custom_calls, notes);
                write_aborted(w, turn, &answered);
            }
        }
    }
    held.drain(..).for_each(|turn| write_system(w, turn));
}

fn results<'r, 'a>(turns: &'r [Turn<'a>]) -> impl Iterator<Item = &'r ToolResult<'a>> {
    let blocks = turns.iter().flat_map(|turn| &turn.blocks);
    blocks.filter_map(|block| match block {
        Block::ToolResult(result) => Some(result),
        _ => None,
    })
}

fn calls<'r, 'a>(turn: &'r Turn<'a>) -> impl Iterator<Item = &'r ToolCall<'a>> {
    turn.blocks.iter().filter_map(|block| match block {
        Block::ToolCall(call) => Some(call),
        _ => None,
    })
}

/// Refuses, before anything is written, results of calls that were not made.
pub(super) fn check_results(turns: &[Turn<'_>]) -> Result<(), RequestError> {
    let mut waiting: HashMap<&str, u32> = HashMap::new();
    for turn in turns {
        for call in calls(turn) {
            *waiting.entry(&call.id).or_default() += 1;
        }
        for result in results(std::slice::from_ref(turn)) {
            match waiting.get_mut(&*result.call_id) {
                Some(count) if *count > 0 => *count -= 1,
                _ => {
                    return Err(RequestError::invalid(
                        "messages",
                        &format!(
                            "the tool result for `{}` has no call before it",
                            result.call_id
                        ),
                    ))
                }
            }
        }
    }
    Ok(())
}

/// Every call must have an output.
fn write_aborted(w: &mut JsonWriter<'_>, turn: &Turn<'_>, answered: &HashSet<&str>) {
    for call in calls(turn).filter(|call| !answered.contains(&*call.id)) {
        let result = ToolResult {
            call_id: call.id.clone(),
            parts: vec![Block::text("The tool call was aborted.")],
            is_error: true,
            cache: None,
        };
        write_result(w, &result, matches!(call.input, ToolInput::Raw(_)));
    }
}

fn write_message(w: &mut JsonWriter<'_>, role: &str, write: impl FnOnce(&mut JsonWriter<'_>)) {
    w.object(|w| {
        w.member("type", "message");
        w.member("role", role);
        w.member_array("content", write);
    });
}

fn write_texts<'t>(
    w: &mut JsonWriter<'_>,
    role: &str,
    kind: &str,
    texts: impl IntoIterator<Item = &'t str>,
) {
    write_message(w, role, |w| {
        for text in texts {
            w.object(|w| {
                w.member("type", kind);
                w.member("text", text);
            });
        }
    });
}

fn write_system(w: &mut JsonWriter<'_>, turn: &Turn<'_>) {
    let texts = turn.blocks.iter().filter_map(|block| match block {
        Block::Text(text) => Some(&*text.text),
        _ => None,
    });
    let mut texts = texts.peekable();
    if texts.peek().is_some() {
        // Every provider of this API takes the newer role, some only this one.
        write_texts(w, "developer", "input_text", texts);
    }
}

fn write_results(w: &mut JsonWriter<'_>, turn: &Turn<'_>, custom_calls: &HashSet<&str>) {
    for block in &turn.blocks {
        if let Block::ToolResult(result) = block {
            write_result(w, result, custom_calls.contains(&*result.call_id));
        }
    }
}

fn write_result(w: &mut JsonWriter<'_>, result: &ToolResult<'_>, custom: bool) {
    let error = result.is_error.then_some("Error: ");
    let is_text = |part: &Block<'_>| matches!(part, Block::Text(_));
    w.object(|w| {
        w.member(
            "type",
            if custom {
                "custom_tool_call_output"
            } else {
                "function_call_output"
            },
        );
        w.member("call_id", &result.call_id);
        if result.parts.iter().all(is_text) {
            let texts = result.parts.iter().filter_map(|part| match part {
                Block::Text(text) => Some(&*text.text),
                _ => None,
            });
            return w.member_joined("output", error.into_iter().chain(texts));
        }
        w.member_array("output", |w| {
            if let Some(error) = error {
                write_input_part(w, &Block::text(error));
            }
            for part in &result.parts {
                write_input_part(w, part);
            }
        });
    });
}

fn write_user(w: &mut JsonWriter<'_>, turn: &Turn<'_>, notes: &mut Notes) {
    note_opaque(turn, notes);
    let is_part = |block: &&Block<'_>| match block {
        Block::Text(text) => !text.text.is_empty(),
        Block::Media(_) | Block::Refusal(_) => true,
        _ => false,
    };
    let mut parts = turn.blocks.iter().filter(is_part).peekable();
    if parts.peek().is_some() {
        write_message(w, "user", |w| {
            parts.for_each(|part| write_input_part(w, part));
        });
    }
}

/// Blocks in order: neighbouring texts are one message, every other block is an
/// item of its own.
fn write_assistant<'r>(
    w: &mut JsonWriter<'_>,
    turn: &'r Turn<'_>,
    custom_calls: &mut HashSet<&'r str>,
    notes: &mut Notes,
) {
    note_opaque(turn, notes);
    let blocks = turn.blocks.iter().filter(|block| match block {
        Block::Text(text) => !text.text.is_empty(),
        Block::Refusal(text) => !text.is_empty(),
        Block::Thought(thought) => is_replayable(thought, notes),
        Block::ToolCall(_) => true,
        Block::Media(_) | Block::SearchResult(_) | Block::ToolResult(_) | Block::Opaque(_) => false,
    });
    let mut blocks: Vec<&Block<'_>> = blocks.collect();
    // Reasoning must be followed by what it led to.
    while matches!(blocks.last(), Some(Block::Thought(_))) {
        blocks.pop();
    }
    let is_said = |block: &Block<'_>| matches!(block, Block::Text(_) | Block::Refusal(_));
    for run in blocks.chunk_by(|a, b| is_said(a) && is_said(b)) {
        match run {
            [Block::Thought(thought)] => write_thought(w, thought),
            [Block::ToolCall(call)] => {
                if let ToolInput::Raw(_) = call.input {
                    custom_calls.insert(&call.id);
                }
                write_call(w, call);
            }
            said => write_message(w, "assistant", |w| {
                said.iter().for_each(|block| write_said(w, block));
            }),
        }
    }
}

/// A provider takes back only what it encrypted itself.
fn is_replayable(thought: &Thought<'_>, notes: &mut Notes) -> bool {
    let own = thought
        .proof
        .as_ref()
        .is_some_and(|proof| proof.origin == Origin::OpenAi);
    if !own {
        notes.dropped(
            "messages.reasoning",
            "reasoning that the provider did not sign cannot be replayed to it",
        );
    }
    own
}

fn write_said(w: &mut JsonWriter<'_>, block: &Block<'_>) {
    w.object(|w| match block {
        Block::Refusal(text) => {
            w.member("type", "refusal");
            w.member("refusal", text);
        }
        Block::Text(text) => {
            w.member("type", "output_text");
            w.member("text", &text.text);
            let is_page = |citation: &&Citation<'_>| !citation.url.is_empty();
            let mut pages = text.citations.iter().filter(is_page).peekable();
            if pages.peek().is_some() {
                w.member_array("annotations", |w| {
                    pages.for_each(|citation| write_annotation(w, citation, &text.text));
                });
            }
        }
        _ => {}
    });
}

fn write_thought(w: &mut JsonWriter<'_>, thought: &Thought<'_>) {
    w.object(|w| {
        w.member("type", "reasoning");
        let proof = thought.proof.as_ref();
        w.maybe_string("id", proof.and_then(|proof| proof.id.as_deref()));
        w.member_array("summary", |w| {
            if !thought.text.is_empty() {
                write_summary_part(w, &thought.text);
            }
        });
        w.maybe_string("encrypted_content", proof.map(|proof| &*proof.data));
    });
}

fn write_call(w: &mut JsonWriter<'_>, call: &ToolCall<'_>) {
    w.object(|w| {
        let custom = matches!(call.input, ToolInput::Raw(_));
        let kind = if custom {
            "custom_tool_call"
        } else {
            "function_call"
        };
        w.member("type", kind);
        w.member("call_id", &call.id);
        w.member("name", &call.name);
        w.maybe_string("namespace", call.namespace.as_deref());
        match &call.input {
            ToolInput::Raw(text) => w.member("input", text),
            ToolInput::Json(json) if json.trim().is_empty() => w.member("arguments", "{}"),
            ToolInput::Json(json) => w.member("arguments", json),
        }
    });
}

fn note_opaque(turn: &Turn<'_>, notes: &mut Notes) {
    for block in &turn.blocks {
        if let Block::Opaque(opaque) = block {
            notes.dropped(
                format!("messages.{}", opaque.kind),
                "only the vendor that made it understands it",
            );
        }
    }
}
