use super::wire::ConverseUsage;
use crate::json::{Count, JsonWriter};
use crate::usage::Usage;

pub(crate) fn read_usage(wire: &ConverseUsage<'_>) -> Usage {
    let count = |value: Option<Count>| value.map_or(0, |count| count.0);
    Usage {
        uncached_input: count(wire.input_tokens),
        cache_read: count(wire.cache_read),
        cache_write: count(wire.cache_write),
        output: count(wire.output_tokens),
        ..Usage::default()
    }
}

/// Input excludes what was read from or written to the cache; the total does not.
pub(super) fn write_usage(w: &mut JsonWriter<'_>, usage: &Usage) {
    w.object(|w| {
        w.member_display("inputTokens", usage.uncached_input);
        w.member_display("outputTokens", usage.output);
        w.member_display("totalTokens", usage.total());
        w.member_display("cacheReadInputTokens", usage.cache_read);
        w.member_display("cacheWriteInputTokens", usage.cache_write);
    });
}
