//! Features that are one member of the body.

use hermesllm::{Api, Feature};
use serde_json::{json, Value};

/// The member that asks for `feature`, by its path, and what it says.
pub(crate) fn member(feature: Feature, client: Api) -> Option<(&'static str, Value)> {
    use Api::{Chat, CohereChat, Converse, GenerateContent, Messages, Responses};
    let schema = || json!({"type": "object", "properties": {"k": {"type": "string"}}});
    let format = || json!({"type": "json_schema", "name": "n", "schema": schema()});
    let member = match (feature, client) {
        (Feature::Temperature, GenerateContent) => ("generationConfig.temperature", json!(0.3)),
        (Feature::Temperature, Converse) => ("inferenceConfig.temperature", json!(0.3)),
        (Feature::Temperature, _) => ("temperature", json!(0.3)),
        (Feature::TopP, GenerateContent) => ("generationConfig.topP", json!(0.3)),
        (Feature::TopP, Converse) => ("inferenceConfig.topP", json!(0.3)),
        (Feature::TopP, CohereChat) => ("p", json!(0.3)),
        (Feature::TopP, _) => ("top_p", json!(0.3)),
        (Feature::TopK, GenerateContent) => ("generationConfig.topK", json!(7)),
        (Feature::TopK, Converse) => ("additionalModelRequestFields.top_k", json!(7)),
        (Feature::TopK, CohereChat) => ("k", json!(7)),
        (Feature::TopK, Chat | Messages) => ("top_k", json!(7)),
        (Feature::Stop, Chat) => ("stop", json!(["END"])),
        (Feature::Stop, Messages | CohereChat) => ("stop_sequences", json!(["END"])),
        (Feature::Stop, GenerateContent) => ("generationConfig.stopSequences", json!(["END"])),
        (Feature::Stop, Converse) => ("inferenceConfig.stopSequences", json!(["END"])),
        (Feature::Seed, Chat | CohereChat) => ("seed", json!(7)),
        (Feature::Seed, GenerateContent) => ("generationConfig.seed", json!(7)),
        (Feature::Candidates, Chat) => ("n", json!(2)),
        (Feature::Candidates, GenerateContent) => ("generationConfig.candidateCount", json!(2)),
        (Feature::PresencePenalty, Chat | CohereChat) => ("presence_penalty", json!(0.3)),
        (Feature::PresencePenalty, GenerateContent) => {
            ("generationConfig.presencePenalty", json!(0.3))
        }
        (Feature::FrequencyPenalty, Chat | CohereChat) => ("frequency_penalty", json!(0.3)),
        (Feature::FrequencyPenalty, GenerateContent) => {
            ("generationConfig.frequencyPenalty", json!(0.3))
        }
        (Feature::Logprobs, Chat | CohereChat) => ("logprobs", json!(true)),
        (Feature::Logprobs, Responses) => ("include", json!(["message.output_text.logprobs"])),
        (Feature::Logprobs, GenerateContent) => ("generationConfig.responseLogprobs", json!(true)),
        (Feature::LogitBias, Chat) => ("logit_bias", json!({"5": -1})),
        (Feature::User, Chat | Responses) => ("user", json!("ann")),
        (Feature::User, Messages) => ("metadata.user_id", json!("ann")),
        (Feature::Metadata, Chat | Responses) => ("metadata", json!({"team": "t"})),
        (Feature::Metadata, Converse) => ("requestMetadata", json!({"team": "t"})),
        (Feature::ServiceTier, Chat | Responses) => ("service_tier", json!("default")),
        (Feature::ServiceTier, Messages) => ("service_tier", json!("standard_only")),
        (Feature::ServiceTier, GenerateContent) => ("serviceTier", json!("standard")),
        (Feature::ServiceTier, Converse) => ("serviceTier", json!({"type": "default"})),
        (Feature::Store, Chat | Responses) => ("store", json!(true)),
        (Feature::Verbosity, Chat) => ("verbosity", json!("low")),
        (Feature::Verbosity, Responses) => ("text.verbosity", json!("low")),
        (Feature::PromptCacheKey, Chat | Responses) => ("prompt_cache_key", json!("k")),
        (Feature::PromptCacheRetention, Chat | Responses) => {
            ("prompt_cache_retention", json!("24h"))
        }
        (Feature::Reasoning, Chat) => ("reasoning_effort", json!("high")),
        (Feature::Reasoning, Responses) => ("reasoning", json!({"effort": "high"})),
        (Feature::Reasoning, Messages) => (
            "thinking",
            json!({"type": "enabled", "budget_tokens": 2000}),
        ),
        (Feature::Reasoning, Converse) => (
            "additionalModelRequestFields.thinking",
            json!({"type": "enabled", "budget_tokens": 2000}),
        ),
        (Feature::Reasoning, GenerateContent) => (
            "generationConfig.thinkingConfig",
            json!({"includeThoughts": true, "thinkingBudget": 2000}),
        ),
        (Feature::Reasoning, CohereChat) => {
            ("thinking", json!({"type": "enabled", "token_budget": 2000}))
        }
        (Feature::JsonObject, Chat | CohereChat) => {
            ("response_format", json!({"type": "json_object"}))
        }
        (Feature::JsonObject, Responses) => ("text.format", json!({"type": "json_object"})),
        (Feature::JsonObject, GenerateContent) => (
            "generationConfig.responseMimeType",
            json!("application/json"),
        ),
        (Feature::JsonSchema, Chat) => (
            "response_format",
            json!({"type": "json_schema", "json_schema": {"name": "n", "schema": schema()}}),
        ),
        (Feature::JsonSchema, CohereChat) => (
            "response_format",
            json!({"type": "json_object", "json_schema": schema()}),
        ),
        (Feature::JsonSchema, Responses) => ("text.format", format()),
        (Feature::JsonSchema, Messages) => ("output_config.format", format()),
        (Feature::JsonSchema, Converse) => (
            "outputConfig.textFormat",
            json!({"type": "json_schema", "structure":
                {"jsonSchema": {"name": "n", "schema": schema().to_string()}}}),
        ),
        _ => return None,
    };
    Some(member)
}
