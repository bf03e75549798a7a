use std::borrow::Cow;

use serde_json::Number;

use super::{Block, CacheMark, Json};
use crate::translate::Notes;

/// A request for one answer of a model.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Request<'a> {
    /// As the client spelt it.
    pub(crate) model: Cow<'a, str>,
    pub(crate) stream: bool,
    /// A Chat client wants the extra usage chunk.
    pub(crate) include_usage: bool,
    pub(crate) system: Vec<SystemBlock<'a>>,
    pub(crate) turns: Vec<Turn<'a>>,
    pub(crate) tools: Vec<Tool<'a>>,
    pub(crate) tool_choice: Option<ToolChoice<'a>>,
    pub(crate) parallel_tool_calls: Option<bool>,
    /// Tokens, including reasoning.
    pub(crate) max_output_tokens: Option<u64>,
    pub(crate) sampling: Sampling<'a>,
    pub(crate) reasoning: Option<Reasoning<'a>>,
    pub(crate) output_format: Option<OutputFormat<'a>>,
    pub(crate) verbosity: Option<Cow<'a, str>>,
    /// The end user, as an opaque id.
    pub(crate) user: Option<Cow<'a, str>>,
    /// A JSON object of the caller's own labels.
    pub(crate) metadata: Option<Json<'a>>,
    /// In the words of Chat: `auto`, `default`, `flex`, `priority`.
    pub(crate) service_tier: Option<Cow<'a, str>>,
    pub(crate) store: Option<bool>,
    pub(crate) prompt_cache_key: Option<Cow<'a, str>>,
    pub(crate) prompt_cache_retention: Option<Cow<'a, str>>,
    /// The client wants no reasoning in the answer, only its proofs (Gemini
    /// without `includeThoughts`).
    pub(crate) hide_thoughts: bool,
    /// JSON members that the client expects to see again in the reply
    /// (Responses), without the braces around them.
    pub(crate) echo: Cow<'a, str>,
    /// A mark on the whole request: the provider picks the place.
    pub(crate) cache: Option<CacheMark<'a>>,
}

impl Request<'_> {
    /// All instructions that say something, with their marks, also those that
    /// came later in the conversation.
    pub(crate) fn instructions(&self) -> impl Iterator<Item = (&str, Option<&CacheMark<'_>>)> {
        let turns = self.turns.iter().filter(|turn| turn.role == Role::System);
        let later = turns.flat_map(|turn| &turn.blocks);
        let later = later.filter_map(|block| match block {
            Block::Text(text) => Some((&*text.text, text.cache.as_ref())),
            _ => None,
        });
        let first = self.system.iter();
        first
            .map(|block| (&*block.text, block.cache.as_ref()))
            .chain(later)
            .filter(|(text, _)| !text.trim().is_empty())
    }
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct SystemBlock<'a> {
    pub(crate) text: Cow<'a, str>,
    /// Written with role `developer`.
    pub(crate) developer: bool,
    pub(crate) cache: Option<CacheMark<'a>>,
}

impl<'a> SystemBlock<'a> {
    /// The texts of a turn that stands ahead of the conversation.
    pub(crate) fn of_turn(
        blocks: Vec<Block<'a>>,
        developer: bool,
    ) -> impl Iterator<Item = SystemBlock<'a>> {
        blocks.into_iter().filter_map(move |block| match block {
            Block::Text(text) => Some(SystemBlock {
                text: text.text,
                developer,
                cache: text.cache,
            }),
            _ => None,
        })
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    User,
    Assistant,
    /// Instructions in the middle of a conversation.
    System,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Turn<'a> {
    /// Index of the client's message (or item) it begins with.
    pub(crate) at: usize,
    pub(crate) role: Role,
    pub(crate) name: Option<Cow<'a, str>>,
    pub(crate) blocks: Vec<Block<'a>>,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Tool<'a> {
    pub(crate) name: Cow<'a, str>,
    pub(crate) namespace: Option<Cow<'a, str>>,
    pub(crate) description: Option<Cow<'a, str>>,
    pub(crate) kind: ToolKind<'a>,
    pub(crate) cache: Option<CacheMark<'a>>,
}

impl Tool<'_> {
    /// Whether the client runs it.
    pub(crate) fn is_callable(&self) -> bool {
        matches!(
            self.kind,
            ToolKind::Function { .. } | ToolKind::Custom { .. }
        )
    }
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum ToolKind<'a> {
    Function {
        /// JSON Schema of the arguments.
        parameters: Option<Json<'a>>,
        strict: Option<bool>,
    },
    /// Free text in, optionally by a grammar.
    Custom { format: Option<Json<'a>> },
    /// A search of the web that the provider runs.
    WebSearch(WebSearch<'a>),
    /// Anything else the provider runs; `kind` is the vendor's name of it.
    BuiltIn { kind: Cow<'a, str> },
}

#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct WebSearch<'a> {
    /// `low`, `medium`, `high`.
    pub(crate) context_size: Option<Cow<'a, str>>,
    /// An object of `city`, `region`, `country`, `timezone`.
    pub(crate) user_location: Option<Json<'a>>,
    pub(crate) allowed_domains: Vec<Cow<'a, str>>,
    pub(crate) blocked_domains: Vec<Cow<'a, str>>,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum ToolChoice<'a> {
    Auto,
    Required,
    None,
    Named(Cow<'a, str>),
    Subset {
        names: Vec<Cow<'a, str>>,
        required: bool,
    },
}

#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Sampling<'a> {
    pub(crate) temperature: Option<Number>,
    pub(crate) top_p: Option<Number>,
    pub(crate) top_k: Option<u64>,
    pub(crate) stop: Vec<Cow<'a, str>>,
    pub(crate) seed: Option<Number>,
    pub(crate) candidates: Option<u64>,
    pub(crate) presence_penalty: Option<Number>,
    pub(crate) frequency_penalty: Option<Number>,
    pub(crate) logprobs: Option<bool>,
    pub(crate) top_logprobs: Option<u64>,
    pub(crate) logit_bias: Option<Json<'a>>,
}

impl Sampling<'_> {
    /// The stop sequences, for providers that take five.
    pub(crate) fn five_stops(&self, notes: &mut Notes) -> Vec<&str> {
        let stops = self.stop.iter().map(|text| &**text);
        let mut stops: Vec<&str> = stops.filter(|text| !text.is_empty()).collect();
        if stops.len() > 5 {
            notes.dropped("stop", "the provider takes five stop sequences");
            stops.truncate(5);
        }
        stops
    }

    /// Whether the answer's probabilities are wanted: who names how many, wants
    /// them.
    pub(crate) fn wants_logprobs(&self) -> bool {
        self.logprobs.unwrap_or(self.top_logprobs.is_some())
    }
}

/// How much the model should think first. Absent fields are the model's default.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Reasoning<'a> {
    pub(crate) effort: Option<Effort>,
    /// Tokens.
    pub(crate) budget: Option<u64>,
    /// The model decides how much (Messages `adaptive`).
    pub(crate) adaptive: bool,
    pub(crate) disabled: bool,
    /// Wanted form of the visible reasoning: `auto`, `concise`, `detailed`.
    pub(crate) summary: Option<Cow<'a, str>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Effort {
    None,
    Minimal,
    Low,
    Medium,
    High,
    ExtraHigh,
    Max,
}

impl Effort {
    const NAMES: [(&'static str, Self); 7] = [
        ("none", Self::None),
        ("minimal", Self::Minimal),
        ("low", Self::Low),
        ("medium", Self::Medium),
        ("high", Self::High),
        ("xhigh", Self::ExtraHigh),
        ("max", Self::Max),
    ];

    pub(crate) fn parse(name: &str) -> Option<Self> {
        Self::NAMES
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, effort)| *effort)
    }

    pub(crate) fn as_str(self) -> &'static str {
        Self::NAMES
            .iter()
            .find(|(_, effort)| *effort == self)
            .map_or("medium", |(name, _)| name)
    }

    /// Thinking tokens this effort stands for.
    pub(crate) fn budget(self) -> u64 {
        match self {
            Self::None => 0,
            Self::Minimal | Self::Low => 1024,
            Self::Medium => 8192,
            Self::High => 24_576,
            Self::ExtraHigh | Self::Max => 32_768,
        }
    }

    /// The effort that stands for `budget` thinking tokens.
    pub(crate) fn of_budget(budget: u64) -> Self {
        match budget {
            0 => Self::None,
            1..=1024 => Self::Low,
            1025..=8192 => Self::Medium,
            8193..=24_576 => Self::High,
            _ => Self::ExtraHigh,
        }
    }
}

impl Reasoning<'_> {
    /// The one effort that says the same, `None` when the model decides.
    pub(crate) fn as_effort(&self) -> Option<Effort> {
        if self.disabled {
            return Some(Effort::None);
        }
        self.effort.or_else(|| self.budget.map(Effort::of_budget))
    }
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum OutputFormat<'a> {
    Text,
    /// Any JSON object.
    JsonObject,
    JsonSchema {
        name: Option<Cow<'a, str>>,
        description: Option<Cow<'a, str>>,
        schema: Json<'a>,
        strict: Option<bool>,
    },
}
