use std::borrow::Cow;

use crate::json::{wire_struct, Str};

/// What the input of a custom tool must look like.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Grammar<'a> {
    /// `lark` or `regex`.
    pub(crate) syntax: Cow<'a, str>,
    pub(crate) definition: Cow<'a, str>,
}

wire_struct!(Format<'a> {
    "type" => kind: Str<'a>,
    "syntax" => syntax: Str<'a>,
    "definition" => definition: Str<'a>,
    "grammar" => grammar: NestedGrammar<'a>,
});

wire_struct!(NestedGrammar<'a> {
    "syntax" => syntax: Str<'a>,
    "definition" => definition: Str<'a>,
});

/// The grammar in a custom tool's `format`, as Responses writes it (flat) or
/// Chat (nested); `None` for free text.
pub(crate) fn read_grammar(format: &str) -> Option<Grammar<'_>> {
    let format: Format<'_> = serde_json::from_str(format).ok()?;
    if format.kind.as_deref() != Some("grammar") {
        return None;
    }
    let (syntax, definition) = match format.grammar {
        Some(nested) => (nested.syntax, nested.definition),
        None => (format.syntax, format.definition),
    };
    Some(Grammar {
        syntax: syntax?.0,
        definition: definition?.0,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_both_forms() {
        let flat = r#"{"type":"grammar","syntax":"lark","definition":"start: \"x\""}"#;
        let nested =
            r#"{"type":"grammar","grammar":{"syntax":"lark","definition":"start: \"x\""}}"#;
        for format in [flat, nested] {
            let grammar = read_grammar(format).unwrap();
            assert_eq!(
                (&*grammar.syntax, &*grammar.definition),
                ("lark", "start: \"x\"")
            );
        }
        assert_eq!(read_grammar(r#"{"type":"text"}"#), None);
    }
}
