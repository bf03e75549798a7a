//! <https://platform.openai.com/docs/api-reference/chat>, plus the members
//! that compatible services add (reasoning, cache marks).

use serde_json::value::RawValue;
use serde_json::Number;

use crate::json::{wire_struct, Count, Str, TextOr};

wire_struct!(ChatRequest<'a> {
    "model" => model: Str<'a>,
    "messages" => messages: Vec<ChatMessage<'a>>,
    "tools" => tools: Vec<ChatTool<'a>>,
    "tool_choice" => tool_choice: &'a RawValue,
    "web_search_options" => web_search_options: WebSearchOptions<'a>,
    "parallel_tool_calls" => parallel_tool_calls: bool,
    "functions" => functions: Vec<ChatFunction<'a>>,
    "function_call" => function_call: &'a RawValue,
    "max_tokens" => max_tokens: u64,
    "max_completion_tokens" => max_completion_tokens: u64,
    "temperature" => temperature: Number,
    "top_p" => top_p: Number,
    "top_k" => top_k: u64,
    "stop" => stop: TextOr<'a, Str<'a>>,
    "seed" => seed: Number,
    "n" => n: u64,
    "presence_penalty" => presence_penalty: Number,
    "frequency_penalty" => frequency_penalty: Number,
    "logprobs" => logprobs: bool,
    "top_logprobs" => top_logprobs: u64,
    "logit_bias" => logit_bias: &'a RawValue,
    "stream" => stream: bool,
    "stream_options" => stream_options: StreamOptions<'a>,
    "reasoning_effort" => reasoning_effort: Str<'a>,
    "response_format" => response_format: ResponseFormat<'a>,
    "verbosity" => verbosity: Str<'a>,
    "user" => user: Str<'a>,
    "safety_identifier" => safety_identifier: Str<'a>,
    "metadata" => metadata: &'a RawValue,
    "service_tier" => service_tier: Str<'a>,
    "store" => store: bool,
    "prompt_cache_key" => prompt_cache_key: Str<'a>,
    "prompt_cache_retention" => prompt_cache_retention: Str<'a>,
    "cache_control" => cache_control: CacheControl<'a>,
});

wire_struct!(WebSearchOptions<'a> {
    "search_context_size" => search_context_size: Str<'a>,
    "user_location" => user_location: WebSearchLocation<'a>,
});

wire_struct!(WebSearchLocation<'a> {
    "approximate" => approximate: &'a RawValue,
});

wire_struct!(StreamOptions<'a> { "include_usage" => include_usage: bool, });

wire_struct!(CacheControl<'a> {
    "type" => kind: Str<'a>,
    "ttl" => ttl: Str<'a>,
});

wire_struct!(ResponseFormat<'a> {
    "type" => kind: Str<'a>,
    "json_schema" => json_schema: JsonSchema<'a>,
});

wire_struct!(JsonSchema<'a> {
    "name" => name: Str<'a>,
    "description" => description: Str<'a>,
    "schema" => schema: &'a RawValue,
    "strict" => strict: bool,
});

wire_struct!(ChatTool<'a> {
    "type" => kind: Str<'a>,
    "function" => function: ChatFunction<'a>,
    "custom" => custom: ChatCustomTool<'a>,
    "cache_control" => cache_control: CacheControl<'a>,
});

wire_struct!(ChatFunction<'a> {
    "name" => name: Str<'a>,
    "description" => description: Str<'a>,
    "parameters" => parameters: &'a RawValue,
    "strict" => strict: bool,
    "cache_control" => cache_control: CacheControl<'a>,
});

wire_struct!(ChatCustomTool<'a> {
    "name" => name: Str<'a>,
    "description" => description: Str<'a>,
    "format" => format: &'a RawValue,
});

wire_struct!(
    /// The object form of `tool_choice`, `function_call` and `allowed_tools`.
    ToolChoiceObject<'a> {
        "type" => kind: Str<'a>,
        "name" => name: Str<'a>,
        "function" => function: NameOnly<'a>,
        "custom" => custom: NameOnly<'a>,
        "allowed_tools" => allowed_tools: AllowedTools<'a>,
    }
);

wire_struct!(NameOnly<'a> { "name" => name: Str<'a>, });

wire_struct!(AllowedTools<'a> {
    "mode" => mode: Str<'a>,
    "tools" => tools: Vec<ToolChoiceObject<'a>>,
});

wire_struct!(
    /// A message of a request, of a reply, or a delta of one.
    ChatMessage<'a> {
        "role" => role: Str<'a>,
        "content" => content: TextOr<'a, ChatPart<'a>>,
        "name" => name: Str<'a>,
        "tool_calls" => tool_calls: Vec<ChatToolCall<'a>>,
        "function_call" => function_call: ChatCallFunction<'a>,
        "tool_call_id" => tool_call_id: Str<'a>,
        "refusal" => refusal: Str<'a>,
        "reasoning_content" => reasoning_content: Str<'a>,
        "reasoning" => reasoning: Str<'a>,
        "reasoning_details" => reasoning_details: Vec<ReasoningDetail<'a>>,
        "annotations" => annotations: Vec<Annotation<'a>>,
        "audio" => audio: &'a RawValue,
        // What a model drew, with OpenRouter and others.
        "images" => images: Vec<ChatPart<'a>>,
        "cache_control" => cache_control: CacheControl<'a>,
    }
);

wire_struct!(ChatPart<'a> {
    "type" => kind: Str<'a>,
    "text" => text: Str<'a>,
    "image_url" => image_url: &'a RawValue,
    "video_url" => video_url: &'a RawValue,
    "input_audio" => input_audio: InputAudio<'a>,
    "file" => file: ChatFile<'a>,
    "refusal" => refusal: Str<'a>,
    "thinking" => thinking: TextOr<'a, ChatPart<'a>>,
    "cache_control" => cache_control: CacheControl<'a>,
});

wire_struct!(ImageUrl<'a> {
    "url" => url: Str<'a>,
    "detail" => detail: Str<'a>,
});

wire_struct!(InputAudio<'a> {
    "data" => data: Str<'a>,
    "format" => format: Str<'a>,
});

wire_struct!(ChatFile<'a> {
    "file_data" => file_data: Str<'a>,
    "file_id" => file_id: Str<'a>,
    "filename" => filename: Str<'a>,
});

wire_struct!(ChatToolCall<'a> {
    "index" => index: Count,
    "id" => id: Str<'a>,
    "type" => kind: Str<'a>,
    "function" => function: ChatCallFunction<'a>,
    "custom" => custom: ChatCallCustom<'a>,
    "extra_content" => extra_content: ExtraContent<'a>,
});

wire_struct!(ExtraContent<'a> { "google" => google: GoogleExtra<'a>, });

wire_struct!(GoogleExtra<'a> { "thought_signature" => thought_signature: Str<'a>, });

wire_struct!(ChatCallFunction<'a> {
    "name" => name: Str<'a>,
    // A string by contract; some services send an object.
    "arguments" => arguments: &'a RawValue,
});

wire_struct!(ChatCallCustom<'a> {
    "name" => name: Str<'a>,
    "input" => input: Str<'a>,
});

wire_struct!(
    /// <https://openrouter.ai/docs/use-cases/reasoning-tokens>
    ReasoningDetail<'a> {
        "type" => kind: Str<'a>,
        "text" => text: Str<'a>,
        "summary" => summary: Str<'a>,
        "signature" => signature: Str<'a>,
        "data" => data: Str<'a>,
        "id" => id: Str<'a>,
        "format" => format: Str<'a>,
        "index" => index: Count,
    }
);

wire_struct!(Annotation<'a> { "url_citation" => url_citation: UrlCitation<'a>, });

wire_struct!(UrlCitation<'a> {
    "url" => url: Str<'a>,
    "title" => title: Str<'a>,
    "start_index" => start_index: Count,
    "end_index" => end_index: Count,
});

wire_struct!(
    /// A whole answer or one chunk of a streamed one.
    ChatReply<'a> {
        "id" => id: Str<'a>,
        "model" => model: Str<'a>,
        "created" => created: Count,
        "choices" => choices: Vec<ChatChoice<'a>>,
        "usage" => usage: ChatUsage<'a>,
        "service_tier" => service_tier: Str<'a>,
        "x_groq" => x_groq: GroqExtra<'a>,
        "error" => error: &'a RawValue,
    }
);

wire_struct!(GroqExtra<'a> { "usage" => usage: ChatUsage<'a>, });

wire_struct!(ChatChoice<'a> {
    "index" => index: Count,
    "message" => message: ChatMessage<'a>,
    "delta" => delta: ChatMessage<'a>,
    "finish_reason" => finish_reason: Str<'a>,
    "logprobs" => logprobs: &'a RawValue,
    // Moonshot reports usage here.
    "usage" => usage: ChatUsage<'a>,
});

wire_struct!(ChatUsage<'a> {
    "prompt_tokens" => prompt_tokens: Count,
    "completion_tokens" => completion_tokens: Count,
    "prompt_tokens_details" => prompt_tokens_details: TokenDetails<'a>,
    "completion_tokens_details" => completion_tokens_details: TokenDetails<'a>,
    "prompt_cache_hit_tokens" => prompt_cache_hit_tokens: Count,
    "cached_tokens" => cached_tokens: Count,
    "cache_read_input_tokens" => cache_read_input_tokens: Count,
    "cache_creation_input_tokens" => cache_creation_input_tokens: Count,
});

wire_struct!(TokenDetails<'a> {
    "cached_tokens" => cached_tokens: Count,
    "cache_write_tokens" => cache_write_tokens: Count,
    "reasoning_tokens" => reasoning_tokens: Count,
});
