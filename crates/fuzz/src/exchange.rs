use std::sync::{Arc, LazyLock};
use std::time::Duration;

use bytes::Bytes;
use common::RuntimeConfig;
use gateway_core::{
    Addressed, FetchFailure, Input, ModelCall, Operation, Outcome, Output, ProviderExchange,
    RequestHead, Snapshot, UpstreamFailure,
};
use hermesllm::Api;
use http::header::{HeaderName, HeaderValue, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE};
use http::{HeaderMap, StatusCode};

use crate::input::{choose, controls, pieces, shown};

const CONFIG: &str = "
version: v0.4.0
listeners: []
metrics: {address: 127.0.0.1, port: 9092}
model_providers:
  - {name: openai/gpt-4o, model: gpt-4o, provider_interface: openai, access_key: sk-own, default: true}
  - {name: 'anthropic/*', model: '*', provider_interface: anthropic, access_key: sk-own}
  - {name: groq/llama, model: llama, provider_interface: groq, passthrough_auth: true}
  - {name: gemini/flash, model: gemini-2.5-flash, provider_interface: gemini, access_key: sk-own}
  - {name: command, model: command, provider_interface: cohere, access_key: sk-own}
  - {name: mine, model: tiny, provider_interface: ollama, base_url: 'http://127.0.0.1:9/sub'}
model_aliases: {fast: {target: gpt-4o}}
overrides:
  max_request_body_bytes: 2000
  drain_timeout_ms: 1
  upstream_connect_timeout_ms: 1
  upstream_first_byte_timeout_ms: 1
  upstream_idle_timeout_ms: 1
  on_unsupported: warn
  fetch_media: public
";

/// A model that a path names, and whether it asks for a stream.
type Named = Option<(&'static str, bool)>;

const CALLS: [(Api, Operation, Named); 8] = [
    (Api::Chat, Operation::Generate, None),
    (Api::Messages, Operation::Generate, None),
    (Api::Responses, Operation::Generate, None),
    (Api::Messages, Operation::CountTokens, None),
    (
        Api::GenerateContent,
        Operation::Generate,
        Some(("anthropic/any", true)),
    ),
    (
        Api::GenerateContent,
        Operation::Generate,
        Some(("gemini/flash", false)),
    ),
    (Api::Converse, Operation::Generate, Some(("gpt-4o", true))),
    (Api::CohereChat, Operation::Generate, None),
];

const STATUSES: [u16; 8] = [200, 200, 200, 201, 302, 400, 429, 500];

static SNAPSHOT: LazyLock<Arc<Snapshot>> = LazyLock::new(|| {
    let config = RuntimeConfig::from_yaml(CONFIG).expect("a configuration");
    Arc::new(Snapshot::build(&config, &|_| None).expect("a snapshot"))
});

/// A call ends once and in order, whatever client and provider send and
/// whoever leaves. Input: the call, the provider's status, how bodies are cut
/// (1 byte each), flags (1 byte, see [`Flags`]); the client's body, a NUL, the
/// provider's body.
pub fn exchange(input: &[u8]) {
    let Some(([call, status, cut, flags], bodies)) = controls(input) else {
        return;
    };
    let mut bodies = bodies.splitn(2, |byte| *byte == 0);
    let body = bodies.next().unwrap_or_default();
    let reply = bodies.next().unwrap_or_default();
    let flags = Flags::from_byte(flags);
    let (client, operation, addressed) = *choose(&CALLS, call);
    let head = RequestHead {
        call: ModelCall {
            client,
            operation,
            addressed: addressed.map(|(model, stream)| Addressed {
                model: model.to_owned(),
                stream,
            }),
        },
        query: Some("beta=true".to_owned()),
        headers: request_headers(&flags, body.len()),
        now_unix: 1_700_000_000,
        seed: 7,
    };
    let mut call = Call::new(head);
    let mut provider = Provider {
        status: StatusCode::from_u16(*choose(&STATUSES, status)).expect("a status"),
        headers: reply_headers(&flags),
        pieces: pieces(reply, cut),
        ending: flags.ending,
        began: false,
    };
    let body_pieces = pieces(body, cut);
    let last = body_pieces.len() - 1;
    for (at, piece) in body_pieces.into_iter().enumerate() {
        if flags.early_reply && call.wire.opened {
            provider.send(&mut call);
        }
        if !call.exchange.wants_request() {
            break;
        }
        let bytes = Bytes::copy_from_slice(piece);
        call.feed(Input::RequestBody {
            bytes,
            end: at == last,
        });
    }
    assert!(!call.exchange.wants_request() || call.wire.observed.is_some());
    if call.wire.opened {
        provider.send(&mut call);
    }
    call.check_end(input);
}

/// What the provider and the client do; read from the bits of a byte.
struct Flags {
    content_length: bool,
    event_stream: bool,
    packed: bool,
    /// The provider answers before it has the whole request.
    early_reply: bool,
    ending: Ending,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Ending {
    Whole,
    WithLastPiece,
    Failed,
    ClientGone,
}

impl Flags {
    fn from_byte(byte: u8) -> Self {
        let bit = |at: u8| byte >> at & 1 == 1;
        Self {
            content_length: bit(0),
            event_stream: bit(1),
            packed: bit(2) && bit(3),
            early_reply: bit(4),
            ending: match byte >> 5 & 3 {
                0 => Ending::WithLastPiece,
                1 => Ending::Whole,
                2 => Ending::Failed,
                _ => Ending::ClientGone,
            },
        }
    }
}

fn request_headers(flags: &Flags, length: usize) -> HeaderMap {
    let mut headers = HeaderMap::new();
    let key = HeaderName::from_static("authorization");
    headers.insert(key, HeaderValue::from_static("Bearer sk-client"));
    if flags.content_length {
        headers.insert(CONTENT_LENGTH, length.into());
    }
    headers
}

fn reply_headers(flags: &Flags) -> HeaderMap {
    let mut headers = HeaderMap::new();
    let kind = if flags.event_stream {
        "text/event-stream"
    } else {
        "application/json"
    };
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    if flags.packed {
        headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    headers
}

struct Provider<'a> {
    status: StatusCode,
    headers: HeaderMap,
    pieces: Vec<&'a [u8]>,
    ending: Ending,
    began: bool,
}

impl Provider<'_> {
    /// Sends everything; a second time nothing.
    fn send(&mut self, call: &mut Call) {
        if std::mem::replace(&mut self.began, true) {
            return;
        }
        call.feed(Input::ReplyHead {
            status: self.status,
            headers: std::mem::take(&mut self.headers),
            elapsed: Duration::from_millis(3),
        });
        let last = self.pieces.len() - 1;
        for (at, piece) in self.pieces.iter().enumerate() {
            let end = at == last && self.ending == Ending::WithLastPiece;
            let bytes = Bytes::copy_from_slice(piece);
            call.feed(Input::ReplyBody { bytes, end });
        }
        match self.ending {
            Ending::WithLastPiece => {}
            Ending::Whole => call.feed(Input::ReplyBody {
                bytes: Bytes::new(),
                end: true,
            }),
            Ending::Failed => call.feed(Input::UpstreamFailed(UpstreamFailure::IdleTimeout)),
            Ending::ClientGone => call.feed(Input::ClientGone),
        }
    }
}

struct Call {
    exchange: ProviderExchange,
    wire: Wire,
}

/// What came out of a call.
#[derive(Debug, Default)]
struct Wire {
    opened: bool,
    body_length: Option<u64>,
    sent: u64,
    send_ended: bool,
    aborted: bool,
    status: Option<u16>,
    reply_over: bool,
    observed: Option<(Outcome, u16)>,
}

impl Call {
    fn new(head: RequestHead) -> Self {
        let mut call = Self {
            exchange: ProviderExchange::new(SNAPSHOT.clone(), head),
            wire: Wire::default(),
        };
        call.drain();
        call
    }

    fn feed(&mut self, input: Input) {
        self.exchange.handle(input);
        self.drain();
    }

    fn drain(&mut self) {
        while let Some(output) = self.exchange.poll() {
            if let Output::Fetch(urls) = output {
                let url = urls.into_iter().next().unwrap_or_default();
                let reason = "not here".to_owned();
                let failure = FetchFailure { url, reason };
                self.exchange.handle(Input::Fetched(Err(failure)));
            } else {
                self.wire.take(output);
            }
        }
    }

    fn check_end(&self, input: &[u8]) {
        let wire = &self.wire;
        let Some((outcome, status)) = wire.observed else {
            panic!("never observed: {wire:?}\n{}", shown(input));
        };
        assert!(
            outcome == Outcome::ClientGone || wire.reply_over,
            "no end: {wire:?}\n{}",
            shown(input)
        );
        assert_eq!(status, wire.status.unwrap_or(0), "{}", shown(input));
        if wire.send_ended {
            let length = wire.body_length.unwrap_or(wire.sent);
            assert_eq!(wire.sent, length, "{}", shown(input));
        }
    }
}

impl Wire {
    fn take(&mut self, output: Output) {
        assert!(
            self.observed.is_none(),
            "{output:?} after the end: {self:?}"
        );
        let sending = self.opened && !self.send_ended && !self.aborted;
        let replying = self.status.is_some() && !self.reply_over;
        match output {
            Output::Open(request) => {
                assert!(!self.opened, "opened twice: {self:?}");
                self.opened = true;
                self.body_length = request.body_length;
            }
            Output::SendBody(piece) => {
                assert!(sending, "a piece out of place: {self:?}");
                self.sent += piece.into_bytes().len() as u64;
            }
            Output::Fetch(_) => panic!("asked of the wire: {self:?}"),
            Output::SendEnd => {
                assert!(sending, "an end out of place: {self:?}");
                self.send_ended = true;
            }
            Output::AbortRequest => {
                assert!(self.opened && !self.aborted, "nothing to abort: {self:?}");
                self.aborted = true;
            }
            Output::ReplyHead { status, .. } => {
                assert!(self.status.is_none(), "a second head: {self:?}");
                let fault = status.is_server_error() && status != StatusCode::NOT_IMPLEMENTED;
                assert!(self.opened || !fault, "{status} unasked: {self:?}");
                self.status = Some(status.as_u16());
            }
            Output::ReplyBody(_) => assert!(replying, "a body out of place: {self:?}"),
            Output::ReplyEnd | Output::ReplyAbort => {
                assert!(replying, "an end out of place: {self:?}");
                self.reply_over = true;
            }
            Output::Observe(observation) => {
                self.observed = Some((observation.outcome, observation.status));
            }
        }
    }
}
