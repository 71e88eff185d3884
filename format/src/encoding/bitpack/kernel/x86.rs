//! Unpacking, a register of lanes at a time: the words of a row are shifted, masked, widened and stored in order.
//!
//! The plain loops of [`scalar`](super::scalar) compiled with these features were measured first: 2 GB/s,
//! a tenth of this, as the width is not known when they are compiled.

use std::arch::x86_64::*;

use super::Out;

/// # Safety
/// AVX-512 F must be there, and `packed` hold `width * 128` bytes, width 1 to 32.
#[target_feature(enable = "avx512f")]
#[inline]
unsafe fn row_512(packed: &[u8], width: u32, row: usize, mask: __m512i) -> [__m512i; 2] {
    let bit = row as u32 * width;
    let (at, shift) = ((bit / 32) as usize * 128, bit % 32);
    let (right, left) = (_mm_cvtsi32_si128(shift as i32), _mm_cvtsi32_si128(32 - shift as i32));
    let crosses = shift + width > 32;
    let half = |side: usize| {
        // SAFETY: word bit / 32 of the lanes lies inside, and so does the next when the value reaches into it.
        let mut x = unsafe { _mm512_loadu_si512(packed.as_ptr().add(at + side * 64).cast()) };
        x = _mm512_srl_epi32(x, right);
        if crosses {
            // SAFETY: as above.
            let next = unsafe { _mm512_loadu_si512(packed.as_ptr().add(at + 128 + side * 64).cast()) };
            x = _mm512_or_si512(x, _mm512_sll_epi32(next, left));
        }
        _mm512_and_si512(x, mask)
    };
    [half(0), half(1)]
}

/// # Safety
/// As [`row_512`].
#[target_feature(enable = "avx512f")]
pub(super) unsafe fn avx512_32(packed: &[u8], width: u32, base: u32, out: &mut Out<u32>) {
    let mask = _mm512_set1_epi32((u32::MAX >> (32 - width)) as i32);
    let base = _mm512_set1_epi32(base as i32);
    for row in 0..32 {
        // SAFETY: the caller's promise.
        let halves = unsafe { row_512(packed, width, row, mask) };
        for (side, half) in halves.into_iter().enumerate() {
            // SAFETY: 32 rows of 32 values are the 1,024 of `out`.
            unsafe {
                let to = out.as_mut_ptr().add(row * 32 + side * 16);
                _mm512_storeu_si512(to.cast(), _mm512_add_epi32(half, base));
            }
        }
    }
}

/// # Safety
/// As [`row_512`].
#[target_feature(enable = "avx512f")]
pub(super) unsafe fn avx512_64(packed: &[u8], width: u32, base: u64, out: &mut Out<u64>) {
    let mask = _mm512_set1_epi32((u32::MAX >> (32 - width)) as i32);
    let base = _mm512_set1_epi64(base as i64);
    for row in 0..32 {
        // SAFETY: the caller's promise.
        let halves = unsafe { row_512(packed, width, row, mask) };
        for (side, half) in halves.into_iter().enumerate() {
            let low = _mm512_cvtepu32_epi64(_mm512_castsi512_si256(half));
            let high = _mm512_cvtepu32_epi64(_mm512_extracti64x4_epi64::<1>(half));
            // SAFETY: 32 rows of 32 values are the 1,024 of `out`.
            unsafe {
                let to = out.as_mut_ptr().add(row * 32 + side * 16);
                _mm512_storeu_si512(to.cast(), _mm512_add_epi64(low, base));
                _mm512_storeu_si512(to.add(8).cast(), _mm512_add_epi64(high, base));
            }
        }
    }
}

/// # Safety
/// AVX-512 F must be there, and `packed` hold `width * 128` bytes, width 33 to 64.
#[target_feature(enable = "avx512f")]
pub(super) unsafe fn avx512_wide(packed: &[u8], width: u32, base: u64, out: &mut Out<u64>) {
    let mask = _mm512_set1_epi64((u64::MAX >> (64 - width)) as i64);
    let base = _mm512_set1_epi64(base as i64);
    for row in 0..64 {
        let bit = row as u32 * width;
        let (at, shift) = ((bit / 64) as usize * 128, bit % 64);
        let (right, left) = (_mm_cvtsi32_si128(shift as i32), _mm_cvtsi32_si128(64 - shift as i32));
        for side in 0..2 {
            // SAFETY: word bit / 64 of the lanes lies inside, and so does the next when the value reaches into it;
            // 64 rows of 16 values are the 1,024 of `out`.
            unsafe {
                let mut x = _mm512_loadu_si512(packed.as_ptr().add(at + side * 64).cast());
                x = _mm512_srl_epi64(x, right);
                if shift + width > 64 {
                    let next = _mm512_loadu_si512(packed.as_ptr().add(at + 128 + side * 64).cast());
                    x = _mm512_or_si512(x, _mm512_sll_epi64(next, left));
                }
                let to = out.as_mut_ptr().add(row * 16 + side * 8);
                _mm512_storeu_si512(to.cast(), _mm512_add_epi64(_mm512_and_si512(x, mask), base));
            }
        }
    }
}

/// # Safety
/// AVX2 must be there, and `packed` hold `width * 128` bytes, width 1 to 32.
#[target_feature(enable = "avx2")]
#[inline]
unsafe fn row_256(packed: &[u8], width: u32, row: usize, mask: __m256i) -> [__m256i; 4] {
    let bit = row as u32 * width;
    let (at, shift) = ((bit / 32) as usize * 128, bit % 32);
    let (right, left) = (_mm_cvtsi32_si128(shift as i32), _mm_cvtsi32_si128(32 - shift as i32));
    let crosses = shift + width > 32;
    let quarter = |side: usize| {
        // SAFETY: word bit / 32 of the lanes lies inside, and so does the next when the value reaches into it.
        let mut x = unsafe { _mm256_loadu_si256(packed.as_ptr().add(at + side * 32).cast()) };
        x = _mm256_srl_epi32(x, right);
        if crosses {
            // SAFETY: as above.
            let next = unsafe { _mm256_loadu_si256(packed.as_ptr().add(at + 128 + side * 32).cast()) };
            x = _mm256_or_si256(x, _mm256_sll_epi32(next, left));
        }
        _mm256_and_si256(x, mask)
    };
    [quarter(0), quarter(1), quarter(2), quarter(3)]
}

/// # Safety
/// As [`row_256`].
#[target_feature(enable = "avx2")]
pub(super) unsafe fn avx2_32(packed: &[u8], width: u32, base: u32, out: &mut Out<u32>) {
    let mask = _mm256_set1_epi32((u32::MAX >> (32 - width)) as i32);
    let base = _mm256_set1_epi32(base as i32);
    for row in 0..32 {
        // SAFETY: the caller's promise.
        let quarters = unsafe { row_256(packed, width, row, mask) };
        for (side, quarter) in quarters.into_iter().enumerate() {
            // SAFETY: 32 rows of 32 values are the 1,024 of `out`.
            unsafe {
                let to = out.as_mut_ptr().add(row * 32 + side * 8);
                _mm256_storeu_si256(to.cast(), _mm256_add_epi32(quarter, base));
            }
        }
    }
}

/// # Safety
/// As [`row_256`].
#[target_feature(enable = "avx2")]
pub(super) unsafe fn avx2_64(packed: &[u8], width: u32, base: u64, out: &mut Out<u64>) {
    let mask = _mm256_set1_epi32((u32::MAX >> (32 - width)) as i32);
    let base = _mm256_set1_epi64x(base as i64);
    for row in 0..32 {
        // SAFETY: the caller's promise.
        let quarters = unsafe { row_256(packed, width, row, mask) };
        for (side, quarter) in quarters.into_iter().enumerate() {
            let low = _mm256_cvtepu32_epi64(_mm256_castsi256_si128(quarter));
            let high = _mm256_cvtepu32_epi64(_mm256_extracti128_si256::<1>(quarter));
            // SAFETY: 32 rows of 32 values are the 1,024 of `out`.
            unsafe {
                let to = out.as_mut_ptr().add(row * 32 + side * 8);
                _mm256_storeu_si256(to.cast(), _mm256_add_epi64(low, base));
                _mm256_storeu_si256(to.add(4).cast(), _mm256_add_epi64(high, base));
            }
        }
    }
}

/// # Safety
/// AVX2 must be there, and `packed` hold `width * 128` bytes, width 33 to 64.
#[target_feature(enable = "avx2")]
pub(super) unsafe fn avx2_wide(packed: &[u8], width: u32, base: u64, out: &mut Out<u64>) {
    let mask = _mm256_set1_epi64x((u64::MAX >> (64 - width)) as i64);
    let base = _mm256_set1_epi64x(base as i64);
    for row in 0..64 {
        let bit = row as u32 * width;
        let (at, shift) = ((bit / 64) as usize * 128, bit % 64);
        let (right, left) = (_mm_cvtsi32_si128(shift as i32), _mm_cvtsi32_si128(64 - shift as i32));
        for side in 0..4 {
            // SAFETY: word bit / 64 of the lanes lies inside, and so does the next when the value reaches into it;
            // 64 rows of 16 values are the 1,024 of `out`.
            unsafe {
                let mut x = _mm256_loadu_si256(packed.as_ptr().add(at + side * 32).cast());
                x = _mm256_srl_epi64(x, right);
                if shift + width > 64 {
                    let next = _mm256_loadu_si256(packed.as_ptr().add(at + 128 + side * 32).cast());
                    x = _mm256_or_si256(x, _mm256_sll_epi64(next, left));
                }
                let to = out.as_mut_ptr().add(row * 16 + side * 4);
                _mm256_storeu_si256(to.cast(), _mm256_add_epi64(_mm256_and_si256(x, mask), base));
            }
        }
    }
}
