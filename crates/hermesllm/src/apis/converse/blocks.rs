//! Blocks as clients and providers write them.

use std::borrow::Cow;

use super::proofs::of_blob;
use super::wire::{
    CachePoint, CitationsContent, ConverseBlock, ConverseCitation, ConverseCitationSwitch,
    ConverseMedia, ConverseReasoning, ConverseToolResult, ConverseToolUse, WireSearchResult,
};
use crate::api::Api;
use crate::ir::{
    Block, CacheMark, Citation, Media, MediaKind, Opaque, Passage, PassageUnit, SearchResult,
    Source, Text, Thought, ThoughtKind, ToolCall, ToolInput, ToolResult,
};
use crate::proofs;

/// What is wrong with a block, before its place is known.
#[derive(Debug)]
pub(super) enum BlockProblem {
    Missing(&'static str),
    Invalid(&'static str, &'static str),
}

/// Reads blocks in order; a cache point marks the block before it.
pub(super) fn read_blocks(
    wire: Vec<ConverseBlock<'_>>,
) -> Result<Vec<Block<'_>>, (usize, BlockProblem)> {
    let mut blocks = Vec::with_capacity(wire.len());
    for (index, block) in wire.into_iter().enumerate() {
        if let Some(point) = block.cache_point {
            mark_last(&mut blocks, cache_mark(point));
            continue;
        }
        blocks.push(read_block(block).map_err(|problem| (index, problem))?);
    }
    Ok(blocks)
}

pub(super) fn cache_mark(point: CachePoint<'_>) -> CacheMark<'_> {
    CacheMark {
        ttl: point.ttl.map(|ttl| ttl.0),
    }
}

fn mark_last<'a>(blocks: &mut [Block<'a>], mark: CacheMark<'a>) {
    let slot = blocks.iter_mut().rev().find_map(|block| match block {
        Block::Text(text) => Some(&mut text.cache),
        Block::Media(media) => Some(&mut media.cache),
        Block::SearchResult(found) => Some(&mut found.cache),
        Block::ToolCall(call) => Some(&mut call.cache),
        Block::ToolResult(result) => Some(&mut result.cache),
        Block::Thought(_) | Block::Refusal(_) | Block::Opaque(_) => None,
    });
    if let Some(slot) = slot {
        *slot = Some(mark);
    }
}

fn read_block(block: ConverseBlock<'_>) -> Result<Block<'_>, BlockProblem> {
    if let Some(text) = block.text {
        return Ok(Block::text(text.0));
    }
    for (media, kind) in [
        (block.image, MediaKind::Image),
        (block.document, MediaKind::Document),
        (block.video, MediaKind::Video),
        (block.audio, MediaKind::Audio),
    ] {
        if let Some(media) = media {
            return read_media(media, kind).map(Block::Media);
        }
    }
    if let Some(call) = block.tool_use {
        return read_call(call);
    }
    if let Some(result) = block.tool_result {
        return read_result(result);
    }
    if let Some(reasoning) = block.reasoning {
        return Ok(Block::Thought(read_reasoning(reasoning)));
    }
    if let Some(text) = block.guard.and_then(|guard| guard.text) {
        return Ok(Block::text(text.text.unwrap_or_default().0));
    }
    if let Some(cited) = block.citations {
        return Ok(Block::Text(read_cited(cited)));
    }
    if let Some(raw) = block.json {
        return Ok(Block::text(raw.get()));
    }
    if let Some(result) = block.search_result {
        return Ok(Block::SearchResult(read_search_result(result)));
    }
    match block.extra.into_iter().next() {
        Some((kind, _)) => Ok(Block::Opaque(Opaque {
            api: Api::Converse,
            kind: kind.0,
        })),
        None => Err(BlockProblem::Missing("text")),
    }
}

fn read_search_result(result: WireSearchResult<'_>) -> SearchResult<'_> {
    let texts = result.content.into_iter().flatten();
    SearchResult {
        source: result.source.unwrap_or_default().0,
        title: result.title.unwrap_or_default().0,
        texts: texts
            .filter_map(|block| block.text)
            .map(|text| text.0)
            .collect(),
        cite: reads_citations(result.citations),
        cache: None,
    }
}

fn reads_citations(switch: Option<ConverseCitationSwitch<'_>>) -> bool {
    switch.and_then(|switch| switch.enabled).unwrap_or(false)
}

fn joined_text(blocks: Vec<ConverseBlock<'_>>) -> Cow<'_, str> {
    blocks
        .into_iter()
        .filter_map(|block| block.text)
        .fold(Cow::Borrowed(""), |joined, text| joined + text.0)
}

fn read_media(media: ConverseMedia<'_>, kind: MediaKind) -> Result<Media<'_>, BlockProblem> {
    let source = media.source.ok_or(BlockProblem::Missing("source"))?;
    let format = media.format.unwrap_or_default().0;
    let source = if let Some(bytes) = source.bytes {
        Source::Base64(bytes.0)
    } else if let Some(text) = source.text {
        Source::PlainText(text.0)
    } else if let Some(content) = source.content {
        Source::PlainText(joined_text(content))
    } else if source.s3_location.is_some() {
        return Err(BlockProblem::Invalid(
            "source.s3Location",
            "objects in S3 cannot be read here; send the bytes inline",
        ));
    } else {
        return Err(BlockProblem::Missing("source.bytes"));
    };
    Ok(Media {
        kind,
        source,
        media_type: media_type_of(kind, format),
        name: media.name.map(|name| name.0),
        context: media.context.map(|context| context.0),
        detail: None,
        cite: reads_citations(media.citations),
        cache: None,
    })
}

/// Formats of documents and their media types.
const DOCUMENTS: [(&str, &str); 9] = [
    ("pdf", "application/pdf"),
    ("csv", "text/csv"),
    ("doc", "application/msword"),
    (
        "docx",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ),
    ("xls", "application/vnd.ms-excel"),
    (
        "xlsx",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ),
    ("html", "text/html"),
    ("txt", "text/plain"),
    ("md", "text/markdown"),
];

fn media_type_of(kind: MediaKind, format: Cow<'_, str>) -> Cow<'_, str> {
    match kind {
        _ if format.is_empty() => Cow::Borrowed(""),
        MediaKind::Image => Cow::Owned(format!("image/{format}")),
        MediaKind::Audio => Cow::Owned(format!("audio/{format}")),
        MediaKind::Video => Cow::Owned(format!("video/{format}")),
        MediaKind::Document => Cow::Borrowed(
            DOCUMENTS
                .iter()
                .find(|(known, _)| *known == format)
                .map_or("", |(_, media_type)| media_type),
        ),
    }
}

/// The format of a document by its media type, without parameters.
pub(super) fn document_format(media_type: &str) -> Option<&'static str> {
    let essence = media_type.split(';').next().unwrap_or_default().trim();
    DOCUMENTS
        .iter()
        .find(|(_, known)| *known == essence)
        .map(|(format, _)| *format)
}

fn read_call(call: ConverseToolUse<'_>) -> Result<Block<'_>, BlockProblem> {
    if let Some(kind) = call.kind {
        return Ok(Block::Opaque(Opaque {
            api: Api::Converse,
            kind: kind.0,
        }));
    }
    Ok(Block::ToolCall(ToolCall {
        id: call.id.ok_or(BlockProblem::Missing("toolUse.toolUseId"))?.0,
        name: call.name.ok_or(BlockProblem::Missing("toolUse.name"))?.0,
        namespace: None,
        input: ToolInput::Json(Cow::Borrowed(call.input.map_or("{}", |raw| raw.get()))),
        proof: None,
        cache: None,
    }))
}

fn read_result(result: ConverseToolResult<'_>) -> Result<Block<'_>, BlockProblem> {
    if let Some(kind) = result.kind {
        return Ok(Block::Opaque(Opaque {
            api: Api::Converse,
            kind: kind.0,
        }));
    }
    let parts = read_blocks(result.content.unwrap_or_default()).map_err(|(_, problem)| problem)?;
    Ok(Block::ToolResult(ToolResult {
        call_id: result
            .id
            .ok_or(BlockProblem::Missing("toolResult.toolUseId"))?
            .0,
        parts,
        is_error: result.status.as_deref() == Some("error"),
        cache: None,
    }))
}

fn read_reasoning(reasoning: ConverseReasoning<'_>) -> Thought<'_> {
    if let Some(blob) = reasoning.redacted_content {
        return Thought {
            kind: ThoughtKind::Redacted,
            text: Cow::Borrowed(""),
            proof: Some(of_blob(blob.0)),
        };
    }
    let text = reasoning.reasoning_text.unwrap_or_default();
    Thought {
        kind: ThoughtKind::Full,
        text: text.text.unwrap_or_default().0,
        proof: text
            .signature
            .filter(|signature| !signature.is_empty())
            .map(|signature| proofs::unpack(signature.0)),
    }
}

fn read_cited(cited: CitationsContent<'_>) -> Text<'_> {
    Text {
        text: joined_text(cited.content.unwrap_or_default()),
        citations: cited
            .citations
            .into_iter()
            .flatten()
            .filter_map(read_citation)
            .collect(),
        ..Text::default()
    }
}

pub(super) fn read_citation(citation: ConverseCitation<'_>) -> Option<Citation<'_>> {
    let location = citation.location?;
    let passage = [
        (location.characters, PassageUnit::Character),
        (location.pages, PassageUnit::Page),
        (location.chunks, PassageUnit::Piece),
        (location.search_result, PassageUnit::SearchResult),
    ]
    .into_iter()
    .find_map(|(found, unit)| {
        let found = found?;
        Some(Passage {
            unit,
            source: found.source?.0,
            start: found.start?.0,
            end: found.end?.0,
        })
    });
    let url = location.web.and_then(|web| web.url).or(citation.source);
    if url.is_none() && passage.is_none() {
        return None;
    }
    Some(Citation {
        url: url.unwrap_or_default().0,
        title: citation.title.map(|title| title.0),
        cited_text: citation
            .source_content
            .map(joined_text)
            .filter(|text| !text.is_empty()),
        span: None,
        passage,
    })
}
