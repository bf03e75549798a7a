use super::request::in_conversation;
use crate::errors::{ApiError, ErrorKind};
use crate::json::JsonError;

/// Why a request cannot be translated. Always the client's to mend.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct RequestError {
    pub kind: ErrorKind,
    /// Names the path where there is one.
    pub message: String,
    /// Path of the offending value, such as `messages[2].content`.
    pub param: Option<String>,
    /// URLs whose content would mend it: [`super::translate_with_media`].
    pub to_fetch: Vec<String>,
}

impl RequestError {
    pub(crate) fn invalid(path: impl Into<String>, problem: &str) -> Self {
        let path = path.into();
        Self {
            kind: ErrorKind::InvalidRequest,
            message: format!("{path}: {problem}"),
            param: Some(path),
            to_fetch: Vec::new(),
        }
    }

    /// The same, with the client's name for the conversation.
    pub(super) fn in_conversation(mut self, field: &str) -> Self {
        let Some(param) = &mut self.param else {
            return self;
        };
        let problem = self.message.strip_prefix(&format!("{param}: "));
        let problem = problem.map(str::to_owned);
        in_conversation(param, field);
        if let Some(problem) = problem {
            self.message = format!("{param}: {problem}");
        }
        self
    }

    pub(crate) fn missing(path: impl Into<String>) -> Self {
        Self::invalid(path, "required, but missing")
    }
}

impl From<JsonError> for RequestError {
    fn from(error: JsonError) -> Self {
        if error.path.is_empty() {
            return Self {
                kind: ErrorKind::InvalidRequest,
                message: format!("invalid JSON body: {}", error.message),
                param: None,
                to_fetch: Vec::new(),
            };
        }
        Self::invalid(error.path, &error.message)
    }
}

impl From<RequestError> for ApiError {
    fn from(error: RequestError) -> Self {
        Self {
            param: error.param,
            ..Self::new(error.kind, error.message)
        }
    }
}
