//! The search of `block` with the instructions of newer x86-64 processors,
//! thirty-two bytes at a time.

use std::arch::x86_64::{
    __m256i, _mm256_cmpeq_epi8, _mm256_movemask_epi8, _mm256_or_si256, _mm256_set1_epi8,
    _mm_clmulepi64_si128, _mm_cvtsi128_si64, _mm_set1_epi8, _mm_set_epi64x,
};

use super::block::{brackets_by, Brackets, Carry, BLOCK, SHAPE_BIT};

/// Whether this processor has them.
pub(super) fn is_available() -> bool {
    std::arch::is_x86_feature_detected!("avx2")
        && std::arch::is_x86_feature_detected!("bmi1")
        && std::arch::is_x86_feature_detected!("popcnt")
        && std::arch::is_x86_feature_detected!("pclmulqdq")
}

/// See [`super::block::brackets`].
#[inline]
#[target_feature(enable = "avx2,bmi1,popcnt,pclmulqdq")]
pub(super) fn brackets(block: &[u8; BLOCK], carry: &mut Carry) -> Brackets {
    brackets_by(
        block,
        carry,
        |block| marks(block),
        |block| shapes(block),
        |bits| prefix_xor(bits),
    )
}

#[inline]
#[target_feature(enable = "avx2,bmi1,popcnt,pclmulqdq")]
fn marks(block: &[u8; BLOCK]) -> (u64, u64) {
    let halves = halves(block);
    (mask(halves, b'"'), mask(halves, b'\\'))
}

#[inline]
#[target_feature(enable = "avx2,bmi1,popcnt,pclmulqdq")]
fn shapes(block: &[u8; BLOCK]) -> (u64, u64) {
    let bit = _mm256_set1_epi8(SHAPE_BIT.cast_signed());
    let [low, high] = halves(block);
    let halves = [_mm256_or_si256(low, bit), _mm256_or_si256(high, bit)];
    (mask(halves, b'{'), mask(halves, b'}'))
}

#[inline]
#[target_feature(enable = "avx2,bmi1,popcnt,pclmulqdq")]
fn mask(halves: [__m256i; 2], byte: u8) -> u64 {
    let wanted = _mm256_set1_epi8(byte.cast_signed());
    let [low, high] = halves.map(|half| {
        u64::from(_mm256_movemask_epi8(_mm256_cmpeq_epi8(half, wanted)).cast_unsigned())
    });
    low | high << 32
}

/// Multiplying without carries by all ones is the same as the running parity.
#[inline]
#[target_feature(enable = "avx2,bmi1,popcnt,pclmulqdq")]
fn prefix_xor(bits: u64) -> u64 {
    let bits = _mm_set_epi64x(0, bits.cast_signed());
    _mm_cvtsi128_si64(_mm_clmulepi64_si128(bits, _mm_set1_epi8(-1), 0)).cast_unsigned()
}

fn halves(block: &[u8; BLOCK]) -> [__m256i; 2] {
    bytemuck::cast(*block)
}

/// For tests, on whatever processor they run.
#[cfg(test)]
pub(super) fn brackets_if_available(block: &[u8; BLOCK], carry: &mut Carry) -> Option<Brackets> {
    #[expect(unsafe_code, reason = "the processor was asked")]
    is_available().then(|| unsafe { brackets(block, carry) })
}
