//! `$NAME` and `${NAME}` in configuration values.

use std::borrow::Cow;

use thiserror::Error;

/// A reference to a variable that is not set.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("the environment variable {0} is not set")]
pub struct UnsetReference(pub String);

/// Replaces each `$NAME` and `${NAME}` in `text` by what `lookup` gives for it.
///
/// A name starts with a letter or `_`; any other `$` stays as written.
pub fn resolve_references<'a>(
    text: &'a str,
    lookup: impl Fn(&str) -> Option<String>,
) -> Result<Cow<'a, str>, UnsetReference> {
    if !text.contains('$') {
        return Ok(Cow::Borrowed(text));
    }
    let mut resolved = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        resolved.push_str(&rest[..at]);
        let after = &rest[at + 1..];
        let Some((name, tail)) = reference_name(after) else {
            resolved.push('$');
            rest = after;
            continue;
        };
        let value = lookup(name).ok_or_else(|| UnsetReference(name.to_owned()))?;
        resolved.push_str(&value);
        rest = tail;
    }
    resolved.push_str(rest);
    Ok(Cow::Owned(resolved))
}

fn reference_name(text: &str) -> Option<(&str, &str)> {
    if let Some(braced) = text.strip_prefix('{') {
        let (name, tail) = braced.split_once('}')?;
        return (name_length(name) == name.len() && !name.is_empty()).then_some((name, tail));
    }
    let length = name_length(text);
    (length > 0).then(|| text.split_at(length))
}

fn name_length(text: &str) -> usize {
    let starts_well = text.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_');
    if !starts_well {
        return 0;
    }
    text.find(|other: char| !other.is_ascii_alphanumeric() && other != '_')
        .unwrap_or(text.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolve(text: &str) -> Result<String, UnsetReference> {
        let lookup = |name: &str| (name == "KEY_1").then(|| "value".to_owned());
        resolve_references(text, lookup).map(Cow::into_owned)
    }

    #[test]
    fn replaces_both_spellings() {
        assert_eq!(resolve("$KEY_1").unwrap(), "value");
        assert_eq!(resolve("a ${KEY_1}b $KEY_1.").unwrap(), "a valueb value.");
    }

    #[test]
    fn leaves_literals_alone() {
        assert_eq!(resolve("sk-a$").unwrap(), "sk-a$");
        assert_eq!(resolve("$5 ${} ${a-b} $$").unwrap(), "$5 ${} ${a-b} $$");
    }

    #[test]
    fn names_the_unset_variable() {
        assert_eq!(resolve("$NOPE"), Err(UnsetReference("NOPE".into())));
    }
}
