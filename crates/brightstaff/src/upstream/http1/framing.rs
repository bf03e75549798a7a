//! Where the body of an answer ends.

use bytes::{Buf, Bytes, BytesMut};
use memchr::memchr;

/// Longest line that gives a chunk's size, extensions included.
const MAX_SIZE_LINE: usize = 4 * 1024;

/// Most bytes of trailers.
const MAX_TRAILERS: usize = 16 * 1024;

/// How the rest of a body is delimited.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Framing {
    /// So many bytes are to come.
    Length(u64),
    Chunked(Chunk),
    /// It ends with the connection.
    UntilClose,
    Done,
}

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Chunk {
    /// The line with the next chunk's size is due.
    Size,
    /// So many bytes of the chunk are to come.
    Data(u64),
    /// The end of line after a chunk is due.
    End,
    /// Trailers, of which so many bytes were read.
    Trailers(usize),
}

impl Framing {
    pub(super) fn chunked() -> Self {
        Self::Chunked(Chunk::Size)
    }

    pub(super) fn is_done(&self) -> bool {
        matches!(self, Self::Done)
    }

    /// The connection has ended; true if the body has too.
    pub(super) fn end_of_stream(&mut self) -> bool {
        if matches!(self, Self::UntilClose) {
            *self = Self::Done;
        }
        self.is_done()
    }

    /// Takes a piece of the body off `received`, if one is there.
    pub(super) fn take(&mut self, received: &mut BytesMut) -> Result<Option<Bytes>, &'static str> {
        match self {
            Self::Done => Ok(None),
            Self::UntilClose => Ok(whole(received)),
            Self::Length(left) => {
                let piece = part(received, left);
                if *left == 0 {
                    *self = Self::Done;
                }
                Ok(piece)
            }
            Self::Chunked(_) => {
                self.skip_to_data(received)?;
                let Self::Chunked(Chunk::Data(left)) = self else {
                    return Ok(None);
                };
                let piece = part(received, left);
                if *left == 0 {
                    *self = Self::Chunked(Chunk::End);
                    // If the end is there already, it is known with the last piece.
                    self.skip_to_data(received)?;
                }
                Ok(piece)
            }
        }
    }

    /// Reads sizes and line ends up to the next byte of data.
    fn skip_to_data(&mut self, received: &mut BytesMut) -> Result<(), &'static str> {
        while let Self::Chunked(chunk) = self {
            match chunk {
                Chunk::Data(_) => return Ok(()),
                Chunk::End => {
                    if received.len() < 2 {
                        return Ok(());
                    }
                    if !received.starts_with(b"\r\n") {
                        return Err("a chunk is longer than it says");
                    }
                    received.advance(2);
                    *chunk = Chunk::Size;
                }
                Chunk::Size => {
                    let Some(end) = memchr(b'\n', received) else {
                        return match received.len() > MAX_SIZE_LINE {
                            true => Err("a chunk's size"),
                            false => Ok(()),
                        };
                    };
                    let size = size(&received[..end])?;
                    received.advance(end + 1);
                    *chunk = match size {
                        0 => Chunk::Trailers(0),
                        size => Chunk::Data(size),
                    };
                }
                Chunk::Trailers(seen) => {
                    let Some(end) = memchr(b'\n', received) else {
                        return match *seen + received.len() > MAX_TRAILERS {
                            true => Err("its trailers"),
                            false => Ok(()),
                        };
                    };
                    *seen += end + 1;
                    if *seen > MAX_TRAILERS {
                        return Err("its trailers");
                    }
                    let empty = received[..end].trim_ascii().is_empty();
                    received.advance(end + 1);
                    if empty {
                        *self = Self::Done;
                    }
                }
            }
        }
        Ok(())
    }
}

/// Up to `left` bytes.
fn part(received: &mut BytesMut, left: &mut u64) -> Option<Bytes> {
    let length = usize::try_from(*left).map_or(received.len(), |left| left.min(received.len()));
    *left -= length as u64;
    (length > 0).then(|| received.split_to(length).freeze())
}

fn whole(received: &mut BytesMut) -> Option<Bytes> {
    (!received.is_empty()).then(|| received.split().freeze())
}

fn size(line: &[u8]) -> Result<u64, &'static str> {
    let digits = line.split(|&byte| byte == b';').next().unwrap_or_default();
    let digits = digits.trim_ascii();
    if digits.is_empty() || digits.len() > 16 || !digits.iter().all(u8::is_ascii_hexdigit) {
        return Err("a chunk's size");
    }
    let digits = std::str::from_utf8(digits).map_err(|_| "a chunk's size")?;
    u64::from_str_radix(digits, 16).map_err(|_| "a chunk's size")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Everything taken when `text` arrives cut at `split`.
    fn take_all(
        mut framing: Framing,
        text: &[u8],
        split: usize,
    ) -> Result<(Vec<u8>, bool), &'static str> {
        let mut body = Vec::new();
        let mut received = BytesMut::new();
        for part in [&text[..split], &text[split..]] {
            received.extend_from_slice(part);
            while let Some(piece) = framing.take(&mut received)? {
                body.extend_from_slice(&piece);
            }
        }
        Ok((body, framing.is_done()))
    }

    #[test]
    fn chunks_are_joined_at_every_split() {
        let text = b"5\r\nhello\r\n0A;ext=\"x\"\r\n, world\r\n!\r\n0\r\nx-trailer: 1\r\n\r\n";
        for split in 0..=text.len() {
            let (body, done) = take_all(Framing::chunked(), text, split).unwrap();
            assert_eq!(body, b"hello, world\r\n!", "split at {split}");
            assert!(done);
        }
    }

    #[test]
    fn the_end_is_known_with_the_last_piece() {
        let mut framing = Framing::chunked();
        let mut received = BytesMut::from(&b"2\r\nhi\r\n0\r\n\r\n"[..]);
        assert_eq!(framing.take(&mut received).unwrap().unwrap(), "hi");
        assert!(framing.is_done() && received.is_empty());
    }

    #[test]
    fn a_length_is_kept() {
        for split in 0..=5 {
            assert_eq!(
                take_all(Framing::Length(5), b"hello", split),
                Ok((b"hello".to_vec(), true))
            );
        }
        assert_eq!(
            take_all(Framing::Length(6), b"hello", 2),
            Ok((b"hello".to_vec(), false))
        );
        let mut received = BytesMut::from(&b"hello"[..]);
        let mut framing = Framing::Length(3);
        assert_eq!(framing.take(&mut received).unwrap().unwrap(), "hel");
        assert_eq!(framing.take(&mut received), Ok(None));
        assert_eq!(&received[..], b"lo");
    }

    #[test]
    fn malformed_chunks_are_refused() {
        for text in [
            &b"x\r\n"[..],
            b"\r\n\r\n",
            b"-1\r\n",
            b"11111111111111111\r\n",
            b"2\r\nhello",
        ] {
            assert!(take_all(Framing::chunked(), text, text.len()).is_err());
        }
        let endless = vec![b'1'; MAX_SIZE_LINE + 1];
        assert!(take_all(Framing::chunked(), &endless, 0).is_err());
        let trailers = [b"0\r\n".to_vec(), b"a: b\r\n".repeat(MAX_TRAILERS)].concat();
        assert!(take_all(Framing::chunked(), &trailers, 3).is_err());
    }
}
