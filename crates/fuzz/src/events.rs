use hermesllm::{FrameError, FrameParser, SseError, SseParser};

use crate::frames::push;
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

/// Frames do not depend on how the stream is cut, and come back whole when they
/// are written again. Input: how it is cut, whether lengths and checksums are
/// mended first (the low bit; 1 byte each), the stream.
pub fn frames(input: &[u8]) {
    let Some(([cut, mended], stream)) = controls(input) else {
        return;
    };
    let mut stream = stream.to_vec();
    if mended & 1 == 1 {
        mend(&mut stream);
    }
    let (events, end) = read_frames(&[&stream]);
    let cut = read_frames(&pieces(&stream, cut));
    assert_eq!((&events, &end), (&cut.0, &cut.1), "{}", shown(&stream));
    assert!(events.len() <= stream.len() / 16, "{}", shown(&stream));
    let mut again = Vec::new();
    for (name, payload) in &events {
        push(&mut again, name, payload.as_bytes());
    }
    assert_eq!(
        read_frames(&[&again]),
        (events, Ok(())),
        "{}",
        shown(&again)
    );
}

fn read_frames(pieces: &[&[u8]]) -> (Vec<Event>, Result<(), FrameError>) {
    let mut parser = FrameParser::default();
    let mut events = Vec::new();
    let end = pieces
        .iter()
        .try_for_each(|piece| {
            parser.push(piece, &mut |event| {
                events.push((event.name.to_owned(), event.data.to_owned()));
            })
        })
        .and_then(|()| parser.finish());
    (events, end)
}

/// Makes frames of any bytes: few changes of a frame leave its checksums right.
fn mend(mut rest: &mut [u8]) {
    while rest.len() >= 16 {
        let number = |at: usize| {
            let bytes = [rest[at], rest[at + 1], rest[at + 2], rest[at + 3]];
            u32::from_be_bytes(bytes) as usize
        };
        let total = number(0).clamp(16, rest.len());
        let headers = number(4) % (total - 15);
        let (frame, after) = rest.split_at_mut(total);
        write_number(frame, 0, total);
        write_number(frame, 4, headers);
        let checksum = crc32fast::hash(&frame[..8]);
        write_number(frame, 8, checksum as usize);
        let checksum = crc32fast::hash(&frame[..total - 4]);
        write_number(frame, total - 4, checksum as usize);
        rest = after;
    }
}

fn write_number(frame: &mut [u8], at: usize, number: usize) {
    let number = u32::try_from(number).expect("short");
    frame[at..at + 4].copy_from_slice(&number.to_be_bytes());
}
