//! Views over a page, from the offsets of its values.

use crate::string_view::INLINE_MAX;
use crate::{BufferMut, View};

/// Appends the views of the values at `offsets` (one more than there are values), in buffer `buffer`.
///
/// Offsets ascend and the last is at most `data.len()`: the page's owner has checked it.
pub(super) fn append(data: &[u8], offsets: &[u32], buffer: u32, out: &mut BufferMut<View>) {
    out.reserve(offsets.len().saturating_sub(1));
    for pair in offsets.windows(2) {
        let (start, end) = (pair[0] as usize, pair[1] as usize);
        let len = end - start;
        // A 16-byte read covers any inline value and the prefix of a long one.
        let view = match data.get(start..start + 16) {
            Some(head) => {
                let mut raw = [0u8; 16];
                raw.copy_from_slice(head);
                wide(u128::from_le_bytes(raw), len, buffer, start)
            }
            None if len <= INLINE_MAX => View::inline(&data[start..end]),
            None => View::long(&data[start..end], buffer, start as u32),
        };
        out.push(view);
    }
}

/// The view of a value of which the first 16 bytes (and perhaps what follows it) are at hand.
#[inline]
fn wide(head: u128, len: usize, buffer: u32, start: usize) -> View {
    let word = if len <= INLINE_MAX {
        let mask = (1u128 << (len * 8)) - 1;
        (head & mask) << 32 | len as u128
    } else {
        len as u128 | (head & 0xffff_ffff) << 32 | (buffer as u128) << 64 | (start as u128) << 96
    };
    View::from_le_bytes(word.to_le_bytes())
}
