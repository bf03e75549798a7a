use hermesllm::{SseError, SseParser};

use crate::input::{controls, pieces, shown};

/// An event of its name and data.
type Event = (String, String);

/// Events do not depend on how the stream is cut, and none is larger than the
/// limit. Input: how it is cut, the limit (1 byte each), the stream.
pub fn sse(input: &[u8]) {
    let Some(([cut, limit], stream)) = controls(input) else {
        return;
    };
    let limit = usize::from(limit);
    let (events, end) = read(&[stream], limit);
    let cut = read(&pieces(stream, cut), limit);
    assert_eq!((&events, &end), (&cut.0, &cut.1), "{}", shown(stream));
    for (name, data) in &events {
        let size = name.len().max(data.len());
        assert!(size <= limit, "{size} bytes: {}", shown(stream));
    }
    if end.is_ok() {
        let again: Vec<u8> = events.iter().flat_map(write).collect();
        let (read_again, end) = read(&[&again], usize::MAX);
        assert_eq!((read_again, end), (events, Ok(())), "{}", shown(&again));
    }
}

fn read(pieces: &[&[u8]], limit: usize) -> (Vec<Event>, Result<(), SseError>) {
    let mut parser = SseParser::with_limit(limit);
    let mut events = Vec::new();
    let mut handle = |event: hermesllm::SseEvent<'_>| {
        events.push((event.name.to_owned(), event.data.to_owned()));
    };
    let end = pieces
        .iter()
        .try_for_each(|piece| parser.push(piece, &mut handle))
        .and_then(|()| parser.finish(&mut handle));
    (events, end)
}

fn write((name, data): &Event) -> Vec<u8> {
    let mut lines = format!("event: {name}\n");
    for line in data.split('\n') {
        lines.push_str(&format!("data: {line}\n"));
    }
    lines.push('\n');
    lines.into_bytes()
}
