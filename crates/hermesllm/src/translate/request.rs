use std::sync::Arc;

use super::fit::fit;
use super::remote_media::{inline, RemoteMedia};
use super::{Addressee, Dropped, Notes, ReplyContext, RequestError};
use crate::api::Api;
use crate::apis::{decode_request, encode_request};
use crate::capabilities::Capabilities;
use crate::features::{conversation_field, Feature};
use crate::ir::Json;
use crate::json::{check_request, read, JsonWriter, Members};
use crate::providers::Provider;
use crate::tools::ToolNames;

/// What encoders call the conversation.
const ENCODERS_FIELD: &str = "messages";

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
    translate_with_media(body, call, upstream, target, &[])
}

/// The same with what URLs of the request lead to, for targets that take none:
/// those in [`RequestError::to_fetch`] of the first attempt.
pub fn translate_with_media(
    body: &[u8],
    call: impl Into<Call>,
    upstream: Api,
    target: &Target<'_>,
    media: &[RemoteMedia],
) -> Result<TranslatedRequest, RequestError> {
    let call = call.into();
    convert(check_request(body)?, call, upstream, target, media)
}

/// Writes a request anew in its own API: parts of the conversation that only
/// another provider understands become what this one does. Members at the top
/// that this library does not know are kept.
pub(crate) fn rewrite_request(
    text: &str,
    call: Call,
    target: &Target<'_>,
) -> Result<TranslatedRequest, RequestError> {
    let mut rewritten = convert(text, call, call.api, target, &[])?;
    let members: Members<'_> = read(text)?;
    let TranslatedRequest { body, dropped, .. } = &mut rewritten;
    for (key, raw) in &members.extra {
        let noted = dropped
            .iter()
            .position(|lost| lost.field == **key && lost.is_unknown());
        if let (Some(at), Some(b'}')) = (noted, body.last()) {
            dropped.remove(at);
            body.pop();
            JsonWriter::inside(body).member_raw(key, raw.get());
            body.push(b'}');
        }
    }
    Ok(rewritten)
}

fn convert(
    text: &str,
    call: Call,
    upstream: Api,
    target: &Target<'_>,
    media: &[RemoteMedia],
) -> Result<TranslatedRequest, RequestError> {
    let client = call.api;
    let mut notes = Notes::default();
    let mut request = decode_request(client, text, &mut notes)?;
    request.stream = call.stream.unwrap_or(request.stream);
    request.metadata = request.metadata.take().and_then(without_private_keys);
    let mut addressee = Addressee {
        provider: target.provider,
        model: target.model,
        capabilities: Capabilities::of(target.provider, upstream, target.model),
        names: ToolNames::default(),
        notes,
    };
    inline(&mut request, client, &addressee.capabilities, media)?;
    fit(&mut request, client, upstream, &mut addressee)?;
    let mut out = Vec::with_capacity(text.len() + text.len() / 8 + 256);
    let conversation = conversation_field(client);
    let decoded = addressee.notes.dropped.len();
    encode_request(upstream, &request, &mut addressee, &mut out)
        .map_err(|error| error.in_conversation(conversation))?;
    let mut dropped = addressee.notes.dropped;
    // What was noted before is in the client's words already.
    for lost in dropped.iter_mut().skip(decoded) {
        in_conversation(&mut lost.field, conversation);
        if let Some(field) = client_field(&lost.field, client) {
            lost.field = field.to_owned();
        }
    }
    Ok(TranslatedRequest {
        body: out,
        stream: request.stream,
        context: ReplyContext {
            client,
            upstream,
            array: call.array,
            model: target.model.to_owned(),
            include_usage: request.include_usage,
            echo: Arc::from(&*request.echo),
            hide_thoughts: request.hide_thoughts,
            names: addressee.names,
            latency_ms: 0,
            now_unix: target.now_unix,
            seed: target.seed,
        },
        dropped,
    })
}

/// Keys of `metadata` by which clients speak to the gateway itself.
pub(crate) const PRIVATE_KEYS: [&str; 2] = ["plano_preference_config", "archgw_preference_config"];

/// A JSON object without [`PRIVATE_KEYS`]; `None` when nothing else is in it.
pub(crate) fn without_private_keys(metadata: Json<'_>) -> Option<Json<'_>> {
    let members: Members<'_> = match serde_json::from_str(&metadata) {
        Ok(members) if PRIVATE_KEYS.iter().any(|key| metadata.contains(key)) => members,
        _ => return Some(metadata),
    };
    let kept: Vec<_> = members
        .extra
        .iter()
        .filter(|(key, _)| !PRIVATE_KEYS.contains(&&**key))
        .collect();
    if kept.is_empty() {
        return None;
    }
    let mut out = Vec::with_capacity(metadata.len());
    JsonWriter::new(&mut out).object(|w| {
        for (key, raw) in kept {
            w.member_raw(key, raw.get());
        }
    });
    String::from_utf8(out).ok().map(Json::Owned)
}

/// The client's name for a field that encoders call by its common one.
fn client_field(field: &str, client: Api) -> Option<&'static str> {
    let feature = match field {
        "stop" => Feature::Stop,
        "temperature" => Feature::Temperature,
        "top_p" => Feature::TopP,
        "top_k" => Feature::TopK,
        "logprobs" => Feature::Logprobs,
        "reasoning" => Feature::Reasoning,
        "max_output_tokens" => {
            return Some(match client {
                Api::Chat => "max_completion_tokens",
                Api::Responses => "max_output_tokens",
                Api::Messages | Api::CohereChat => "max_tokens",
                Api::GenerateContent => "generationConfig.maxOutputTokens",
                Api::Converse => "inferenceConfig.maxTokens",
            })
        }
        _ => return None,
    };
    Some(feature.field(client))
}

/// Encoders know the conversation as `messages`; the client may not.
pub(super) fn in_conversation(path: &mut String, field: &str) {
    let rest = path
        .strip_prefix(ENCODERS_FIELD)
        .filter(|rest| rest.is_empty() || rest.starts_with(['.', '[']));
    if let Some(rest) = rest {
        *path = format!("{field}{rest}");
    }
}
