use super::claude;
use crate::ir::{Block, Effort, Origin, Reasoning, Request, Role};
use crate::json::JsonWriter;
use crate::translate::Notes;
use crate::turns::MergedTurn;

/// Smallest thinking budget that Messages takes.
const MIN_BUDGET: u64 = 1024;
/// What an answer gets beside the thinking, at the least.
const MIN_ANSWER: u64 = 4096;

/// The output limit and, within it, how much the model may think.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    pub(crate) max_tokens: u64,
    pub(crate) thinking: ThinkingMode,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum ThinkingMode {
    Off,
    Budget(u64),
    /// The model decides; the effort, if any, guides it.
    Adaptive(Option<Effort>),
}

impl Limits {
    pub(crate) fn of(
        request: &Request<'_>,
        model: &str,
        turns: &[MergedTurn<'_, '_>],
        notes: &mut Notes,
    ) -> Self {
        let off = Self {
            // Messages requires a limit; without one of the client's the model's own.
            max_tokens: request
                .max_output_tokens
                .unwrap_or_else(|| claude::max_output(model)),
            thinking: ThinkingMode::Off,
        };
        let Some(reasoning) = &request.reasoning else {
            return off;
        };
        if reasoning.disabled {
            return off;
        }
        let left_to_it = reasoning.adaptive && claude::takes_adaptive(model);
        if left_to_it || claude::thinks_adaptively(model) {
            return Self {
                thinking: ThinkingMode::Adaptive(reasoning.as_effort()),
                ..off
            };
        }
        let wanted = reasoning
            .budget
            .or_else(|| reasoning.effort.map(Effort::budget))
            .or_else(|| reasoning.adaptive.then(|| Effort::Medium.budget()))
            .unwrap_or(MIN_BUDGET)
            .max(MIN_BUDGET);
        if awaits_thinking(turns) {
            notes.dropped(
                "reasoning",
                "thinking is off: the last tool call came back without its signed reasoning",
            );
            return off;
        }
        match request.max_output_tokens {
            None => Self {
                max_tokens: off.max_tokens.max(wanted + MIN_ANSWER),
                thinking: ThinkingMode::Budget(wanted),
            },
            Some(limit) if limit <= MIN_BUDGET => {
                notes.dropped("reasoning", "the output limit leaves no room for thinking");
                off
            }
            Some(limit) => Self {
                max_tokens: limit,
                thinking: ThinkingMode::Budget(wanted.min(limit - 1)),
            },
        }
    }

    /// `effort` to ask for, of a model that decides itself how much to think.
    pub(crate) fn effort(&self) -> Option<&'static str> {
        match self.thinking {
            ThinkingMode::Adaptive(effort) => effort.map(|effort| effort.max(Effort::Low).as_str()),
            ThinkingMode::Off | ThinkingMode::Budget(_) => None,
        }
    }

    /// `thinking`, which Bedrock takes in the same form.
    pub(crate) fn write_thinking(&self, w: &mut JsonWriter<'_>, request: &Request<'_>) {
        match self.thinking {
            ThinkingMode::Off => {}
            ThinkingMode::Budget(budget) => w.member_object("thinking", |w| {
                w.member("type", "enabled");
                w.member_display("budget_tokens", budget);
            }),
            ThinkingMode::Adaptive(_) => w.member_object("thinking", |w| {
                w.member("type", "adaptive");
                // Without it these models send signatures only, no text.
                let shown =
                    |reasoning: &Reasoning<'_>| reasoning.summary.is_some() || !reasoning.adaptive;
                if request.reasoning.as_ref().is_some_and(shown) {
                    w.member("display", "summarized");
                }
            }),
        }
    }
}

/// With a thinking budget, a turn that called tools must come back with its
/// signed thinking first; clients that do not keep it would get a 400.
fn awaits_thinking(turns: &[MergedTurn<'_, '_>]) -> bool {
    let Some(last) = turns.iter().rfind(|turn| turn.role == Role::Assistant) else {
        return false;
    };
    let answers_tools = turns.last().is_some_and(|turn| {
        turn.blocks
            .iter()
            .any(|block| matches!(**block, Block::ToolResult(_)))
    });
    let signed = last.blocks.iter().any(|block| match &**block {
        Block::Thought(thought) => thought
            .proof
            .as_ref()
            .is_some_and(|proof| proof.origin == Origin::Anthropic),
        _ => false,
    });
    answers_tools && !signed
}
