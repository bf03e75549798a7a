//! One span, as it waits to be sent.

use std::sync::Arc;

use super::collector::Collector;

/// Longest text of an attribute, in bytes.
const MAX_TEXT: usize = 512;

pub(super) struct Span {
    pub(super) collector: Arc<Collector>,
    pub(super) part: Part,
    pub(super) trace: u128,
    pub(super) id: u64,
    pub(super) parent: Option<u64>,
    pub(super) name: String,
    /// Nanoseconds since 1970.
    pub(super) start: u64,
    pub(super) end: u64,
    /// When the first piece of the answer came.
    pub(super) first_token: Option<u64>,
    pub(super) attributes: Vec<(&'static str, Value)>,
    pub(super) failed: bool,
    pub(super) error: Option<String>,
}

/// Which part of a call a span is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    /// The request as the client made it.
    Inbound,
    /// What the provider did for it.
    Model,
}

impl Part {
    pub(super) const ALL: [Self; 2] = [Self::Inbound, Self::Model];

    pub(super) fn service(self) -> &'static str {
        match self {
            Self::Inbound => "plano(inbound)",
            Self::Model => "plano(llm)",
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Value {
    Text(String),
    Number(u64),
    Flag(bool),
}

impl Value {
    /// A text that a stranger may have written: as much of it as is of use.
    pub(super) fn text(text: &str) -> Self {
        Self::Text(cut(text))
    }
}

/// The beginning of a text, whole characters of it.
pub(super) fn cut(text: &str) -> String {
    let mut end = text.len().min(MAX_TEXT);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text[..end].to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cuts_between_characters() {
        assert_eq!(cut("a"), "a");
        let long = format!("a{}", "é".repeat(MAX_TEXT));
        assert_eq!(cut(&long).len(), MAX_TEXT - 1);
    }
}
