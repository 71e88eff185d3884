//! Running sums of differences: safe doors, the kernel chosen by what the machine has.

mod scalar;
#[cfg(target_arch = "x86_64")]
mod x86;

use std::mem::MaybeUninit;

use crate::encoding::Isa;

pub(crate) use scalar::running_sums;

/// Writes `base + differences[..= i]` as value `i`, wrapping.
///
/// # Panics
/// When the lengths differ.
pub(crate) fn running_sums_u32(isa: Isa, base: u32, differences: &[u32], out: &mut [MaybeUninit<u32>]) {
    assert_eq!(differences.len(), out.len(), "one sum a difference");
    match isa {
        Isa::Scalar => scalar::running_sums(base, differences, out),
        // SAFETY: an Isa other than Scalar only comes from detection of its features; lengths are equal.
        #[cfg(target_arch = "x86_64")]
        Isa::Avx2 => unsafe { x86::avx2_32(base, differences, out) },
        // SAFETY: as above.
        #[cfg(target_arch = "x86_64")]
        Isa::Avx512 => unsafe { x86::avx512_32(base, differences, out) },
    }
}

/// Writes `base + differences[..= i]` as value `i`, wrapping.
///
/// # Panics
/// When the lengths differ.
pub(crate) fn running_sums_u64(isa: Isa, base: u64, differences: &[u64], out: &mut [MaybeUninit<u64>]) {
    assert_eq!(differences.len(), out.len(), "one sum a difference");
    match isa {
        Isa::Scalar => scalar::running_sums(base, differences, out),
        // SAFETY: an Isa other than Scalar only comes from detection of its features; lengths are equal.
        #[cfg(target_arch = "x86_64")]
        Isa::Avx2 => unsafe { x86::avx2_64(base, differences, out) },
        // SAFETY: as above.
        #[cfg(target_arch = "x86_64")]
        Isa::Avx512 => unsafe { x86::avx512_64(base, differences, out) },
    }
}
