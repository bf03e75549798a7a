use std::sync::LazyLock;

use memchr::memmem::Finder;

use super::Usage;
use crate::api::Api;
use crate::apis::{chat, messages, responses};

const KEY: &[u8] = b"\"usage\"";
/// Longest marker looked for.
const MAX_MARKER: usize = 32;
/// Longest usage object read.
const MAX_OBJECT: usize = 16 * 1024;

static FIND_KEY: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(KEY));

/// Reads token counts from a reply that passes unchanged, buffered or streamed,
/// in any pieces. It searches bytes, keeps only the object it found, and never
/// stands in the way of the reply.
#[derive(Debug)]
pub struct UsageTap {
    api: Api,
    state: State,
    /// The end of the last piece, for markers that are cut in two.
    carry: Vec<u8>,
    /// How many of the last bytes were searched for the key; it may begin in them.
    searched: usize,
    usage: Option<Usage>,
    complete: bool,
}

#[derive(Debug)]
enum State {
    Searching,
    /// The key was found; its value comes.
    AfterKey,
    Capturing {
        object: Vec<u8>,
        depth: u32,
        in_string: bool,
        escaped: bool,
    },
}

impl UsageTap {
    /// A tap on one reply of `api`.
    pub fn new(api: Api, streaming: bool) -> Self {
        Self {
            api,
            state: State::Searching,
            carry: Vec::with_capacity(2 * MAX_MARKER),
            searched: 0,
            usage: None,
            complete: !streaming,
        }
    }

    /// Looks at the next bytes of the reply.
    pub fn push(&mut self, bytes: &[u8]) {
        let before = self.carry.len();
        let head = bytes.get(..bytes.len().min(MAX_MARKER)).unwrap_or_default();
        self.carry.extend_from_slice(head);
        let seam = std::mem::take(&mut self.carry);
        if !self.complete {
            self.complete = terminal_markers(self.api)
                .iter()
                .any(|marker| marker.find(&seam).is_some() || marker.find(bytes).is_some());
        }
        let mut rest = bytes;
        if let State::Searching = self.state {
            let from = before - before.min(self.searched).min(KEY.len() - 1);
            let cut_in_two = FIND_KEY.find(&seam[from..]).map(|at| from + at);
            if let Some(at) = cut_in_two.filter(|at| *at < before) {
                self.state = State::AfterKey;
                self.searched = 0;
                rest = bytes.get(at + KEY.len() - before..).unwrap_or_default();
            }
        }
        while !rest.is_empty() {
            rest = self.step(rest);
        }
        self.carry = seam;
        self.keep_tail(before, bytes);
    }

    /// Reduces the carry to the last bytes of what has been seen.
    fn keep_tail(&mut self, before: usize, bytes: &[u8]) {
        self.carry.truncate(before);
        let tail_start = bytes.len().saturating_sub(MAX_MARKER - 1);
        let tail = bytes.get(tail_start..).unwrap_or_default();
        let keep = (MAX_MARKER - 1).saturating_sub(tail.len()).min(before);
        self.carry.drain(..before - keep);
        self.carry.extend_from_slice(tail);
    }

    /// Advances through `bytes`; returns what is left of them.
    fn step<'b>(&mut self, bytes: &'b [u8]) -> &'b [u8] {
        match &mut self.state {
            State::Searching => match FIND_KEY.find(bytes) {
                None => {
                    self.searched = self.searched.saturating_add(bytes.len());
                    &[]
                }
                Some(at) => {
                    self.state = State::AfterKey;
                    self.searched = 0;
                    bytes.get(at + KEY.len()..).unwrap_or_default()
                }
            },
            State::AfterKey => {
                let value = bytes
                    .iter()
                    .position(|byte| !byte.is_ascii_whitespace() && *byte != b':');
                let Some(at) = value else { return &[] };
                let found = bytes.get(at) == Some(&b'{');
                self.state = if found {
                    State::Capturing {
                        object: Vec::with_capacity(256),
                        depth: 0,
                        in_string: false,
                        escaped: false,
                    }
                } else {
                    State::Searching
                };
                bytes.get(at..).unwrap_or_default()
            }
            State::Capturing {
                object,
                depth,
                in_string,
                escaped,
            } => {
                for (at, byte) in bytes.iter().enumerate() {
                    object.push(*byte);
                    match (*in_string, *byte) {
                        (true, _) if *escaped => *escaped = false,
                        (true, b'\\') => *escaped = true,
                        (true, b'"') => *in_string = false,
                        (true, _) => {}
                        (false, b'"') => *in_string = true,
                        (false, b'{') => *depth += 1,
                        (false, b'}') => *depth -= 1,
                        (false, _) => {}
                    }
                    if *depth == 0 || object.len() > MAX_OBJECT {
                        let object = std::mem::take(object);
                        self.state = State::Searching;
                        self.read(&object);
                        return bytes.get(at + 1..).unwrap_or_default();
                    }
                }
                &[]
            }
        }
    }

    fn read(&mut self, object: &[u8]) {
        let Ok(text) = std::str::from_utf8(object) else {
            return;
        };
        match self.api {
            Api::Messages => {
                if let Ok(wire) = serde_json::from_str(text) {
                    messages::read_usage(&wire, self.usage.get_or_insert_default());
                }
            }
            Api::Responses => {
                if let Ok(wire) = serde_json::from_str(text) {
                    self.usage = Some(responses::read_usage(&wire));
                }
            }
            _ => {
                if let Ok(wire) = serde_json::from_str(text) {
                    self.usage = Some(chat::read_usage(&wire));
                }
            }
        }
    }

    /// Whether the reply came to its end: always for a buffered one, after the
    /// last event (or an error event) for a stream.
    pub fn is_complete(&self) -> bool {
        self.complete
    }

    /// The last counts seen.
    pub fn finish(self) -> Option<Usage> {
        self.usage
    }
}

type Markers = LazyLock<Vec<Finder<'static>>>;

static MESSAGES_END: Markers =
    LazyLock::new(|| finders(&["\"message_stop\"", "event: error", "event:error"]));

static RESPONSES_END: Markers = LazyLock::new(|| {
    finders(&[
        "\"response.completed\"",
        "\"response.incomplete\"",
        "\"response.failed\"",
        "event: error",
        "event:error",
    ])
});

static CHAT_END: Markers = LazyLock::new(|| {
    finders(&[
        "[DONE]",
        "\"finish_reason\":\"",
        "\"finish_reason\": \"",
        "data: {\"error\"",
        "data:{\"error\"",
    ])
});

fn finders(markers: &[&'static str]) -> Vec<Finder<'static>> {
    markers.iter().map(|marker| Finder::new(*marker)).collect()
}

/// What stands in the last events of a stream. Quotes keep text from looking
/// like them: inside a JSON string they are escaped.
fn terminal_markers(api: Api) -> &'static [Finder<'static>] {
    match api {
        Api::Messages => &MESSAGES_END,
        Api::Responses => &RESPONSES_END,
        _ => &CHAT_END,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHAT: &str = concat!(
        "data: {\"choices\":[{\"delta\":{\"content\":\"\\\"usage\\\":{\"}}],\"usage\":null}\n\n",
        "data: {\"choices\":[],\"usage\": {\"prompt_tokens\":10,\"completion_tokens\":3,",
        "\"prompt_tokens_details\":{\"cached_tokens\":4}}}\n\ndata: [DONE]\n\n",
    );
    const MESSAGES: &str = concat!(
        "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"usage\":",
        "{\"input_tokens\":7,\"cache_read_input_tokens\":2,\"output_tokens\":1}}}\n\n",
        "event: message_delta\ndata: {\"type\":\"message_delta\",\"usage\":{\"output_tokens\":9}}\n\n",
        "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n",
    );
    const RESPONSES: &str = concat!(
        "event: response.completed\ndata: {\"type\":\"response.completed\",\"response\":{\"usage\":",
        "{\"input_tokens\":5,\"input_tokens_details\":{\"cached_tokens\":1},\"output_tokens\":6,",
        "\"output_tokens_details\":{\"reasoning_tokens\":2}}}}\n\n",
    );

    fn usage(uncached_input: u64, cache_read: u64, output: u64, reasoning: Option<u64>) -> Usage {
        Usage {
            uncached_input,
            cache_read,
            output,
            reasoning,
            ..Usage::default()
        }
    }

    #[test]
    fn reads_usage_and_end_at_every_split() {
        for (api, text, expected) in [
            (Api::Chat, CHAT, usage(6, 4, 3, None)),
            (Api::Messages, MESSAGES, usage(7, 2, 9, None)),
            (Api::Responses, RESPONSES, usage(4, 1, 6, Some(2))),
        ] {
            for split in 0..text.len() {
                let (a, b) = text.as_bytes().split_at(split);
                let mut tap = UsageTap::new(api, true);
                tap.push(a);
                tap.push(b);
                assert!(tap.is_complete(), "{api} split at {split}");
                assert_eq!(tap.finish(), Some(expected), "{api} split at {split}");
            }
            let mut tap = UsageTap::new(api, true);
            text.as_bytes().chunks(1).for_each(|byte| tap.push(byte));
            assert!(tap.is_complete());
            assert_eq!(tap.finish(), Some(expected));
        }
    }

    #[test]
    fn an_early_end_is_not_complete() {
        let mut tap = UsageTap::new(Api::Messages, true);
        tap.push(
            MESSAGES
                .split("event: message_stop")
                .next()
                .unwrap()
                .as_bytes(),
        );
        assert!(!tap.is_complete());
        assert!(tap.finish().is_some());
    }

    #[test]
    fn a_cut_key_is_found_right_after_a_whole_one() {
        let text = r#"{"usage":null,"usage":{"prompt_tokens":2,"completion_tokens":3}}"#;
        for split in 0..text.len() {
            let (a, b) = text.as_bytes().split_at(split);
            let mut tap = UsageTap::new(Api::Chat, false);
            tap.push(a);
            tap.push(b);
            assert_eq!(tap.finish(), Some(usage(2, 0, 3, None)), "split at {split}");
        }
    }

    #[test]
    fn memory_stays_bounded() {
        let mut tap = UsageTap::new(Api::Chat, true);
        tap.push(b"\"usage\":{");
        for _ in 0..100 {
            tap.push(&[b'1'; 4096]);
        }
        assert!(matches!(tap.state, State::Searching));
        assert!(tap.carry.capacity() <= 4 * MAX_MARKER);
    }
}
