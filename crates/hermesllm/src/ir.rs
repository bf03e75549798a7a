//! The neutral form between any two APIs: a superset of what the six can say.
//! Decoders fill it, encoders read it, neither knows the other.

mod event;
mod reply;
mod request;

pub(crate) use event::{BlockStart, Delta, Event, Sink, Start};
pub(crate) use reply::{Candidate, Reply, Stop, StopReason};
pub(crate) use request::{
    Effort, OutputFormat, Reasoning, Request, Role, Sampling, SystemBlock, Tool, ToolChoice,
    ToolKind, Turn, WebSearch,
};

use std::borrow::Cow;

use crate::api::Api;

/// A JSON value as text, kept byte for byte.
pub(crate) type Json<'a> = Cow<'a, str>;

/// One piece of a turn, in order.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Block<'a> {
    Text(Text<'a>),
    Media(Media<'a>),
    SearchResult(SearchResult<'a>),
    Thought(Thought<'a>),
    ToolCall(ToolCall<'a>),
    ToolResult(ToolResult<'a>),
    Refusal(Cow<'a, str>),
    /// A block only its own vendor understands, such as a server tool call.
    Opaque(Opaque<'a>),
}

#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Text<'a> {
    pub(crate) text: Cow<'a, str>,
    pub(crate) cache: Option<CacheMark<'a>>,
    /// A signature bound to this very text (Gemini).
    pub(crate) proof: Option<Proof<'a>>,
    pub(crate) citations: Vec<Citation<'a>>,
}

/// A source the text rests on.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Citation<'a> {
    /// Empty when the source is a document of the conversation.
    pub(crate) url: Cow<'a, str>,
    pub(crate) title: Option<Cow<'a, str>>,
    /// What the source says.
    pub(crate) cited_text: Option<Cow<'a, str>>,
    /// Span of the text, in characters.
    pub(crate) span: Option<(u64, u64)>,
    /// Where it says so, in what the client sent.
    pub(crate) passage: Option<Passage>,
}

/// Part of a document or a search result of the conversation, by the numbers of
/// its source and of its units, the end not included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Passage {
    pub(crate) unit: PassageUnit,
    pub(crate) source: u64,
    pub(crate) start: u64,
    pub(crate) end: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PassageUnit {
    Character,
    Page,
    /// A piece of a document that came in pieces.
    Piece,
    /// A text of a search result.
    SearchResult,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum MediaKind {
    Image,
    Audio,
    Video,
    Document,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Media<'a> {
    pub(crate) kind: MediaKind,
    pub(crate) source: Source<'a>,
    /// Media type of inline data, such as `image/png`; empty when unknown.
    pub(crate) media_type: Cow<'a, str>,
    /// File name or title.
    pub(crate) name: Option<Cow<'a, str>>,
    /// What the document is about (Messages `context`).
    pub(crate) context: Option<Cow<'a, str>>,
    /// Wanted resolution: `low`, `high`, `auto`.
    pub(crate) detail: Option<Cow<'a, str>>,
    /// The client asks for citations from this document.
    pub(crate) cite: bool,
    pub(crate) cache: Option<CacheMark<'a>>,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Source<'a> {
    /// Base64, standard alphabet.
    Base64(Cow<'a, str>),
    Url(Cow<'a, str>),
    /// An id of the provider's own file store.
    File(Cow<'a, str>),
    /// A document that is plain text.
    PlainText(Cow<'a, str>),
}

/// What a search of the client's found, for the model to cite.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct SearchResult<'a> {
    /// Where it is from: a URL, as a rule.
    pub(crate) source: Cow<'a, str>,
    pub(crate) title: Cow<'a, str>,
    pub(crate) texts: Vec<Cow<'a, str>>,
    pub(crate) cite: bool,
    pub(crate) cache: Option<CacheMark<'a>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ThoughtKind {
    /// The model's own words.
    Full,
    /// A retelling of them.
    Summary,
    /// No words, only the proof.
    Redacted,
    /// What the model means to do with its tools (Cohere `tool_plan`).
    Plan,
}

/// Reasoning of the model.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Thought<'a> {
    pub(crate) kind: ThoughtKind,
    pub(crate) text: Cow<'a, str>,
    pub(crate) proof: Option<Proof<'a>>,
}

/// An opaque token by which a vendor recognises its own reasoning.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Proof<'a> {
    pub(crate) origin: Origin,
    pub(crate) data: Cow<'a, str>,
    /// The vendor's id of the reasoning item (Responses).
    pub(crate) id: Option<Cow<'a, str>>,
}

/// Who made a proof.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Origin {
    Anthropic,
    OpenAi,
    Google,
    /// Cohere signs nothing: its proofs are empty and only tell whose they are.
    Cohere,
    Other,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ToolCall<'a> {
    pub(crate) id: Cow<'a, str>,
    pub(crate) name: Cow<'a, str>,
    /// Responses groups tools in namespaces.
    pub(crate) namespace: Option<Cow<'a, str>>,
    pub(crate) input: ToolInput<'a>,
    pub(crate) proof: Option<Proof<'a>>,
    pub(crate) cache: Option<CacheMark<'a>>,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum ToolInput<'a> {
    /// Arguments as JSON text; may be empty or broken when a model wrote it.
    Json(Json<'a>),
    /// Free text of a custom tool.
    Raw(Cow<'a, str>),
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ToolResult<'a> {
    pub(crate) call_id: Cow<'a, str>,
    /// Text, media, opaque; never tool blocks.
    pub(crate) parts: Vec<Block<'a>>,
    pub(crate) is_error: bool,
    pub(crate) cache: Option<CacheMark<'a>>,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Opaque<'a> {
    pub(crate) api: Api,
    /// The vendor's name of the kind, such as `server_tool_use`.
    pub(crate) kind: Cow<'a, str>,
}

/// End of a prefix the provider should cache.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct CacheMark<'a> {
    /// `5m`, `1h`; absent is the provider's default.
    pub(crate) ttl: Option<Cow<'a, str>>,
}

impl<'a> Text<'a> {
    pub(crate) fn new(text: impl Into<Cow<'a, str>>) -> Self {
        Self {
            text: text.into(),
            ..Self::default()
        }
    }
}

impl<'a> Block<'a> {
    pub(crate) fn text(text: impl Into<Cow<'a, str>>) -> Self {
        Self::Text(Text::new(text))
    }
}

impl SearchResult<'_> {
    /// The same in words: title, source and texts, a line each.
    pub(crate) fn to_text(&self) -> String {
        let head = [&self.title, &self.source].into_iter();
        let lines: Vec<&str> = head
            .chain(&self.texts)
            .map(|line| &**line)
            .filter(|line| !line.is_empty())
            .collect();
        lines.join("\n")
    }
}

impl<'a> Media<'a> {
    /// An image that a model made.
    pub(crate) fn drawn(media_type: impl Into<Cow<'a, str>>, source: Source<'a>) -> Self {
        Self {
            kind: MediaKind::Image,
            source,
            media_type: media_type.into(),
            name: None,
            context: None,
            detail: None,
            cite: false,
            cache: None,
        }
    }

    /// The same, free of the input it was read from.
    pub(crate) fn into_owned(self) -> Media<'static> {
        let own = |text: Cow<'_, str>| Cow::Owned(text.into_owned());
        Media {
            kind: self.kind,
            source: match self.source {
                Source::Base64(data) => Source::Base64(own(data)),
                Source::Url(url) => Source::Url(own(url)),
                Source::File(id) => Source::File(own(id)),
                Source::PlainText(text) => Source::PlainText(own(text)),
            },
            media_type: own(self.media_type),
            name: self.name.map(own),
            context: self.context.map(own),
            detail: self.detail.map(own),
            cite: self.cite,
            cache: self.cache.map(|mark| CacheMark {
                ttl: mark.ttl.map(own),
            }),
        }
    }
}

impl Citation<'_> {
    /// The span within `text`, its block's; all of it when the source told none.
    pub(crate) fn span_in(&self, text: &str) -> (u64, u64) {
        self.span
            .unwrap_or_else(|| (0, text.chars().count() as u64))
    }

    /// The same, free of the input it was read from.
    pub(crate) fn into_owned(self) -> Citation<'static> {
        let own = |text: Cow<'_, str>| Cow::Owned(text.into_owned());
        Citation {
            url: own(self.url),
            title: self.title.map(own),
            cited_text: self.cited_text.map(own),
            span: self.span,
            passage: self.passage,
        }
    }
}
