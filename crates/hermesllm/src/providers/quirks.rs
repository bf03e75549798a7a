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
        "moonshotai" => moonshot(model),
        "zhipu" => zhipu(),
        "qwen" => qwen(),
        "cohere" => cohere(),
        "digitalocean" => digitalocean(model),
        "openrouter" => ChatDialect {
            replay: Replay::Details,
            ..aggregator(model)
        },
        "vercel" | "edenai" => aggregator(model),
        "perplexity" | "ollama" => ChatDialect {
            one_limit_key: true,
            ..ChatDialect::default()
        },
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

/// <https://platform.openai.com/docs/guides/reasoning>
fn openai(model: &str) -> ChatDialect {
    let mut dialect = ChatDialect {
        limit_key: "max_completion_tokens",
        strict: true,
        ..ChatDialect::default()
    };
    if is_openai_reasoner(model) {
        dialect.one_limit_key = true;
        dialect.system_role = "developer";
        dialect.effort_word = if takes_extra_high(model) {
            |effort| Some(effort.min(Effort::ExtraHigh).as_str())
        } else {
            |effort| Some(effort.min(Effort::High).as_str())
        };
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
        own_efforts: true,
        strict: true,
        ..ChatDialect::default()
    }
}

/// <https://console.groq.com/docs/openai>
fn groq() -> ChatDialect {
    ChatDialect {
        temperature: TemperatureRule::NotZero,
        strict: true,
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
        own_efforts: true,
        one_limit_key: true,
        replay: Replay::Text,
        ..ChatDialect::default()
    }
}

/// <https://docs.mistral.ai/api>
fn mistral() -> ChatDialect {
    ChatDialect {
        seed_key: "random_seed",
        required_word: "any",
        short_call_ids: true,
        one_limit_key: true,
        strict: true,
        stream_options: false,
        ..ChatDialect::default()
    }
}

/// <https://platform.moonshot.ai/docs>; the rules of K3 hold for the exact id only.
fn moonshot(model: &str) -> ChatDialect {
    let mut dialect = ChatDialect {
        replay: Replay::Text,
        ..ChatDialect::default()
    };
    if model.eq_ignore_ascii_case("kimi-k3") {
        dialect.own_efforts = true;
        dialect.effort_word = |effort| match effort {
            Effort::None | Effort::Minimal | Effort::Low => Some("low"),
            Effort::Medium | Effort::High => Some("high"),
            Effort::Max => Some("max"),
            Effort::ExtraHigh => None,
        };
    }
    if model.eq_ignore_ascii_case("kimi-for-coding") {
        dialect.stream_options = false;
    }
    dialect
}

/// <https://docs.z.ai>
fn zhipu() -> ChatDialect {
    ChatDialect {
        reasoning: ReasoningField::Switch,
        one_limit_key: true,
        replay: Replay::Text,
        stream_options: false,
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
        own_efforts: true,
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
        ..ChatDialect::default()
    };
    if lower.starts_with("openai/") && is_openai_reasoner(&lower) {
        dialect.limit_key = "max_completion_tokens";
        dialect.one_limit_key = true;
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
}
