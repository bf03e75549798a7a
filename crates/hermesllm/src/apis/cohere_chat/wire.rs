//! <https://docs.cohere.com/v2/reference/chat>

use std::fmt;
use std::marker::PhantomData;

use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;
use serde_json::Number;

use crate::json::{wire_struct, Count, Str, TextOr};

wire_struct!(CohereRequest<'a> {
    "model" => model: Str<'a>,
    "messages" => messages: Vec<CohereMessage<'a>>,
    "stream" => stream: bool,
    "tools" => tools: Vec<CohereTool<'a>>,
    "strict_tools" => strict_tools: bool,
    "tool_choice" => tool_choice: Str<'a>,
    "documents" => documents: Vec<&'a RawValue>,
    "citation_options" => citation_options: CitationOptions<'a>,
    "response_format" => response_format: CohereFormat<'a>,
    "safety_mode" => safety_mode: Str<'a>,
    "max_tokens" => max_tokens: u64,
    "stop_sequences" => stop_sequences: Vec<Str<'a>>,
    "temperature" => temperature: Number,
    "seed" => seed: Number,
    "frequency_penalty" => frequency_penalty: Number,
    "presence_penalty" => presence_penalty: Number,
    "k" => k: Count,
    "p" => p: Number,
    "logprobs" => logprobs: bool,
    "thinking" => thinking: CohereThinking<'a>,
    "priority" => priority: Number,
    "raw_prompting" => raw_prompting: bool,
});

wire_struct!(
    /// A message of a request or of a reply.
    CohereMessage<'a> {
        "role" => role: Str<'a>,
        "content" => content: TextOr<'a, ContentPart<'a>>,
        "tool_calls" => tool_calls: Vec<CohereCall<'a>>,
        "tool_plan" => tool_plan: Str<'a>,
        "tool_call_id" => tool_call_id: Str<'a>,
        "citations" => citations: Vec<CohereCitation<'a>>,
    }
);

wire_struct!(ContentPart<'a> {
    "type" => kind: Str<'a>,
    "text" => text: Str<'a>,
    "thinking" => thinking: Str<'a>,
    "image_url" => image_url: CohereImage<'a>,
    "document" => document: CohereDocument<'a>,
});

wire_struct!(CohereImage<'a> {
    "url" => url: Str<'a>,
    "detail" => detail: Str<'a>,
});

wire_struct!(CohereDocument<'a> {
    "id" => id: Str<'a>,
    "data" => data: &'a RawValue,
    "url" => url: Str<'a>,
    "title" => title: Str<'a>,
});

wire_struct!(DocumentData<'a> {
    "title" => title: &'a RawValue,
    "text" => text: &'a RawValue,
});

wire_struct!(CohereCall<'a> {
    "id" => id: Str<'a>,
    "type" => kind: Str<'a>,
    "function" => function: CohereFunction<'a>,
});

wire_struct!(CohereFunction<'a> {
    "name" => name: Str<'a>,
    "arguments" => arguments: Str<'a>,
});

wire_struct!(CohereTool<'a> {
    "type" => kind: Str<'a>,
    "function" => function: CohereDefinition<'a>,
});

wire_struct!(CohereDefinition<'a> {
    "name" => name: Str<'a>,
    "description" => description: Str<'a>,
    "parameters" => parameters: &'a RawValue,
});

wire_struct!(CitationOptions<'a> { "mode" => mode: Str<'a>, });

wire_struct!(CohereFormat<'a> {
    "type" => kind: Str<'a>,
    "json_schema" => json_schema: &'a RawValue,
    "schema" => schema: &'a RawValue,
});

wire_struct!(CohereThinking<'a> {
    "type" => kind: Str<'a>,
    "token_budget" => token_budget: u64,
});

wire_struct!(CohereReply<'a> {
    "id" => id: Str<'a>,
    "message" => message: CohereMessage<'a>,
    "finish_reason" => finish_reason: Str<'a>,
    "usage" => usage: CohereUsage<'a>,
    "logprobs" => logprobs: Vec<CohereLogprob<'a>>,
});

wire_struct!(CohereLogprob<'a> {
    "text" => text: Str<'a>,
    "logprobs" => logprobs: Vec<f64>,
});

wire_struct!(CohereCitation<'a> {
    "start" => start: Count,
    "end" => end: Count,
    "text" => text: Str<'a>,
    "type" => kind: Str<'a>,
    "sources" => sources: Vec<CitationSource<'a>>,
});

wire_struct!(CitationSource<'a> {
    "id" => id: Str<'a>,
    "document" => document: SourcePage<'a>,
    "tool_output" => tool_output: SourcePage<'a>,
});

wire_struct!(SourcePage<'a> {
    "url" => url: &'a RawValue,
    "title" => title: &'a RawValue,
    "snippet" => snippet: &'a RawValue,
});

wire_struct!(CohereUsage<'a> {
    "tokens" => tokens: TokenPair<'a>,
    "billed_units" => billed_units: TokenPair<'a>,
    "cached_tokens" => cached_tokens: Count,
});

wire_struct!(TokenPair<'a> {
    "input_tokens" => input: Count,
    "output_tokens" => output: Count,
});

wire_struct!(
    /// One event of a streamed answer, of any type.
    CohereEvent<'a> {
        "type" => kind: Str<'a>,
        "id" => id: Str<'a>,
        "index" => index: Count,
        "delta" => delta: EventDelta<'a>,
        // Not an event but an error.
        "message" => message: Str<'a>,
    }
);

wire_struct!(EventDelta<'a> {
    "message" => message: DeltaMessage<'a>,
    "finish_reason" => finish_reason: Str<'a>,
    "usage" => usage: CohereUsage<'a>,
    "error" => error: &'a RawValue,
});

wire_struct!(DeltaMessage<'a> {
    "content" => content: One<ContentPart<'a>>,
    "tool_plan" => tool_plan: Str<'a>,
    "tool_calls" => tool_calls: One<CohereCall<'a>>,
    "citations" => citations: One<CohereCitation<'a>>,
});

/// An object; the first event has an empty list in its place.
#[derive(Debug)]
pub(super) struct One<T>(pub(super) Option<T>);

struct OneVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for OneVisitor<T> {
    type Value = One<T>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object or an array")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<One<T>, A::Error> {
        T::deserialize(MapAccessDeserializer::new(map)).map(|one| One(Some(one)))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<One<T>, A::Error> {
        let first = sequence.next_element()?;
        while sequence.next_element::<IgnoredAny>()?.is_some() {}
        Ok(One(first))
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for One<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(OneVisitor(PhantomData))
    }
}
