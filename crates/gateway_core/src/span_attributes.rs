//! What spans tell of a call, in every host alike.

use std::time::Duration;

use hermesllm::Usage;

use crate::{Observation, Outcome, Snapshot};

/// Longest text of an attribute, in bytes.
const MAX_TEXT: usize = 512;

/// What is told of a call that its client has left.
const CLIENT_GONE: &str = "the client left before the end";

/// A value as OTLP knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AttributeValue {
    Text(String),
    Number(u64),
    Flag(bool),
}

impl AttributeValue {
    /// A text that a stranger may have written: as much of it as is of use.
    pub fn text(text: &str) -> Self {
        Self::Text(cut(text))
    }
}

impl std::fmt::Display for AttributeValue {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Text(text) => formatter.write_str(text),
            Self::Number(number) => number.fmt(formatter),
            Self::Flag(flag) => flag.fmt(formatter),
        }
    }
}

/// Attributes by their names.
pub type Attributes = Vec<(&'static str, AttributeValue)>;

impl Observation {
    /// What is told of the provider's part of a call. Times are from when it was
    /// asked: to the first piece of its answer, and to the end.
    pub fn model_attributes(
        &self,
        snapshot: &Snapshot,
        first_token: Option<Duration>,
        duration: Duration,
    ) -> Attributes {
        let upstream = self
            .upstream
            .and_then(|index| snapshot.upstreams().get(index));
        let provider = upstream.map_or("", |upstream| &upstream.provider.id);
        let model = self.model.as_deref().unwrap_or_default();
        let mut attributes = vec![
            ("llm.model", AttributeValue::text(model)),
            ("llm.provider", AttributeValue::text(provider)),
            ("llm.is_streaming", AttributeValue::Flag(self.streaming)),
        ];
        if let Some(requested) = &self.requested_model {
            attributes.push(("model.requested", AttributeValue::text(requested)));
        }
        let milliseconds = |time: Duration| AttributeValue::Number(time.as_millis() as u64);
        if let Some(first) = first_token {
            attributes.push(("llm.time_to_first_token", milliseconds(first)));
        }
        attributes.push(("llm.duration_ms", milliseconds(duration)));
        if let Some(usage) = &self.usage {
            attributes.extend(tokens(usage));
        }
        attributes
    }

    /// How the call ended.
    pub fn ending_attributes(&self) -> Attributes {
        let outcome = AttributeValue::Text(self.outcome.as_str().to_owned());
        let mut attributes = vec![("plano.outcome", outcome)];
        let gone = (self.outcome == Outcome::ClientGone).then_some(CLIENT_GONE);
        if let Some(error) = self.error.as_deref().or(gone) {
            attributes.push(("error.message", AttributeValue::text(error)));
        }
        attributes
    }
}

fn tokens(usage: &Usage) -> Attributes {
    let number = AttributeValue::Number;
    let mut tokens = vec![
        ("llm.usage.prompt_tokens", number(usage.input())),
        ("llm.usage.completion_tokens", number(usage.output)),
        ("llm.usage.total_tokens", number(usage.total())),
    ];
    let some_times = [
        ("llm.usage.cached_input_tokens", usage.cache_read),
        ("llm.usage.cache_creation_tokens", usage.cache_write),
        (
            "llm.usage.reasoning_tokens",
            usage.reasoning.unwrap_or_default(),
        ),
    ];
    tokens.extend(
        some_times
            .into_iter()
            .filter(|(_, count)| *count > 0)
            .map(|(name, count)| (name, number(count))),
    );
    tokens
}

/// The beginning of a text, whole characters of it.
pub fn cut(text: &str) -> String {
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
