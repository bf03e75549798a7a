//! One function per service whose chat completions differ from OpenAI's.

use super::chat_dialect::TemperatureRule;
use super::{ChatDialect, Provider, ReasoningField, Replay};
use crate::ir::Effort;

/// What holds for `model` at `provider`.
pub(crate) fn chat_dialect(provider: &Provider, model: &str) -> ChatDialect {
    match provider.id.as_str() {
        "openai" | "azure_openai" => openai(model),
        "gemini" => gemini(),
        "groq" => groq(),
        "deepseek" => deepseek(),
        "mistral" => mistral(),
        "xai" => xai(model),
        "moonshotai" => moonshot(model),
        "zhipu" => zhipu(),
        "qwen" => qwen(),
        "perplexity" => perplexity(),
        "cohere" => cohere(),
        "digitalocean" => digitalocean(model),
        "openrouter" => ChatDialect {
            replay: Replay::Details,
            ..aggregator(model)
        },
        "vercel" | "edenai" => aggregator(model),
        "minimax" | "xiaomi" => ChatDialect {
            replay: Replay::Text,
            ..ChatDialect::default()
        },
        _ => ChatDialect::default(),
    }
}

/// Whether OpenAI's model of this name thinks before it answers.
fn is_openai_reasoner(model: &str) -> bool {
    let name = model.rsplit('/').next().unwrap_or(model);
    let o_series = ["o1", "o3", "o4"].iter().any(|series| {
        name == *series
            || name
                .strip_prefix(series)
                .is_some_and(|rest| rest.starts_with('-'))
    });
    o_series || (name.starts_with("gpt-5") && !name.contains("-chat")) || name.starts_with("codex")
}

/// `xhigh` came with gpt-5.1-codex-max and gpt-5.2.
fn takes_extra_high(model: &str) -> bool {
    let name = model.rsplit('/').next().unwrap_or(model);
    let minor = name
        .strip_prefix("gpt-5.")
        .and_then(|rest| rest.split('-').next())
        .and_then(|minor| minor.parse::<u32>().ok());
    name.contains("codex-max") || minor.is_some_and(|minor| minor >= 2)
}

/// Members that OpenAI's reasoning models refuse.
const REFUSED_BY_REASONERS: [&str; 7] = [
    "temperature",
    "top_p",
    "presence_penalty",
    "frequency_penalty",
    "logprobs",
    "top_logprobs",
    "logit_bias",
];

/// <https://platform.openai.com/docs/guides/reasoning>
fn openai(model: &str) -> ChatDialect {
    let mut dialect = ChatDialect {
        limit_key: "max_completion_tokens",
        refused: vec!["top_k", "reasoning_budget"],
        ..ChatDialect::default()
    };
    if is_openai_reasoner(model) {
        dialect.system_role = "developer";
        dialect.refused.extend(REFUSED_BY_REASONERS);
        dialect.effort_word = if takes_extra_high(model) {
            |effort| Some(effort.min(Effort::ExtraHigh).as_str())
        } else {
            |effort| Some(effort.min(Effort::High).as_str())
        };
    } else {
        dialect.reasoning = ReasoningField::Unavailable;
    }
    dialect
}

/// <https://ai.google.dev/gemini-api/docs/openai>; unknown members are a 400.
fn gemini() -> ChatDialect {
    ChatDialect {
        effort_word: |effort| {
            Some(match effort {
                Effort::None => "none",
                Effort::Minimal | Effort::Low => "low",
                Effort::Medium => "medium",
                Effort::High | Effort::ExtraHigh | Effort::Max => "high",
            })
        },
        refused: vec![
            "store",
            "metadata",
            "user",
            "logit_bias",
            "verbosity",
            "prompt_cache_key",
            "service_tier",
            "top_k",
            "parallel_tool_calls",
        ],
        ..ChatDialect::default()
    }
}

/// <https://console.groq.com/docs/openai>
fn groq() -> ChatDialect {
    ChatDialect {
        refused: vec![
            "logprobs",
            "logit_bias",
            "top_logprobs",
            "name",
            "n",
            "top_k",
        ],
        temperature: TemperatureRule::NotZero,
        ..ChatDialect::default()
    }
}

/// <https://api-docs.deepseek.com>
fn deepseek() -> ChatDialect {
    ChatDialect {
        effort_word: |effort| {
            Some(match effort {
                Effort::None => return None,
                Effort::Minimal | Effort::Low => "low",
                Effort::Medium | Effort::High | Effort::ExtraHigh => "high",
                Effort::Max => "max",
            })
        },
        replay: Replay::Text,
        refused: vec![
            "seed",
            "n",
            "logit_bias",
            "parallel_tool_calls",
            "service_tier",
        ],
        ..ChatDialect::default()
    }
}

/// <https://docs.mistral.ai/api>
fn mistral() -> ChatDialect {
    ChatDialect {
        seed_key: "random_seed",
        required_word: "any",
        reasoning: ReasoningField::Unavailable,
        short_call_ids: true,
        refused: vec![
            "user",
            "logit_bias",
            "stream_options",
            "logprobs",
            "top_logprobs",
            "service_tier",
            "store",
            "metadata",
            "verbosity",
            "prompt_cache_key",
            "top_k",
            "name",
        ],
        ..ChatDialect::default()
    }
}

/// <https://docs.x.ai/docs/guides/reasoning>
fn xai(model: &str) -> ChatDialect {
    let mut dialect = ChatDialect::default();
    if model.contains("grok-3-mini") || model.contains("grok-4") || model.contains("grok-code") {
        dialect
            .refused
            .extend(["stop", "presence_penalty", "frequency_penalty"]);
    }
    if !model.contains("grok-3-mini") {
        dialect.reasoning = ReasoningField::Unavailable;
    }
    dialect
}

/// <https://platform.moonshot.ai/docs>; the rules of K3 hold for the exact id only.
fn moonshot(model: &str) -> ChatDialect {
    let mut dialect = ChatDialect {
        replay: Replay::Text,
        ..ChatDialect::default()
    };
    if model.eq_ignore_ascii_case("kimi-k3") {
        dialect.refused.extend([
            "temperature",
            "top_p",
            "n",
            "presence_penalty",
            "frequency_penalty",
        ]);
        dialect.effort_word = |effort| match effort {
            Effort::None | Effort::Minimal | Effort::Low => Some("low"),
            Effort::Medium | Effort::High => Some("high"),
            Effort::Max => Some("max"),
            Effort::ExtraHigh => None,
        };
    }
    if model.eq_ignore_ascii_case("kimi-for-coding") {
        dialect.reasoning = ReasoningField::Unavailable;
        dialect
            .refused
            .extend(["stream_options", "service_tier", "store"]);
    }
    dialect
}

/// <https://docs.z.ai>
fn zhipu() -> ChatDialect {
    ChatDialect {
        reasoning: ReasoningField::Switch,
        replay: Replay::Text,
        refused: vec![
            "name",
            "presence_penalty",
            "frequency_penalty",
            "strict",
            "stream_options",
            "tool_choice",
            "parallel_tool_calls",
            "seed",
            "n",
            "logprobs",
            "top_logprobs",
            "logit_bias",
            "service_tier",
            "store",
            "metadata",
            "verbosity",
        ],
        temperature: TemperatureRule::InsideUnit,
        ..ChatDialect::default()
    }
}

/// <https://www.alibabacloud.com/help/en/model-studio/deep-thinking>
fn qwen() -> ChatDialect {
    ChatDialect {
        reasoning: ReasoningField::Budget,
        replay: Replay::Text,
        ..ChatDialect::default()
    }
}

/// <https://docs.perplexity.ai/api-reference>
fn perplexity() -> ChatDialect {
    ChatDialect {
        refused: vec![
            "tools",
            "stop",
            "logit_bias",
            "logprobs",
            "top_logprobs",
            "seed",
            "parallel_tool_calls",
            "service_tier",
            "n",
            "user",
            "store",
            "metadata",
        ],
        ..ChatDialect::default()
    }
}

/// <https://docs.cohere.com/docs/compatibility-api>
fn cohere() -> ChatDialect {
    ChatDialect {
        effort_word: |effort| {
            Some(if effort == Effort::None {
                "none"
            } else {
                "high"
            })
        },
        refused: vec![
            "store",
            "metadata",
            "logit_bias",
            "top_logprobs",
            "n",
            "service_tier",
            "parallel_tool_calls",
            "user",
            "top_k",
        ],
        ..ChatDialect::default()
    }
}

fn digitalocean(model: &str) -> ChatDialect {
    ChatDialect {
        temperature: TemperatureRule::AtMost(1.0),
        ..aggregator(model)
    }
}

/// Gateways follow the model behind them.
fn aggregator(model: &str) -> ChatDialect {
    let lower = model.to_ascii_lowercase();
    let mut dialect = ChatDialect {
        cache_marks: lower.contains("claude") || lower.contains("anthropic"),
        ..ChatDialect::default()
    };
    if lower.starts_with("openai/") && is_openai_reasoner(&lower) {
        dialect.limit_key = "max_completion_tokens";
        dialect.refused.extend(REFUSED_BY_REASONERS);
    }
    dialect
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_openai_reasoners() {
        for model in [
            "o3",
            "o4-mini",
            "gpt-5.1",
            "openai/o1-preview",
            "gpt-5-codex",
        ] {
            assert!(is_openai_reasoner(model), "{model}");
        }
        for model in ["gpt-4o", "o3x", "gpt-5-chat-latest", "omni"] {
            assert!(!is_openai_reasoner(model), "{model}");
        }
    }

    #[test]
    fn kimi_rules_hold_for_the_exact_id() {
        let provider = crate::providers::find("moonshotai").expect("moonshotai");
        let refuses = |model| {
            chat_dialect(provider, model)
                .refused
                .contains(&"temperature")
        };
        assert!(refuses("kimi-k3"));
        for model in ["kimi-k3.1", "kimi-k3-0716", "moonshotai/kimi-k3"] {
            assert!(!refuses(model), "{model}");
        }
    }
}
