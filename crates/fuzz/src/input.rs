//! How an input is taken apart.

/// The first `N` bytes, which steer a target, and the rest.
pub(crate) fn controls<const N: usize>(input: &[u8]) -> Option<([u8; N], &[u8])> {
    let (controls, rest) = input.split_first_chunk::<N>()?;
    Some((*controls, rest))
}

/// The element of `choices` that `control` stands for.
pub(crate) fn choose<T>(choices: &[T], control: u8) -> &T {
    &choices[usize::from(control) % choices.len()]
}

/// Cuts `bytes` into pieces; `control` decides how long they are: single bytes
/// for 0, up to 256 bytes for 255. There may be empty pieces, but always one.
pub(crate) fn pieces(bytes: &[u8], control: u8) -> Vec<&[u8]> {
    let mut pieces = Vec::new();
    let mut rest = bytes;
    let mut state = u32::from(control).wrapping_mul(0x9e37_79b9) | 1;
    while !rest.is_empty() {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        // Now and then nothing comes.
        if state.is_multiple_of(13) {
            pieces.push(&rest[..0]);
        }
        let length = 1 + (state >> 8) as usize % (usize::from(control) + 1);
        let (piece, after) = rest.split_at(length.min(rest.len()));
        pieces.push(piece);
        rest = after;
    }
    if pieces.is_empty() {
        pieces.push(rest);
    }
    pieces
}

/// A lossless, readable form of `bytes` for messages.
pub(crate) fn shown(bytes: &[u8]) -> std::slice::EscapeAscii<'_> {
    bytes.escape_ascii()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_lose_nothing() {
        let bytes: Vec<u8> = (0..=255).cycle().take(2000).collect();
        for control in 0..=255 {
            for length in [0, 1, 7, 2000] {
                let bytes = &bytes[..length];
                let pieces = pieces(bytes, control);
                assert_eq!(pieces.concat(), bytes);
                assert!(!pieces.is_empty());
                assert!(control > 0 || pieces.iter().all(|piece| piece.len() <= 1));
            }
        }
    }
}
