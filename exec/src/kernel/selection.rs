//! Masks to row numbers.

use canopy_format::{Bitmap, Buffer, BufferMut};

use super::Tier;
use super::bits::BitWords;

/// Returns the positions of set bits, ascending: a batch's selection.
///
/// # Panics
/// When the mask is longer than 65,536 bits.
pub fn from_bitmap(tier: Tier, mask: &Bitmap) -> Buffer<u16> {
    from_words(tier, &BitWords::of(mask))
}

/// As [`from_bitmap`], of bits in the making.
pub(crate) fn from_words(tier: Tier, mask: &BitWords) -> Buffer<u16> {
    assert!(mask.len() <= 1 << 16, "a selection numbers at most 65,536 rows");
    let count = mask.count_ones();
    // Room for one full register past the last row.
    let mut out = BufferMut::filled(0u16, count + 32);
    #[cfg(target_arch = "x86_64")]
    match tier.level() {
        // SAFETY: a tier exists only where its features were detected.
        super::Level::Avx512 => unsafe { compress_avx512(mask.words(), &mut out) },
        // SAFETY: as above.
        super::Level::Avx2 => unsafe { compress_avx2(mask.words(), &mut out) },
        super::Level::Scalar => compress_scalar(mask.words(), &mut out),
    }
    #[cfg(not(target_arch = "x86_64"))]
    {
        let _ = tier;
        compress_scalar(mask.words(), &mut out);
    }
    out.resize(count, 0);
    out.freeze()
}

fn compress_scalar(words: &[u64], out: &mut [u16]) {
    let mut next = 0;
    for (index, &word) in words.iter().enumerate() {
        let mut word = word;
        while word != 0 {
            out[next] = (index * 64) as u16 + word.trailing_zeros() as u16;
            next += 1;
            word &= word - 1;
        }
    }
}

/// Compresses 32 row numbers a step in a register (the store form of the instruction is slow on some
/// machines), then stores the whole register.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512bw,avx512vbmi2,popcnt")]
fn compress_avx512(words: &[u64], out: &mut [u16]) {
    use std::arch::x86_64::*;
    let mut iota = [0i16; 32];
    (0..32).for_each(|i| iota[i as usize] = i);
    // SAFETY: the array holds 32 values of 16 bits.
    let iota = unsafe { _mm512_loadu_epi16(iota.as_ptr()) };
    let mut next = 0;
    for (index, &word) in words.iter().enumerate() {
        for half in 0..2 {
            let mask = (word >> (half * 32)) as u32;
            let base = _mm512_set1_epi16((index * 64 + half * 32) as i16);
            let rows = _mm512_maskz_compress_epi16(mask, _mm512_add_epi16(base, iota));
            let room = &mut out[next..next + 32];
            // SAFETY: the slice holds 32 values.
            unsafe { _mm512_storeu_epi16(room.as_mut_ptr() as *mut i16, rows) };
            next += mask.count_ones() as usize;
        }
    }
}

/// For every byte of a mask: which 16-bit lanes to move to the front, as a byte shuffle.
#[cfg(target_arch = "x86_64")]
static SHUFFLES: [[u8; 16]; 256] = shuffles();

#[cfg(target_arch = "x86_64")]
const fn shuffles() -> [[u8; 16]; 256] {
    let mut table = [[0x80u8; 16]; 256];
    let mut mask = 0;
    while mask < 256 {
        let (mut lane, mut next) = (0, 0);
        while lane < 8 {
            if mask >> lane & 1 == 1 {
                table[mask][next * 2] = lane as u8 * 2;
                table[mask][next * 2 + 1] = lane as u8 * 2 + 1;
                next += 1;
            }
            lane += 1;
        }
        mask += 1;
    }
    table
}

/// Moves 8 row numbers a step to the front by a shuffle from a table.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,bmi1,bmi2,popcnt,lzcnt")]
fn compress_avx2(words: &[u64], out: &mut [u16]) {
    use std::arch::x86_64::*;
    let iota = _mm_setr_epi16(0, 1, 2, 3, 4, 5, 6, 7);
    let mut next = 0;
    for (index, &word) in words.iter().enumerate() {
        for part in 0..8 {
            let mask = (word >> (part * 8)) as u8;
            let rows = _mm_add_epi16(_mm_set1_epi16((index * 64 + part * 8) as i16), iota);
            let shuffle = &SHUFFLES[mask as usize];
            let room = &mut out[next..next + 8];
            // SAFETY: the table's rows are 16 bytes and the slice holds 8 values of 16 bits.
            unsafe {
                let shuffle = _mm_loadu_si128(shuffle.as_ptr() as *const __m128i);
                _mm_storeu_si128(room.as_mut_ptr() as *mut __m128i, _mm_shuffle_epi8(rows, shuffle));
            }
            next += mask.count_ones() as usize;
        }
    }
}
