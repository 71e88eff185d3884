//! The definition of comparison while unpacking.

use super::Bits;

/// Word `index` of a packed vector of 32-bit words.
fn word_32(packed: &[u8], index: usize) -> u32 {
    let raw = &packed[index * 4..index * 4 + 4];
    u32::from_le_bytes([raw[0], raw[1], raw[2], raw[3]])
}

/// Word `index` of a packed vector of 64-bit words.
fn word_64(packed: &[u8], index: usize) -> u64 {
    word_32(packed, 2 * index) as u64 | (word_32(packed, 2 * index + 1) as u64) << 32
}

/// Widths 1 to 32: 32 rows of 32 lanes.
pub(super) fn narrow(packed: &[u8], width: u32, low: u32, span: u32, bits: &mut Bits) {
    let mask = if width == 32 { u32::MAX } else { (1 << width) - 1 };
    for row in 0..32 {
        let (word, shift) = (row * width / 32, row * width % 32);
        for lane in 0..32 {
            let mut difference = word_32(packed, (word * 32 + lane) as usize) >> shift;
            if shift + width > 32 {
                difference |= word_32(packed, ((word + 1) * 32 + lane) as usize) << (32 - shift);
            }
            let inside = (difference & mask).wrapping_sub(low) <= span;
            let position = row * 32 + lane;
            bits[position as usize / 64] |= (inside as u64) << (position % 64);
        }
    }
}

/// Widths 33 to 64: 64 rows of 16 lanes.
pub(super) fn wide(packed: &[u8], width: u32, low: u64, span: u64, bits: &mut Bits) {
    let mask = if width == 64 { u64::MAX } else { (1 << width) - 1 };
    for row in 0..64 {
        let (word, shift) = (row * width / 64, row * width % 64);
        for lane in 0..16 {
            let mut difference = word_64(packed, (word * 16 + lane) as usize) >> shift;
            if shift + width > 64 {
                difference |= word_64(packed, ((word + 1) * 16 + lane) as usize) << (64 - shift);
            }
            let inside = (difference & mask).wrapping_sub(low) <= span;
            let position = row * 16 + lane;
            bits[position as usize / 64] |= (inside as u64) << (position % 64);
        }
    }
}
