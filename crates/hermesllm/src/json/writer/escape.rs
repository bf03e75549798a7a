use wide::u8x16;

const LANE: usize = 16;

/// Appends `text` as the inside of a JSON string.
pub(super) fn push_escaped(out: &mut Vec<u8>, text: &str) {
    out.reserve(text.len());
    let mut rest = text.as_bytes();
    while let Some((plain, byte, after)) = split_at_special(rest) {
        out.extend_from_slice(plain);
        push_special(out, byte);
        rest = after;
    }
    out.extend_from_slice(rest);
}

/// What comes before the first byte that must be escaped, that byte, and the rest.
fn split_at_special(bytes: &[u8]) -> Option<(&[u8], u8, &[u8])> {
    let at = first_special(bytes)?;
    let (plain, rest) = bytes.split_at(at);
    let (byte, after) = rest.split_first()?;
    Some((plain, *byte, after))
}

fn first_special(bytes: &[u8]) -> Option<usize> {
    let (lanes, rest) = bytes.as_chunks::<LANE>();
    for (index, lane) in lanes.iter().enumerate() {
        let lane = u8x16::new(*lane);
        let special = lane.simd_eq(u8x16::splat(b'"'))
            | lane.simd_eq(u8x16::splat(b'\\'))
            | lane.min(u8x16::splat(0x1f)).simd_eq(lane);
        let bits = special.to_bitmask();
        if bits != 0 {
            return Some(index * LANE + bits.trailing_zeros() as usize);
        }
    }
    let at = rest.iter().position(|byte| is_special(*byte))?;
    Some(lanes.len() * LANE + at)
}

fn is_special(byte: u8) -> bool {
    byte < 0x20 || byte == b'"' || byte == b'\\'
}

fn push_special(out: &mut Vec<u8>, byte: u8) {
    let short = match byte {
        b'"' | b'\\' => byte,
        0x08 => b'b',
        b'\t' => b't',
        b'\n' => b'n',
        0x0c => b'f',
        b'\r' => b'r',
        _ => {
            let digit = |value: u8| {
                if value < 10 {
                    b'0' + value
                } else {
                    b'a' + value - 10
                }
            };
            out.extend_from_slice(&[b'\\', b'u', b'0', b'0', digit(byte >> 4), digit(byte & 15)]);
            return;
        }
    };
    out.extend_from_slice(&[b'\\', short]);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_every_character_at_every_place() {
        for code in (0..=0x100).chain([0x2028, 0xffff, 0x1f600]) {
            let Some(character) = char::from_u32(code) else {
                continue;
            };
            for place in 0..40 {
                let text = format!("{}{character}{}", "x".repeat(place), "y".repeat(40 - place));
                let mut out = Vec::new();
                push_escaped(&mut out, &text);
                let expected = serde_json::to_string(&text).unwrap();
                assert_eq!(format!("\"{}\"", String::from_utf8(out).unwrap()), expected);
            }
        }
    }
}
