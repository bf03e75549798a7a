//! One span, as it waits to be sent.

use std::sync::Arc;

use gateway_core::Attributes;

use super::collector::Collector;

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
    pub(super) attributes: Attributes,
    /// Those of all spans.
    pub(super) fixed: Arc<[(String, String)]>,
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
