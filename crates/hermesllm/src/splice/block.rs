//! Sixty-four bytes of JSON at a time: where its strings and brackets are.
//!
//! The way of finding escaped characters and string interiors with a few
//! operations per block is that of simdjson (Langdale and Lemire, "Parsing
//! gigabytes of JSON per second", 2019).

use wide::u8x16;

pub(super) const BLOCK: usize = 64;

/// What carries over from one block to the next.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Carry {
    pub(super) in_string: bool,
    /// The next byte is escaped.
    pub(super) escaped: bool,
}

/// Brackets outside of strings, a bit for each byte.
pub(super) struct Brackets {
    pub(super) open: u64,
    pub(super) close: u64,
    /// Backslashes outside of strings, where none may be.
    pub(super) stray: u64,
}

/// Finds the brackets of `block` and moves `carry` past it; `None` when the whole
/// block is plain text inside a string.
pub(super) fn brackets(block: &[u8; BLOCK], carry: &mut Carry) -> Option<Brackets> {
    let lanes = lanes(block);
    let (quote, backslash) = (u8x16::splat(b'"'), u8x16::splat(b'\\'));
    let marks = lanes.map(|lane| lane.simd_eq(quote) | lane.simd_eq(backslash));
    let plain = (marks[0] | marks[1] | marks[2] | marks[3]).none();
    if plain && carry.in_string {
        carry.escaped = false;
        return None;
    }
    let quotes = mask(&lanes, |lane| lane.simd_eq(quote));
    let backslashes = mask(&marks, |lane| lane) & !quotes;
    let escaped = escaped(backslashes, &mut carry.escaped);
    let outside_before = if carry.in_string { u64::MAX } else { 0 };
    let string = prefix_xor(quotes & !escaped) ^ outside_before;
    carry.in_string = string >> 63 == 1;
    if string == u64::MAX {
        return None;
    }
    // `{` and `[` differ in one bit, and so do `}` and `]`.
    let bit = u8x16::splat(0x20);
    let folded = lanes.map(|lane| lane | bit);
    let open = mask(&folded, |lane| lane.simd_eq(u8x16::splat(b'{')));
    let close = mask(&folded, |lane| lane.simd_eq(u8x16::splat(b'}')));
    Some(Brackets {
        open: open & !string,
        close: close & !string,
        stray: backslashes & !string,
    })
}

fn lanes(block: &[u8; BLOCK]) -> [u8x16; 4] {
    let mut lanes = [u8x16::ZERO; 4];
    for (lane, bytes) in lanes.iter_mut().zip(block.chunks_exact(16)) {
        let mut array = [0; 16];
        array.copy_from_slice(bytes);
        *lane = u8x16::new(array);
    }
    lanes
}

fn mask(lanes: &[u8x16; 4], test: impl Fn(u8x16) -> u8x16) -> u64 {
    let bits = |lane: u8x16| u64::from(test(lane).to_bitmask());
    bits(lanes[0]) | bits(lanes[1]) << 16 | bits(lanes[2]) << 32 | bits(lanes[3]) << 48
}

/// The bytes that a backslash escapes: each that follows a run of backslashes of
/// odd length.
fn escaped(backslash: u64, carry: &mut bool) -> u64 {
    let before = u64::from(*carry);
    if backslash == 0 {
        *carry = false;
        return before;
    }
    const EVEN: u64 = 0x5555_5555_5555_5555;
    let backslash = backslash & !before;
    let follows = backslash << 1 | before;
    let odd_starts = backslash & !EVEN & !follows;
    let (even_sequences, overflow) = odd_starts.overflowing_add(backslash);
    *carry = overflow;
    (EVEN ^ (even_sequences << 1)) & follows
}

/// Each bit: the parity of the bits up to and with it.
fn prefix_xor(mut bits: u64) -> u64 {
    for shift in [1, 2, 4, 8, 16, 32] {
        bits ^= bits << shift;
    }
    bits
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The same, byte by byte.
    fn plainly(bytes: &[u8], carry: &mut Carry) -> (Vec<usize>, Vec<usize>) {
        let (mut open, mut close) = (Vec::new(), Vec::new());
        for (at, byte) in bytes.iter().enumerate() {
            if std::mem::take(&mut carry.escaped) {
                continue;
            }
            match byte {
                b'\\' if carry.in_string => carry.escaped = true,
                b'"' => carry.in_string = !carry.in_string,
                b'{' | b'[' if !carry.in_string => open.push(at),
                b'}' | b']' if !carry.in_string => close.push(at),
                _ => {}
            }
        }
        (open, close)
    }

    fn positions(bits: u64) -> Vec<usize> {
        (0..BLOCK).filter(|at| bits >> at & 1 == 1).collect()
    }

    proptest! {
        #[test]
        fn agrees_with_reading_byte_by_byte(
            bytes in prop::collection::vec(prop::sample::select(br#""\{}[]a, "#.to_vec()), BLOCK),
            in_string in any::<bool>(),
            escaped in any::<bool>(),
        ) {
            let block: [u8; BLOCK] = bytes.try_into().unwrap();
            let mut carry = Carry { in_string, escaped: escaped && in_string };
            let mut plain_carry = carry;
            let found = brackets(&block, &mut carry);
            let (open, close) = plainly(&block, &mut plain_carry);
            match found {
                None => prop_assert!(open.is_empty() && close.is_empty()),
                // Outside of strings a backslash is an error, whatever follows it.
                Some(found) if found.stray != 0 => return Ok(()),
                Some(found) => {
                    prop_assert_eq!(positions(found.open), open);
                    prop_assert_eq!(positions(found.close), close);
                }
            }
            prop_assert_eq!(carry, plain_carry);
        }
    }
}
