//! <https://platform.openai.com/docs/api-reference/responses>

use serde_json::value::RawValue;
use serde_json::Number;

use super::usage::ResponsesUsage;
use crate::json::{wire_struct, Count, Str, TextOr};

wire_struct!(ResponsesRequest<'a> {
    "model" => model: Str<'a>,
    "input" => input: TextOr<'a, Item<'a>>,
    "instructions" => instructions: &'a RawValue,
    "tools" => tools: &'a RawValue,
    "tool_choice" => tool_choice: &'a RawValue,
    "parallel_tool_calls" => parallel_tool_calls: bool,
    "max_output_tokens" => max_output_tokens: u64,
    "max_tool_calls" => max_tool_calls: u64,
    "temperature" => temperature: Number,
    "top_p" => top_p: Number,
    "top_logprobs" => top_logprobs: u64,
    "include" => include: Vec<Str<'a>>,
    "reasoning" => reasoning: &'a RawValue,
    "text" => text: &'a RawValue,
    "truncation" => truncation: Str<'a>,
    "stream" => stream: bool,
    "stream_options" => stream_options: &'a RawValue,
    "user" => user: Str<'a>,
    "safety_identifier" => safety_identifier: Str<'a>,
    "metadata" => metadata: &'a RawValue,
    "service_tier" => service_tier: Str<'a>,
    "store" => store: bool,
    "prompt_cache_key" => prompt_cache_key: Str<'a>,
    "prompt_cache_retention" => prompt_cache_retention: Str<'a>,
    "previous_response_id" => previous_response_id: &'a RawValue,
    "conversation" => conversation: &'a RawValue,
    "background" => background: bool,
    "prompt" => prompt: &'a RawValue,
});

wire_struct!(ReasoningOptions<'a> {
    "effort" => effort: Str<'a>,
    "summary" => summary: Str<'a>,
    "generate_summary" => generate_summary: Str<'a>,
});

wire_struct!(TextOptions<'a> {
    "format" => format: TextFormat<'a>,
    "verbosity" => verbosity: Str<'a>,
});

wire_struct!(TextFormat<'a> {
    "type" => kind: Str<'a>,
    "name" => name: Str<'a>,
    "description" => description: Str<'a>,
    "schema" => schema: &'a RawValue,
    "strict" => strict: bool,
});

wire_struct!(
    /// An item of any type, in requests and replies.
    Item<'a> {
        "type" => kind: Str<'a>,
        "id" => id: Str<'a>,
        "role" => role: Str<'a>,
        "status" => status: Str<'a>,
        "content" => content: &'a RawValue,
        "summary" => summary: &'a RawValue,
        "encrypted_content" => encrypted_content: Str<'a>,
        "call_id" => call_id: Str<'a>,
        "name" => name: Str<'a>,
        "namespace" => namespace: Str<'a>,
        "arguments" => arguments: &'a RawValue,
        "input" => input: &'a RawValue,
        "output" => output: &'a RawValue,
        "tools" => tools: &'a RawValue,
        "result" => result: Str<'a>,
        "output_format" => output_format: Str<'a>,
    }
);

wire_struct!(
    /// A part of a message, of a tool's output, or of reasoning.
    Part<'a> {
        "type" => kind: Str<'a>,
        "text" => text: Str<'a>,
        "refusal" => refusal: Str<'a>,
        "annotations" => annotations: Vec<Annotation<'a>>,
        "logprobs" => logprobs: &'a RawValue,
        "image_url" => image_url: &'a RawValue,
        "detail" => detail: Str<'a>,
        "file_id" => file_id: Str<'a>,
        "file_url" => file_url: Str<'a>,
        "file_data" => file_data: Str<'a>,
        "filename" => filename: Str<'a>,
        "input_audio" => input_audio: InputAudio<'a>,
    }
);

wire_struct!(ImageUrl<'a> { "url" => url: Str<'a>, });

wire_struct!(InputAudio<'a> {
    "data" => data: Str<'a>,
    "format" => format: Str<'a>,
});

wire_struct!(Annotation<'a> {
    "type" => kind: Str<'a>,
    "url" => url: Str<'a>,
    "title" => title: Str<'a>,
    "start_index" => start_index: Count,
    "end_index" => end_index: Count,
});

wire_struct!(
    /// A tool, or a choice of one.
    ToolWire<'a> {
        "type" => kind: Str<'a>,
        "name" => name: Str<'a>,
        "description" => description: Str<'a>,
        "parameters" => parameters: &'a RawValue,
        "strict" => strict: bool,
        "format" => format: &'a RawValue,
        "tools" => tools: Vec<ToolWire<'a>>,
        "mode" => mode: Str<'a>,
        "search_context_size" => search_context_size: Str<'a>,
        "user_location" => user_location: UserLocation<'a>,
        "filters" => filters: &'a RawValue,
    }
);

wire_struct!(SearchFilters<'a> { "allowed_domains" => allowed_domains: Vec<Str<'a>>, });

wire_struct!(UserLocation<'a> {
    "type" => kind: Str<'a>,
    "city" => city: Str<'a>,
    "region" => region: Str<'a>,
    "country" => country: Str<'a>,
    "timezone" => timezone: Str<'a>,
});

wire_struct!(
    /// A whole answer, and the `response` of an event.
    ResponseWire<'a> {
        "id" => id: Str<'a>,
        "model" => model: Str<'a>,
        "created_at" => created_at: Count,
        "status" => status: Str<'a>,
        "error" => error: &'a RawValue,
        "incomplete_details" => incomplete_details: IncompleteDetails<'a>,
        "output" => output: Vec<Item<'a>>,
        "usage" => usage: ResponsesUsage<'a>,
        "service_tier" => service_tier: Str<'a>,
        // The request's own members; they are long, and not wanted.
        "instructions" => instructions: &'a RawValue,
        "tools" => tools: &'a RawValue,
    }
);

wire_struct!(IncompleteDetails<'a> { "reason" => reason: Str<'a>, });

wire_struct!(
    /// One event of a streamed answer, of any type.
    ResponsesEvent<'a> {
        "type" => kind: Str<'a>,
        "sequence_number" => sequence_number: Count,
        "response" => response: ResponseWire<'a>,
        "output_index" => output_index: Count,
        "content_index" => content_index: Count,
        "summary_index" => summary_index: Count,
        "item_id" => item_id: Str<'a>,
        "item" => item: Item<'a>,
        "delta" => delta: Str<'a>,
        "text" => text: Str<'a>,
        "refusal" => refusal: Str<'a>,
        "arguments" => arguments: Str<'a>,
        "input" => input: Str<'a>,
        "annotation" => annotation: Annotation<'a>,
        "error" => error: &'a RawValue,
        "logprobs" => logprobs: &'a RawValue,
        "obfuscation" => obfuscation: &'a RawValue,
    }
);
