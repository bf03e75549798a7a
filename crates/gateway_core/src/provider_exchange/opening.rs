//! The request to the provider: as it came, edited, or translated.

use bytes::Bytes;
use common::{FetchMedia, OnUnsupported};
use hermesllm::splice::{string_literal, RequestScanner};
use hermesllm::{
    estimate_tokens, translate_with_media, AdaptedRequest, Api, ApiError, Call, Dropped, ErrorKind,
    RemoteMedia, Target,
};
use http::header::HOST;
use http::uri::PathAndQuery;
use http::StatusCode;

use super::pieces::{join, spliced};
use super::request::RequestPhase;
use super::{
    FetchFailure, Operation, Outcome, Output, Piece, ProviderExchange, ProviderRequest, ReplyPhase,
    Route,
};
use crate::credentials::credential_header;
use crate::forwarded_headers::request_headers;
use crate::rescue::LocalReply;
use crate::signing::{sign, Signable};
use crate::snapshot::{Credential, Snapshot};

impl ProviderExchange {
    pub(super) fn signs(&self, route: &Route) -> bool {
        self.snapshot.upstreams()[route.upstream].signs()
    }

    /// The whole body made to fit, where it may not pass as it is.
    pub(super) fn adapt(&self, held: &[Bytes]) -> Option<Result<AdaptedRequest, ApiError>> {
        let route = self.route.as_ref()?;
        let adaptation = route.adaptation.as_ref()?;
        let joined;
        let body = match held {
            [only] => only,
            several => {
                joined = Bytes::from(several.concat());
                &joined
            }
        };
        if !adaptation.is_needed(body) {
            return None;
        }
        let target = self.target(route);
        let adapted = adaptation.apply(body, self.call(), &target);
        Some(adapted.map_err(ApiError::from))
    }

    pub(super) fn open_adapted(&mut self, adapted: AdaptedRequest) -> Result<(), ApiError> {
        self.note_losses(adapted.dropped)?;
        if let Some((context, stream)) = adapted.reply {
            self.reply = ReplyPhase::AwaitingTranslated { context, stream };
        }
        let body = Bytes::from(adapted.body);
        self.open(Some(body.len() as u64), &body)?;
        self.emit(Output::SendBody(Piece::New(body)));
        Ok(())
    }

    /// What is lost is told, or refused, as the configuration says.
    fn note_losses(&mut self, dropped: Vec<Dropped>) -> Result<(), ApiError> {
        match self.snapshot.on_unsupported {
            OnUnsupported::Warn => self.dropped = dropped,
            OnUnsupported::Drop => {}
            OnUnsupported::Reject => refuse_losses(&self.upstream_name(), &dropped)?,
        }
        Ok(())
    }

    fn target<'r>(&self, route: &'r Route) -> Target<'r> {
        Target {
            provider: self.snapshot.upstreams()[route.upstream].provider,
            model: &route.model,
            now_unix: self.head.now_unix,
            seed: self.head.seed,
        }
    }

    fn call(&self) -> Call {
        Call {
            api: self.client(),
            stream: self.head.call.addressed.as_ref().map(|path| path.stream),
            array: self.wants_array(),
        }
    }

    /// Opens the provider's request; only the model's name differs.
    pub(super) fn open_spliced(
        &mut self,
        scanner: &RequestScanner,
        held: Vec<Bytes>,
    ) -> Result<(), ApiError> {
        let Some(route) = &self.route else {
            return Ok(());
        };
        let fields = scanner.fields();
        let unchanged = fields.model.as_deref() == Some(route.model.as_str());
        let (cut, new) = match (&fields.model_span, unchanged) {
            _ if self.head.call.addressed.is_some() => (0..0, String::new()),
            (Some(_), true) => (0..0, String::new()),
            (Some(span), false) => (span.clone(), string_literal(&route.model)),
            (None, _) => {
                let comma = if fields.has_keys { "," } else { "" };
                let field = format!("\"model\":{}{comma}", string_literal(&route.model));
                (fields.object_start..fields.object_start, field)
            }
        };
        let length = self
            .content_length()
            .map(|length| (length + new.len() as u64).saturating_sub(cut.len() as u64));
        let pieces = spliced(held, cut, new);
        if self.signs(route) {
            let parts: Vec<Bytes> = pieces.into_iter().map(Piece::into_bytes).collect();
            let body = join(parts);
            self.open(Some(body.len() as u64), &body)?;
            self.emit(Output::SendBody(Piece::New(body)));
            return Ok(());
        }
        self.open(length, &[])?;
        for piece in pieces {
            self.emit(Output::SendBody(piece));
        }
        Ok(())
    }

    /// Emits the request's head. `body` is looked at only where requests are signed.
    pub(super) fn open(&mut self, body_length: Option<u64>, body: &[u8]) -> Result<(), ApiError> {
        let Some(route) = &self.route else {
            return Ok(());
        };
        let upstream = &self.snapshot.upstreams()[route.upstream];
        let same_api = route.api == self.client();
        let mut headers = request_headers(&self.head.headers, self.client(), route.api);
        headers.insert(HOST, upstream.host_header.clone());
        if let Some((name, value)) = credential_header(upstream, route.api, &self.head.headers)? {
            headers.insert(name, value);
        }
        for (name, value) in &upstream.headers {
            headers.insert(name.clone(), value.clone());
        }
        let path = match self.head.call.operation {
            Operation::CountTokens => upstream.count_tokens_path(route.api, &route.model),
            Operation::Generate => upstream.path(route.api, &route.model, self.streams()),
        };
        let path = path.ok_or_else(|| {
            let model = &route.model;
            ApiError::new(
                ErrorKind::InvalidRequest,
                format!("model '{model}' cannot be addressed at '{}'", upstream.name),
            )
        })?;
        let path = match same_api && route.api == Api::GenerateContent {
            // The client says itself how it wants the stream framed.
            true => PathAndQuery::try_from(path.path()).unwrap_or(path),
            false => path,
        };
        let query = self.head.query.as_deref().filter(|_| same_api);
        let path = with_query(path, query);
        if let Credential::Aws(keys) = &upstream.credential {
            let signable = Signable {
                method: "POST",
                path: path.path(),
                body,
                now_unix: self.head.now_unix,
                service: "bedrock",
            };
            sign(keys, &signable, &mut headers).ok_or_else(|| {
                ApiError::new(
                    ErrorKind::Server,
                    format!("the AWS keys of '{}' cannot be sent", upstream.name),
                )
            })?;
        }
        let request = ProviderRequest {
            upstream: route.upstream,
            origin: upstream.origin.clone(),
            path,
            headers,
            body_length,
        };
        self.emit(Output::Open(Box::new(request)));
        Ok(())
    }

    fn may_fetch(&self) -> bool {
        self.snapshot.fetch_media != FetchMedia::Off
    }

    pub(super) fn fetched(&mut self, fetched: Result<Vec<RemoteMedia>, FetchFailure>) {
        let phase = std::mem::replace(&mut self.request, RequestPhase::Ended);
        let RequestPhase::Fetching { body } = phase else {
            return;
        };
        let translated = match fetched {
            Ok(media) => self.translate(body, &media),
            Err(FetchFailure { url, reason }) => {
                let shown = without_secrets_of_its_own(&url);
                let message = format!("the content of {shown} cannot be had: {reason}");
                Err(ApiError::new(ErrorKind::InvalidRequest, message))
            }
        };
        if let Err(error) = translated {
            self.reject(&error);
        }
    }

    /// Whether the provider is asked for a stream; known once a body is translated.
    fn streams(&self) -> bool {
        match &self.head.call.addressed {
            Some(addressed) => addressed.stream,
            None => self.reply.expects_stream() || self.asks_for_stream,
        }
    }

    /// The query asks for events; without it Gemini sends an array.
    fn wants_array(&self) -> bool {
        let asks_for_events = |query: &str| query.split('&').any(|pair| pair == "alt=sse");
        self.client() == Api::GenerateContent
            && !self.head.query.as_deref().is_some_and(asks_for_events)
    }

    /// Translates the whole body, or answers it here.
    pub(super) fn answer_collected(
        &mut self,
        scanner: &RequestScanner,
        body: Bytes,
    ) -> Result<(), ApiError> {
        let client = self.client();
        let Some(route) = &self.route else {
            return Ok(());
        };
        if self.head.call.operation == Operation::CountTokens {
            let tokens = estimate_tokens(&body, client)?;
            let field = match client {
                Api::GenerateContent => "totalTokens",
                Api::Converse => "inputTokens",
                _ => "input_tokens",
            };
            let body = format!("{{\"{field}\":{tokens}}}").into_bytes();
            self.reply_locally(LocalReply::json(StatusCode::OK, body), Outcome::Local);
            return Ok(());
        }
        if scanner.fields().previous_response_id && route.api != Api::Responses {
            return Err(no_conversation_state(&self.snapshot, route));
        }
        self.translate(body, &[])
    }

    /// Opens the translated request, or asks for what it lacks.
    fn translate(&mut self, body: Bytes, media: &[RemoteMedia]) -> Result<(), ApiError> {
        let Some(route) = &self.route else {
            return Ok(());
        };
        let target = self.target(route);
        let translated = match translate_with_media(&body, self.call(), route.api, &target, media) {
            Ok(translated) => translated,
            Err(error) if self.may_fetch() && media.is_empty() && !error.to_fetch.is_empty() => {
                self.emit(Output::Fetch(error.to_fetch));
                self.request = RequestPhase::Fetching { body };
                return Ok(());
            }
            Err(error) => return Err(error.into()),
        };
        self.note_losses(translated.dropped)?;
        self.reply = ReplyPhase::AwaitingTranslated {
            context: Box::new(translated.context),
            stream: translated.stream,
        };
        let body = Bytes::from(translated.body);
        self.open(Some(body.len() as u64), &body)?;
        self.emit(Output::SendBody(Piece::New(body)));
        self.emit(Output::SendEnd);
        Ok(())
    }
}

/// A URL without what may be a secret: name and password, and what follows a
/// question mark.
fn without_secrets_of_its_own(url: &str) -> String {
    let open = url.split(['?', '#']).next().unwrap_or_default();
    let Some((scheme, rest)) = open.split_once("://") else {
        return open.to_owned();
    };
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let host = authority.rsplit('@').next().unwrap_or_default();
    format!("{scheme}://{host}{path}")
}

/// Nothing may be lost: the first loss is the error.
fn refuse_losses(provider: &str, dropped: &[Dropped]) -> Result<(), ApiError> {
    let Some(first) = dropped.first() else {
        return Ok(());
    };
    let fields: Vec<&str> = dropped.iter().map(|lost| lost.field.as_str()).collect();
    let message = format!(
        "model provider '{provider}' has no place for {}: {} (overrides.on_unsupported is reject)",
        fields.join(", "),
        first.reason
    );
    Err(ApiError::new(ErrorKind::InvalidRequest, message).with_param(first.field.clone()))
}

fn with_query(path: PathAndQuery, query: Option<&str>) -> PathAndQuery {
    let Some(query) = query.filter(|query| !query.is_empty()) else {
        return path;
    };
    let separator = if path.query().is_some() { '&' } else { '?' };
    PathAndQuery::try_from(format!("{path}{separator}{query}")).unwrap_or(path)
}

fn no_conversation_state(snapshot: &Snapshot, route: &Route) -> ApiError {
    let name = &snapshot.upstreams()[route.upstream].name;
    ApiError {
        param: Some("previous_response_id".to_owned()),
        ..ApiError::new(
            ErrorKind::InvalidRequest,
            format!("'previous_response_id' needs a provider that keeps conversations; '{name}' does not: send the whole input instead"),
        )
    }
}
