//! A body in the pieces that it came in.

use bytes::{Bytes, BytesMut};

use super::Piece;

/// Pieces below this size are joined: one write costs less than three.
const JOINED_BODY_BYTES: usize = 16 * 1024;

/// All pieces as one.
pub(super) fn join(held: Vec<Bytes>) -> Bytes {
    match <[Bytes; 1]>::try_from(held) {
        Ok([only]) => only,
        Err(several) => several.concat().into(),
    }
}

/// The bytes in `held` with those at `cut` replaced by `new`.
pub(super) fn spliced(held: Vec<Bytes>, cut: std::ops::Range<usize>, new: String) -> Vec<Piece> {
    if cut.is_empty() && new.is_empty() {
        return held.into_iter().map(Piece::AsReceived).collect();
    }
    let total: usize = held.iter().map(Bytes::len).sum();
    if total <= JOINED_BODY_BYTES {
        let mut joined = BytesMut::with_capacity(total + new.len());
        for_each_part(held, &cut, &new, |part| joined.extend_from_slice(&part));
        return vec![Piece::New(joined.freeze())];
    }
    let mut pieces = Vec::with_capacity(held.len() + 2);
    for_each_part(held, &cut, &new, |part| {
        pieces.push(Piece::AsReceived(part))
    });
    pieces
}

fn for_each_part(
    held: Vec<Bytes>,
    cut: &std::ops::Range<usize>,
    new: &str,
    mut take: impl FnMut(Bytes),
) {
    let mut offset = 0;
    let mut placed = false;
    for chunk in held {
        let end = offset + chunk.len();
        let before = cut.start.clamp(offset, end) - offset;
        let after = cut.end.clamp(offset, end) - offset;
        if before > 0 {
            take(chunk.slice(..before));
        }
        if !placed && cut.start < end {
            placed = true;
            take(Bytes::copy_from_slice(new.as_bytes()));
        }
        if after < chunk.len() && end > cut.start {
            take(chunk.slice(after..));
        }
        offset = end;
    }
    if !placed {
        take(Bytes::copy_from_slice(new.as_bytes()));
    }
}
