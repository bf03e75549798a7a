use crate::json::{wire_struct, Count, JsonWriter};
use crate::usage::Usage;

wire_struct!(ResponsesUsage<'a> {
    "input_tokens" => input_tokens: Count,
    "input_tokens_details" => input_tokens_details: TokenDetails<'a>,
    "output_tokens" => output_tokens: Count,
    "output_tokens_details" => output_tokens_details: TokenDetails<'a>,
});

wire_struct!(TokenDetails<'a> {
    "cached_tokens" => cached_tokens: Count,
    "cache_write_tokens" => cache_write_tokens: Count,
    "reasoning_tokens" => reasoning_tokens: Count,
});

/// Responses counts cache reads and writes inside the input; the neutral form
/// does not.
pub(crate) fn read_usage(wire: &ResponsesUsage<'_>) -> Usage {
    let count = |value: Option<Count>| value.map_or(0, |count| count.0);
    let input = wire.input_tokens_details.as_ref();
    let cache_read = count(input.and_then(|details| details.cached_tokens));
    let cache_write = count(input.and_then(|details| details.cache_write_tokens));
    Usage {
        uncached_input: count(wire.input_tokens)
            .saturating_sub(cache_read.saturating_add(cache_write)),
        cache_read,
        cache_write,
        cache_write_1h: None,
        output: count(wire.output_tokens),
        reasoning: wire
            .output_tokens_details
            .as_ref()
            .and_then(|details| details.reasoning_tokens)
            .map(|count| count.0),
    }
}

pub(super) fn write_usage(w: &mut JsonWriter<'_>, usage: &Usage) {
    w.object(|w| {
        w.member_display("input_tokens", usage.input());
        w.member_object("input_tokens_details", |w| {
            w.member_display("cached_tokens", usage.cache_read);
            if usage.cache_write > 0 {
                w.member_display("cache_write_tokens", usage.cache_write);
            }
        });
        w.member_display("output_tokens", usage.output);
        w.member_object("output_tokens_details", |w| {
            w.member_display("reasoning_tokens", usage.reasoning.unwrap_or(0));
        });
        w.member_display("total_tokens", usage.total());
    });
}
