//! Hashes of encoded keys, for tables inside one process: folded 128-bit multiplies, as in wyhash.

const K1: u64 = 0x9e37_79b9_7f4a_7c15;
const K2: u64 = 0xd6e8_feb8_6659_fd93;

#[inline(always)]
fn fold(a: u64, b: u64) -> u64 {
    let product = a as u128 * b as u128;
    product as u64 ^ (product >> 64) as u64
}

/// The hash of one word.
#[inline(always)]
pub(crate) fn word(value: u64) -> u64 {
    fold(value ^ K1, K2)
}

/// The hash of some words.
#[inline(always)]
pub(crate) fn words(values: &[u64]) -> u64 {
    values.iter().fold(K1, |hash, &value| fold(value ^ hash, K2 ^ hash.rotate_left(32)))
}

/// The hash of bytes.
#[inline]
pub(crate) fn bytes(value: &[u8]) -> u64 {
    let load = |chunk: &[u8]| {
        let mut word = [0; 8];
        word[..chunk.len()].copy_from_slice(chunk);
        u64::from_le_bytes(word)
    };
    let mut hash = K1 ^ value.len() as u64;
    let mut chunks = value.chunks_exact(8);
    for chunk in &mut chunks {
        hash = fold(load(chunk) ^ hash, K2 ^ hash.rotate_left(32));
    }
    fold(load(chunks.remainder()) ^ hash, K2 ^ hash.rotate_left(32))
}
