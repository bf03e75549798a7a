use std::sync::LazyLock;

use memchr::memmem::Finder;
use memchr::{memchr, memrchr};

use crate::api::Api;

/// Longer than any marker.
const MAX_MARKER: usize = 32;
/// How far before a long line the end may stand: before counts of usage that
/// come with much else.
const BEFORE_LINE: usize = 512;

const LONG_LINE: usize = 512;

type Markers = LazyLock<Vec<Finder<'static>>>;

static MESSAGES_END: Markers =
    LazyLock::new(|| finders(&["\"message_stop\"", "\nevent: error", "\nevent:error"]));

static RESPONSES_END: Markers = LazyLock::new(|| {
    finders(&[
        "\"response.completed\"",
        "\"response.incomplete\"",
        "\"response.failed\"",
        "\nevent: error",
        "\nevent:error",
    ])
});

/// Values of headers, with type and length before them: no payload holds those.
static CONVERSE_END: Markers =
    LazyLock::new(|| finders(&["\x07\0\x0bmessageStop", "\x07\0\x09exception"]));

static GENERATE_CONTENT_END: Markers = LazyLock::new(|| {
    finders(&[
        "\"finishReason\":\"",
        "\"finishReason\": \"",
        "\"blockReason\"",
        "\ndata: {\"error\"",
        "\ndata:{\"error\"",
    ])
});

static COHERE_END: Markers = LazyLock::new(|| finders(&["\"message-end\""]));

static CHAT_END: Markers = LazyLock::new(|| {
    finders(&[
        "\ndata: [DONE]",
        "\ndata:[DONE]",
        "\"finish_reason\":\"",
        "\"finish_reason\": \"",
        "\ndata: {\"error\"",
        "\ndata:{\"error\"",
    ])
});

fn finders(markers: &[&'static str]) -> Vec<Finder<'static>> {
    markers.iter().map(|marker| Finder::new(*marker)).collect()
}

/// What stands in the last events of a stream. Quotes and line ends keep text
/// from looking like them: inside a JSON string they are escaped.
fn markers(api: Api) -> &'static [Finder<'static>] {
    match api {
        Api::Messages => &MESSAGES_END,
        Api::Responses => &RESPONSES_END,
        Api::Converse => &CONVERSE_END,
        Api::GenerateContent => &GENERATE_CONTENT_END,
        Api::CohereChat => &COHERE_END,
        Api::Chat => &CHAT_END,
    }
}

/// Whether `bytes` hold the end of a stream of `api`.
pub(super) fn is_in(api: Api, bytes: &[u8]) -> bool {
    markers(api)
        .iter()
        .any(|marker| marker.find(bytes).is_some())
}

/// Whether the end is lost when the bytes before `cut` go. Only the line that
/// is cut can hold it, or what comes shortly before a long one: everything
/// else is followed by more than an end.
pub(super) fn leaves_at(api: Api, window: &[u8], cut: usize) -> bool {
    let (before, after) = window.split_at(cut.min(window.len()));
    let start = memrchr(b'\n', before).unwrap_or(0);
    let length = cut - start + memchr(b'\n', after).unwrap_or(after.len());
    let from = match length > LONG_LINE {
        true => start.saturating_sub(BEFORE_LINE),
        false => start,
    };
    let to = window.len().min(cut + MAX_MARKER);
    window.get(from..to).is_some_and(|bytes| is_in(api, bytes))
}
