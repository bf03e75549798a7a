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
    let mut unfit: Option<(usize, String)> = None;
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
                Some(found) => {
                    if let (Err(problem), true) = (place(media, found), unfit.is_none()) {
                        unfit = Some((at, problem));
                    }
                }
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
    if let Some((at, problem)) = unfit {
        let path = format!("{}[{at}]", conversation_field(client));
        return Err(RequestError::invalid(path, &problem));
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

/// An error when the address leads to something else than an image.
fn place(media: &mut Media<'_>, found: &RemoteMedia) -> Result<(), String> {
    let data = STANDARD.encode(&found.data);
    let told = match found.media_type.as_str() {
        "" | "application/octet-stream" | "binary/octet-stream" => sniff(&data),
        told => told,
    };
    if media.kind == MediaKind::Image && !told.starts_with("image/") {
        let url = found.url.split(['?', '#']).next().unwrap_or_default();
        return Err(format!("{url} leads to {told}, not to an image"));
    }
    media.media_type = Cow::Owned(told.to_owned());
    media.source = Source::Base64(Cow::Owned(data));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_that_leads_elsewhere_than_to_an_image_is_told() {
        let mut media = Media::drawn("", Source::Url("https://e.com/a.png?key=1".into()));
        let found = |media_type: &str, data: &[u8]| RemoteMedia {
            url: "https://e.com/a.png?key=1".to_owned(),
            media_type: media_type.to_owned(),
            data: data.to_vec(),
        };
        let page = found("text/html", b"<html>Sign in</html>");
        assert_eq!(
            place(&mut media, &page),
            Err("https://e.com/a.png leads to text/html, not to an image".to_owned())
        );
        let bare = found("application/octet-stream", &[0xff, 0xd8, 0xff, 0xe0]);
        assert_eq!(place(&mut media, &bare), Ok(()));
        assert_eq!(media.media_type, "image/jpeg");
    }
}
