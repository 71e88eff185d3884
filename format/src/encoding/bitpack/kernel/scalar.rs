//! The definition of packing, in plain loops over lanes that compilers turn into SIMD.

use super::Out;
use crate::encoding::VECTOR_VALUES;

/// Lanes and rows of widths up to 32.
const NARROW: usize = 32;
/// Lanes of wider widths; they have 64 rows.
const WIDE: usize = 16;

/// Word `k` of every lane.
#[inline(always)]
fn words_32(packed: &[u8], k: usize) -> [u32; NARROW] {
    let bytes = &packed[k * NARROW * 4..][..NARROW * 4];
    let mut words = [0u32; NARROW];
    for (word, raw) in words.iter_mut().zip(bytes.chunks_exact(4)) {
        *word = u32::from_le_bytes([raw[0], raw[1], raw[2], raw[3]]);
    }
    words
}

/// Row `row` of every lane.
#[inline(always)]
fn row_32(packed: &[u8], width: u32, row: usize) -> [u32; NARROW] {
    let mask = if width == 32 { u32::MAX } else { (1u32 << width) - 1 };
    let bit = row * width as usize;
    let (word, shift) = (bit / 32, (bit % 32) as u32);
    let mut values = words_32(packed, word);
    for value in &mut values {
        *value >>= shift;
    }
    if shift + width > 32 {
        let high = words_32(packed, word + 1);
        for (value, high) in values.iter_mut().zip(high) {
            *value |= high << (32 - shift);
        }
    }
    for value in &mut values {
        *value &= mask;
    }
    values
}

#[inline(always)]
pub(super) fn unpack_32(packed: &[u8], width: u32, base: u32, out: &mut Out<u32>) {
    for (row, slots) in out.as_chunks_mut::<NARROW>().0.iter_mut().enumerate() {
        let values = row_32(packed, width, row);
        for (slot, value) in slots.iter_mut().zip(values) {
            slot.write(value.wrapping_add(base));
        }
    }
}

#[inline(always)]
pub(super) fn unpack_64(packed: &[u8], width: u32, base: u64, out: &mut Out<u64>) {
    if width > 32 {
        return unpack_wide(packed, width, base, out);
    }
    for (row, slots) in out.as_chunks_mut::<NARROW>().0.iter_mut().enumerate() {
        let values = row_32(packed, width, row);
        for (slot, value) in slots.iter_mut().zip(values) {
            slot.write((value as u64).wrapping_add(base));
        }
    }
}

#[inline(always)]
fn words_64(packed: &[u8], k: usize) -> [u64; WIDE] {
    let bytes = &packed[k * WIDE * 8..][..WIDE * 8];
    let mut words = [0u64; WIDE];
    for (word, raw) in words.iter_mut().zip(bytes.chunks_exact(8)) {
        *word = u64::from_le_bytes([raw[0], raw[1], raw[2], raw[3], raw[4], raw[5], raw[6], raw[7]]);
    }
    words
}

#[inline(always)]
fn unpack_wide(packed: &[u8], width: u32, base: u64, out: &mut Out<u64>) {
    let mask = if width == 64 { u64::MAX } else { (1u64 << width) - 1 };
    for (row, slots) in out.as_chunks_mut::<WIDE>().0.iter_mut().enumerate() {
        let bit = row * width as usize;
        let (word, shift) = (bit / 64, (bit % 64) as u32);
        let mut values = words_64(packed, word);
        for value in &mut values {
            *value >>= shift;
        }
        if shift + width > 64 {
            let high = words_64(packed, word + 1);
            for (value, high) in values.iter_mut().zip(high) {
                *value |= high << (64 - shift);
            }
        }
        for (slot, value) in slots.iter_mut().zip(values) {
            slot.write((value & mask).wrapping_add(base));
        }
    }
}

/// Appends 1,024 values of at most `width` bits, packed.
pub(crate) fn pack(values: &[u64; VECTOR_VALUES], width: u32, out: &mut Vec<u8>) {
    match width {
        0 => {}
        1..=32 => pack_narrow(values, width, out),
        _ => pack_wide(values, width, out),
    }
}

fn pack_narrow(values: &[u64; VECTOR_VALUES], width: u32, out: &mut Vec<u8>) {
    let mut words = vec![[0u32; NARROW]; width as usize];
    for (row, row_values) in values.chunks_exact(NARROW).enumerate() {
        let bit = row * width as usize;
        let (word, shift) = (bit / 32, (bit % 32) as u32);
        for (lane, &value) in row_values.iter().enumerate() {
            words[word][lane] |= (value as u32) << shift;
        }
        if shift + width > 32 {
            for (lane, &value) in row_values.iter().enumerate() {
                words[word + 1][lane] |= (value as u32) >> (32 - shift);
            }
        }
    }
    words.iter().flatten().for_each(|word| out.extend_from_slice(&word.to_le_bytes()));
}

fn pack_wide(values: &[u64; VECTOR_VALUES], width: u32, out: &mut Vec<u8>) {
    let mut words = vec![[0u64; WIDE]; width as usize];
    for (row, row_values) in values.chunks_exact(WIDE).enumerate() {
        let bit = row * width as usize;
        let (word, shift) = (bit / 64, (bit % 64) as u32);
        for (lane, &value) in row_values.iter().enumerate() {
            words[word][lane] |= value << shift;
        }
        if shift + width > 64 {
            for (lane, &value) in row_values.iter().enumerate() {
                words[word + 1][lane] |= value >> (64 - shift);
            }
        }
    }
    words.iter().flatten().for_each(|word| out.extend_from_slice(&word.to_le_bytes()));
}
