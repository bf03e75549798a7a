//! Incremental AWS event-stream framing: bytes in any pieces, whole frames out.
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/RESTSelectObjectAppendix.html>

use crate::json::JsonWriter;
use crate::sse::SseEvent;

/// Lengths and their checksum.
const PRELUDE: usize = 12;
/// Checksum at the end of a frame.
const TRAILER: usize = 4;
const MAX_HEADERS: usize = 128 * 1024;
const MAX_FRAME: usize = 16 * 1024 * 1024 + MAX_HEADERS + PRELUDE + TRAILER;

/// Why a stream of frames cannot be read on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FrameError {
    #[error("a frame of {0} bytes is larger than {MAX_FRAME} bytes")]
    TooLarge(usize),
    #[error("a frame's lengths contradict each other")]
    BadLengths,
    #[error("a frame's checksum is wrong")]
    BadChecksum,
    #[error("a frame's headers cannot be read")]
    BadHeaders,
    #[error("a frame's payload is not UTF-8")]
    BadPayload,
    #[error("the stream ends inside a frame")]
    Truncated,
}

/// Splits a byte stream into frames. Any split of the input gives the same
/// frames. Memory is bounded by the largest frame.
#[derive(Debug, Default)]
pub struct FrameParser {
    /// A frame whose end has not come.
    held: Vec<u8>,
}

impl FrameParser {
    /// Takes bytes; every whole frame goes to `handle`, named by its event or
    /// exception type. Exceptions have names that end in `Exception`.
    pub fn push(
        &mut self,
        bytes: &[u8],
        handle: &mut dyn FnMut(SseEvent<'_>),
    ) -> Result<(), FrameError> {
        if self.held.is_empty() {
            let read = read_frames(bytes, handle)?;
            self.held
                .extend_from_slice(bytes.get(read..).unwrap_or_default());
        } else {
            self.held.extend_from_slice(bytes);
            let read = read_frames(&self.held, handle)?;
            self.held.drain(..read);
        }
        Ok(())
    }

    /// The stream has ended.
    pub fn finish(&self) -> Result<(), FrameError> {
        match self.held.is_empty() {
            true => Ok(()),
            false => Err(FrameError::Truncated),
        }
    }
}

/// Reads the whole frames at the head of `bytes`; how many bytes they are.
fn read_frames(bytes: &[u8], handle: &mut dyn FnMut(SseEvent<'_>)) -> Result<usize, FrameError> {
    let mut read = 0;
    while let Some(rest) = bytes.get(read..) {
        let Some(length) = frame_length(rest)? else {
            break;
        };
        let Some(frame) = rest.get(..length) else {
            break;
        };
        read_frame(frame, handle)?;
        read += length;
    }
    Ok(read)
}

/// The length of the frame that begins here, once its prelude is there.
fn frame_length(bytes: &[u8]) -> Result<Option<usize>, FrameError> {
    let (Some(total), Some(headers), Some(checksum)) =
        (read_u32(bytes, 0), read_u32(bytes, 4), read_u32(bytes, 8))
    else {
        return Ok(None);
    };
    if crc32fast::hash(bytes.get(..8).unwrap_or_default()) != checksum {
        return Err(FrameError::BadChecksum);
    }
    let (total, headers) = (total as usize, headers as usize);
    if total > MAX_FRAME {
        return Err(FrameError::TooLarge(total));
    }
    if headers > MAX_HEADERS || total < PRELUDE + headers + TRAILER {
        return Err(FrameError::BadLengths);
    }
    Ok(Some(total))
}

fn read_frame(frame: &[u8], handle: &mut dyn FnMut(SseEvent<'_>)) -> Result<(), FrameError> {
    let (body, trailer) = frame.split_at(frame.len() - TRAILER);
    if read_u32(trailer, 0) != Some(crc32fast::hash(body)) {
        return Err(FrameError::BadChecksum);
    }
    let headers_end = PRELUDE + read_u32(frame, 4).ok_or(FrameError::BadLengths)? as usize;
    let headers = body
        .get(PRELUDE..headers_end)
        .ok_or(FrameError::BadLengths)?;
    let payload = body.get(headers_end..).ok_or(FrameError::BadLengths)?;
    let payload = std::str::from_utf8(payload).map_err(|_| FrameError::BadPayload)?;
    let mut message_type = "";
    let mut name = "";
    let mut error = (None, None);
    read_headers(headers, &mut |key, value| match key {
        ":message-type" => message_type = value,
        ":event-type" | ":exception-type" => name = value,
        ":error-code" => error.0 = Some(value),
        ":error-message" => error.1 = Some(value),
        _ => {}
    })?;
    if message_type == "error" {
        // An error without a type of the service: told as its general one.
        let mut data = Vec::new();
        JsonWriter::new(&mut data).object(|w| {
            w.member("message", error.1.or(error.0).unwrap_or("unknown error"));
        });
        handle(SseEvent {
            name: "internalServerException",
            data: std::str::from_utf8(&data).unwrap_or_default(),
        });
        return Ok(());
    }
    handle(SseEvent {
        name,
        data: payload,
    });
    Ok(())
}

/// Tells of every header whose value is a string.
fn read_headers<'f>(
    mut rest: &'f [u8],
    take: &mut dyn FnMut(&'f str, &'f str),
) -> Result<(), FrameError> {
    let bad = FrameError::BadHeaders;
    while let Some((length, after)) = rest.split_first() {
        let (name, after) = after.split_at_checked(*length as usize).ok_or(bad)?;
        let (kind, after) = after.split_first().ok_or(bad)?;
        let fixed = match kind {
            0 | 1 => Some(0),
            2 => Some(1),
            3 => Some(2),
            4 => Some(4),
            5 | 8 => Some(8),
            9 => Some(16),
            6 | 7 => None,
            _ => return Err(bad),
        };
        let (length, after) = match fixed {
            Some(length) => (length, after),
            None => {
                let (length, after) = after.split_first_chunk::<2>().ok_or(bad)?;
                (usize::from(u16::from_be_bytes(*length)), after)
            }
        };
        let (value, after) = after.split_at_checked(length).ok_or(bad)?;
        if *kind == 7 {
            let text = |bytes| std::str::from_utf8(bytes).map_err(|_| bad);
            take(text(name)?, text(value)?);
        }
        rest = after;
    }
    Ok(())
}

fn read_u32(bytes: &[u8], at: usize) -> Option<u32> {
    let bytes = bytes.get(at..at + 4)?;
    Some(u32::from_be_bytes(bytes.try_into().ok()?))
}

/// What a frame tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FrameKind {
    Event,
    Exception,
}

/// Appends a frame whose JSON payload `write` appends.
pub(crate) fn write_frame(
    out: &mut Vec<u8>,
    kind: FrameKind,
    name: &str,
    write: impl FnOnce(&mut Vec<u8>),
) {
    let start = out.len();
    out.extend_from_slice(&[0; PRELUDE]);
    let (message_type, type_key) = match kind {
        FrameKind::Event => ("event", ":event-type"),
        FrameKind::Exception => ("exception", ":exception-type"),
    };
    for (key, value) in [
        (type_key, name),
        (":content-type", "application/json"),
        (":message-type", message_type),
    ] {
        // Names and types are constants far below these limits.
        out.push(key.len() as u8);
        out.extend_from_slice(key.as_bytes());
        out.push(7);
        out.extend_from_slice(&(value.len() as u16).to_be_bytes());
        out.extend_from_slice(value.as_bytes());
    }
    let headers = out.len() - start - PRELUDE;
    write(out);
    let total = out.len() - start + TRAILER;
    let mut prelude = [0; PRELUDE];
    prelude[..4].copy_from_slice(&(total as u32).to_be_bytes());
    prelude[4..8].copy_from_slice(&(headers as u32).to_be_bytes());
    let checksum = crc32fast::hash(&prelude[..8]);
    prelude[8..].copy_from_slice(&checksum.to_be_bytes());
    if let Some(head) = out.get_mut(start..start + PRELUDE) {
        head.copy_from_slice(&prelude);
    }
    let checksum = crc32fast::hash(out.get(start..).unwrap_or_default());
    out.extend_from_slice(&checksum.to_be_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frames(pieces: &[&[u8]]) -> Result<Vec<(String, String)>, FrameError> {
        let mut parser = FrameParser::default();
        let mut found = Vec::new();
        for piece in pieces {
            parser.push(piece, &mut |event| {
                found.push((event.name.to_owned(), event.data.to_owned()));
            })?;
        }
        parser.finish()?;
        Ok(found)
    }

    fn two_frames() -> Vec<u8> {
        let mut out = Vec::new();
        write_frame(&mut out, FrameKind::Event, "messageStart", |out| {
            out.extend_from_slice(br#"{"role":"assistant"}"#);
        });
        write_frame(
            &mut out,
            FrameKind::Exception,
            "throttlingException",
            |out| {
                out.extend_from_slice("{\"message\":\"zu schnell für uns\"}".as_bytes());
            },
        );
        out
    }

    /// The empty frame of the protocol's test vectors.
    #[test]
    fn reads_a_published_frame() {
        let frame = [
            0x00, 0x00, 0x00, 0x10, 0x00, 0x00, 0x00, 0x00, 0x05, 0xc2, 0x48, 0xeb, 0x7d, 0x98,
            0xc8, 0xff,
        ];
        assert_eq!(frames(&[&frame]), Ok(vec![(String::new(), String::new())]));
    }

    #[test]
    fn every_split_gives_the_same_frames() {
        let bytes = two_frames();
        let whole = frames(&[&bytes]).expect("frames");
        assert_eq!(whole.len(), 2);
        assert_eq!(whole[1].0, "throttlingException");
        for split in 0..bytes.len() {
            let (a, b) = bytes.split_at(split);
            assert_eq!(frames(&[a, b]).as_ref(), Ok(&whole), "at {split}");
        }
        let single: Vec<&[u8]> = bytes.chunks(1).collect();
        assert_eq!(frames(&single).as_ref(), Ok(&whole));
    }

    #[test]
    fn notices_every_flipped_bit_and_every_cut() {
        let bytes = two_frames();
        for at in 0..bytes.len() * 8 {
            let mut broken = bytes.clone();
            broken[at / 8] ^= 1 << (at % 8);
            frames(&[&broken]).expect_err("a flipped bit");
        }
        let first = frame_length(&bytes).expect("lengths").expect("prelude");
        for end in (1..bytes.len()).filter(|end| *end != first) {
            assert_eq!(frames(&[&bytes[..end]]), Err(FrameError::Truncated));
        }
    }

    #[test]
    fn refuses_frames_beyond_the_limit_at_once() {
        let mut prelude = Vec::new();
        prelude.extend_from_slice(&u32::MAX.to_be_bytes());
        prelude.extend_from_slice(&0u32.to_be_bytes());
        prelude.extend_from_slice(&crc32fast::hash(&prelude).to_be_bytes());
        let error = frames(&[&prelude]).expect_err("too large");
        assert_eq!(error, FrameError::TooLarge(u32::MAX as usize));
    }
}
