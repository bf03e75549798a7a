/// A part of the request that the provider's API has no place for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dropped {
    /// Path in the client's body, such as `logit_bias` or `messages[3].name`.
    pub field: String,
    /// One line for a log or a header.
    pub reason: &'static str,
}

const UNKNOWN: &str = "unknown field";

impl Dropped {
    /// Whether this library does not know the field at all.
    pub(crate) fn is_unknown(&self) -> bool {
        self.reason == UNKNOWN
    }
}

/// Collects what is lost on the way.
#[derive(Debug, Default)]
pub(crate) struct Notes {
    pub(crate) dropped: Vec<Dropped>,
}

/// Most losses told of: enough for a reader, and little to search.
const MAX_NOTES: usize = 64;

impl Notes {
    pub(crate) fn dropped(&mut self, field: impl Into<String>, reason: &'static str) {
        if self.dropped.len() >= MAX_NOTES {
            return;
        }
        let field = field.into();
        if !self.dropped.iter().any(|known| known.field == field) {
            self.dropped.push(Dropped { field, reason });
        }
    }

    /// The field has no counterpart in the provider's API.
    pub(crate) fn no_counterpart(&mut self, field: impl Into<String>) {
        self.dropped(field, "the provider does not take it");
    }

    /// Members of the client's body that this library does not know.
    pub(crate) fn unknown(
        &mut self,
        members: &[(crate::json::Str<'_>, &serde_json::value::RawValue)],
    ) {
        for (key, _) in members {
            self.dropped(&**key, UNKNOWN);
        }
    }
}
