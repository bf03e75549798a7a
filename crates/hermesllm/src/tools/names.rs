use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::{is_plain, read_grammar, safe_name, LOWERED_SCHEMA, NAME_LIMIT};
use crate::ir::{Tool, ToolKind};
use crate::translate::RequestError;

/// Hides from the provider what it refuses in the client's tools and brings it
/// back in the reply. Tools that are the same on both sides are not kept.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct ToolNames {
    /// By the name that the provider knows.
    known: BTreeMap<String, KnownTool>,
    /// From the client's name of a tool, see [`key`], to the provider's.
    given: BTreeMap<String, String>,
    /// A tool that only stands for the answer.
    hidden_answer: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct KnownTool {
    name: String,
    namespace: Option<String>,
    lowered: bool,
}

/// A tool as the client declared it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ClientTool<'n> {
    pub(crate) name: &'n str,
    pub(crate) namespace: Option<&'n str>,
    /// A custom tool that went to the provider as a function: its input is to
    /// be raised, see [`super::raise_input`].
    pub(crate) lowered: bool,
}

impl ToolNames {
    /// Whether every tool is the same on both sides.
    pub(crate) fn is_plain(&self) -> bool {
        self.known.is_empty() && self.hidden_answer.is_none()
    }

    /// The name for the provider; remembers it when it differs.
    pub(crate) fn for_provider<'a>(&mut self, name: &'a str) -> Cow<'a, str> {
        if is_plain(name, NAME_LIMIT) {
            return Cow::Borrowed(name);
        }
        let safe = safe_name(name);
        self.known
            .entry(safe.clone())
            .or_insert_with(|| KnownTool::plain(name));
        Cow::Owned(safe)
    }

    /// The name the client knows.
    pub(crate) fn for_client<'a>(&'a self, name: &'a str) -> &'a str {
        self.tool(name).name
    }

    /// The tool behind the provider's name of it.
    pub(crate) fn tool<'n>(&'n self, provider_name: &'n str) -> ClientTool<'n> {
        match self.known.get(provider_name) {
            Some(known) => ClientTool {
                name: &known.name,
                namespace: known.namespace.as_deref(),
                lowered: known.lowered,
            },
            None => ClientTool {
                name: provider_name,
                namespace: None,
                lowered: false,
            },
        }
    }

    /// The provider's name of a client's tool; calls of earlier turns and tool
    /// choices go through here after [`Self::flatten`].
    pub(crate) fn name_of<'n>(&'n self, namespace: Option<&str>, name: &'n str) -> Cow<'n, str> {
        let given = (!self.given.is_empty()).then(|| self.given.get(&key(namespace, name)));
        match (given.flatten(), namespace) {
            (Some(given), _) => Cow::Borrowed(given),
            (None, None) if is_plain(name, NAME_LIMIT) => Cow::Borrowed(name),
            (None, None) => Cow::Owned(safe_name(name)),
            (None, Some(namespace)) => Cow::Owned(legal(format!("{namespace}__{name}"))),
        }
    }

    /// Takes the tools out of their namespaces: each keeps its bare name when
    /// no other tool has it, else it is called `namespace__name`.
    pub(crate) fn flatten(&mut self, tools: &mut [Tool<'_>]) -> Result<(), RequestError> {
        if tools.iter().all(|tool| tool.namespace.is_none()) {
            return Ok(());
        }
        let mut uses: HashMap<String, u32> = HashMap::new();
        for tool in tools.iter().filter(|tool| tool.is_callable()) {
            *uses.entry(tool.name.to_string()).or_default() += 1;
        }
        let mut taken: BTreeSet<String> = tools
            .iter()
            .filter(|tool| tool.namespace.is_none() && tool.is_callable())
            .map(|tool| tool.name.to_string())
            .collect();
        for tool in tools.iter_mut() {
            let Some(namespace) = tool.namespace.take() else {
                continue;
            };
            let unique = uses.get(&*tool.name) == Some(&1);
            let flat = match unique {
                true => legal(tool.name.to_string()),
                false => legal(format!("{namespace}__{}", tool.name)),
            };
            if !taken.insert(flat.clone()) {
                return Err(RequestError::invalid(
                    "tools",
                    &format!("two tools would be called `{flat}`: this provider has no namespaces"),
                ));
            }
            self.given
                .insert(key(Some(&namespace), &tool.name), flat.clone());
            let known = KnownTool {
                name: std::mem::replace(&mut tool.name, Cow::Owned(flat.clone())).into_owned(),
                namespace: Some(namespace.into_owned()),
                lowered: false,
            };
            self.known.insert(flat, known);
        }
        Ok(())
    }

    /// Makes a function of a custom tool; its grammar goes into the words that
    /// describe it. Comes after [`Self::flatten`].
    pub(crate) fn lower_tool(&mut self, tool: &mut Tool<'_>) {
        let ToolKind::Custom { format } = &tool.kind else {
            return;
        };
        if let Some(grammar) = format.as_deref().and_then(grammar_words) {
            let description = tool.description.take().unwrap_or_default();
            tool.description = Some(Cow::Owned(format!("{description}{grammar}")));
        }
        tool.kind = ToolKind::Function {
            parameters: Some(Cow::Borrowed(LOWERED_SCHEMA)),
            strict: None,
        };
        self.lower(&tool.name);
    }

    /// Remembers a tool that the client must not see: calls of it are the answer.
    pub(crate) fn set_hidden_answer(&mut self, name: String) {
        self.hidden_answer = Some(name);
    }

    /// The tool whose calls are the answer.
    pub(crate) fn hidden_answer(&self) -> Option<&str> {
        self.hidden_answer.as_deref()
    }

    /// Remembers that the tool of this name is custom for the client.
    pub(crate) fn lower(&mut self, name: &str) {
        let provider_name = self.for_provider(name).into_owned();
        self.known
            .entry(provider_name)
            .or_insert_with(|| KnownTool::plain(name))
            .lowered = true;
    }
}

impl KnownTool {
    fn plain(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            namespace: None,
            lowered: false,
        }
    }
}

/// No name holds a NUL: JSON schemas of tool names forbid it everywhere.
fn key(namespace: Option<&str>, name: &str) -> String {
    format!("{}\u{0}{name}", namespace.unwrap_or_default())
}

fn legal(name: String) -> String {
    match is_plain(&name, NAME_LIMIT) {
        true => name,
        false => safe_name(&name),
    }
}

fn grammar_words(format: &str) -> Option<String> {
    let grammar = read_grammar(format)?;
    Some(format!(
        "\n\nThe input is text of this {} grammar:\n{}",
        grammar.syntax, grammar.definition
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_return_to_what_they_were() {
        let mut names = ToolNames::default();
        for name in ["get weather", &"x".repeat(100), "日本", "ok_name-1"] {
            let safe = names.for_provider(name).into_owned();
            assert!(is_plain(&safe, NAME_LIMIT), "{safe}");
            assert_eq!(names.for_client(&safe), name);
            assert_eq!(names.name_of(None, name), safe);
        }
        assert_ne!(names.for_provider("a b"), names.for_provider("a.b"));
        assert_eq!(names.for_provider("ok_name-1"), "ok_name-1");
    }

    fn tool(namespace: Option<&'static str>, name: &'static str, custom: bool) -> Tool<'static> {
        Tool {
            name: Cow::Borrowed(name),
            namespace: namespace.map(Cow::Borrowed),
            description: Some(Cow::Borrowed("d")),
            kind: match custom {
                true => ToolKind::Custom {
                    format: Some(Cow::Borrowed(
                        r#"{"type":"grammar","syntax":"lark","definition":"start: \"x\""}"#,
                    )),
                },
                false => ToolKind::Function {
                    parameters: None,
                    strict: None,
                },
            },
            cache: None,
        }
    }

    #[test]
    fn namespaces_come_back() {
        let mut tools = [
            tool(None, "read", false),
            tool(Some("files"), "read", false),
            tool(Some("files"), "write", true),
        ];
        let mut names = ToolNames::default();
        names.flatten(&mut tools).unwrap();
        tools.iter_mut().for_each(|tool| names.lower_tool(tool));
        let flat: Vec<&str> = tools.iter().map(|tool| &*tool.name).collect();
        assert_eq!(flat, ["read", "files__read", "write"]);
        assert_eq!(
            tools[2].description.as_deref(),
            Some("d\n\nThe input is text of this lark grammar:\nstart: \"x\"")
        );
        let client = |name| {
            let tool = names.tool(name);
            (tool.namespace, tool.name, tool.lowered)
        };
        assert_eq!(client("read"), (None, "read", false));
        assert_eq!(client("files__read"), (Some("files"), "read", false));
        assert_eq!(client("write"), (Some("files"), "write", true));
        assert_eq!(names.name_of(Some("files"), "write"), "write");
        assert_eq!(names.name_of(Some("gone"), "f"), "gone__f");
    }

    #[test]
    fn names_that_cannot_be_told_apart_are_refused() {
        let mut tools = [
            tool(None, "a__b", false),
            tool(None, "b", false),
            tool(Some("a"), "b", false),
        ];
        let error = ToolNames::default().flatten(&mut tools).unwrap_err();
        assert!(error.message.contains("`a__b`"), "{}", error.message);
    }
}
