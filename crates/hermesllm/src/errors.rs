//! Errors in one meaning for all APIs: read from any provider, written for any
//! client.

mod decode;
mod encode;

pub(crate) use decode::{bedrock_exception, decode_error_value};
pub use decode::{decode_error, has_error_shape, ProviderFailure};
pub(crate) use encode::openai_code;
pub use encode::{encode_error, stream_error_event, EncodedError};

/// What went wrong, as far as a client can act on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ErrorKind {
    InvalidRequest,
    ContextTooLong,
    Authentication,
    Billing,
    Permission,
    NotFound,
    MethodNotAllowed,
    Conflict,
    TooLarge,
    RateLimit,
    /// A fault of the gateway or the provider.
    Server,
    /// The provider could not be reached, or its answer could not be read.
    BadGateway,
    Overloaded,
    Timeout,
    ContentPolicy,
}

/// An error on its way to a client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiError {
    pub kind: ErrorKind,
    /// The provider's own words where it gave any.
    pub message: String,
    /// Path of the offending field.
    pub param: Option<String>,
    /// The provider's code, when it is more precise than the kind's.
    pub code: Option<String>,
    /// Id of the provider that failed.
    pub provider: Option<String>,
    /// The provider's id of the failed request.
    pub request_id: Option<String>,
    /// The provider's error body, when it was JSON.
    pub raw: Option<String>,
    /// Seconds to wait, when the body tells (Gemini `RetryInfo`).
    pub retry_after: Option<u64>,
}

impl ApiError {
    /// An error that knows no more than kind and message.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
            param: None,
            code: None,
            provider: None,
            request_id: None,
            raw: None,
            retry_after: None,
        }
    }

    /// The same error, naming the offending field.
    #[must_use]
    pub fn with_param(mut self, param: impl Into<String>) -> Self {
        self.param = Some(param.into());
        self
    }

    /// The provider closed the stream before its answer was complete.
    pub(crate) fn cut_off() -> Self {
        Self::new(
            ErrorKind::BadGateway,
            "the provider ended the stream before the answer was complete",
        )
    }
}
