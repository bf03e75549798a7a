use crate::errors::{ApiError, ErrorKind};
use crate::ir::{Stop, StopReason};

/// What a `finish_reason` means, in any case.
pub(super) fn read_stop(raw: &str) -> Stop {
    let reason = match raw.to_ascii_uppercase().as_str() {
        "STOP_SEQUENCE" => StopReason::StopSequence,
        "MAX_TOKENS" => StopReason::TokenLimit,
        "TOOL_CALL" => StopReason::Tools,
        "ERROR" | "TIMEOUT" => StopReason::Malformed,
        // `COMPLETE`, and whatever comes next.
        _ => StopReason::End,
    };
    Stop {
        reason,
        sequence: None,
        raw: raw.to_owned(),
    }
}

/// The failure that a reason tells of.
pub(super) fn failure(raw: &str, message: Option<String>) -> Option<ApiError> {
    let kind = match raw.to_ascii_uppercase().as_str() {
        "ERROR" => ErrorKind::BadGateway,
        "TIMEOUT" => ErrorKind::Timeout,
        _ => return None,
    };
    let message = message.unwrap_or_else(|| format!("the provider broke off its answer ({raw})"));
    Some(ApiError::new(kind, message))
}

pub(super) fn finish_reason(reason: StopReason) -> &'static str {
    match reason {
        StopReason::End | StopReason::Paused => "COMPLETE",
        StopReason::StopSequence => "STOP_SEQUENCE",
        StopReason::TokenLimit | StopReason::ContextFull => "MAX_TOKENS",
        StopReason::Tools => "TOOL_CALL",
        // There is no word for a filter.
        StopReason::Safety | StopReason::Malformed => "ERROR",
    }
}
