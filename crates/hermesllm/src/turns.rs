//! Turns as Anthropic and Bedrock want them: alternating, user first, all results of an
//! assistant turn at the head of the next user turn.

use std::borrow::Cow;
use std::collections::HashMap;

use crate::ir::{Block, Origin, Role, ToolResult, Turn};
use crate::translate::{Notes, RequestError};

/// A turn of the wire: neighbours of one role merged.
#[derive(Debug)]
pub(crate) struct MergedTurn<'r, 'a> {
    pub(crate) role: Role,
    pub(crate) blocks: Vec<Cow<'r, Block<'a>>>,
}

/// System turns are left out: their text belongs to the top. Reasoning is kept
/// only when `signer` signed it.
pub(crate) fn merge<'r, 'a>(
    turns: &'r [Turn<'a>],
    signer: Origin,
    notes: &mut Notes,
) -> Result<Vec<MergedTurn<'r, 'a>>, RequestError> {
    let mut merged: Vec<MergedTurn<'r, 'a>> = Vec::with_capacity(turns.len());
    for turn in turns.iter().filter(|turn| turn.role != Role::System) {
        let blocks = turn
            .blocks
            .iter()
            .filter(|block| is_sendable(block, signer, notes));
        let mut blocks = blocks.map(Cow::Borrowed).peekable();
        if blocks.peek().is_none() {
            continue;
        }
        match merged.last_mut() {
            Some(last) if last.role == turn.role => last.blocks.extend(blocks),
            _ => merged.push(MergedTurn {
                role: turn.role,
                blocks: blocks.collect(),
            }),
        }
    }
    pair_results(&mut merged)?;
    if merged
        .first()
        .is_some_and(|turn| turn.role == Role::Assistant)
    {
        merged.insert(
            0,
            MergedTurn {
                role: Role::User,
                blocks: vec![Cow::Owned(Block::text("Continue."))],
            },
        );
    }
    Ok(merged)
}

/// Both refuse blank text, and reasoning they did not sign.
fn is_sendable(block: &Block<'_>, signer: Origin, notes: &mut Notes) -> bool {
    match block {
        Block::Text(text) => !text.text.trim().is_empty(),
        Block::Refusal(text) => !text.trim().is_empty(),
        Block::Thought(thought) => {
            let signed = thought
                .proof
                .as_ref()
                .is_some_and(|proof| proof.origin == signer);
            if !signed {
                notes.dropped(
                    "messages.reasoning",
                    "reasoning that the provider did not sign cannot be replayed to it",
                );
            }
            signed
        }
        Block::Opaque(opaque) => {
            notes.dropped(
                format!("messages.{}", opaque.kind),
                "only the vendor that made it understands it",
            );
            false
        }
        Block::Media(_) | Block::SearchResult(_) | Block::ToolCall(_) | Block::ToolResult(_) => {
            true
        }
    }
}

fn pair_results(turns: &mut [MergedTurn<'_, '_>]) -> Result<(), RequestError> {
    let mut open: Vec<String> = Vec::new();
    for turn in turns {
        match turn.role {
            Role::Assistant => {
                open = turn
                    .blocks
                    .iter()
                    .filter_map(|block| match &**block {
                        Block::ToolCall(call) => Some(call.id.to_string()),
                        _ => None,
                    })
                    .collect();
            }
            Role::User => order_results(turn, std::mem::take(&mut open))?,
            Role::System => {}
        }
    }
    Ok(())
}

fn order_results(turn: &mut MergedTurn<'_, '_>, open: Vec<String>) -> Result<(), RequestError> {
    let blocks = std::mem::take(&mut turn.blocks);
    let (mut results, rest): (Vec<_>, Vec<_>) = blocks
        .into_iter()
        .partition(|block| matches!(**block, Block::ToolResult(_)));
    let mut waiting: HashMap<&str, usize> = HashMap::new();
    for id in &open {
        *waiting.entry(id).or_default() += 1;
    }
    for block in &results {
        if let Block::ToolResult(result) = &**block {
            if !take_one(&mut waiting, &result.call_id) {
                return Err(RequestError::invalid(
                    "messages",
                    &format!(
                        "the tool result for `{}` has no call in the turn before it",
                        result.call_id
                    ),
                ));
            }
        }
    }
    let aborted = open.iter().filter(|id| take_one(&mut waiting, id));
    results.extend(aborted.map(|id| {
        Cow::Owned(Block::ToolResult(ToolResult {
            call_id: Cow::Owned(id.clone()),
            parts: vec![Block::text("The tool call was aborted.")],
            is_error: true,
            cache: None,
        }))
    }));
    results.extend(rest);
    turn.blocks = results;
    Ok(())
}

/// Whether a call of this id was still waiting; it no longer is.
fn take_one(waiting: &mut HashMap<&str, usize>, id: &str) -> bool {
    match waiting.get_mut(id) {
        Some(count) if *count > 0 => {
            *count -= 1;
            true
        }
        _ => false,
    }
}
