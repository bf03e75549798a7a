use super::wire::UsageMetadata;
use crate::json::{Count, JsonWriter};
use crate::usage::Usage;

/// Google counts what it read from a cache inside the prompt, and thoughts
/// apart from the candidates.
pub(crate) fn read_usage(wire: &UsageMetadata<'_>) -> Usage {
    let count = |value: Option<Count>| value.map_or(0, |count| count.0);
    let cache_read = count(wire.cached);
    Usage {
        uncached_input: count(wire.prompt)
            .saturating_add(count(wire.tool_use_prompt))
            .saturating_sub(cache_read),
        cache_read,
        cache_write: 0,
        cache_write_1h: None,
        output: count(wire.candidates).saturating_add(count(wire.thoughts)),
        reasoning: wire.thoughts.map(|count| count.0),
    }
}

pub(super) fn write_usage(w: &mut JsonWriter<'_>, usage: &Usage) {
    let thoughts = usage.reasoning.unwrap_or(0).min(usage.output);
    w.object(|w| {
        w.member_display("promptTokenCount", usage.input());
        w.member_display("candidatesTokenCount", usage.output - thoughts);
        if usage.cache_read > 0 {
            w.member_display("cachedContentTokenCount", usage.cache_read);
        }
        if usage.reasoning.is_some() {
            w.member_display("thoughtsTokenCount", thoughts);
        }
        w.member_display("totalTokenCount", usage.total());
    });
}
