use super::wire::CohereUsage;
use crate::json::{Count, JsonWriter};
use crate::usage::Usage;

/// What was billed may differ from what was read; the latter counts.
pub(crate) fn read_usage(wire: &CohereUsage<'_>) -> Usage {
    let count = |value: Option<Count>| value.map_or(0, |count| count.0);
    let pair = wire.tokens.as_ref().or(wire.billed_units.as_ref());
    let cache_read = count(wire.cached_tokens);
    Usage {
        uncached_input: pair
            .map_or(0, |pair| count(pair.input))
            .saturating_sub(cache_read),
        cache_read,
        output: pair.map_or(0, |pair| count(pair.output)),
        ..Usage::default()
    }
}

pub(super) fn write_usage(w: &mut JsonWriter<'_>, usage: &Usage) {
    w.object(|w| {
        for group in ["billed_units", "tokens"] {
            w.member_object(group, |w| {
                w.member_display("input_tokens", usage.input());
                w.member_display("output_tokens", usage.output);
            });
        }
        if usage.cache_read > 0 {
            w.member_display("cached_tokens", usage.cache_read);
        }
    });
}
