use std::sync::Arc;

use crate::api::Api;
use crate::tools::{mix, ToolNames};

/// What the reply's translation must know of the request.
#[derive(Debug, Clone)]
pub struct ReplyContext {
    pub(crate) client: Api,
    pub(crate) upstream: Api,
    /// A stream for the client is one JSON array.
    pub(crate) array: bool,
    /// The model asked of the provider; shown when the reply names none.
    pub(crate) model: String,
    /// A Chat client asked for the usage chunk.
    pub(crate) include_usage: bool,
    /// A Gemini client wants no reasoning, only its proofs.
    pub(crate) hide_thoughts: bool,
    /// Members of the request that the reply repeats; see `Request::echo`.
    pub(crate) echo: Arc<str>,
    pub(crate) names: ToolNames,
    /// Milliseconds until the provider's answer began.
    pub(crate) latency_ms: u64,
    pub(crate) now_unix: u64,
    pub(crate) seed: u64,
}

impl ReplyContext {
    /// The content type of the client's reply, streamed or whole.
    pub fn content_type(&self, stream: bool) -> &'static str {
        match self.client {
            Api::Converse if stream => "application/vnd.amazon.eventstream",
            _ if stream && !self.array => "text/event-stream; charset=utf-8",
            _ => "application/json",
        }
    }

    /// Notes how long the provider took to answer, in milliseconds; some
    /// replies tell.
    pub fn set_latency(&mut self, milliseconds: u64) {
        self.latency_ms = milliseconds;
    }

    /// The provider's id under the prefix that clients of this API expect;
    /// made from the seed when there is none.
    pub(crate) fn client_id(&self, prefix: &str, upstream_id: &str) -> String {
        const PREFIXES: [&str; 5] = ["chatcmpl-", "msg_", "resp_", "gen-", "cmpl-"];
        let bare = PREFIXES
            .iter()
            .find_map(|known| upstream_id.strip_prefix(known))
            .unwrap_or(upstream_id);
        if bare.is_empty() {
            return self.made_id(prefix, 0);
        }
        format!("{prefix}{bare}")
    }

    /// Whether the client's API holds one answer only.
    pub(crate) fn takes_one_answer(&self) -> bool {
        !matches!(self.client, Api::Chat | Api::GenerateContent)
    }

    /// An id of its own for the `ordinal`-th thing of a reply.
    pub(crate) fn made_id(&self, prefix: &str, ordinal: u64) -> String {
        made_id(prefix, self.seed, ordinal)
    }

    /// The reported model, or the one that was asked for.
    pub(crate) fn model_or_requested<'m>(&'m self, reported: &'m str) -> &'m str {
        if reported.is_empty() {
            &self.model
        } else {
            reported
        }
    }
}

/// `prefix` and 24 hexadecimal digits.
pub(crate) fn made_id(prefix: &str, seed: u64, ordinal: u64) -> String {
    let first = mix(seed.wrapping_add(ordinal.wrapping_mul(0x9e37_79b9_7f4a_7c15)));
    format!("{prefix}{first:016x}{:08x}", mix(first) as u32)
}
