//! Content of turns and tool results, on the way from the wire.

use std::borrow::Cow;

use serde_json::value::RawValue;

use super::wire::{BlockSource, CacheControl, ContentBlock, DocumentCitations, SourceField};
use crate::api::Api;
use crate::ir::{
    Block, CacheMark, Media, MediaKind, Opaque, SearchResult, Source, Text, Thought, ThoughtKind,
    ToolCall, ToolInput, ToolResult,
};
use crate::json::{read, TextOr};
use crate::proofs;
use crate::translate::RequestError;

pub(super) fn cache_mark(control: CacheControl<'_>) -> CacheMark<'_> {
    CacheMark {
        ttl: control.ttl.map(|ttl| ttl.0),
    }
}

pub(super) fn read_content<'a>(
    content: TextOr<'a, ContentBlock<'a>>,
    path: &str,
) -> Result<Vec<Block<'a>>, RequestError> {
    match content {
        TextOr::Text(text) if text.is_empty() => Ok(Vec::new()),
        TextOr::Text(text) => Ok(vec![Block::text(text)]),
        TextOr::List(blocks) => blocks
            .into_iter()
            .enumerate()
            .map(|(index, block)| {
                read_block(block).map_err(|problem| problem.at(&format!("{path}[{index}]")))
            })
            .collect(),
    }
}

/// What is wrong with a block, before its place is known.
#[derive(Debug)]
pub(super) enum BlockProblem {
    Missing(&'static str),
    Content(String),
}

impl BlockProblem {
    fn at(self, path: &str) -> RequestError {
        match self {
            Self::Missing(member) => RequestError::missing(format!("{path}.{member}")),
            Self::Content(problem) => RequestError::invalid(format!("{path}.content"), &problem),
        }
    }
}

/// Reads a block of any type; types that are not known come out opaque.
pub(super) fn read_block(block: ContentBlock<'_>) -> Result<Block<'_>, BlockProblem> {
    let kind = block.kind.ok_or(BlockProblem::Missing("type"))?;
    let cache = block.cache_control.map(cache_mark);
    Ok(match &*kind {
        "text" => Block::Text(Text {
            text: block.text.ok_or(BlockProblem::Missing("text"))?.0,
            cache,
            proof: None,
            citations: super::reply::read_citations(block.citations),
        }),
        "image" | "document" => {
            let Some(SourceField::Data(source)) = block.source else {
                return Err(BlockProblem::Missing("source.type"));
            };
            let (source, media_type) = read_source(source)?;
            Block::Media(Media {
                kind: if &*kind == "image" {
                    MediaKind::Image
                } else {
                    MediaKind::Document
                },
                source,
                media_type,
                name: block.title.map(|title| title.0),
                context: block.context.map(|context| context.0),
                detail: None,
                cite: read_switch(block.citations),
                cache,
            })
        }
        "thinking" => Block::Thought(Thought {
            kind: ThoughtKind::Full,
            text: block.thinking.unwrap_or_default().0,
            proof: block
                .signature
                .filter(|signature| !signature.is_empty())
                .map(|signature| proofs::unpack(signature.0)),
        }),
        "redacted_thinking" => Block::Thought(Thought {
            kind: ThoughtKind::Redacted,
            text: Cow::Borrowed(""),
            proof: Some(proofs::unpack(
                block.data.ok_or(BlockProblem::Missing("data"))?.0,
            )),
        }),
        "tool_use" => Block::ToolCall(ToolCall {
            id: block.id.ok_or(BlockProblem::Missing("id"))?.0,
            name: block.name.ok_or(BlockProblem::Missing("name"))?.0,
            namespace: None,
            input: ToolInput::Json(Cow::Borrowed(
                block.input.ok_or(BlockProblem::Missing("input"))?.get(),
            )),
            proof: None,
            cache,
        }),
        "tool_result" => Block::ToolResult(ToolResult {
            call_id: block
                .tool_use_id
                .ok_or(BlockProblem::Missing("tool_use_id"))?
                .0,
            parts: match block.content {
                None => Vec::new(),
                Some(raw) => {
                    let content: TextOr<'_, ContentBlock<'_>> = read(raw.get())
                        .map_err(|error| BlockProblem::Content(error.to_string()))?;
                    read_content(content, "")
                        .map_err(|error| BlockProblem::Content(error.message))?
                }
            },
            is_error: block.is_error.unwrap_or(false),
            cache,
        }),
        "search_result" => Block::SearchResult(SearchResult {
            source: match block.source {
                Some(SourceField::Address(address)) => address,
                _ => return Err(BlockProblem::Missing("source")),
            },
            title: block.title.ok_or(BlockProblem::Missing("title"))?.0,
            texts: search_texts(block.content)?,
            cite: read_switch(block.citations),
            cache,
        }),
        // A tool that a search found.
        "tool_reference" => {
            let name = block.tool_name.ok_or(BlockProblem::Missing("tool_name"))?;
            Block::text(format!("[tool: {}]", &*name))
        }
        _ => Block::Opaque(Opaque {
            api: Api::Messages,
            kind: kind.0,
        }),
    })
}

/// Title, address and text of a search result, a line each: no other API has
/// such a block.
fn search_texts(content: Option<&RawValue>) -> Result<Vec<Cow<'_, str>>, BlockProblem> {
    let content = content.ok_or(BlockProblem::Missing("content"))?;
    let content: TextOr<'_, ContentBlock<'_>> =
        read(content.get()).map_err(|error| BlockProblem::Content(error.to_string()))?;
    Ok(match content {
        TextOr::Text(text) => vec![text],
        TextOr::List(blocks) => {
            let texts = blocks.into_iter().filter_map(|block| block.text);
            texts.map(|text| text.0).collect()
        }
    })
}

/// Whether the client asks for citations.
fn read_switch(citations: Option<&RawValue>) -> bool {
    citations
        .and_then(|raw| serde_json::from_str::<DocumentCitations<'_>>(raw.get()).ok())
        .and_then(|citations| citations.enabled)
        .unwrap_or(false)
}

fn read_source(source: BlockSource<'_>) -> Result<(Source<'_>, Cow<'_, str>), BlockProblem> {
    let media_type = source.media_type.unwrap_or_default().0;
    let source = match source.kind.as_deref() {
        Some("base64") => {
            Source::Base64(source.data.ok_or(BlockProblem::Missing("source.data"))?.0)
        }
        Some("url") => Source::Url(source.url.ok_or(BlockProblem::Missing("source.url"))?.0),
        Some("file") => Source::File(
            source
                .file_id
                .ok_or(BlockProblem::Missing("source.file_id"))?
                .0,
        ),
        Some("text") => {
            Source::PlainText(source.data.ok_or(BlockProblem::Missing("source.data"))?.0)
        }
        Some("content") => Source::PlainText(match source.content {
            None => return Err(BlockProblem::Missing("source.content")),
            Some(TextOr::Text(text)) => text,
            Some(TextOr::List(blocks)) => blocks
                .into_iter()
                .filter_map(|block| block.text)
                .fold(Cow::Borrowed(""), |joined, text| joined + text.0),
        }),
        _ => return Err(BlockProblem::Missing("source.type")),
    };
    Ok((source, media_type))
}
