mod capture;
mod end;

use std::sync::LazyLock;

use capture::Capture;
use memchr::memmem::Finder;

use super::Usage;
use crate::api::Api;
use crate::apis::{chat, cohere_chat, converse, generate_content, messages, responses};

/// Bytes gathered before they are searched: one search of many pieces costs far
/// less than one of each.
const WINDOW: usize = 4 * 1024;
/// Bytes kept of a searched window: the last events of a stream lie in them.
const TAIL: usize = 1024;

/// Reads token counts from a reply that passes unchanged, buffered or streamed,
/// in any pieces. It searches bytes, keeps only the object it found, and never
/// stands in the way of the reply.
///
/// What it finds does not depend on how the reply is cut: windows are full at
/// the same bytes of the reply, and what is left is searched at the end.
#[derive(Debug)]
pub struct UsageTap {
    api: Api,
    capture: Capture,
    /// The last bytes of the reply, at most `WINDOW`.
    window: Vec<u8>,
    /// How much of the window `capture` has read.
    read_to: usize,
    usage: Option<Usage>,
    /// The end was seen in bytes that are no longer kept.
    complete: bool,
    /// Events of a stream.
    events: u64,
}

/// Begins the data of every event; frames name theirs.
static DATA: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new("data:"));
static DELTA_FRAME: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new("contentBlockDelta"));

impl UsageTap {
    /// A tap on one reply of `api`.
    pub fn new(api: Api, streaming: bool) -> Self {
        let mut window = Vec::with_capacity(512);
        // Markers begin at the start of a line; so does the reply.
        window.push(b'\n');
        Self {
            api,
            capture: Capture::default(),
            window,
            read_to: 0,
            usage: None,
            complete: !streaming,
            events: 0,
        }
    }

    /// Looks at the next bytes of the reply.
    pub fn push(&mut self, bytes: &[u8]) {
        let mark = match self.api {
            Api::Converse => &DELTA_FRAME,
            _ => &DATA,
        };
        self.events += mark.find_iter(bytes).count() as u64;
        let mut rest = bytes;
        while rest.len() >= WINDOW - self.window.len() {
            let (now, later) = rest.split_at(WINDOW - self.window.len());
            self.window.extend_from_slice(now);
            self.search();
            rest = later;
        }
        self.window.extend_from_slice(rest);
    }

    /// Searches a full window and keeps its tail.
    fn search(&mut self) {
        self.read_usage();
        let cut = WINDOW - TAIL;
        self.complete = self.complete || end::leaves_at(self.api, &self.window, cut);
        let drop = cut.min(self.read_to);
        self.window.drain(..drop);
        self.read_to -= drop;
    }

    /// Reads the counts in the rest of the window.
    fn read_usage(&mut self) {
        while let Some(rest) = self.window.get(self.read_to..) {
            let (read, object) = self.capture.step(self.api, rest);
            self.read_to += read;
            if let Some(object) = object {
                self.usage = read_object(self.api, &object, self.usage).or(self.usage);
            } else if read == 0 {
                return;
            }
        }
    }

    /// Whether the reply came to its end: always for a buffered one, after the
    /// last event (or an error event) for a stream.
    pub fn is_complete(&self) -> bool {
        self.complete || end::is_in(self.api, &self.window)
    }

    /// How many events of a stream have passed, nearly: about a token each.
    pub fn events(&self) -> u64 {
        self.events
    }

    /// The last counts seen.
    pub fn finish(mut self) -> Option<Usage> {
        self.read_usage();
        self.usage
    }
}

/// The counts in `object`; Messages adds to those `before`.
fn read_object(api: Api, object: &[u8], before: Option<Usage>) -> Option<Usage> {
    match api {
        Api::Messages => {
            let mut usage = before.unwrap_or_default();
            messages::read_usage(&serde_json::from_slice(object).ok()?, &mut usage);
            Some(usage)
        }
        Api::Converse => serde_json::from_slice(object)
            .ok()
            .map(|wire| converse::read_usage(&wire)),
        Api::Responses => serde_json::from_slice(object)
            .ok()
            .map(|wire| responses::read_usage(&wire)),
        Api::GenerateContent => serde_json::from_slice(object)
            .ok()
            .map(|wire| generate_content::read_usage(&wire)),
        Api::CohereChat => serde_json::from_slice(object)
            .ok()
            .map(|wire| cohere_chat::read_usage(&wire)),
        Api::Chat => serde_json::from_slice(object)
            .ok()
            .map(|wire| chat::read_usage(&wire)),
    }
}

#[cfg(test)]
mod tests;
