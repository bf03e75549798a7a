//! Images and documents by URL, for providers that take them inline only.
//! This library fetches nothing: it says what it needs.

use std::borrow::Cow;

use base64::engine::general_purpose::STANDARD;
use base64::Engine;

use super::RequestError;
use crate::api::Api;
use crate::capabilities::Capabilities;
use crate::features::{conversation_field, Feature, Support};
use crate::ir::{Block, Media, MediaKind, Request, Source};
use crate::media::sniff;

/// Most URLs of one request that are fetched.
const MAX_URLS: usize = 20;

/// What a URL of a request leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RemoteMedia {
    pub url: String,
    /// Without parameters; empty when it is not known.
    pub media_type: String,
    pub data: Vec<u8>,
}

/// Puts what was fetched in the place of URLs that the target cannot take. An
/// error names those that are missing, see [`RequestError::to_fetch`].
pub(super) fn inline(
    request: &mut Request<'_>,
    client: Api,
    capabilities: &Capabilities,
    fetched: &[RemoteMedia],
) -> Result<(), RequestError> {
    let emulated = |feature| capabilities.support(feature) == Support::Emulated;
    let images = emulated(Feature::ImageUrl);
    let documents = emulated(Feature::DocumentUrl);
    if !images && !documents {
        return Ok(());
    }
    let mut missing = Vec::new();
    let mut first = 0;
    for turn in &mut request.turns {
        let at = turn.at;
        let mut see = |media: &mut Media<'_>| {
            let (Source::Url(url), true) = (
                &media.source,
                (images && media.kind == MediaKind::Image)
                    || (documents && media.kind == MediaKind::Document),
            ) else {
                return;
            };
            match fetched.iter().find(|found| found.url == **url) {
                Some(found) => place(media, found),
                None => {
                    if missing.is_empty() {
                        first = at;
                    }
                    if !missing.iter().any(|known| *known == **url) {
                        missing.push(url.to_string());
                    }
                }
            }
        };
        for block in &mut turn.blocks {
            match block {
                Block::Media(media) => see(media),
                Block::ToolResult(result) => {
                    for part in &mut result.parts {
                        if let Block::Media(media) = part {
                            see(media);
                        }
                    }
                }
                _ => {}
            }
        }
    }
    let path = format!("{}[{first}]", conversation_field(client));
    match missing.len() {
        0 => Ok(()),
        1..=MAX_URLS => Err(RequestError {
            to_fetch: missing,
            ..RequestError::invalid(path, "this provider takes no URLs; send the data inline")
        }),
        _ => Err(RequestError::invalid(
            path,
            &format!(
                "more than {MAX_URLS} URLs for a provider that takes none; send the data inline"
            ),
        )),
    }
}

fn place(media: &mut Media<'_>, found: &RemoteMedia) {
    let data = STANDARD.encode(&found.data);
    let told = match found.media_type.as_str() {
        "" | "application/octet-stream" | "binary/octet-stream" => sniff(&data),
        told => told,
    };
    media.media_type = Cow::Owned(told.to_owned());
    media.source = Source::Base64(Cow::Owned(data));
}
