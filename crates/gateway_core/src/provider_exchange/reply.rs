//! From the provider's reply to the client's.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use hermesllm::{
    decode_error, encode_error, has_error_shape, stream_error_event, translate_reply, Api,
    ApiError, BufferedReply, ErrorKind, ProviderFailure, ReplyContext, StreamTranslation, Usage,
    UsageTap,
};
use http::header::{HeaderName, HeaderValue, CONTENT_LENGTH, CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderMap, StatusCode};

use super::{Outcome, Output, Piece, ProviderExchange};
use crate::credentials::without_secrets;
use crate::forwarded_headers::{content_encoding, strip_reply_headers, translated_reply_headers};
use crate::rescue::{self, LocalReply, UpstreamFailure, ERROR_TYPE};

/// Largest error body read; the rest is cut off.
const MAX_ERROR_BYTES: usize = 256 * 1024;

/// Largest buffered reply that is translated.
const MAX_REPLY_BYTES: usize = 64 * 1024 * 1024;

/// Names the fields of a request that were not carried over to the provider.
const DROPPED: HeaderName = HeaderName::from_static("x-plano-dropped");

const JSON: &str = "application/json";

/// How far the reply has come.
pub(super) enum ReplyPhase {
    /// No reply yet; it will pass as it is.
    Awaiting,
    /// No reply yet; it will be translated.
    AwaitingTranslated {
        context: Box<ReplyContext>,
        stream: bool,
    },
    /// Passed on as it comes.
    Passing {
        tap: Option<UsageTap>,
        stream: bool,
    },
    /// A provider's error, read whole.
    CollectingError {
        status: StatusCode,
        headers: HeaderMap,
        body: BytesMut,
    },
    /// A buffered reply, read whole.
    Collecting {
        status: StatusCode,
        headers: HeaderMap,
        context: Box<ReplyContext>,
        stream: bool,
        body: BytesMut,
    },
    /// A stream, translated event by event. The head is held back until the
    /// first bytes, in case the first event is an error.
    Translating {
        translation: Box<StreamTranslation>,
        head: Option<(StatusCode, HeaderMap)>,
    },
    Ended,
}

impl ReplyPhase {
    pub(super) fn expects_stream(&self) -> bool {
        matches!(self, Self::AwaitingTranslated { stream: true, .. })
    }

    /// What of a stream has passed so far.
    fn pieces(&self) -> u64 {
        match self {
            Self::Passing {
                tap: Some(tap),
                stream: true,
            } => tap.events(),
            Self::Translating { translation, .. } => translation.pieces(),
            _ => 0,
        }
    }
}

impl ProviderExchange {
    pub(super) fn reply_head(
        &mut self,
        status: StatusCode,
        mut headers: HeaderMap,
        elapsed: Duration,
    ) {
        let phase = std::mem::replace(&mut self.reply, ReplyPhase::Ended);
        let context = match phase {
            ReplyPhase::Awaiting => None,
            ReplyPhase::AwaitingTranslated {
                mut context,
                stream,
            } => {
                context.set_latency(elapsed.as_millis() as u64);
                Some((context, stream))
            }
            _ => return,
        };
        strip_reply_headers(&mut headers);
        if status.is_redirection() || status.is_informational() {
            let message = format!(
                "model provider '{}' answered {status}, which is no answer of its API",
                self.upstream_name()
            );
            self.emit(Output::AbortRequest);
            return self.fail(&ApiError::new(ErrorKind::BadGateway, message));
        }
        if !status.is_success() {
            self.reply = ReplyPhase::CollectingError {
                status,
                headers,
                body: BytesMut::new(),
            };
            return;
        }
        let is_stream = is_event_stream(&headers);
        let packed = content_encoding(&headers).is_some();
        match context {
            None => {
                let tap = (!packed).then(|| UsageTap::new(self.client(), is_stream));
                self.name_losses(&mut headers);
                self.emit(Output::ReplyHead { status, headers });
                self.reply = ReplyPhase::Passing {
                    tap,
                    stream: is_stream,
                };
            }
            Some(_) if packed => {
                self.emit(Output::AbortRequest);
                let message = format!(
                    "model provider '{}' answered in an encoding that was not asked for",
                    self.upstream_name()
                );
                self.fail(&ApiError::new(ErrorKind::BadGateway, message));
            }
            Some((context, true)) if is_stream => {
                let headers = self.translated_headers(&headers, context.content_type(true));
                self.reply = ReplyPhase::Translating {
                    translation: Box::new(StreamTranslation::new(*context)),
                    head: Some((status, headers)),
                };
            }
            Some((context, stream)) => {
                self.reply = ReplyPhase::Collecting {
                    status,
                    headers,
                    context,
                    stream,
                    body: BytesMut::new(),
                };
            }
        }
    }

    pub(super) fn reply_body(&mut self, bytes: Bytes, end: bool) {
        let mut phase = std::mem::replace(&mut self.reply, ReplyPhase::Ended);
        match &mut phase {
            ReplyPhase::Passing { tap, .. } => {
                if let Some(tap) = tap {
                    tap.push(&bytes);
                }
                if !bytes.is_empty() {
                    self.emit(Output::ReplyBody(Piece::AsReceived(bytes)));
                }
            }
            ReplyPhase::CollectingError { body, .. } => {
                let room = MAX_ERROR_BYTES - body.len();
                body.extend_from_slice(&bytes[..bytes.len().min(room)]);
            }
            ReplyPhase::Collecting { body, .. } => {
                if body.len() + bytes.len() > MAX_REPLY_BYTES {
                    self.emit(Output::AbortRequest);
                    let message = format!(
                        "model provider '{}' sent an answer larger than {MAX_REPLY_BYTES} bytes",
                        self.upstream_name()
                    );
                    return self.fail(&ApiError::new(ErrorKind::BadGateway, message));
                }
                body.extend_from_slice(&bytes);
            }
            ReplyPhase::Translating { translation, head } => {
                let mut out = Vec::new();
                let result = translation.push(&bytes, &mut out);
                if let Some(error) = translation.before_first_byte_error() {
                    self.emit(Output::AbortRequest);
                    return self.fail(&error);
                }
                self.emit_translated(head, out);
                if let Err(error) = result {
                    self.emit(Output::AbortRequest);
                    let message = format!("model provider '{}': {error}", self.upstream_name());
                    let error = ApiError::new(ErrorKind::BadGateway, message);
                    return self.break_off(phase, &error);
                }
            }
            ReplyPhase::Awaiting | ReplyPhase::AwaitingTranslated { .. } | ReplyPhase::Ended => {
                self.reply = phase;
                return;
            }
        }
        if end {
            self.reply_end(phase);
        } else {
            self.reply = phase;
        }
    }

    fn emit_translated(&mut self, head: &mut Option<(StatusCode, HeaderMap)>, out: Vec<u8>) {
        if out.is_empty() {
            return;
        }
        if let Some((status, headers)) = head.take() {
            self.emit(Output::ReplyHead { status, headers });
        }
        self.emit(Output::ReplyBody(Piece::New(out.into())));
    }

    fn reply_end(&mut self, phase: ReplyPhase) {
        match phase {
            ReplyPhase::Passing { tap, stream } => {
                let complete = tap.as_ref().is_none_or(UsageTap::is_complete);
                if stream && !complete {
                    let error = rescue::ended_early(&self.upstream_name());
                    return self.break_off(ReplyPhase::Passing { tap, stream }, &error);
                }
                self.emit(Output::ReplyEnd);
                self.observe(Outcome::Completed, tap.and_then(UsageTap::finish));
            }
            ReplyPhase::CollectingError {
                status,
                headers,
                body,
            } => {
                let body = body.freeze();
                let body = match self.upstream() {
                    Some(upstream) => without_secrets(body, upstream),
                    None => body,
                };
                self.provider_error(status, headers, body);
            }
            ReplyPhase::Collecting {
                status,
                headers,
                context,
                stream,
                body,
            } => self.translate_collected(status, &headers, *context, stream, &body),
            ReplyPhase::Translating {
                mut translation,
                mut head,
            } => {
                let mut out = Vec::new();
                translation.finish(&mut out);
                if let Some(error) = translation.before_first_byte_error() {
                    return self.fail(&error);
                }
                self.emit_translated(&mut head, out);
                self.emit(Output::ReplyEnd);
                let outcome = if translation.failed() {
                    Outcome::UpstreamFailed
                } else {
                    Outcome::Completed
                };
                self.observe(outcome, translation.usage());
            }
            ReplyPhase::Awaiting | ReplyPhase::AwaitingTranslated { .. } | ReplyPhase::Ended => {}
        }
    }

    /// A provider's error, in the client's shape; its own bytes if they fit.
    fn provider_error(&mut self, status: StatusCode, mut headers: HeaderMap, body: Bytes) {
        let client = self.client();
        let upstream_api = self.route.as_ref().map_or(client, |route| route.api);
        let packed = content_encoding(&headers).is_some();
        if upstream_api == client && (packed || has_error_shape(client, &body)) {
            headers.insert(CONTENT_LENGTH, body.len().into());
            self.emit(Output::ReplyHead { status, headers });
            self.emit(Output::ReplyBody(Piece::AsReceived(body)));
        } else {
            let error = decode_error(ProviderFailure {
                provider: self.upstream().map_or("", |upstream| &upstream.provider.id),
                status: status.as_u16(),
                body: &body,
                error_type: headers
                    .get("x-amzn-errortype")
                    .and_then(|value| value.to_str().ok()),
            });
            self.error = Some(error.message.clone());
            let encoded = encode_error(client, &error);
            let status = StatusCode::from_u16(encoded.status).unwrap_or(status);
            let mut headers = translated_reply_headers(&headers, client, JSON);
            if let Some(name) = encoded.error_type {
                headers.insert(ERROR_TYPE, HeaderValue::from_static(name));
            }
            if let Some(seconds) = error.retry_after {
                headers.entry(RETRY_AFTER).or_insert(seconds.into());
            }
            self.emit(Output::ReplyHead { status, headers });
            self.emit(Output::ReplyBody(Piece::New(encoded.body.into())));
        }
        self.emit(Output::ReplyEnd);
        self.observe(Outcome::Completed, None);
    }

    fn translate_collected(
        &mut self,
        status: StatusCode,
        headers: &HeaderMap,
        context: ReplyContext,
        stream: bool,
        body: &[u8],
    ) {
        let from_stream = is_event_stream(headers);
        let kind = if from_stream {
            BufferedReply::Events
        } else {
            BufferedReply::Json
        };
        match translate_reply(body, kind, &context, stream) {
            Ok(translated) => {
                let headers = self.translated_headers(headers, context.content_type(stream));
                self.emit(Output::ReplyHead { status, headers });
                self.emit(Output::ReplyBody(Piece::New(translated.body.into())));
                self.emit(Output::ReplyEnd);
                self.observe(Outcome::Completed, translated.usage);
            }
            Err(error) => {
                let error = error.into_api_error(&self.upstream_name());
                self.fail(&error);
            }
        }
    }

    /// The headers of a translated reply; they name what the provider's API had
    /// no place for.
    fn translated_headers(&self, received: &HeaderMap, content_type: &'static str) -> HeaderMap {
        let mut headers = translated_reply_headers(received, self.client(), content_type);
        self.name_losses(&mut headers);
        headers
    }

    /// Names in a header what the provider had no place for.
    fn name_losses(&self, headers: &mut HeaderMap) {
        let fields: Vec<&str> = self
            .dropped
            .iter()
            .map(|dropped| dropped.field.as_str())
            .collect();
        if let (false, Ok(value)) = (fields.is_empty(), HeaderValue::from_str(&fields.join(", "))) {
            headers.insert(DROPPED, value);
        }
    }

    /// The provider failed and the client has seen nothing yet.
    fn fail(&mut self, error: &ApiError) {
        self.error = Some(error.message.clone());
        let reply = LocalReply::error(self.client(), error);
        self.reply_locally(reply, Outcome::UpstreamFailed);
    }

    pub(super) fn upstream_failed(&mut self, failure: &UpstreamFailure) {
        let phase = std::mem::replace(&mut self.reply, ReplyPhase::Ended);
        if matches!(phase, ReplyPhase::Ended) {
            return;
        }
        let error = rescue::from_upstream(&self.upstream_name(), failure);
        self.break_off(phase, &error);
    }

    /// Ends a reply that cannot be completed, as the client's API tells errors.
    fn break_off(&mut self, phase: ReplyPhase, error: &ApiError) {
        self.error = Some(error.message.clone());
        self.counted = phase.pieces();
        let usage = match phase {
            ReplyPhase::Translating {
                mut translation,
                head: None,
            } => {
                let mut out = Vec::new();
                translation.fail(error, &mut out);
                self.emit(Output::ReplyBody(Piece::New(out.into())));
                self.emit(Output::ReplyEnd);
                translation.usage()
            }
            ReplyPhase::Passing { tap, stream: true } if self.client() != Api::Converse => {
                let mut out = Vec::new();
                // Ends an event that was cut; between events it is an empty line.
                out.extend_from_slice(b"\n\n");
                stream_error_event(self.client(), error, &mut out);
                self.emit(Output::ReplyBody(Piece::New(out.into())));
                self.emit(Output::ReplyEnd);
                tap.and_then(UsageTap::finish)
            }
            // A frame that is cut cannot be mended by another one.
            ReplyPhase::Passing { tap, .. } => {
                self.emit(Output::ReplyAbort);
                tap.and_then(UsageTap::finish)
            }
            ReplyPhase::Awaiting
            | ReplyPhase::AwaitingTranslated { .. }
            | ReplyPhase::CollectingError { .. }
            | ReplyPhase::Collecting { .. }
            | ReplyPhase::Translating { head: Some(_), .. }
            | ReplyPhase::Ended => return self.fail(error),
        };
        self.observe(Outcome::UpstreamFailed, usage);
    }

    pub(super) fn client_gone(&mut self) {
        let phase = std::mem::replace(&mut self.reply, ReplyPhase::Ended);
        self.counted = phase.pieces();
        let usage: Option<Usage> = match phase {
            ReplyPhase::Passing { tap, .. } => tap.and_then(UsageTap::finish),
            ReplyPhase::Translating { translation, .. } => translation.usage(),
            _ => None,
        };
        self.observe(Outcome::ClientGone, usage);
    }
}

fn is_event_stream(headers: &HeaderMap) -> bool {
    headers.get(CONTENT_TYPE).is_some_and(|value| {
        value
            .as_bytes()
            .split(|byte| *byte == b';')
            .next()
            .is_some_and(|essence| {
                let essence = essence.trim_ascii();
                essence.eq_ignore_ascii_case(b"text/event-stream")
                    || essence.eq_ignore_ascii_case(b"application/vnd.amazon.eventstream")
            })
    })
}
