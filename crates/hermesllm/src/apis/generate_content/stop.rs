use crate::ir::{Stop, StopReason};

/// What a `finishReason` or a `blockReason` means.
/// <https://ai.google.dev/api/generate-content#FinishReason>
pub(super) fn read_stop(raw: &str) -> Stop {
    let reason = match raw {
        "MAX_TOKENS" | "CONTINUATION" => StopReason::TokenLimit,
        "SAFETY"
        | "RECITATION"
        | "LANGUAGE"
        | "BLOCKLIST"
        | "PROHIBITED_CONTENT"
        | "SPII"
        | "ESCALATION"
        | "PUP_LIMITED_DISABLED"
        | "MODEL_ARMOR"
        | "NO_IMAGE" => StopReason::Safety,
        "MALFORMED_FUNCTION_CALL"
        | "UNEXPECTED_TOOL_CALL"
        | "MALFORMED_RESPONSE"
        | "MISSING_THOUGHT_SIGNATURE" => StopReason::Malformed,
        "TOO_MANY_TOOL_CALLS" => StopReason::Paused,
        _ if raw.starts_with("IMAGE_") => StopReason::Safety,
        // `STOP`, `OTHER`, and whatever comes next.
        _ => StopReason::End,
    };
    Stop {
        reason,
        sequence: None,
        raw: raw.to_owned(),
    }
}

/// A prompt that is refused has no candidates, only this.
pub(super) fn blocked(reason: &str) -> Stop {
    Stop {
        reason: StopReason::Safety,
        sequence: None,
        raw: reason.to_owned(),
    }
}

pub(super) fn finish_reason(reason: StopReason) -> &'static str {
    match reason {
        StopReason::End | StopReason::StopSequence | StopReason::Tools | StopReason::Paused => {
            "STOP"
        }
        StopReason::TokenLimit | StopReason::ContextFull => "MAX_TOKENS",
        StopReason::Safety => "SAFETY",
        StopReason::Malformed => "MALFORMED_FUNCTION_CALL",
    }
}
