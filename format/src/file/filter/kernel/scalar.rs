//! The definition: whole words in a loop of fixed length that compilers turn into SIMD, then the rest.

use super::Comparable;
use crate::Comparison;

#[inline(always)]
pub(super) fn compare_words<T: Comparable>(values: &[T], comparison: Comparison, constant: T) -> Vec<u64> {
    match comparison {
        Comparison::Equal => pack(
            values,
            #[inline(always)]
            |v| v == constant,
        ),
        Comparison::NotEqual => pack(
            values,
            #[inline(always)]
            |v| v != constant,
        ),
        Comparison::Less => pack(
            values,
            #[inline(always)]
            |v| v < constant,
        ),
        Comparison::LessOrEqual => pack(
            values,
            #[inline(always)]
            |v| v <= constant,
        ),
        Comparison::Greater => pack(
            values,
            #[inline(always)]
            |v| v > constant,
        ),
        Comparison::GreaterOrEqual => pack(
            values,
            #[inline(always)]
            |v| v >= constant,
        ),
    }
}

#[inline(always)]
pub(super) fn range_words(codes: &[u32], first: u32, count: u32) -> Vec<u64> {
    pack(
        codes,
        #[inline(always)]
        |code| code.wrapping_sub(first) < count,
    )
}

#[inline(always)]
fn pack<T: Copy>(values: &[T], test: impl Fn(T) -> bool) -> Vec<u64> {
    let (whole, rest) = values.as_chunks::<64>();
    let mut words = Vec::with_capacity(values.len().div_ceil(64));
    for chunk in whole {
        // Bytes first, then bits: two loops, each of which compilers vectorise.
        let mut bytes = [0u8; 64];
        for (byte, value) in bytes.iter_mut().zip(chunk) {
            *byte = test(*value) as u8;
        }
        words.push(pack_bytes(&bytes));
    }
    if !rest.is_empty() {
        words.push(rest.iter().enumerate().fold(0, |word, (bit, value)| word | (test(*value) as u64) << bit));
    }
    words
}

/// The low bits of 64 bytes: eight at a time, gathered by a multiplication.
#[inline(always)]
fn pack_bytes(bytes: &[u8; 64]) -> u64 {
    let mut word = 0u64;
    for (index, eight) in bytes.as_chunks::<8>().0.iter().enumerate() {
        let gathered = u64::from_le_bytes(*eight).wrapping_mul(0x0102_0408_1020_4080) >> 56;
        word |= gathered << (index * 8);
    }
    word
}
