use super::{ApiError, ErrorKind};
use crate::api::Api;
use crate::event_stream::{write_frame, FrameKind};
use crate::json::JsonWriter;

/// An error response: `Content-Type` is `application/json`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EncodedError {
    pub status: u16,
    pub body: Vec<u8>,
    /// Value of `x-amzn-ErrorType`, for clients that read it.
    pub error_type: Option<&'static str>,
}

struct Row {
    kind: ErrorKind,
    status: u16,
    openai_type: &'static str,
    openai_code: Option<&'static str>,
    anthropic_type: &'static str,
    google_status: &'static str,
}

const fn row(
    kind: ErrorKind,
    status: u16,
    openai_type: &'static str,
    openai_code: Option<&'static str>,
    anthropic_type: &'static str,
    google_status: &'static str,
) -> Row {
    Row {
        kind,
        status,
        openai_type,
        openai_code,
        anthropic_type,
        google_status,
    }
}

#[rustfmt::skip]
const ROWS: [Row; 15] = [
    row(ErrorKind::InvalidRequest, 400, "invalid_request_error", None, "invalid_request_error", "INVALID_ARGUMENT"),
    row(ErrorKind::ContextTooLong, 400, "invalid_request_error", Some("context_length_exceeded"), "invalid_request_error", "INVALID_ARGUMENT"),
    row(ErrorKind::Authentication, 401, "authentication_error", Some("invalid_api_key"), "authentication_error", "UNAUTHENTICATED"),
    row(ErrorKind::Billing, 402, "insufficient_quota", Some("insufficient_quota"), "billing_error", "RESOURCE_EXHAUSTED"),
    row(ErrorKind::Permission, 403, "permission_error", None, "permission_error", "PERMISSION_DENIED"),
    row(ErrorKind::NotFound, 404, "invalid_request_error", Some("model_not_found"), "not_found_error", "NOT_FOUND"),
    row(ErrorKind::MethodNotAllowed, 405, "invalid_request_error", Some("method_not_allowed"), "invalid_request_error", "INVALID_ARGUMENT"),
    row(ErrorKind::Conflict, 409, "conflict", None, "conflict_error", "ABORTED"),
    row(ErrorKind::TooLarge, 413, "request_too_large", None, "request_too_large", "INVALID_ARGUMENT"),
    row(ErrorKind::RateLimit, 429, "rate_limit_error", Some("rate_limit_exceeded"), "rate_limit_error", "RESOURCE_EXHAUSTED"),
    row(ErrorKind::Server, 500, "server_error", None, "api_error", "INTERNAL"),
    row(ErrorKind::BadGateway, 502, "server_error", Some("bad_gateway"), "api_error", "INTERNAL"),
    row(ErrorKind::Overloaded, 503, "server_error", Some("overloaded"), "overloaded_error", "UNAVAILABLE"),
    row(ErrorKind::Timeout, 504, "timeout", None, "timeout_error", "DEADLINE_EXCEEDED"),
    row(ErrorKind::ContentPolicy, 400, "invalid_request_error", Some("content_filter"), "invalid_request_error", "INVALID_ARGUMENT"),
];

/// The server row stands in for a kind without one; a test sees to it that there is none.
fn row_of(kind: ErrorKind) -> &'static Row {
    const SERVER: Row = row(
        ErrorKind::Server,
        500,
        "server_error",
        None,
        "api_error",
        "INTERNAL",
    );
    ROWS.iter().find(|row| row.kind == kind).unwrap_or(&SERVER)
}

/// Writes `error` as the response that clients of `api` expect.
pub fn encode_error(api: Api, error: &ApiError) -> EncodedError {
    let row = row_of(error.kind);
    let mut body = Vec::with_capacity(256);
    let mut w = JsonWriter::new(&mut body);
    match api {
        Api::Chat | Api::Responses => w.object(|w| {
            w.key("error");
            write_openai(w, error, row);
        }),
        Api::Messages => write_anthropic(&mut w, error, row),
        Api::GenerateContent => w.object(|w| {
            w.member_object("error", |w| {
                w.member_display("code", status(api, row));
                w.member("message", &error.message);
                w.member("status", row.google_status);
                write_google_details(w, error);
            });
        }),
        Api::Converse | Api::CohereChat => w.object(|w| w.member("message", &error.message)),
    }
    EncodedError {
        status: status(api, row),
        body,
        error_type: (api == Api::Converse).then(|| bedrock_error(error.kind).1),
    }
}

fn status(api: Api, row: &Row) -> u16 {
    match (api, row.kind) {
        // Anthropic's own status for overload.
        (Api::Messages, ErrorKind::Overloaded) => 529,
        (Api::Converse, kind) => bedrock_error(kind).0,
        // Google has no status for billing.
        (Api::GenerateContent, ErrorKind::Billing) => 429,
        _ => row.status,
    }
}

/// Status and type of an error at Bedrock.
/// <https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html#API_runtime_Converse_Errors>
fn bedrock_error(kind: ErrorKind) -> (u16, &'static str) {
    match kind {
        ErrorKind::InvalidRequest
        | ErrorKind::ContextTooLong
        | ErrorKind::ContentPolicy
        | ErrorKind::TooLarge
        | ErrorKind::Billing
        | ErrorKind::MethodNotAllowed => (400, "ValidationException"),
        ErrorKind::Authentication => (403, "UnrecognizedClientException"),
        ErrorKind::Permission => (403, "AccessDeniedException"),
        ErrorKind::NotFound => (404, "ResourceNotFoundException"),
        ErrorKind::Conflict => (400, "ConflictException"),
        ErrorKind::RateLimit => (429, "ThrottlingException"),
        ErrorKind::Server => (500, "InternalServerException"),
        ErrorKind::BadGateway => (424, "ModelErrorException"),
        ErrorKind::Timeout => (408, "ModelTimeoutException"),
        ErrorKind::Overloaded => (503, "ServiceUnavailableException"),
    }
}

/// The exception that tells of an error inside a stream; there are five.
fn bedrock_frame(kind: ErrorKind) -> &'static str {
    match bedrock_error(kind).0 {
        429 => "throttlingException",
        503 => "serviceUnavailableException",
        424 | 408 => "modelStreamErrorException",
        500 => "internalServerException",
        _ => "validationException",
    }
}

/// Appends the event that ends a stream of `api` with `error`, after which the
/// connection is closed. For Responses this is the bare `error` event, for a
/// stream whose state is not known (it passes through unread).
pub fn stream_error_event(api: Api, error: &ApiError, out: &mut Vec<u8>) {
    match api {
        Api::Converse => {
            return write_frame(
                out,
                FrameKind::Exception,
                bedrock_frame(error.kind),
                |out| {
                    out.extend_from_slice(&encode_error(api, error).body);
                },
            );
        }
        Api::Messages => out.extend_from_slice(b"event: error\ndata: "),
        Api::CohereChat => {
            out.extend_from_slice(b"event: message-end\ndata: ");
            JsonWriter::new(out).object(|w| {
                w.member("type", "message-end");
                w.member_object("delta", |w| {
                    w.member("finish_reason", "ERROR");
                    w.member("error", &error.message);
                });
            });
            out.extend_from_slice(b"\n\n");
            return;
        }
        Api::Responses => {
            out.extend_from_slice(b"event: error\ndata: ");
            let mut w = JsonWriter::new(out);
            w.object(|w| {
                w.member("type", "error");
                w.member("code", openai_code(error));
                w.member("message", &error.message);
                match &error.param {
                    Some(param) => w.member("param", param),
                    None => w.member_null("param"),
                }
            });
            out.extend_from_slice(b"\n\n");
            return;
        }
        _ => out.extend_from_slice(b"data: "),
    }
    out.extend_from_slice(&encode_error(api, error).body);
    out.extend_from_slice(b"\n\n");
}

/// The word by which OpenAI's clients tell errors inside a stream apart.
pub(crate) fn openai_code(error: &ApiError) -> &str {
    let row = row_of(error.kind);
    error
        .code
        .as_deref()
        .or(row.openai_code)
        .unwrap_or(row.openai_type)
}

/// How long to wait, and which field is wrong.
/// <https://cloud.google.com/apis/design/errors#error_details>
fn write_google_details(w: &mut JsonWriter<'_>, error: &ApiError) {
    if error.retry_after.is_none() && error.param.is_none() {
        return;
    }
    w.member_array("details", |w| {
        if let Some(param) = &error.param {
            w.object(|w| {
                w.member("@type", "type.googleapis.com/google.rpc.BadRequest");
                w.member_array("fieldViolations", |w| {
                    w.object(|w| {
                        w.member("field", param);
                        w.member("description", &error.message);
                    });
                });
            });
        }
        if let Some(seconds) = error.retry_after {
            w.object(|w| {
                w.member("@type", "type.googleapis.com/google.rpc.RetryInfo");
                w.member("retryDelay", &format!("{seconds}s"));
            });
        }
    });
}

fn write_openai(w: &mut JsonWriter<'_>, error: &ApiError, row: &Row) {
    w.object(|w| {
        w.member("message", &error.message);
        w.member("type", row.openai_type);
        match &error.param {
            Some(param) => w.member("param", param),
            None => w.member_null("param"),
        }
        match error.code.as_deref().or(row.openai_code) {
            Some(code) => w.member("code", code),
            None => w.member_null("code"),
        }
        write_origin(w, error);
    });
}

fn write_anthropic(w: &mut JsonWriter<'_>, error: &ApiError, row: &Row) {
    w.object(|w| {
        w.member("type", "error");
        w.member_object("error", |w| {
            w.member("type", row.anthropic_type);
            w.member("message", &error.message);
            write_origin(w, error);
        });
        match &error.request_id {
            Some(id) => w.member("request_id", id),
            None => w.member_null("request_id"),
        }
    });
}

/// Which provider failed and what it said, for whoever debugs.
fn write_origin(w: &mut JsonWriter<'_>, error: &ApiError) {
    if let Some(provider) = &error.provider {
        w.member_object("metadata", |w| {
            w.member("provider", provider);
            if let Some(raw) = &error.raw {
                w.member_raw("raw", raw);
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn overload_has_two_statuses() {
        let error = ApiError::new(ErrorKind::Overloaded, "busy");
        assert_eq!(encode_error(Api::Chat, &error).status, 503);
        assert_eq!(encode_error(Api::Messages, &error).status, 529);
    }

    #[test]
    fn shapes_are_the_clients_own() {
        let mut error = ApiError::new(ErrorKind::NotFound, "no \"x\"");
        error.param = Some("model".to_owned());
        let text = |api| String::from_utf8(encode_error(api, &error).body).unwrap();
        assert_eq!(
            text(Api::Chat),
            r#"{"error":{"message":"no \"x\"","type":"invalid_request_error","param":"model","code":"model_not_found"}}"#
        );
        assert_eq!(
            text(Api::Messages),
            r#"{"type":"error","error":{"type":"not_found_error","message":"no \"x\""},"request_id":null}"#
        );
    }
}
