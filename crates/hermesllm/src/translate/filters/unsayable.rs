//! What the client's API has no part for. In the place of what a model drew or
//! spoke a line of text says so; citations of documents are left out where only
//! pages can be cited.

use std::borrow::Cow;

use super::Filter;
use crate::api::Api;
use crate::ir::{Block, BlockStart, Delta, Event, Media, MediaKind, Reply, Sink, Source};
use crate::translate::ReplyContext;

/// Whether the provider may send what the client's API lacks.
pub(super) fn expected(context: &ReplyContext) -> bool {
    let draws = !matches!(context.upstream, Api::Messages | Api::CohereChat);
    let cites = matches!(context.upstream, Api::Messages | Api::Converse);
    (draws && context.client != Api::GenerateContent) || (cites && !cites_documents(context.client))
}

fn cites_documents(client: Api) -> bool {
    matches!(client, Api::Messages | Api::Converse | Api::CohereChat)
}

/// Replaces what the client's API has no part for in a whole reply.
pub(super) fn replace(reply: &mut Reply<'_>, client: Api) {
    for candidate in &mut reply.candidates {
        for block in &mut candidate.blocks {
            match block {
                Block::Media(media) if !has_part(media, client) => {
                    *block = Block::text(words(media));
                }
                Block::Text(text) if !cites_documents(client) => {
                    text.citations.retain(|citation| !citation.url.is_empty());
                }
                _ => {}
            }
        }
    }
}

fn has_part(media: &Media<'_>, client: Api) -> bool {
    let inline = matches!(media.source, Source::Base64(_));
    match client {
        Api::GenerateContent => true,
        Api::Chat => media.kind == MediaKind::Image,
        Api::Responses => media.kind == MediaKind::Image && inline,
        Api::Converse => {
            const FORMATS: [&str; 4] = ["image/png", "image/jpeg", "image/gif", "image/webp"];
            inline && FORMATS.contains(&&*media.media_type)
        }
        Api::Messages | Api::CohereChat => false,
    }
}

fn words(media: &Media<'_>) -> String {
    let what = match (&*media.media_type, media.kind) {
        ("", MediaKind::Image) => "an image",
        ("", _) => "a file",
        (media_type, _) => media_type,
    };
    format!("[The model answered with {what}, which this API cannot carry.]")
}

/// Replaces what the client's API has no part for in a stream.
#[derive(Debug)]
pub(super) struct Unsayable {
    client: Api,
}

impl Unsayable {
    pub(super) fn new(client: Api) -> Self {
        Self { client }
    }
}

impl Filter for Unsayable {
    fn take(&mut self, event: Event<'_>, sink: &mut dyn Sink) {
        match event {
            Event::BlockStart {
                candidate,
                block,
                start: BlockStart::Media(media),
            } if !has_part(&media, self.client) => {
                sink.take(Event::BlockStart {
                    candidate,
                    block,
                    start: BlockStart::Text,
                });
                sink.take(Event::Delta {
                    block,
                    delta: Delta::Text(Cow::Owned(words(&media))),
                });
            }
            Event::Delta {
                delta: Delta::Citation(citation),
                ..
            } if citation.url.is_empty() && !cites_documents(self.client) => {}
            event => sink.take(event),
        }
    }
}
