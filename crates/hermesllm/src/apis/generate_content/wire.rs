//! <https://ai.google.dev/api/generate-content>. Google takes every member in
//! camel case and in snake case.

use serde_json::value::RawValue;
use serde_json::Number;

use crate::json::{wire_struct, Count, Str};

wire_struct!(GenerateRequest<'a> {
    "model" => model: Str<'a>,
    "contents" => contents: Vec<Content<'a>>,
    "systemInstruction" | "system_instruction" => system_instruction: Content<'a>,
    "tools" => tools: Vec<GeminiTool<'a>>,
    "toolConfig" | "tool_config" => tool_config: ToolConfig<'a>,
    "generationConfig" | "generation_config" => generation_config: GenerationConfig<'a>,
    "safetySettings" | "safety_settings" => safety_settings: &'a RawValue,
    "cachedContent" | "cached_content" => cached_content: Str<'a>,
    "serviceTier" | "service_tier" => service_tier: Str<'a>,
    "labels" => labels: &'a RawValue,
    "store" => store: bool,
});

wire_struct!(
    /// The body of `countTokens`: one of the two, in either spelling.
    CountRequest<'a> {
        "contents" => contents: Vec<Content<'a>>,
        "generateContentRequest" | "generate_content_request" => request: GenerateRequest<'a>,
    }
);

wire_struct!(Content<'a> {
    "role" => role: Str<'a>,
    "parts" => parts: Vec<Part<'a>>,
});

wire_struct!(Part<'a> {
    "text" => text: Str<'a>,
    "inlineData" | "inline_data" => inline_data: InlineData<'a>,
    "fileData" | "file_data" => file_data: FileData<'a>,
    "functionCall" | "function_call" => function_call: FunctionCall<'a>,
    "functionResponse" | "function_response" => function_response: FunctionResponse<'a>,
    "thought" => thought: bool,
    "thoughtSignature" | "thought_signature" => thought_signature: Str<'a>,
    "videoMetadata" | "video_metadata" => video_metadata: &'a RawValue,
    "mediaResolution" | "media_resolution" => media_resolution: PartResolution<'a>,
    "partMetadata" | "part_metadata" => part_metadata: &'a RawValue,
});

wire_struct!(PartResolution<'a> { "level" => level: Str<'a>, });

wire_struct!(InlineData<'a> {
    "mimeType" | "mime_type" => mime_type: Str<'a>,
    "data" => data: Str<'a>,
    "displayName" | "display_name" => display_name: Str<'a>,
});

wire_struct!(FileData<'a> {
    "mimeType" | "mime_type" => mime_type: Str<'a>,
    "fileUri" | "file_uri" => file_uri: Str<'a>,
});

wire_struct!(FunctionCall<'a> {
    "id" => id: Str<'a>,
    "name" => name: Str<'a>,
    "args" => args: &'a RawValue,
});

wire_struct!(FunctionResponse<'a> {
    "id" => id: Str<'a>,
    "name" => name: Str<'a>,
    "response" => response: &'a RawValue,
    "parts" => parts: Vec<ResponsePart<'a>>,
});

wire_struct!(ResponsePart<'a> {
    "inlineData" | "inline_data" => inline_data: InlineData<'a>,
    "fileData" | "file_data" => file_data: FileData<'a>,
});

wire_struct!(GeminiTool<'a> {
    "functionDeclarations" | "function_declarations" => functions: Vec<FunctionDeclaration<'a>>,
    "googleSearch" | "google_search" => google_search: &'a RawValue,
    "googleSearchRetrieval" | "google_search_retrieval" => google_search_retrieval: &'a RawValue,
});

wire_struct!(GoogleSearch<'a> {
    "excludeDomains" | "exclude_domains" => exclude_domains: Vec<Str<'a>>,
});

wire_struct!(FunctionDeclaration<'a> {
    "name" => name: Str<'a>,
    "description" => description: Str<'a>,
    "parameters" => parameters: &'a RawValue,
    "parametersJsonSchema" | "parameters_json_schema" => parameters_json_schema: &'a RawValue,
});

wire_struct!(ToolConfig<'a> {
    "functionCallingConfig" | "function_calling_config" => calling: CallingConfig<'a>,
});

wire_struct!(CallingConfig<'a> {
    "mode" => mode: Str<'a>,
    "allowedFunctionNames" | "allowed_function_names" => allowed: Vec<Str<'a>>,
});

wire_struct!(GenerationConfig<'a> {
    "temperature" => temperature: Number,
    "topP" | "top_p" => top_p: Number,
    "topK" | "top_k" => top_k: Count,
    "candidateCount" | "candidate_count" => candidate_count: Count,
    "maxOutputTokens" | "max_output_tokens" => max_output_tokens: Count,
    "stopSequences" | "stop_sequences" => stop_sequences: Vec<Str<'a>>,
    "seed" => seed: Number,
    "presencePenalty" | "presence_penalty" => presence_penalty: Number,
    "frequencyPenalty" | "frequency_penalty" => frequency_penalty: Number,
    "responseLogprobs" | "response_logprobs" => response_logprobs: bool,
    "logprobs" => logprobs: Count,
    "responseMimeType" | "response_mime_type" => response_mime_type: Str<'a>,
    "responseSchema" | "response_schema" => response_schema: &'a RawValue,
    "responseJsonSchema" | "response_json_schema" => response_json_schema: &'a RawValue,
    "responseModalities" | "response_modalities" => response_modalities: Vec<Str<'a>>,
    "speechConfig" | "speech_config" => speech_config: &'a RawValue,
    "imageConfig" | "image_config" => image_config: &'a RawValue,
    "mediaResolution" | "media_resolution" => media_resolution: Str<'a>,
    "thinkingConfig" | "thinking_config" => thinking_config: ThinkingConfig<'a>,
});

wire_struct!(ThinkingConfig<'a> {
    "includeThoughts" | "include_thoughts" => include_thoughts: bool,
    "thinkingBudget" | "thinking_budget" => thinking_budget: i64,
    "thinkingLevel" | "thinking_level" => thinking_level: Str<'a>,
});

wire_struct!(
    /// A whole answer, and each chunk of a streamed one.
    GenerateReply<'a> {
        "candidates" => candidates: Vec<WireCandidate<'a>>,
        "promptFeedback" => prompt_feedback: PromptFeedback<'a>,
        "usageMetadata" => usage_metadata: UsageMetadata<'a>,
        "modelVersion" => model_version: Str<'a>,
        "responseId" => response_id: Str<'a>,
        "error" => error: &'a RawValue,
    }
);

wire_struct!(WireCandidate<'a> {
    "content" => content: Content<'a>,
    "finishReason" => finish_reason: Str<'a>,
    "index" => index: Count,
    "groundingMetadata" => grounding: Grounding<'a>,
    "logprobsResult" => logprobs: LogprobsResult<'a>,
});

wire_struct!(PromptFeedback<'a> { "blockReason" => block_reason: Str<'a>, });

wire_struct!(Grounding<'a> {
    "groundingChunks" => chunks: Vec<GroundingChunk<'a>>,
    "groundingSupports" => supports: Vec<GroundingSupport<'a>>,
});

wire_struct!(GroundingChunk<'a> { "web" => web: WebChunk<'a>, });

wire_struct!(WebChunk<'a> {
    "uri" => uri: Str<'a>,
    "title" => title: Str<'a>,
});

wire_struct!(GroundingSupport<'a> {
    "segment" => segment: Segment<'a>,
    "groundingChunkIndices" => chunk_indices: Vec<Count>,
});

wire_struct!(Segment<'a> { "text" => text: Str<'a>, });

wire_struct!(LogprobsResult<'a> {
    "chosenCandidates" => chosen: Vec<TokenLogprob<'a>>,
    "topCandidates" => top: Vec<TopLogprobs<'a>>,
});

wire_struct!(TopLogprobs<'a> { "candidates" => candidates: Vec<TokenLogprob<'a>>, });

wire_struct!(TokenLogprob<'a> {
    "token" => token: Str<'a>,
    "logProbability" => log_probability: Number,
});

wire_struct!(UsageMetadata<'a> {
    "promptTokenCount" => prompt: Count,
    "cachedContentTokenCount" => cached: Count,
    "candidatesTokenCount" => candidates: Count,
    "thoughtsTokenCount" => thoughts: Count,
    "toolUsePromptTokenCount" => tool_use_prompt: Count,
});
