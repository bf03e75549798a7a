//! <https://docs.claude.com/en/api/messages>

use std::borrow::Cow;

use serde::de::value::MapAccessDeserializer;
use serde::de::{Error, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;
use serde_json::Number;

use crate::json::{wire_struct, Count, Str, TextOr};

wire_struct!(MessagesRequest<'a> {
    "model" => model: Str<'a>,
    "messages" => messages: Vec<InputMessage<'a>>,
    "system" => system: TextOr<'a, ContentBlock<'a>>,
    "max_tokens" => max_tokens: u64,
    "metadata" => metadata: MessagesMetadata<'a>,
    "stop_sequences" => stop_sequences: Vec<Str<'a>>,
    "stream" => stream: bool,
    "temperature" => temperature: Number,
    "top_p" => top_p: Number,
    "top_k" => top_k: u64,
    "tools" => tools: Vec<MessagesTool<'a>>,
    "tool_choice" => tool_choice: MessagesToolChoice<'a>,
    "thinking" => thinking: Thinking<'a>,
    "output_config" => output_config: OutputConfig<'a>,
    "output_format" => output_format: MessagesFormat<'a>,
    "service_tier" => service_tier: Str<'a>,
    "cache_control" => cache_control: CacheControl<'a>,
});

wire_struct!(InputMessage<'a> {
    "role" => role: Str<'a>,
    "content" => content: TextOr<'a, ContentBlock<'a>>,
});

wire_struct!(
    /// A content block of any type, in requests and replies.
    ContentBlock<'a> {
        "type" => kind: Str<'a>,
        "text" => text: Str<'a>,
        "citations" => citations: &'a RawValue,
        "cache_control" => cache_control: CacheControl<'a>,
        "source" => source: SourceField<'a>,
        "title" => title: Str<'a>,
        "context" => context: Str<'a>,
        "thinking" => thinking: Str<'a>,
        "signature" => signature: Str<'a>,
        "data" => data: Str<'a>,
        "id" => id: Str<'a>,
        "name" => name: Str<'a>,
        "input" => input: &'a RawValue,
        "tool_use_id" => tool_use_id: Str<'a>,
        "tool_name" => tool_name: Str<'a>,
        // A string or blocks in a tool result; other shapes in server tool results.
        "content" => content: &'a RawValue,
        "is_error" => is_error: bool,
    }
);

wire_struct!(CacheControl<'a> {
    "type" => kind: Str<'a>,
    "ttl" => ttl: Str<'a>,
});

wire_struct!(BlockSource<'a> {
    "type" => kind: Str<'a>,
    "media_type" => media_type: Str<'a>,
    "data" => data: Str<'a>,
    "url" => url: Str<'a>,
    "file_id" => file_id: Str<'a>,
    "content" => content: TextOr<'a, ContentBlock<'a>>,
});

/// Of media an object, of a search result its address.
#[derive(Debug)]
pub(crate) enum SourceField<'a> {
    Address(Cow<'a, str>),
    Data(BlockSource<'a>),
}

impl<'de: 'a, 'a> Deserialize<'de> for SourceField<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct SourceVisitor;

        impl<'de> Visitor<'de> for SourceVisitor {
            type Value = SourceField<'de>;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("a string or an object")
            }

            fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(SourceField::Address(Cow::Borrowed(text)))
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
                Ok(SourceField::Address(Cow::Owned(text.to_owned())))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
                BlockSource::deserialize(MapAccessDeserializer::new(map)).map(SourceField::Data)
            }
        }

        deserializer.deserialize_any(SourceVisitor)
    }
}

wire_struct!(DocumentCitations<'a> { "enabled" => enabled: bool, });

wire_struct!(TextCitation<'a> {
    "type" => kind: Str<'a>,
    "url" => url: Str<'a>,
    "title" => title: Str<'a>,
    "cited_text" => cited_text: Str<'a>,
    // Of search results: a URL, as a rule.
    "source" => source: Str<'a>,
    "document_title" => document_title: Str<'a>,
    "document_index" | "search_result_index" => index: Count,
    "start_char_index" | "start_page_number" | "start_block_index" => start: Count,
    "end_char_index" | "end_page_number" | "end_block_index" => end: Count,
});

wire_struct!(MessagesMetadata<'a> { "user_id" => user_id: Str<'a>, });

wire_struct!(MessagesTool<'a> {
    "type" => kind: Str<'a>,
    "name" => name: Str<'a>,
    "description" => description: Str<'a>,
    "input_schema" => input_schema: &'a RawValue,
    // Of the web search tool.
    "user_location" => user_location: &'a RawValue,
    "max_uses" => max_uses: u64,
    "allowed_domains" => allowed_domains: Vec<Str<'a>>,
    "blocked_domains" => blocked_domains: Vec<Str<'a>>,
    "strict" => strict: bool,
    "cache_control" => cache_control: CacheControl<'a>,
});

wire_struct!(MessagesToolChoice<'a> {
    "type" => kind: Str<'a>,
    "name" => name: Str<'a>,
    "disable_parallel_tool_use" => disable_parallel_tool_use: bool,
});

wire_struct!(Thinking<'a> {
    "type" => kind: Str<'a>,
    "budget_tokens" => budget_tokens: u64,
    "display" => display: Str<'a>,
});

wire_struct!(OutputConfig<'a> {
    "effort" => effort: Str<'a>,
    "format" => format: MessagesFormat<'a>,
});

wire_struct!(MessagesFormat<'a> {
    "type" => kind: Str<'a>,
    "schema" => schema: &'a RawValue,
});

wire_struct!(
    /// A whole answer, and the `message` of `message_start`.
    MessagesReply<'a> {
        "id" => id: Str<'a>,
        "type" => kind: Str<'a>,
        "model" => model: Str<'a>,
        "content" => content: Vec<ContentBlock<'a>>,
        "stop_reason" => stop_reason: Str<'a>,
        "stop_sequence" => stop_sequence: Str<'a>,
        "usage" => usage: MessagesUsage<'a>,
        "error" => error: &'a RawValue,
    }
);

wire_struct!(MessagesUsage<'a> {
    "input_tokens" => input_tokens: Count,
    "cache_creation_input_tokens" => cache_creation_input_tokens: Count,
    "cache_read_input_tokens" => cache_read_input_tokens: Count,
    "cache_creation" => cache_creation: CacheCreation<'a>,
    "output_tokens" => output_tokens: Count,
    "service_tier" => service_tier: Str<'a>,
});

wire_struct!(CacheCreation<'a> {
    "ephemeral_5m_input_tokens" => ephemeral_5m_input_tokens: Count,
    "ephemeral_1h_input_tokens" => ephemeral_1h_input_tokens: Count,
});

wire_struct!(
    /// One event of a streamed answer, of any type.
    MessagesEvent<'a> {
        "type" => kind: Str<'a>,
        "message" => message: MessagesReply<'a>,
        "index" => index: Count,
        "content_block" => content_block: ContentBlock<'a>,
        "delta" => delta: EventDelta<'a>,
        "usage" => usage: MessagesUsage<'a>,
        "error" => error: &'a RawValue,
    }
);

wire_struct!(EventDelta<'a> {
    "type" => kind: Str<'a>,
    "text" => text: Str<'a>,
    "partial_json" => partial_json: Str<'a>,
    "thinking" => thinking: Str<'a>,
    "signature" => signature: Str<'a>,
    "citation" => citation: TextCitation<'a>,
    "stop_reason" => stop_reason: Str<'a>,
    "stop_sequence" => stop_sequence: Str<'a>,
});
