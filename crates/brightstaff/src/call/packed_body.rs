//! Bodies that clients send compressed (RFC 9110, section 8.4).

use std::io;
use std::pin::Pin;
use std::task::{ready, Context, Poll};

use async_compression::tokio::bufread::{BrotliDecoder, GzipDecoder};
use bytes::{Buf, Bytes};
use http::header::{CONTENT_ENCODING, CONTENT_LENGTH};
use http::HeaderMap;
use http_body::Body;
use hyper::body::Incoming;
use tokio::io::{AsyncBufRead, AsyncRead, ReadBuf};

/// So much is unpacked at a time, however well it was packed.
const PIECE: usize = 32 * 1024;

/// How a body is packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Packing {
    Gzip,
    Brotli,
}

/// Takes from a request's head what says how its body is packed, and how long it is then. An error is the name of
/// a packing that is not known here.
pub(super) fn take_packing(headers: &mut HeaderMap) -> Result<Option<Packing>, String> {
    let values = headers.get_all(CONTENT_ENCODING).iter();
    let lines: Vec<_> = values
        .map(|value| String::from_utf8_lossy(value.as_bytes()).to_ascii_lowercase())
        .collect();
    let names: Vec<&str> = lines
        .iter()
        .flat_map(|line| line.split(','))
        .map(str::trim)
        .filter(|name| !name.is_empty() && *name != "identity")
        .collect();
    let packing = match names.as_slice() {
        [] => return Ok(None),
        ["gzip" | "x-gzip"] => Packing::Gzip,
        ["br"] => Packing::Brotli,
        names => return Err(names.join(", ")),
    };
    headers.remove(CONTENT_ENCODING);
    headers.remove(CONTENT_LENGTH);
    Ok(Some(packing))
}

/// Why a body cannot be unpacked.
pub(super) enum Failure {
    /// What came of it cannot be read.
    Cut(io::Error),
    /// It is not what its head says, or ends too early.
    Malformed(Packing),
}

impl Packing {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Gzip => "gzip",
            Self::Brotli => "br",
        }
    }
}

/// A body that is unpacked while it is read.
pub(super) struct PackedBody {
    decoder: Decoder,
    buffer: Vec<u8>,
}

enum Decoder {
    Gzip(GzipDecoder<Reader>),
    Brotli(BrotliDecoder<Reader>),
}

impl PackedBody {
    pub(super) fn new(incoming: Incoming, packing: Packing) -> Self {
        let reader = Reader {
            incoming,
            piece: Bytes::new(),
            is_cut: false,
        };
        let decoder = match packing {
            Packing::Gzip => {
                let mut decoder = GzipDecoder::new(reader);
                // What follows the first member is more of the body, or an error.
                decoder.multiple_members(true);
                Decoder::Gzip(decoder)
            }
            Packing::Brotli => Decoder::Brotli(BrotliDecoder::new(reader)),
        };
        Self {
            decoder,
            buffer: vec![0; PIECE],
        }
    }

    /// The next piece, unpacked; an empty one is the end.
    pub(super) fn poll_piece(&mut self, context: &mut Context<'_>) -> Poll<Result<Bytes, Failure>> {
        let mut unpacked = ReadBuf::new(&mut self.buffer);
        let read = match &mut self.decoder {
            Decoder::Gzip(decoder) => Pin::new(decoder).poll_read(context, &mut unpacked),
            Decoder::Brotli(decoder) => Pin::new(decoder).poll_read(context, &mut unpacked),
        };
        let bytes = match ready!(read) {
            Ok(()) => Bytes::copy_from_slice(unpacked.filled()),
            Err(error) => return Poll::Ready(Err(self.failure(error))),
        };
        if bytes.is_empty() {
            // Brotli ends by itself; nothing is to follow.
            let rest = Pin::new(self.reader()).poll_fill_buf(context);
            match ready!(rest) {
                Ok([]) => {}
                Ok(_) => return Poll::Ready(Err(Failure::Malformed(self.packing()))),
                Err(error) => return Poll::Ready(Err(self.failure(error))),
            }
        }
        Poll::Ready(Ok(bytes))
    }

    /// The rest, as it comes; nothing of it is unpacked any more.
    pub(super) fn into_packed(self) -> Incoming {
        match self.decoder {
            Decoder::Gzip(decoder) => decoder.into_inner().incoming,
            Decoder::Brotli(decoder) => decoder.into_inner().incoming,
        }
    }

    fn failure(&mut self, error: io::Error) -> Failure {
        if self.reader().is_cut {
            return Failure::Cut(error);
        }
        Failure::Malformed(self.packing())
    }

    fn packing(&self) -> Packing {
        match self.decoder {
            Decoder::Gzip(_) => Packing::Gzip,
            Decoder::Brotli(_) => Packing::Brotli,
        }
    }

    fn reader(&mut self) -> &mut Reader {
        match &mut self.decoder {
            Decoder::Gzip(decoder) => decoder.get_mut(),
            Decoder::Brotli(decoder) => decoder.get_mut(),
        }
    }
}

/// The packed body as the decoders read it.
struct Reader {
    incoming: Incoming,
    piece: Bytes,
    is_cut: bool,
}

impl AsyncBufRead for Reader {
    fn poll_fill_buf(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<&[u8]>> {
        let this = self.get_mut();
        while this.piece.is_empty() {
            match ready!(Pin::new(&mut this.incoming).poll_frame(context)) {
                Some(Ok(frame)) => this.piece = frame.into_data().unwrap_or_default(),
                Some(Err(error)) => {
                    this.is_cut = true;
                    return Poll::Ready(Err(io::Error::other(error)));
                }
                None => break,
            }
        }
        Poll::Ready(Ok(&this.piece))
    }

    fn consume(self: Pin<&mut Self>, amount: usize) {
        self.get_mut().piece.advance(amount);
    }
}

impl AsyncRead for Reader {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let packed = ready!(self.as_mut().poll_fill_buf(context))?;
        let amount = packed.len().min(into.remaining());
        into.put_slice(&packed[..amount]);
        self.consume(amount);
        Poll::Ready(Ok(()))
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn packing(values: &[&'static str]) -> Result<Option<Packing>, String> {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_LENGTH, HeaderValue::from_static("7"));
        for value in values {
            headers.append(CONTENT_ENCODING, HeaderValue::from_static(value));
        }
        let packing = take_packing(&mut headers);
        let is_packed = matches!(packing, Ok(Some(_)));
        assert_eq!(headers.contains_key(CONTENT_LENGTH), !is_packed);
        packing
    }

    #[test]
    fn a_body_is_packed_once_or_not_at_all() {
        assert_eq!(packing(&[]), Ok(None));
        assert_eq!(packing(&["", "identity"]), Ok(None));
        assert_eq!(packing(&["GZip"]), Ok(Some(Packing::Gzip)));
        assert_eq!(packing(&["identity, br"]), Ok(Some(Packing::Brotli)));
        assert_eq!(packing(&["gzip, br"]), Err("gzip, br".to_owned()));
        assert_eq!(packing(&["gzip", "gzip"]), Err("gzip, gzip".to_owned()));
        assert_eq!(packing(&["zstd"]), Err("zstd".to_owned()));
    }
}
