use crate::ir::{Stop, StopReason};

/// What a service's `finish_reason` means; some report failures by it, told as
/// a message.
pub(super) fn read_stop(raw: &str) -> Result<Stop, String> {
    let reason = match raw {
        "length" | "model_length" => StopReason::TokenLimit,
        "tool_calls" | "function_call" => StopReason::Tools,
        "content_filter" | "sensitive" => StopReason::Safety,
        "error" | "network_error" | "insufficient_system_resource" => {
            return Err(format!("the provider broke off its answer ({raw})"))
        }
        // Google's compatible API.
        _ if raw.to_ascii_lowercase().contains("malformed") => StopReason::Malformed,
        // `stop`, Together's `eos`, and whatever comes next.
        _ => StopReason::End,
    };
    Ok(Stop {
        reason,
        sequence: None,
        raw: raw.to_owned(),
    })
}

pub(super) fn finish_reason(reason: StopReason) -> &'static str {
    match reason {
        StopReason::End | StopReason::StopSequence | StopReason::Paused | StopReason::Malformed => {
            "stop"
        }
        StopReason::TokenLimit | StopReason::ContextFull => "length",
        StopReason::Tools => "tool_calls",
        StopReason::Safety => "content_filter",
    }
}
