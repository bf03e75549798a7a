use std::borrow::Cow;

use serde_json::value::RawValue;

use super::{ApiError, ErrorKind};
use crate::api::Api;
use crate::json::{raw_string, wire_struct, Str};

wire_struct!(ErrorBody<'a> {
    "error" => error: &'a RawValue,
    "type" => kind: &'a RawValue,
    "code" => code: &'a RawValue,
    "status" => status: &'a RawValue,
    "param" => param: &'a RawValue,
    "message" => message: &'a RawValue,
    "Message" => capital_message: &'a RawValue,
    "detail" => detail: &'a RawValue,
    "details" => details: Vec<ErrorDetail<'a>>,
    "request_id" => request_id: Str<'a>,
});

wire_struct!(ErrorDetail<'a> {
    "retryDelay" => retry_delay: Str<'a>,
    "reason" => reason: Str<'a>,
    "fieldViolations" => field_violations: Vec<FieldViolation<'a>>,
});

wire_struct!(FieldViolation<'a> { "field" => field: Str<'a>, });

/// How many `error` members may stand in one another; deeper ones are text.
const MAX_WRAPPERS: u8 = 8;

/// An error answer of a provider.
#[derive(Debug, Clone, Copy)]
pub struct ProviderFailure<'a> {
    /// Id of the provider.
    pub provider: &'a str,
    pub status: u16,
    pub body: &'a [u8],
    /// Value of `x-amzn-ErrorType`, where there is one.
    pub error_type: Option<&'a str>,
}

/// Reads a provider's error of any known shape, also HTML and nothing.
pub fn decode_error(failure: ProviderFailure<'_>) -> ApiError {
    let text = std::str::from_utf8(failure.body).unwrap_or_default().trim();
    let mut error = match first_object(text) {
        Some(raw) => {
            let mut error = decode_error_value(raw, Some(failure.status));
            error.raw = Some(raw.to_owned());
            error
        }
        None => plain(text, failure.status),
    };
    if let Some(name) = failure.error_type {
        let name = name.split(':').next().unwrap_or(name);
        error.kind = bedrock_exception(name).unwrap_or(error.kind);
        error.code.get_or_insert_with(|| name.to_owned());
    }
    error.provider = Some(failure.provider.to_owned());
    error
}

/// Whether `body` is an error as clients of `api` expect it.
pub fn has_error_shape(api: Api, body: &[u8]) -> bool {
    let Ok(error) = serde_json::from_slice::<ErrorBody<'_>>(body) else {
        return false;
    };
    let inner = error
        .error
        .and_then(|raw| serde_json::from_str::<ErrorBody<'_>>(raw.get()).ok());
    match api {
        Api::Chat | Api::Responses | Api::GenerateContent => {
            inner.is_some_and(|inner| inner.message.is_some())
        }
        Api::Messages => {
            let named = error.kind.and_then(raw_string).as_deref() == Some("error");
            named && inner.is_some_and(|inner| inner.message.is_some() && inner.kind.is_some())
        }
        Api::Converse | Api::CohereChat => error.message.is_some(),
    }
}

/// The JSON object in `text`, or the first one of an array (Gemini).
fn first_object(text: &str) -> Option<&str> {
    if text.starts_with('[') {
        let list: Vec<&RawValue> = serde_json::from_str(text).ok()?;
        return list.first().map(|raw| raw.get());
    }
    let raw: &RawValue = serde_json::from_str(text).ok()?;
    raw.get().starts_with('{').then(|| raw.get())
}

/// Not JSON: a short text is the message, a page is not.
fn plain(text: &str, status: u16) -> ApiError {
    let message = if text.is_empty() || text.starts_with('<') || text.len() > 500 {
        format!("the provider answered with status {status} and no readable error")
    } else {
        text.to_owned()
    };
    ApiError::new(kind_of_status(status), message)
}

/// Reads an error object: the body of a response, the data of an error event,
/// or the `error` member of either. `status` is absent inside a stream.
pub(crate) fn decode_error_value(text: &str, status: Option<u16>) -> ApiError {
    decode_wrapped(text, status, MAX_WRAPPERS)
}

fn decode_wrapped(text: &str, status: Option<u16>, wrappers: u8) -> ApiError {
    let Ok(body) = serde_json::from_str::<ErrorBody<'_>>(text) else {
        let message = serde_json::from_str::<Str<'_>>(text)
            .map_or(text.to_owned(), |text| text.0.into_owned());
        return ApiError::new(status.map_or(ErrorKind::Server, kind_of_status), message);
    };
    let outer_id = body.request_id.as_ref().map(|id| id.to_string());
    let mut error = match body.error {
        Some(inner) if inner.get().starts_with('{') && wrappers > 0 => {
            decode_wrapped(inner.get(), status, wrappers - 1)
        }
        Some(inner) => {
            let message = raw_string(inner).unwrap_or(Cow::Borrowed(inner.get()));
            ApiError::new(status.map_or(ErrorKind::Server, kind_of_status), message)
        }
        None => read_flat(&body, text, status),
    };
    if error.request_id.is_none() {
        error.request_id = outer_id;
    }
    error
}

fn read_flat(body: &ErrorBody<'_>, text: &str, status: Option<u16>) -> ApiError {
    let word = |raw: Option<&RawValue>| {
        raw.map(|raw| raw_string(raw).map_or_else(|| raw.get().to_owned(), Cow::into_owned))
            .filter(|word| word != "null")
    };
    let message = word(body.message)
        .or_else(|| word(body.capital_message))
        .or_else(|| word(body.detail))
        .unwrap_or_else(|| text.to_owned());
    let kind_word = word(body.kind);
    let code = word(body.code);
    let google_status = word(body.status);
    // Inside a stream, OpenRouter and Gemini give the HTTP status as the code.
    let status = status.filter(|status| *status >= 400).or_else(|| {
        code.as_deref()
            .and_then(|code| code.parse().ok())
            .filter(|status| (400..600).contains(status))
    });
    let named = [
        code.as_deref(),
        kind_word.as_deref(),
        google_status.as_deref(),
    ]
    .into_iter()
    .flatten()
    .find_map(kind_of_word);
    let by_status = status.map(kind_of_status);
    let kind = match (named, by_status) {
        // `invalid_request_error` is said of many things that the status tells apart.
        (Some(ErrorKind::InvalidRequest) | None, Some(by_status)) => by_status,
        // So are the server's own words: 503 and 529 mean overload, 429 a pause, whatever the type.
        (Some(ErrorKind::Server | ErrorKind::Overloaded), Some(by_status))
            if status != Some(400) =>
        {
            by_status
        }
        (Some(named), _) => named,
        (None, None) => ErrorKind::Server,
    };
    let details = body.details.as_deref().unwrap_or_default();
    let reason = |wanted| {
        details
            .iter()
            .any(|detail| detail.reason.as_deref() == Some(wanted))
    };
    let kind = match reason("API_KEY_INVALID") {
        true => ErrorKind::Authentication,
        false => refine(kind, &message),
    };
    let violation = details
        .iter()
        .flat_map(|detail| detail.field_violations.iter().flatten())
        .find_map(|violation| violation.field.as_ref());
    ApiError {
        param: word(body.param).or(violation.map(|field| field.to_string())),
        code: code.filter(|code| code.parse::<f64>().is_err()),
        retry_after: body
            .details
            .iter()
            .flatten()
            .find_map(|detail| seconds(detail.retry_delay.as_deref()?)),
        ..ApiError::new(kind, message)
    }
}

/// `34s` or `34.07s`, rounded up.
fn seconds(delay: &str) -> Option<u64> {
    let number: f64 = delay.strip_suffix('s')?.parse().ok()?;
    (number.is_finite() && number >= 0.0).then(|| number.ceil() as u64)
}

/// Length errors have no code of their own at most providers.
fn refine(kind: ErrorKind, message: &str) -> ErrorKind {
    const TOO_LONG: [&str; 4] = [
        "prompt is too long",
        "maximum context length",
        "context window",
        "input token count",
    ];
    let lower = message.to_ascii_lowercase();
    if kind == ErrorKind::InvalidRequest && TOO_LONG.iter().any(|words| lower.contains(words)) {
        return ErrorKind::ContextTooLong;
    }
    kind
}

fn kind_of_status(status: u16) -> ErrorKind {
    match status {
        401 => ErrorKind::Authentication,
        402 => ErrorKind::Billing,
        403 => ErrorKind::Permission,
        404 => ErrorKind::NotFound,
        405 => ErrorKind::MethodNotAllowed,
        408 | 504 => ErrorKind::Timeout,
        409 => ErrorKind::Conflict,
        413 => ErrorKind::TooLarge,
        424 | 502 => ErrorKind::BadGateway,
        429 => ErrorKind::RateLimit,
        498 => ErrorKind::ContentPolicy,
        503 | 529 => ErrorKind::Overloaded,
        400..=499 => ErrorKind::InvalidRequest,
        // A success status around an error, or a redirect nobody follows.
        0..=399 => ErrorKind::BadGateway,
        _ => ErrorKind::Server,
    }
}

#[rustfmt::skip]
const WORDS: [(&str, ErrorKind); 30] = [
    ("context_length_exceeded", ErrorKind::ContextTooLong),
    ("content_filter", ErrorKind::ContentPolicy),
    ("content_policy_violation", ErrorKind::ContentPolicy),
    ("invalid_api_key", ErrorKind::Authentication),
    ("authentication_error", ErrorKind::Authentication),
    ("UNAUTHENTICATED", ErrorKind::Authentication),
    ("insufficient_quota", ErrorKind::Billing),
    ("billing_error", ErrorKind::Billing),
    ("permission_error", ErrorKind::Permission),
    ("PERMISSION_DENIED", ErrorKind::Permission),
    ("FAILED_PRECONDITION", ErrorKind::Permission),
    ("model_not_found", ErrorKind::NotFound),
    ("not_found_error", ErrorKind::NotFound),
    ("NOT_FOUND", ErrorKind::NotFound),
    ("conflict_error", ErrorKind::Conflict),
    ("ABORTED", ErrorKind::Conflict),
    ("request_too_large", ErrorKind::TooLarge),
    ("rate_limit_error", ErrorKind::RateLimit),
    ("rate_limit_exceeded", ErrorKind::RateLimit),
    ("RESOURCE_EXHAUSTED", ErrorKind::RateLimit),
    ("api_error", ErrorKind::Server),
    ("server_error", ErrorKind::Server),
    ("INTERNAL", ErrorKind::Server),
    ("overloaded_error", ErrorKind::Overloaded),
    ("overloaded", ErrorKind::Overloaded),
    ("UNAVAILABLE", ErrorKind::Overloaded),
    ("timeout_error", ErrorKind::Timeout),
    ("DEADLINE_EXCEEDED", ErrorKind::Timeout),
    ("invalid_request_error", ErrorKind::InvalidRequest),
    ("INVALID_ARGUMENT", ErrorKind::InvalidRequest),
];

fn kind_of_word(word: &str) -> Option<ErrorKind> {
    WORDS
        .iter()
        .find(|(known, _)| *known == word)
        .map(|(_, kind)| *kind)
}

/// The kind of an exception of Bedrock's, as header or frame name it.
pub(crate) fn bedrock_exception(name: &str) -> Option<ErrorKind> {
    let mut name = name.to_owned();
    if let Some(first) = name.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    Some(match name.as_str() {
        "ValidationException" => ErrorKind::InvalidRequest,
        "UnrecognizedClientException" | "IncompleteSignatureException" => ErrorKind::Authentication,
        "AccessDeniedException" => ErrorKind::Permission,
        "ResourceNotFoundException" => ErrorKind::NotFound,
        "ConflictException" => ErrorKind::Conflict,
        "ThrottlingException" | "ModelNotReadyException" | "ServiceQuotaExceededException" => {
            ErrorKind::RateLimit
        }
        "InternalServerException" => ErrorKind::Server,
        "ModelErrorException" | "ModelStreamErrorException" => ErrorKind::BadGateway,
        "ServiceUnavailableException" => ErrorKind::Overloaded,
        "ModelTimeoutException" => ErrorKind::Timeout,
        _ => return None,
    })
}

#[cfg(test)]
mod tests;
