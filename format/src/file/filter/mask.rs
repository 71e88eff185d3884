//! Clearing bits of a mask at any offset.

use crate::Bitmap;

/// Whether one of `len` bits from `offset` is set.
pub(super) fn any(mask: &[u64], offset: usize, len: usize) -> bool {
    let end = offset + len;
    (offset / 64..end.div_ceil(64)).any(|word| {
        let low = if word == offset / 64 { u64::MAX << (offset % 64) } else { u64::MAX };
        let high = if end < word * 64 + 64 { (1u64 << (end % 64)) - 1 } else { u64::MAX };
        mask[word] & low & high != 0
    })
}

/// Clears `len` bits from `offset`.
pub(super) fn clear(mask: &mut [u64], offset: usize, len: usize) {
    keep_words(mask, offset, len, |_| 0);
}

/// Clears the bits that are not set in `bits`.
pub(super) fn keep(mask: &mut [u64], offset: usize, bits: &Bitmap) {
    keep_words(mask, offset, bits.len(), |i| bits.word(i));
}

/// Ands `len` bits at `offset` with words that begin at bit 0.
pub(super) fn keep_words(mask: &mut [u64], offset: usize, len: usize, word: impl Fn(usize) -> u64) {
    for index in 0..len.div_ceil(64) {
        let count = 64.min(len - index * 64);
        let outside = if count == 64 { 0 } else { u64::MAX << count };
        let bits = word(index) | outside;
        let (at, shift) = ((offset + index * 64) / 64, (offset + index * 64) % 64);
        mask[at] &= bits << shift | ((1u64 << shift) - 1);
        if shift > 0 && at + 1 < mask.len() {
            mask[at + 1] &= bits >> (64 - shift) | u64::MAX << shift;
        }
    }
}
