//! From the client's request to the provider's.

use bytes::Bytes;
use hermesllm::splice::{RequestScanner, ScanError};
use hermesllm::{Api, ApiError, ErrorKind};
use http::header::{CONTENT_LENGTH, CONTENT_TYPE};

use super::pieces::join;
use super::{Operation, Output, Piece, ProviderExchange, ReplyPhase, Route};
use crate::credentials::X_GOOG_API_KEY;
use crate::rescue;
use crate::snapshot::header_value;

/// How far the client's body has come.
pub(super) enum RequestPhase {
    /// Read until the model is known.
    Deciding {
        scanner: RequestScanner,
        held: Vec<Bytes>,
    },
    /// Passed on as it comes.
    Forwarding { scanner: RequestScanner },
    /// Read whole: it is translated, or answered here.
    Collecting {
        scanner: RequestScanner,
        held: Vec<Bytes>,
    },
    /// Whole; what its URLs lead to is awaited.
    Fetching { body: Bytes },
    /// Nothing more is taken.
    Ended,
}

impl ProviderExchange {
    pub(super) fn begin_request(&mut self) {
        let limit = self.snapshot.limits.max_request_body_bytes;
        if let Some(error) = unacceptable_head(&self.head.headers) {
            return self.reject(&error);
        }
        if self.content_length().is_some_and(|length| length > limit) {
            return self.reject(&rescue::too_large(limit));
        }
        self.take_key_from_query();
        self.request = RequestPhase::Deciding {
            scanner: RequestScanner::new(),
            held: Vec::new(),
        };
    }

    /// A key in the query becomes a header, where keys are dealt with.
    fn take_key_from_query(&mut self) {
        let Some(query) = &self.head.query else {
            return;
        };
        let (keys, rest): (Vec<&str>, Vec<&str>) =
            query.split('&').partition(|pair| pair.starts_with("key="));
        if keys.is_empty() || self.client() != Api::GenerateContent {
            return;
        }
        let key = keys.first().and_then(|pair| pair.strip_prefix("key="));
        if let Some(value) = key.and_then(|key| header_value(key, true)) {
            self.head.headers.entry(X_GOOG_API_KEY).or_insert(value);
        }
        self.head.query = Some(rest.join("&"));
    }

    pub(super) fn content_length(&self) -> Option<u64> {
        let value = self.head.headers.get(CONTENT_LENGTH)?;
        value.to_str().ok()?.parse().ok()
    }

    pub(super) fn request_body(&mut self, bytes: Bytes, end: bool) {
        let limit = self.snapshot.limits.max_request_body_bytes;
        let phase = std::mem::replace(&mut self.request, RequestPhase::Ended);
        let (mut scanner, held, was_forwarding, was_deciding) = match phase {
            RequestPhase::Deciding { scanner, held } => (scanner, held, false, true),
            RequestPhase::Collecting { scanner, held } => (scanner, held, false, false),
            RequestPhase::Forwarding { scanner } => (scanner, Vec::new(), true, false),
            RequestPhase::Fetching { .. } | RequestPhase::Ended => return,
        };
        let scanned = scanner.push(&bytes).and_then(|()| match end {
            true => scanner.finish(),
            false => Ok(()),
        });
        let fault = if scanner.offset() as u64 > limit {
            Some(rescue::too_large(limit))
        } else {
            scanned
                .err()
                .map(|error: ScanError| rescue::from_scan(&error))
        };
        if let Some(error) = fault {
            if was_forwarding {
                self.emit(Output::AbortRequest);
            }
            return self.fault_in_request(&error);
        }
        self.asks_for_stream = scanner.fields().stream == Some(true);
        if was_forwarding {
            self.emit(Output::SendBody(Piece::AsReceived(bytes)));
            return self.forwarded(scanner, end);
        }
        let mut held = held;
        if !bytes.is_empty() {
            held.push(bytes);
        }
        let told = self.head.call.addressed.is_some() || scanner.fields().model_span.is_some();
        if was_deciding && (end || told) {
            if let Err(error) = self.decide(&scanner) {
                return self.reject(&error);
            }
        }
        let Some(route) = &self.route else {
            self.request = RequestPhase::Deciding { scanner, held };
            return;
        };
        let waits = self.signs(route) || route.adaptation.is_some();
        if self.passes_through(route) && (end || !waits) {
            let opened = match self.adapt(&held) {
                Some(adapted) => adapted.and_then(|adapted| self.open_adapted(adapted)),
                None => self.open_spliced(&scanner, held),
            };
            match opened {
                Ok(()) => self.forwarded(scanner, end),
                Err(error) => self.reject(&error),
            }
        } else if end {
            if let Err(error) = self.answer_collected(&scanner, join(held)) {
                self.reject(&error);
            }
        } else {
            self.request = RequestPhase::Collecting { scanner, held };
        }
    }

    fn forwarded(&mut self, scanner: RequestScanner, end: bool) {
        if end {
            self.emit(Output::SendEnd);
        } else {
            self.request = RequestPhase::Forwarding { scanner };
        }
    }

    pub(super) fn request_broken(&mut self, reason: &str) {
        let phase = std::mem::replace(&mut self.request, RequestPhase::Ended);
        match phase {
            RequestPhase::Ended => return,
            RequestPhase::Forwarding { .. } => self.emit(Output::AbortRequest),
            RequestPhase::Deciding { .. }
            | RequestPhase::Collecting { .. }
            | RequestPhase::Fetching { .. } => {}
        }
        let message = format!("the request's body cannot be read: {reason}");
        self.fault_in_request(&ApiError::new(ErrorKind::InvalidRequest, message));
    }

    /// The body turned out bad; part of it may have been passed on.
    fn fault_in_request(&mut self, error: &ApiError) {
        if matches!(self.reply, ReplyPhase::Awaiting) {
            self.reject(error);
        }
    }

    /// Chooses the provider entry; sets `route`.
    fn decide(&mut self, scanner: &RequestScanner) -> Result<(), ApiError> {
        let written = match &self.head.call.addressed {
            Some(addressed) => Some(addressed.model.as_str()),
            None => scanner.fields().model.as_deref(),
        };
        self.requested_model = written.map(str::to_owned);
        let resolved = self
            .snapshot
            .resolve(written)
            .ok_or_else(|| rescue::unknown_model(written))?;
        let upstream = &self.snapshot.upstreams()[resolved.index];
        let api = upstream.api_for(self.client(), resolved.model);
        let generates = self.head.call.operation == Operation::Generate;
        let adaptation = (api == self.client() && generates)
            .then(|| upstream.adaptation(api, resolved.model))
            .filter(|adaptation| self.snapshot.mixes_providers() || !adaptation.is_plain());
        self.route = Some(Route {
            upstream: resolved.index,
            api,
            model: resolved.model.to_owned(),
            adaptation,
        });
        Ok(())
    }

    /// Whether the provider takes the client's own API for this operation.
    fn passes_through(&self, route: &Route) -> bool {
        let upstream = &self.snapshot.upstreams()[route.upstream];
        route.api == self.client()
            && match self.head.call.operation {
                Operation::Generate => true,
                Operation::CountTokens => upstream
                    .count_tokens_path(route.api, &route.model)
                    .is_some(),
            }
    }
}

fn unacceptable_head(headers: &http::HeaderMap) -> Option<ApiError> {
    let site = headers.get("sec-fetch-site");
    if site.is_some_and(|site| site == "cross-site") {
        // A page of another site could spend the owner's money this way.
        return Some(ApiError::new(
            ErrorKind::Permission,
            "requests from web pages of other sites are refused".to_owned(),
        ));
    }
    let content_type = headers.get(CONTENT_TYPE)?.to_str().unwrap_or_default();
    let essence = content_type.split(';').next().unwrap_or_default().trim();
    let is_json = essence.eq_ignore_ascii_case("application/json")
        || essence.to_ascii_lowercase().ends_with("+json");
    (!is_json).then(|| {
        ApiError::new(
            ErrorKind::InvalidRequest,
            format!("the content type is '{essence}'; send 'application/json'"),
        )
    })
}
