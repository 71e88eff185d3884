//! Running sums in registers: each step adds the register to itself moved by 1, 2, 4... places, and the sum of
//! all before is added at the end. Only that last addition waits for the register before.

use std::arch::x86_64::*;
use std::mem::MaybeUninit;

use super::scalar;

/// # Safety
/// AVX-512 F must be there, and `out` as long as `differences`.
#[target_feature(enable = "avx512f")]
pub(super) unsafe fn avx512_64(base: u64, differences: &[u64], out: &mut [MaybeUninit<u64>]) {
    let whole = differences.len() / 8 * 8;
    let zero = _mm512_setzero_si512();
    let last = _mm512_set1_epi64(7);
    let mut before = _mm512_set1_epi64(base as i64);
    for at in (0..whole).step_by(8) {
        // SAFETY: at + 8 <= the length of both.
        let mut x = unsafe { _mm512_loadu_si512(differences.as_ptr().add(at).cast()) };
        x = _mm512_add_epi64(x, _mm512_alignr_epi64::<7>(x, zero));
        x = _mm512_add_epi64(x, _mm512_alignr_epi64::<6>(x, zero));
        x = _mm512_add_epi64(x, _mm512_alignr_epi64::<4>(x, zero));
        // SAFETY: as above.
        unsafe { _mm512_storeu_si512(out.as_mut_ptr().add(at).cast(), _mm512_add_epi64(x, before)) };
        before = _mm512_add_epi64(before, _mm512_permutexvar_epi64(last, x));
    }
    let base = _mm_cvtsi128_si64(_mm512_castsi512_si128(before)) as u64;
    scalar::running_sums(base, &differences[whole..], &mut out[whole..]);
}

/// # Safety
/// AVX-512 F must be there, and `out` as long as `differences`.
#[target_feature(enable = "avx512f")]
pub(super) unsafe fn avx512_32(base: u32, differences: &[u32], out: &mut [MaybeUninit<u32>]) {
    let whole = differences.len() / 16 * 16;
    let zero = _mm512_setzero_si512();
    let last = _mm512_set1_epi32(15);
    let mut before = _mm512_set1_epi32(base as i32);
    for at in (0..whole).step_by(16) {
        // SAFETY: at + 16 <= the length of both.
        let mut x = unsafe { _mm512_loadu_si512(differences.as_ptr().add(at).cast()) };
        x = _mm512_add_epi32(x, _mm512_alignr_epi32::<15>(x, zero));
        x = _mm512_add_epi32(x, _mm512_alignr_epi32::<14>(x, zero));
        x = _mm512_add_epi32(x, _mm512_alignr_epi32::<12>(x, zero));
        x = _mm512_add_epi32(x, _mm512_alignr_epi32::<8>(x, zero));
        // SAFETY: as above.
        unsafe { _mm512_storeu_si512(out.as_mut_ptr().add(at).cast(), _mm512_add_epi32(x, before)) };
        before = _mm512_add_epi32(before, _mm512_permutexvar_epi32(last, x));
    }
    let base = _mm_cvtsi128_si32(_mm512_castsi512_si128(before)) as u32;
    scalar::running_sums(base, &differences[whole..], &mut out[whole..]);
}

/// # Safety
/// AVX2 must be there, and `out` as long as `differences`.
#[target_feature(enable = "avx2")]
pub(super) unsafe fn avx2_64(base: u64, differences: &[u64], out: &mut [MaybeUninit<u64>]) {
    let whole = differences.len() / 4 * 4;
    let mut before = _mm256_set1_epi64x(base as i64);
    for at in (0..whole).step_by(4) {
        // SAFETY: at + 4 <= the length of both.
        let mut x = unsafe { _mm256_loadu_si256(differences.as_ptr().add(at).cast()) };
        x = _mm256_add_epi64(x, _mm256_slli_si256::<8>(x));
        // The sum of the low half is added to the high one.
        let low = _mm256_permute4x64_epi64::<0b01_01_01_01>(x);
        x = _mm256_add_epi64(x, _mm256_blend_epi32::<0b1111_0000>(_mm256_setzero_si256(), low));
        // SAFETY: as above.
        unsafe { _mm256_storeu_si256(out.as_mut_ptr().add(at).cast(), _mm256_add_epi64(x, before)) };
        before = _mm256_add_epi64(before, _mm256_permute4x64_epi64::<0b11_11_11_11>(x));
    }
    let base = _mm_cvtsi128_si64(_mm256_castsi256_si128(before)) as u64;
    scalar::running_sums(base, &differences[whole..], &mut out[whole..]);
}

/// # Safety
/// AVX2 must be there, and `out` as long as `differences`.
#[target_feature(enable = "avx2")]
pub(super) unsafe fn avx2_32(base: u32, differences: &[u32], out: &mut [MaybeUninit<u32>]) {
    let whole = differences.len() / 8 * 8;
    let (third, last) = (_mm256_set1_epi32(3), _mm256_set1_epi32(7));
    let mut before = _mm256_set1_epi32(base as i32);
    for at in (0..whole).step_by(8) {
        // SAFETY: at + 8 <= the length of both.
        let mut x = unsafe { _mm256_loadu_si256(differences.as_ptr().add(at).cast()) };
        x = _mm256_add_epi32(x, _mm256_slli_si256::<4>(x));
        x = _mm256_add_epi32(x, _mm256_slli_si256::<8>(x));
        // The sum of the low half is added to the high one.
        let low = _mm256_permutevar8x32_epi32(x, third);
        x = _mm256_add_epi32(x, _mm256_blend_epi32::<0b1111_0000>(_mm256_setzero_si256(), low));
        // SAFETY: as above.
        unsafe { _mm256_storeu_si256(out.as_mut_ptr().add(at).cast(), _mm256_add_epi32(x, before)) };
        before = _mm256_add_epi32(before, _mm256_permutevar8x32_epi32(x, last));
    }
    let base = _mm_cvtsi128_si32(_mm256_castsi256_si128(before)) as u32;
    scalar::running_sums(base, &differences[whole..], &mut out[whole..]);
}
