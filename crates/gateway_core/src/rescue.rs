//! The one place where an error becomes a status and a body.

use hermesllm::splice::ScanError;
use hermesllm::{encode_error, Api, ApiError, ErrorKind};
use http::header::{HeaderName, HeaderValue, ALLOW, CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderMap, StatusCode};
use thiserror::Error;

use crate::endpoint::{shape_of, Refusal};

/// Names the error for AWS clients.
pub(crate) const ERROR_TYPE: HeaderName = HeaderName::from_static("x-amzn-errortype");

/// Why a provider gave no answer, or not all of it.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum UpstreamFailure {
    /// No connection: name not found, refused, unreachable.
    #[error("cannot be reached: {0}")]
    Connect(String),
    #[error("did not accept a connection in time")]
    ConnectTimeout,
    #[error("cannot be trusted: {0}")]
    Tls(String),
    #[error("sent no answer in time")]
    FirstByteTimeout,
    #[error("stopped sending in the middle of its answer")]
    IdleTimeout,
    /// The connection broke.
    #[error("broke off the connection: {0}")]
    Broken(String),
    /// A program that should have answered failed.
    #[error("failed: {0}")]
    Program(String),
    /// A program took longer than it may.
    #[error("was stopped: {0}")]
    ProgramTimeout(String),
}

/// An answer that the gateway gives itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LocalReply {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

impl LocalReply {
    /// A JSON body.
    pub fn json(status: StatusCode, body: Vec<u8>) -> Self {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        Self {
            status,
            headers,
            body,
        }
    }

    /// `error` in the shape of the client's API.
    pub fn error(api: Api, error: &ApiError) -> Self {
        let encoded = encode_error(api, error);
        let status =
            StatusCode::from_u16(encoded.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut reply = Self::json(status, encoded.body);
        if let Some(name) = encoded.error_type {
            reply
                .headers
                .insert(ERROR_TYPE, HeaderValue::from_static(name));
        }
        if let Some(seconds) = error.retry_after {
            reply.headers.insert(RETRY_AFTER, seconds.into());
        }
        reply
    }

    /// An answer for a path or method that leads nowhere.
    pub fn refusal(refusal: &Refusal, method: &str, path: &str) -> Self {
        let api = shape_of(path);
        match refusal {
            Refusal::NotFound => Self::error(
                api,
                &ApiError {
                    code: Some("unknown_url".to_owned()),
                    ..ApiError::new(
                        ErrorKind::NotFound,
                        format!("there is nothing at {method} {path}"),
                    )
                },
            ),
            Refusal::MethodNotAllowed(allow) => {
                let error = ApiError::new(
                    ErrorKind::MethodNotAllowed,
                    format!("{path} does not answer {method}; allowed: {allow}"),
                );
                let mut reply = Self::error(api, &error);
                reply.headers.insert(ALLOW, HeaderValue::from_static(allow));
                reply
            }
        }
    }
}

pub(crate) fn from_scan(error: &ScanError) -> ApiError {
    let param = match error {
        ScanError::BadModel => Some("model".to_owned()),
        ScanError::DuplicateKey(key) => Some((*key).to_owned()),
        _ => None,
    };
    ApiError {
        param,
        ..ApiError::new(ErrorKind::InvalidRequest, error.to_string())
    }
}

pub(crate) fn too_large(limit: u64) -> ApiError {
    ApiError::new(
        ErrorKind::TooLarge,
        format!("the request body is larger than the limit of {limit} bytes (overrides.max_request_body_bytes)"),
    )
}

pub(crate) fn unknown_model(written: Option<&str>) -> ApiError {
    let message = match written {
        Some(model) if !model.is_empty() => {
            format!("Model '{model}' not found in configured providers")
        }
        _ => "'model' is missing and no model provider is the default".to_owned(),
    };
    ApiError {
        param: Some("model".to_owned()),
        code: Some("model_not_found".to_owned()),
        ..ApiError::new(ErrorKind::InvalidRequest, message)
    }
}

pub(crate) fn from_upstream(name: &str, failure: &UpstreamFailure) -> ApiError {
    let kind = match failure {
        UpstreamFailure::ConnectTimeout
        | UpstreamFailure::FirstByteTimeout
        | UpstreamFailure::IdleTimeout
        | UpstreamFailure::ProgramTimeout(_) => ErrorKind::Timeout,
        UpstreamFailure::Connect(_)
        | UpstreamFailure::Tls(_)
        | UpstreamFailure::Broken(_)
        | UpstreamFailure::Program(_) => ErrorKind::BadGateway,
    };
    ApiError::new(kind, format!("model provider '{name}' {failure}"))
}

pub(crate) fn ended_early(name: &str) -> ApiError {
    ApiError::new(
        ErrorKind::BadGateway,
        format!("model provider '{name}' ended its answer before it was complete"),
    )
}
