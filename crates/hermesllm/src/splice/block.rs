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

/// Finds the brackets of `block` and moves `carry` past it. There are no branches
/// in it: what a block holds cannot be predicted.
pub(super) fn brackets(block: &[u8; BLOCK], carry: &mut Carry) -> Brackets {
    brackets_by(block, carry, marks, shapes, prefix_xor)
}

/// The same by other means of finding quotes and backslashes (`marks`), opening
/// and closing brackets (`shapes`) and running parities (`prefix_xor`).
#[inline(always)]
pub(super) fn brackets_by(
    block: &[u8; BLOCK],
    carry: &mut Carry,
    marks: impl Fn(&[u8; BLOCK]) -> (u64, u64),
    shapes: impl Fn(&[u8; BLOCK]) -> (u64, u64),
    prefix_xor: impl Fn(u64) -> u64,
) -> Brackets {
    let (quotes, backslashes) = marks(block);
    let escaped = escaped(backslashes, &mut carry.escaped);
    let outside_before = if carry.in_string { u64::MAX } else { 0 };
    let string = prefix_xor(quotes & !escaped) ^ outside_before;
    carry.in_string = string >> 63 == 1;
    let (open, close) = shapes(block);
    Brackets {
        open: open & !string,
        close: close & !string,
        stray: backslashes & !string,
    }
}

/// `{` and `[` differ in this bit, and so do `}` and `]`.
pub(super) const SHAPE_BIT: u8 = 0x20;

fn marks(block: &[u8; BLOCK]) -> (u64, u64) {
    let lanes = lanes(block);
    (
        mask(&lanes, |lane| lane.simd_eq(u8x16::splat(b'"'))),
        mask(&lanes, |lane| lane.simd_eq(u8x16::splat(b'\\'))),
    )
}

fn shapes(block: &[u8; BLOCK]) -> (u64, u64) {
    let lanes = lanes(block).map(|lane| lane | u8x16::splat(SHAPE_BIT));
    (
        mask(&lanes, |lane| lane.simd_eq(u8x16::splat(b'{'))),
        mask(&lanes, |lane| lane.simd_eq(u8x16::splat(b'}'))),
    )
}

fn lanes(block: &[u8; BLOCK]) -> [u8x16; 4] {
    let mut lanes = [u8x16::ZERO; 4];
    for (lane, bytes) in lanes.iter_mut().zip(block.as_chunks::<16>().0) {
        *lane = u8x16::new(*bytes);
    }
    lanes
}

fn mask(lanes: &[u8x16; 4], test: impl Fn(u8x16) -> u8x16) -> u64 {
    let bits = |lane: u8x16| u64::from(test(lane).to_bitmask());
    bits(lanes[0]) | bits(lanes[1]) << 16 | bits(lanes[2]) << 32 | bits(lanes[3]) << 48
}

/// The bytes that a backslash escapes: each that follows a run of backslashes of
/// odd length.
#[inline(always)]
fn escaped(backslash: u64, carry: &mut bool) -> u64 {
    let before = u64::from(*carry);
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
            #[cfg(target_arch = "x86_64")]
            {
                let mut other = plain_carry;
                let same = super::super::wide_block::brackets_if_available(&block, &mut other);
                if let Some(same) = same {
                    prop_assert_eq!(other, carry);
                    let parts = |found: &Brackets| (found.open, found.close, found.stray);
                    prop_assert_eq!(parts(&same), parts(&found));
                }
            }
            let (open, close) = plainly(&block, &mut plain_carry);
            // Outside of strings a backslash is an error, whatever follows it.
            if found.stray != 0 {
                return Ok(());
            }
            prop_assert_eq!(positions(found.open), open);
            prop_assert_eq!(positions(found.close), close);
            prop_assert_eq!(carry, plain_carry);
        }
    }
}
