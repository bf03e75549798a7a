use crate::ir::{Stop, StopReason};

pub(super) fn read_stop(raw: &str, sequence: Option<&str>) -> Stop {
    Stop {
        reason: match raw {
            "stop_sequence" => StopReason::StopSequence,
            "max_tokens" => StopReason::TokenLimit,
            "model_context_window_exceeded" => StopReason::ContextFull,
            "tool_use" => StopReason::Tools,
            "guardrail_intervened" | "content_filtered" => StopReason::Safety,
            "malformed_model_output" | "malformed_tool_use" => StopReason::Malformed,
            // `end_turn` and whatever comes next.
            _ => StopReason::End,
        },
        sequence: sequence.map(str::to_owned),
        raw: raw.to_owned(),
    }
}

pub(super) fn stop_reason(reason: StopReason) -> &'static str {
    match reason {
        StopReason::End | StopReason::Paused => "end_turn",
        StopReason::StopSequence => "stop_sequence",
        StopReason::TokenLimit => "max_tokens",
        StopReason::ContextFull => "model_context_window_exceeded",
        StopReason::Tools => "tool_use",
        StopReason::Safety => "content_filtered",
        StopReason::Malformed => "malformed_model_output",
    }
}
