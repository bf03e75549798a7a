use super::{can_translate, Dropped, Notes, ReplyContext, RequestError};
use crate::api::Api;
use crate::apis::{chat, messages};
use crate::json::check_request;
use crate::providers::{chat_dialect, Provider};
use crate::tools::ToolNames;

/// Where a request goes, and what this library cannot know by itself.
#[derive(Debug, Clone, Copy)]
pub struct Target<'a> {
    pub provider: &'static Provider,
    /// The model's id at the provider.
    pub model: &'a str,
    /// Unix seconds, for replies that carry no time.
    pub now_unix: u64,
    /// Any number, different for each request: ids are made from it.
    pub seed: u64,
}

/// A request in the provider's API.
#[derive(Debug)]
pub struct TranslatedRequest {
    pub body: Vec<u8>,
    /// The client asked for a stream.
    pub stream: bool,
    pub context: ReplyContext,
    /// What could not be carried over.
    pub dropped: Vec<Dropped>,
}

/// Translates a whole request body. Errors name the path of what is wrong.
pub fn translate_request(
    body: &[u8],
    client: Api,
    upstream: Api,
    target: &Target<'_>,
) -> Result<TranslatedRequest, RequestError> {
    let unsupported = || {
        RequestError::unsupported(format!(
            "requests of the {client} API cannot be translated to {upstream} yet"
        ))
    };
    if !can_translate(client, upstream) {
        return Err(unsupported());
    }
    let text = check_request(body)?;
    let mut notes = Notes::default();
    let request = match client {
        Api::Chat => chat::decode_request(text, &mut notes)?,
        Api::Messages => messages::decode_request(text, &mut notes)?,
        _ => return Err(unsupported()),
    };
    let mut names = ToolNames::default();
    let mut out = Vec::with_capacity(body.len() + body.len() / 8 + 256);
    match upstream {
        Api::Chat => {
            let dialect = chat_dialect(target.provider, target.model);
            chat::encode_request(
                &request,
                target.model,
                &dialect,
                &mut names,
                &mut notes,
                &mut out,
            )?;
        }
        Api::Messages => {
            messages::encode_request(&request, target.model, &mut names, &mut notes, &mut out)?;
        }
        _ => return Err(unsupported()),
    }
    Ok(TranslatedRequest {
        body: out,
        stream: request.stream,
        context: ReplyContext {
            client,
            upstream,
            model: target.model.to_owned(),
            include_usage: request.include_usage,
            names,
            now_unix: target.now_unix,
            seed: target.seed,
        },
        dropped: notes.dropped,
    })
}
