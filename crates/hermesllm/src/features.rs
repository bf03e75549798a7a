//! What a request may ask for beyond plain text, as the capability table names it.

mod survey;
mod without;

pub(crate) use survey::Survey;
pub(crate) use without::remove;

use serde::Deserialize;

use crate::api::Api;

macro_rules! features {
    ($($(#[$meta:meta])* $variant:ident => $name:literal,)*) => {
        /// One thing that an API, a provider or a model may or may not take.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum Feature {
            $($(#[$meta])* $variant,)*
        }

        impl Feature {
            /// Every feature, in the order of the table.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The name in `config/capabilities.json` and `GET /v1/capabilities`.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)*
                }
            }
        }
    };
}

features! {
    Temperature => "temperature",
    TopP => "top_p",
    TopK => "top_k",
    Stop => "stop",
    Seed => "seed",
    /// More than one answer.
    Candidates => "candidates",
    PresencePenalty => "presence_penalty",
    FrequencyPenalty => "frequency_penalty",
    Logprobs => "logprobs",
    TopLogprobs => "top_logprobs",
    LogitBias => "logit_bias",
    /// The end user's id.
    User => "user",
    Metadata => "metadata",
    ServiceTier => "service_tier",
    /// The provider keeps the answer.
    Store => "store",
    Verbosity => "verbosity",
    PromptCacheKey => "prompt_cache_key",
    PromptCacheRetention => "prompt_cache_retention",
    /// Marks at the end of what is to be cached.
    CacheControl => "cache_control",
    /// The name of a message's author.
    MessageName => "message_name",
    /// How much to think: an effort, a budget, or not at all.
    Reasoning => "reasoning",
    JsonObject => "json_object",
    JsonSchema => "json_schema",
    Tools => "tools",
    StrictTools => "strict_tools",
    ToolChoiceNone => "tool_choice_none",
    ToolChoiceRequired => "tool_choice_required",
    ToolChoiceNamed => "tool_choice_named",
    /// A choice among some of the tools.
    ToolChoiceSubset => "tool_choice_subset",
    /// One call at a time.
    NoParallelTools => "no_parallel_tools",
    /// Tools that take free text.
    CustomTools => "custom_tools",
    ToolNamespaces => "tool_namespaces",
    WebSearch => "web_search",
    /// A search among tools that are not described yet.
    ToolSearch => "tool_search",
    /// A tool of the provider's that draws.
    ImageGeneration => "image_generation",
    /// Any other tool that the provider runs.
    BuiltInTools => "built_in_tools",
    Image => "image",
    ImageUrl => "image_url",
    Document => "document",
    DocumentUrl => "document_url",
    Audio => "audio",
    Video => "video",
    /// Images and documents inside tool results.
    ToolResultMedia => "tool_result_media",
    /// Tool results that say they are errors.
    ToolResultError => "tool_result_error",
    /// Instructions in the middle of a conversation.
    LaterSystem => "later_system",
    /// The conversation ends with the beginning of the answer.
    Prefill => "prefill",
    DocumentCitations => "document_citations",
}

/// How a target stands to a feature.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Support {
    /// Said in the target's own words.
    Supported,
    /// Said by other means with the same effect for the client.
    Emulated,
    /// Left out, and named in `x-plano-dropped`.
    Dropped,
    /// Refused: an answer without it would be another answer.
    Rejected,
}

impl Support {
    /// The word used in the table.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Supported => "supported",
            Self::Emulated => "emulated",
            Self::Dropped => "dropped",
            Self::Rejected => "rejected",
        }
    }
}

impl Feature {
    /// The feature that a tool of the provider's is, by the vendor's name of it.
    pub(crate) fn of_built_in(kind: &str) -> Self {
        match kind {
            "image_generation" => Self::ImageGeneration,
            _ if kind.starts_with("tool_search") => Self::ToolSearch,
            _ => Self::BuiltInTools,
        }
    }

    /// The field by which clients of `api` ask for it, when it stands at the
    /// top of the body; else the feature's own name.
    pub(crate) const fn field(self, api: Api) -> &'static str {
        match api {
            Api::Chat => self.chat_field(),
            Api::Responses => self.responses_field(),
            Api::Messages => self.messages_field(),
            Api::GenerateContent => self.generate_content_field(),
            Api::Converse => self.converse_field(),
            Api::CohereChat => self.cohere_field(),
        }
    }

    const fn chat_field(self) -> &'static str {
        match self {
            Self::Candidates => "n",
            Self::Reasoning => "reasoning_effort",
            Self::JsonObject | Self::JsonSchema => "response_format",
            Self::ToolChoiceNone
            | Self::ToolChoiceRequired
            | Self::ToolChoiceNamed
            | Self::ToolChoiceSubset => "tool_choice",
            Self::NoParallelTools => "parallel_tool_calls",
            Self::StrictTools => "tools.function.strict",
            Self::WebSearch => "web_search_options",
            Self::ToolSearch => "tools.tool_search",
            Self::ImageGeneration => "tools.image_generation",
            Self::BuiltInTools => "tools",
            other => other.as_str(),
        }
    }

    const fn responses_field(self) -> &'static str {
        match self {
            Self::Reasoning => "reasoning",
            Self::JsonObject | Self::JsonSchema => "text.format",
            Self::Verbosity => "text.verbosity",
            Self::StrictTools => "tools.strict",
            Self::WebSearch => "tools.web_search",
            Self::Logprobs => "include",
            other => other.chat_field(),
        }
    }

    const fn messages_field(self) -> &'static str {
        match self {
            Self::Stop => "stop_sequences",
            Self::User => "metadata.user_id",
            Self::Reasoning => "thinking",
            Self::JsonObject | Self::JsonSchema => "output_config.format",
            Self::NoParallelTools => "tool_choice.disable_parallel_tool_use",
            Self::StrictTools => "tools.strict",
            Self::WebSearch => "tools.web_search",
            other => other.chat_field(),
        }
    }

    const fn generate_content_field(self) -> &'static str {
        match self {
            Self::Temperature => "generationConfig.temperature",
            Self::TopP => "generationConfig.topP",
            Self::TopK => "generationConfig.topK",
            Self::Stop => "generationConfig.stopSequences",
            Self::Seed => "generationConfig.seed",
            Self::Candidates => "generationConfig.candidateCount",
            Self::PresencePenalty => "generationConfig.presencePenalty",
            Self::FrequencyPenalty => "generationConfig.frequencyPenalty",
            Self::Logprobs => "generationConfig.responseLogprobs",
            Self::TopLogprobs => "generationConfig.logprobs",
            Self::Reasoning => "generationConfig.thinkingConfig",
            Self::JsonObject => "generationConfig.responseMimeType",
            Self::JsonSchema => "generationConfig.responseJsonSchema",
            Self::ServiceTier => "serviceTier",
            Self::Metadata => "labels",
            Self::ToolChoiceNone
            | Self::ToolChoiceRequired
            | Self::ToolChoiceNamed
            | Self::ToolChoiceSubset => "toolConfig.functionCallingConfig",
            Self::WebSearch => "tools.googleSearch",
            other => other.as_str(),
        }
    }

    const fn converse_field(self) -> &'static str {
        match self {
            Self::Temperature => "inferenceConfig.temperature",
            Self::TopP => "inferenceConfig.topP",
            Self::TopK => "additionalModelRequestFields.top_k",
            Self::Stop => "inferenceConfig.stopSequences",
            Self::Reasoning => "additionalModelRequestFields.thinking",
            Self::JsonObject | Self::JsonSchema => "outputConfig.textFormat",
            Self::Metadata => "requestMetadata",
            Self::ServiceTier => "serviceTier",
            Self::CacheControl => "cachePoint",
            Self::ToolChoiceRequired | Self::ToolChoiceNamed => "toolConfig.toolChoice",
            Self::StrictTools => "toolConfig.tools.toolSpec.strict",
            other => other.as_str(),
        }
    }

    const fn cohere_field(self) -> &'static str {
        match self {
            Self::TopP => "p",
            Self::TopK => "k",
            Self::Stop => "stop_sequences",
            Self::Reasoning => "thinking",
            Self::StrictTools => "strict_tools",
            other => other.chat_field(),
        }
    }
}

/// The list that holds a conversation in the body of `api`.
pub(crate) const fn conversation_field(api: Api) -> &'static str {
    match api {
        Api::Responses => "input",
        Api::GenerateContent => "contents",
        Api::Chat | Api::Messages | Api::Converse | Api::CohereChat => "messages",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_in_code_and_table_agree() {
        for feature in Feature::ALL {
            let name = serde_json::to_string(feature.as_str()).expect("a string");
            assert_eq!(serde_json::from_str::<Feature>(&name).ok(), Some(*feature));
        }
    }
}
