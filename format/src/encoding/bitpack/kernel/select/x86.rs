//! Comparison while unpacking, a register of lanes at a time.

use std::arch::x86_64::*;

use super::Bits;

/// # Safety
/// AVX-512 F must be there, and `packed` hold `width * 128` bytes, width 1 to 32.
#[target_feature(enable = "avx512f")]
pub(super) unsafe fn avx512_narrow(packed: &[u8], width: u32, low: u32, span: u32, bits: &mut Bits) {
    let mask = _mm512_set1_epi32((u32::MAX >> (32 - width)) as i32);
    let (low, span) = (_mm512_set1_epi32(low as i32), _mm512_set1_epi32(span as i32));
    let mut halves = [0u32; 32];
    for (row, half) in halves.iter_mut().enumerate() {
        let bit = row as u32 * width;
        let (at, shift) = ((bit / 32) as usize * 128, bit % 32);
        let (right, left) = (_mm_cvtsi32_si128(shift as i32), _mm_cvtsi32_si128(32 - shift as i32));
        for side in 0..2 {
            // SAFETY: word bit / 32 of the lanes lies inside, and so does the next when the value reaches into it.
            let mut x = unsafe { _mm512_loadu_si512(packed.as_ptr().add(at + side * 64).cast()) };
            x = _mm512_srl_epi32(x, right);
            if shift + width > 32 {
                // SAFETY: as above.
                let next = unsafe { _mm512_loadu_si512(packed.as_ptr().add(at + 128 + side * 64).cast()) };
                x = _mm512_or_si512(x, _mm512_sll_epi32(next, left));
            }
            let inside = _mm512_cmple_epu32_mask(_mm512_sub_epi32(_mm512_and_si512(x, mask), low), span);
            *half |= (inside as u32) << (side * 16);
        }
    }
    for (word, pair) in bits.iter_mut().zip(halves.chunks_exact(2)) {
        *word = pair[0] as u64 | (pair[1] as u64) << 32;
    }
}

/// # Safety
/// AVX-512 F must be there, and `packed` hold `width * 128` bytes, width 33 to 64.
#[target_feature(enable = "avx512f")]
pub(super) unsafe fn avx512_wide(packed: &[u8], width: u32, low: u64, span: u64, bits: &mut Bits) {
    let mask = _mm512_set1_epi64((u64::MAX >> (64 - width)) as i64);
    let (low, span) = (_mm512_set1_epi64(low as i64), _mm512_set1_epi64(span as i64));
    for row in 0..64usize {
        let bit = row as u32 * width;
        let (at, shift) = ((bit / 64) as usize * 128, bit % 64);
        let (right, left) = (_mm_cvtsi32_si128(shift as i32), _mm_cvtsi32_si128(64 - shift as i32));
        let mut sixteen = 0u64;
        for side in 0..2 {
            // SAFETY: word bit / 64 of the lanes lies inside, and so does the next when the value reaches into it.
            let mut x = unsafe { _mm512_loadu_si512(packed.as_ptr().add(at + side * 64).cast()) };
            x = _mm512_srl_epi64(x, right);
            if shift + width > 64 {
                // SAFETY: as above.
                let next = unsafe { _mm512_loadu_si512(packed.as_ptr().add(at + 128 + side * 64).cast()) };
                x = _mm512_or_si512(x, _mm512_sll_epi64(next, left));
            }
            let inside = _mm512_cmple_epu64_mask(_mm512_sub_epi64(_mm512_and_si512(x, mask), low), span);
            sixteen |= (inside as u64) << (side * 8);
        }
        bits[row / 4] |= sixteen << (row % 4 * 16);
    }
}

/// # Safety
/// AVX2 must be there, and `packed` hold `width * 128` bytes, width 1 to 32.
#[target_feature(enable = "avx2")]
pub(super) unsafe fn avx2_narrow(packed: &[u8], width: u32, low: u32, span: u32, bits: &mut Bits) {
    let mask = _mm256_set1_epi32((u32::MAX >> (32 - width)) as i32);
    let (low, span) = (_mm256_set1_epi32(low as i32), _mm256_set1_epi32(span as i32));
    for row in 0..32usize {
        let bit = row as u32 * width;
        let (at, shift) = ((bit / 32) as usize * 128, bit % 32);
        let (right, left) = (_mm_cvtsi32_si128(shift as i32), _mm_cvtsi32_si128(32 - shift as i32));
        let mut half = 0u64;
        for side in 0..4 {
            // SAFETY: word bit / 32 of the lanes lies inside, and so does the next when the value reaches into it.
            let mut x = unsafe { _mm256_loadu_si256(packed.as_ptr().add(at + side * 32).cast()) };
            x = _mm256_srl_epi32(x, right);
            if shift + width > 32 {
                // SAFETY: as above.
                let next = unsafe { _mm256_loadu_si256(packed.as_ptr().add(at + 128 + side * 32).cast()) };
                x = _mm256_or_si256(x, _mm256_sll_epi32(next, left));
            }
            // Unsigned x <= span, which is min(x, span) == x.
            x = _mm256_sub_epi32(_mm256_and_si256(x, mask), low);
            let inside = _mm256_cmpeq_epi32(_mm256_min_epu32(x, span), x);
            half |= (_mm256_movemask_ps(_mm256_castsi256_ps(inside)) as u64) << (side * 8);
        }
        bits[row / 2] |= half << (row % 2 * 32);
    }
}

/// # Safety
/// AVX2 must be there, and `packed` hold `width * 128` bytes, width 33 to 64.
#[target_feature(enable = "avx2")]
pub(super) unsafe fn avx2_wide(packed: &[u8], width: u32, low: u64, span: u64, bits: &mut Bits) {
    let sign = _mm256_set1_epi64x(i64::MIN);
    let mask = _mm256_set1_epi64x((u64::MAX >> (64 - width)) as i64);
    let low = _mm256_set1_epi64x(low as i64);
    // AVX2 compares signed numbers only: both sides have their sign bit turned.
    let span = _mm256_xor_si256(_mm256_set1_epi64x(span as i64), sign);
    for row in 0..64usize {
        let bit = row as u32 * width;
        let (at, shift) = ((bit / 64) as usize * 128, bit % 64);
        let (right, left) = (_mm_cvtsi32_si128(shift as i32), _mm_cvtsi32_si128(64 - shift as i32));
        let mut sixteen = 0u64;
        for side in 0..4 {
            // SAFETY: word bit / 64 of the lanes lies inside, and so does the next when the value reaches into it.
            let mut x = unsafe { _mm256_loadu_si256(packed.as_ptr().add(at + side * 32).cast()) };
            x = _mm256_srl_epi64(x, right);
            if shift + width > 64 {
                // SAFETY: as above.
                let next = unsafe { _mm256_loadu_si256(packed.as_ptr().add(at + 128 + side * 32).cast()) };
                x = _mm256_or_si256(x, _mm256_sll_epi64(next, left));
            }
            x = _mm256_xor_si256(_mm256_sub_epi64(_mm256_and_si256(x, mask), low), sign);
            let outside = _mm256_movemask_pd(_mm256_castsi256_pd(_mm256_cmpgt_epi64(x, span))) as u64;
            sixteen |= (!outside & 0xf) << (side * 4);
        }
        bits[row / 4] |= sixteen << (row % 4 * 16);
    }
}
