//! <https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html>
//! and `API_runtime_ConverseStream.html`.

use serde_json::value::RawValue;
use serde_json::Number;

use crate::json::{wire_struct, Count, Str};

wire_struct!(ConverseRequest<'a> {
    "modelId" => model_id: Str<'a>,
    "messages" => messages: Vec<ConverseMessage<'a>>,
    "system" => system: Vec<ConverseBlock<'a>>,
    "inferenceConfig" => inference_config: InferenceConfig<'a>,
    "toolConfig" => tool_config: ToolConfig<'a>,
    "outputConfig" => output_config: ConverseOutputConfig<'a>,
    "additionalModelRequestFields" => additional_fields: AdditionalFields<'a>,
    "additionalModelResponseFieldPaths" => response_field_paths: Vec<Str<'a>>,
    "requestMetadata" => request_metadata: &'a RawValue,
    "serviceTier" => service_tier: ConverseTier<'a>,
    "performanceConfig" => performance_config: &'a RawValue,
    "guardrailConfig" => guardrail_config: &'a RawValue,
    "promptVariables" => prompt_variables: &'a RawValue,
});

wire_struct!(
    /// Of `CountTokens`.
    CountRequest<'a> { "input" => input: CountInput<'a>, }
);

wire_struct!(CountInput<'a> { "converse" => converse: ConverseRequest<'a>, });

wire_struct!(ConverseMessage<'a> {
    "role" => role: Str<'a>,
    "content" => content: Vec<ConverseBlock<'a>>,
});

wire_struct!(
    /// A block of a system prompt, a message, or a tool result: one member tells
    /// which kind.
    ConverseBlock<'a> {
        "text" => text: Str<'a>,
        "image" => image: ConverseMedia<'a>,
        "document" => document: ConverseMedia<'a>,
        "video" => video: ConverseMedia<'a>,
        "audio" => audio: ConverseMedia<'a>,
        "json" => json: &'a RawValue,
        "toolUse" => tool_use: ConverseToolUse<'a>,
        "toolResult" => tool_result: ConverseToolResult<'a>,
        "reasoningContent" => reasoning: ConverseReasoning<'a>,
        "cachePoint" => cache_point: CachePoint<'a>,
        "guardContent" => guard: GuardContent<'a>,
        "citationsContent" => citations: CitationsContent<'a>,
        "searchResult" => search_result: WireSearchResult<'a>,
    }
);

wire_struct!(ConverseMedia<'a> {
    "format" => format: Str<'a>,
    "name" => name: Str<'a>,
    "context" => context: Str<'a>,
    "citations" => citations: ConverseCitationSwitch<'a>,
    "source" => source: ConverseSource<'a>,
});

wire_struct!(ConverseCitationSwitch<'a> { "enabled" => enabled: bool, });

wire_struct!(ConverseSource<'a> {
    "bytes" => bytes: Str<'a>,
    "text" => text: Str<'a>,
    "content" => content: Vec<ConverseBlock<'a>>,
    "s3Location" => s3_location: &'a RawValue,
});

wire_struct!(ConverseToolUse<'a> {
    "toolUseId" => id: Str<'a>,
    "name" => name: Str<'a>,
    "input" => input: &'a RawValue,
    "type" => kind: Str<'a>,
});

wire_struct!(ConverseToolResult<'a> {
    "toolUseId" => id: Str<'a>,
    "content" => content: Vec<ConverseBlock<'a>>,
    "status" => status: Str<'a>,
    "type" => kind: Str<'a>,
});

wire_struct!(ConverseReasoning<'a> {
    "reasoningText" => reasoning_text: ReasoningText<'a>,
    "redactedContent" => redacted_content: Str<'a>,
});

wire_struct!(ReasoningText<'a> {
    "text" => text: Str<'a>,
    "signature" => signature: Str<'a>,
});

wire_struct!(CachePoint<'a> {
    "type" => kind: Str<'a>,
    "ttl" => ttl: Str<'a>,
});

wire_struct!(GuardContent<'a> { "text" => text: GuardText<'a>, });

wire_struct!(GuardText<'a> { "text" => text: Str<'a>, });

wire_struct!(CitationsContent<'a> {
    "content" => content: Vec<ConverseBlock<'a>>,
    "citations" => citations: Vec<ConverseCitation<'a>>,
});

wire_struct!(ConverseCitation<'a> {
    "title" => title: Str<'a>,
    "source" => source: Str<'a>,
    "sourceContent" => source_content: Vec<ConverseBlock<'a>>,
    "location" => location: CitationLocation<'a>,
});

wire_struct!(CitationLocation<'a> {
    "web" => web: WebLocation<'a>,
    "documentChar" => characters: PassageLocation<'a>,
    "documentPage" => pages: PassageLocation<'a>,
    "documentChunk" => chunks: PassageLocation<'a>,
    "searchResultLocation" => search_result: PassageLocation<'a>,
});

wire_struct!(PassageLocation<'a> {
    "documentIndex" | "searchResultIndex" => source: Count,
    "start" => start: Count,
    "end" => end: Count,
});

wire_struct!(WebLocation<'a> {
    "url" => url: Str<'a>,
    "domain" => domain: Str<'a>,
});

wire_struct!(WireSearchResult<'a> {
    "source" => source: Str<'a>,
    "title" => title: Str<'a>,
    "content" => content: Vec<ConverseBlock<'a>>,
    "citations" => citations: ConverseCitationSwitch<'a>,
});

wire_struct!(InferenceConfig<'a> {
    "maxTokens" => max_tokens: u64,
    "temperature" => temperature: Number,
    "topP" => top_p: Number,
    "stopSequences" => stop_sequences: Vec<Str<'a>>,
});

wire_struct!(ToolConfig<'a> {
    "tools" => tools: Vec<ConverseTool<'a>>,
    "toolChoice" => tool_choice: ConverseToolChoice<'a>,
});

wire_struct!(ConverseTool<'a> {
    "toolSpec" => tool_spec: ToolSpec<'a>,
    "cachePoint" => cache_point: CachePoint<'a>,
    "systemTool" => system_tool: SystemTool<'a>,
});

wire_struct!(ToolSpec<'a> {
    "name" => name: Str<'a>,
    "description" => description: Str<'a>,
    "inputSchema" => input_schema: InputSchema<'a>,
    "strict" => strict: bool,
});

wire_struct!(InputSchema<'a> { "json" => json: &'a RawValue, });

wire_struct!(SystemTool<'a> { "name" => name: Str<'a>, });

wire_struct!(ConverseToolChoice<'a> {
    "auto" => auto: &'a RawValue,
    "any" => any: &'a RawValue,
    "tool" => tool: NamedTool<'a>,
});

wire_struct!(NamedTool<'a> { "name" => name: Str<'a>, });

wire_struct!(ConverseOutputConfig<'a> {
    "effort" => effort: Str<'a>,
    "textFormat" => text_format: TextFormat<'a>,
});

wire_struct!(TextFormat<'a> {
    "type" => kind: Str<'a>,
    "structure" => structure: TextStructure<'a>,
});

wire_struct!(TextStructure<'a> { "jsonSchema" => json_schema: ConverseSchema<'a>, });

wire_struct!(ConverseSchema<'a> {
    // JSON as a string.
    "schema" => schema: Str<'a>,
    "name" => name: Str<'a>,
    "description" => description: Str<'a>,
});

wire_struct!(
    /// What Claude takes beyond the common members.
    AdditionalFields<'a> {
        "thinking" | "reasoning_config" => thinking: AdditionalThinking<'a>,
        "output_config" => output_config: AdditionalOutput<'a>,
        "top_k" => top_k: u64,
        "anthropic_beta" => anthropic_beta: &'a RawValue,
    }
);

wire_struct!(AdditionalThinking<'a> {
    "type" => kind: Str<'a>,
    "budget_tokens" => budget_tokens: u64,
    "display" => display: Str<'a>,
});

wire_struct!(AdditionalOutput<'a> {
    "effort" => effort: Str<'a>,
    "format" => format: AdditionalFormat<'a>,
});

wire_struct!(AdditionalFormat<'a> {
    "type" => kind: Str<'a>,
    "schema" => schema: &'a RawValue,
});

wire_struct!(ConverseTier<'a> { "type" => kind: Str<'a>, });

wire_struct!(ConverseReply<'a> {
    "output" => output: ConverseOutput<'a>,
    "stopReason" => stop_reason: Str<'a>,
    "usage" => usage: ConverseUsage<'a>,
    "additionalModelResponseFields" => additional_fields: StopFields<'a>,
    "message" => error_message: Str<'a>,
});

wire_struct!(ConverseOutput<'a> { "message" => message: ConverseMessage<'a>, });

wire_struct!(StopFields<'a> { "stop_sequence" => stop_sequence: Str<'a>, });

wire_struct!(ConverseUsage<'a> {
    "inputTokens" => input_tokens: Count,
    "outputTokens" => output_tokens: Count,
    "totalTokens" => total_tokens: Count,
    "cacheReadInputTokens" => cache_read: Count,
    "cacheWriteInputTokens" => cache_write: Count,
});

wire_struct!(
    /// The payload of any event: the name of the frame tells which members it has.
    ConverseEvent<'a> {
        "contentBlockIndex" => index: Count,
        "start" => start: EventBlockStart<'a>,
        "delta" => delta: EventBlockDelta<'a>,
        "stopReason" => stop_reason: Str<'a>,
        "additionalModelResponseFields" => additional_fields: StopFields<'a>,
        "usage" => usage: ConverseUsage<'a>,
    }
);

wire_struct!(EventBlockStart<'a> {
    "toolUse" => tool_use: ConverseToolUse<'a>,
    "image" => image: ConverseMedia<'a>,
});

wire_struct!(EventBlockDelta<'a> {
    "text" => text: Str<'a>,
    "toolUse" => tool_use: ToolUseDelta<'a>,
    "reasoningContent" => reasoning: ReasoningDelta<'a>,
    "citation" => citation: ConverseCitation<'a>,
    "image" => image: ConverseMedia<'a>,
});

wire_struct!(ToolUseDelta<'a> { "input" => input: Str<'a>, });

wire_struct!(ReasoningDelta<'a> {
    "text" => text: Str<'a>,
    "signature" => signature: Str<'a>,
    "redactedContent" => redacted_content: Str<'a>,
});
