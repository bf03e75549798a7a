use super::wire::ChatUsage;
use crate::json::{Count, JsonWriter};
use crate::usage::Usage;

/// Chat counts cache reads and writes inside the prompt; the neutral form does not.
pub(crate) fn read_usage(usage: &ChatUsage<'_>) -> Usage {
    let count = |value: Option<Count>| value.map(|count| count.0);
    let prompt = usage.prompt_tokens_details.as_ref();
    let cache_read = prompt
        .and_then(|details| count(details.cached_tokens))
        .or(count(usage.cache_read_input_tokens))
        .or(count(usage.prompt_cache_hit_tokens))
        .or(count(usage.cached_tokens))
        .unwrap_or(0);
    let cache_write = count(usage.cache_creation_input_tokens)
        .or_else(|| prompt.and_then(|details| count(details.cache_write_tokens)))
        .unwrap_or(0);
    Usage {
        uncached_input: count(usage.prompt_tokens)
            .unwrap_or(0)
            .saturating_sub(cache_read.saturating_add(cache_write)),
        cache_read,
        cache_write,
        cache_write_1h: None,
        output: count(usage.completion_tokens).unwrap_or(0),
        reasoning: usage
            .completion_tokens_details
            .as_ref()
            .and_then(|details| count(details.reasoning_tokens)),
    }
}

pub(super) fn write_usage(w: &mut JsonWriter<'_>, usage: &Usage) {
    w.object(|w| {
        w.member_display("prompt_tokens", usage.input());
        w.member_display("completion_tokens", usage.output);
        w.member_display("total_tokens", usage.total());
        w.member_object("prompt_tokens_details", |w| {
            w.member_display("cached_tokens", usage.cache_read);
        });
        if let Some(reasoning) = usage.reasoning {
            w.member_object("completion_tokens_details", |w| {
                w.member_display("reasoning_tokens", reasoning);
            });
        }
        if usage.cache_write > 0 {
            w.member_display("cache_creation_input_tokens", usage.cache_write);
        }
    });
}
