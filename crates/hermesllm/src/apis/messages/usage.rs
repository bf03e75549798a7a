use super::wire::MessagesUsage;
use crate::json::{Count, JsonWriter};
use crate::usage::Usage;

/// Adds what `wire` tells to `usage`: streams tell input at the start and
/// output as it grows, some services everything at the end.
pub(crate) fn read_usage(wire: &MessagesUsage<'_>, usage: &mut Usage) {
    let set = |target: &mut u64, value: Option<Count>| {
        if let Some(count) = value {
            *target = count.0;
        }
    };
    set(&mut usage.uncached_input, wire.input_tokens);
    set(&mut usage.cache_read, wire.cache_read_input_tokens);
    set(&mut usage.cache_write, wire.cache_creation_input_tokens);
    set(&mut usage.output, wire.output_tokens);
    if let Some(creation) = &wire.cache_creation {
        if let Some(count) = creation.ephemeral_1h_input_tokens {
            usage.cache_write_1h = Some(count.0);
        }
    }
}

pub(super) fn write_usage(w: &mut JsonWriter<'_>, usage: &Usage) {
    w.object(|w| {
        w.member_display("input_tokens", usage.uncached_input);
        w.member_display("cache_creation_input_tokens", usage.cache_write);
        w.member_display("cache_read_input_tokens", usage.cache_read);
        if let Some(one_hour) = usage.cache_write_1h {
            w.member_object("cache_creation", |w| {
                let five_minutes = usage.cache_write.saturating_sub(one_hour);
                w.member_display("ephemeral_5m_input_tokens", five_minutes);
                w.member_display("ephemeral_1h_input_tokens", one_hour);
            });
        }
        w.member_display("output_tokens", usage.output);
    });
}
