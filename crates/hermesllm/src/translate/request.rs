use std::sync::Arc;

use super::fit::fit;
use super::{Addressee, Dropped, Notes, ReplyContext, RequestError};
use crate::api::Api;
use crate::apis::{can_translate, decode_request, encode_request};
use crate::capabilities::Capabilities;
use crate::json::check_request;
use crate::providers::Provider;
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

/// How a client asks: its API, and what the path of the call says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Call {
    pub api: Api,
    /// Whether a stream is asked for, in the APIs whose path tells; else the
    /// body does.
    pub stream: Option<bool>,
    /// The stream is one JSON array instead of events (Gemini without `alt=sse`).
    pub array: bool,
}

impl From<Api> for Call {
    fn from(api: Api) -> Self {
        Self {
            api,
            stream: None,
            array: false,
        }
    }
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
    call: impl Into<Call>,
    upstream: Api,
    target: &Target<'_>,
) -> Result<TranslatedRequest, RequestError> {
    let call = call.into();
    let client = call.api;
    if !can_translate(client, upstream) {
        return Err(RequestError::unsupported(format!(
            "requests of the {client} API cannot be translated to {upstream} yet"
        )));
    }
    let text = check_request(body)?;
    let mut notes = Notes::default();
    let mut request = decode_request(client, text, &mut notes)?;
    request.stream = call.stream.unwrap_or(request.stream);
    let mut addressee = Addressee {
        provider: target.provider,
        model: target.model,
        capabilities: Capabilities::of(target.provider, upstream, target.model),
        names: ToolNames::default(),
        notes,
    };
    fit(&mut request, client, upstream, &mut addressee)?;
    let mut out = Vec::with_capacity(body.len() + body.len() / 8 + 256);
    encode_request(upstream, &request, &mut addressee, &mut out)?;
    Ok(TranslatedRequest {
        body: out,
        stream: request.stream,
        context: ReplyContext {
            client,
            upstream,
            array: call.array,
            provider: target.provider,
            model: target.model.to_owned(),
            include_usage: request.include_usage,
            echo: Arc::from(&*request.echo),
            hide_thoughts: request.hide_thoughts,
            names: addressee.names,
            latency_ms: 0,
            now_unix: target.now_unix,
            seed: target.seed,
        },
        dropped: addressee.notes.dropped,
    })
}
