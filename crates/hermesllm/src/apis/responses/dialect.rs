//! How services that offer Responses depart from OpenAI's.

use crate::capabilities::Capabilities;
use crate::features::Feature;
use crate::ir::Effort;
use crate::providers::{chat_dialect, Provider};

#[derive(Debug, Clone, Copy)]
pub(super) struct ResponsesDialect {
    /// Answers as a stream only; limits are refused.
    pub(super) codex_backend: bool,
    /// Gives its reasoning away encrypted, so that it need not keep it.
    pub(super) encrypts_reasoning: bool,
    pub(super) effort_word: fn(Effort) -> Option<&'static str>,
}

/// The line by which the Codex backend knows its own client.
pub(crate) const CODEX_LINE: &str = "You are Codex, based on GPT-5. You are running as a \
    coding agent in the Codex CLI on a user's computer.";

impl ResponsesDialect {
    pub(super) fn of(provider: &Provider, model: &str, capabilities: &Capabilities) -> Self {
        let codex_backend = provider.id == "chatgpt";
        let reasons = capabilities.supports(Feature::Reasoning);
        let encrypts = match provider.id.as_str() {
            "openai" | "azure_openai" | "chatgpt" | "xai" => true,
            "openrouter" | "vercel" => model.starts_with("openai/"),
            _ => false,
        };
        Self {
            codex_backend,
            encrypts_reasoning: reasons && encrypts,
            effort_word: chat_dialect(provider, model).effort_word,
        }
    }
}
