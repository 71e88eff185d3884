//! Views over a page, from the offsets of its values.

use crate::string_view::INLINE_MAX;
use crate::{BufferMut, View};

/// Appends the views of the values at `offsets` (one more than there are values), in buffer `buffer`.
///
/// Offsets ascend and the last is at most `data.len()`: the page's owner has checked it.
pub(super) fn append(data: &[u8], offsets: &[u32], buffer: u32, out: &mut BufferMut<View>) {
    let count = offsets.len().saturating_sub(1);
    // A 16-byte read covers any inline value and the prefix of a long one; the last few values have no 16
    // bytes left.
    let mut wide_count = count;
    while wide_count > 0 && offsets[wide_count - 1] as usize + 16 > data.len() {
        wide_count -= 1;
    }
    out.extend_from_fn(wide_count, |i| {
        let (start, end) = (offsets[i], offsets[i + 1]);
        let (low, high) = data[start as usize..][..16].split_at(8);
        wide(word(low), word(high), end - start, buffer, start)
    });
    for pair in offsets[wide_count..].windows(2) {
        let value = &data[pair[0] as usize..pair[1] as usize];
        out.push(match value.len() <= INLINE_MAX {
            true => View::inline(value),
            false => View::long(value, buffer, pair[0]),
        });
    }
}

#[inline(always)]
fn word(bytes: &[u8]) -> u64 {
    let mut raw = [0u8; 8];
    raw.copy_from_slice(bytes);
    u64::from_le_bytes(raw)
}

/// What an inline value of each length keeps of the view's two halves; a long one keeps all of the first.
const MASKS: [[u64; 2]; 16] = {
    let mut masks = [[u64::MAX, 0]; 16];
    let mut len = 0;
    while len <= INLINE_MAX {
        let kept = if len == 0 { 0 } else { u128::MAX >> (128 - len * 8) };
        masks[len] = [(kept as u64) << 32, (kept >> 32) as u64];
        len += 1;
    }
    masks
};

/// The view of a value of which the first 16 bytes (and perhaps what follows it) are at hand.
///
/// Both forms are made and one is chosen without a branch: lengths around the limit would mispredict.
#[inline(always)]
fn wide(low: u64, high: u64, len: u32, buffer: u32, start: u32) -> View {
    let masks = MASKS[len.min(15) as usize];
    let inline = (low >> 32 | high << 32) & masks[1];
    let long = buffer as u64 | (start as u64) << 32;
    let second = if len > INLINE_MAX as u32 { long } else { inline };
    View::from_halves((low << 32) & masks[0] | len as u64, second)
}
