//! Which provider entry serves a model name.

use super::{Snapshot, Upstream};

/// A model name resolved to an entry and the id to send to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Resolved<'a> {
    /// Index into [`Snapshot::upstreams`].
    pub index: usize,
    /// The model id as the provider knows it.
    pub model: &'a str,
}

impl Snapshot {
    /// Resolves what a client wrote as `model`; `None` or an empty name stands
    /// for the default entry.
    ///
    /// In order: alias (once), entry name, model id, `PREFIX/MODEL` of an explicit
    /// entry, wildcard of the prefix, the bare id after a prefix that names no
    /// provider, wildcard of the provider known for such names.
    pub fn resolve<'a>(&'a self, written: Option<&'a str>) -> Option<Resolved<'a>> {
        let Some(written) = written.filter(|name| !name.is_empty()) else {
            return self.default.and_then(|index| self.entry(index));
        };
        let name = self.aliases.get(written).map_or(written, String::as_str);
        if let Some(&index) = self.by_name.get(name).or_else(|| self.by_model.get(name)) {
            if let Some(entry) = self.entry(index) {
                return Some(entry);
            }
        }
        if let Some((prefix, model)) = name.split_once('/') {
            if let Some(found) = self.prefixed(prefix, model) {
                return Some(found);
            }
        }
        let provider = hermesllm::providers::find_by_model(name)?;
        let &index = self.wildcards.get(&provider.id)?;
        Some(Resolved { index, model: name })
    }

    fn entry(&self, index: usize) -> Option<Resolved<'_>> {
        let model = self.upstreams.get(index)?.model.as_deref()?;
        Some(Resolved { index, model })
    }

    fn prefixed<'a>(&'a self, prefix: &str, model: &'a str) -> Option<Resolved<'a>> {
        if model.is_empty() || model == "*" {
            return None;
        }
        let explicit = self.upstreams.iter().position(|upstream| {
            upstream.model.as_deref() == Some(model) && stands_for(upstream, prefix)
        });
        if let Some(index) = explicit {
            return self.entry(index);
        }
        let provider = hermesllm::providers::find(prefix);
        let wildcard = self.wildcards.get(prefix).or_else(|| {
            let provider = provider?;
            self.wildcards.get(&provider.id)
        });
        if let Some(&index) = wildcard {
            return Some(Resolved { index, model });
        }
        // A prefix of the user's own making, such as `in-house/chat`.
        let own = self.by_model.get(model).filter(|_| provider.is_none());
        own.and_then(|&index| self.entry(index))
    }
}

/// Whether `prefix` names the entry's provider, in any spelling.
fn stands_for(upstream: &Upstream, prefix: &str) -> bool {
    *upstream.name == *prefix
        || upstream.provider.id == prefix
        || upstream
            .name
            .split_once('/')
            .is_some_and(|(named, _)| named == prefix)
        || hermesllm::providers::find(prefix).is_some_and(|found| found.id == upstream.provider.id)
}
