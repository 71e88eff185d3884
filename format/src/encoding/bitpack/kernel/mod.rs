//! Unpacking and packing of one vector: safe doors, the kernel chosen by what the machine has.
//!
//! The loop body is written once in [`scalar`] over lanes of a fixed count; `x86` compiles the same body with
//! AVX2 and AVX-512 enabled, where it becomes whole-register shifts and masks. `examples/decode_speed.rs`
//! measured 3 to 5 G values/s of 64 bits through the whole reader (EPYC, AVX-512), far beyond what follows in
//! a scan; hand-written intrinsics have not been tried.

mod scalar;
mod select;
#[cfg(target_arch = "x86_64")]
mod x86;

use std::mem::MaybeUninit;

use super::BYTES_PER_BIT;
pub(crate) use crate::encoding::Isa;
use crate::encoding::{Checked, Flaw, VECTOR_VALUES};

pub(crate) use scalar::pack;
pub(crate) use select::{Bits, select, select_with};

/// One vector's values, not yet written.
type Out<T> = [MaybeUninit<T>; VECTOR_VALUES];

/// Unpacks 1,024 values of at most 32 bits and adds the base, wrapping.
pub(crate) fn unpack_u32(packed: &[u8], width: u32, base: u64, out: &mut Out<u32>) -> Checked<()> {
    unpack_u32_with(Isa::detect(), packed, width, base as u32, out)
}

/// Unpacks 1,024 values of at most 64 bits and adds the base, wrapping.
pub(crate) fn unpack_u64(packed: &[u8], width: u32, base: u64, out: &mut Out<u64>) -> Checked<()> {
    unpack_u64_with(Isa::detect(), packed, width, base, out)
}

fn check(packed: &[u8], width: u32, width_max: u32) -> Checked<()> {
    if width > width_max || packed.len() != width as usize * BYTES_PER_BIT {
        return Flaw::damaged(format!("{} packed bytes of width {width}", packed.len()));
    }
    Ok(())
}

#[inline]
pub(crate) fn unpack_u32_with(
    isa: Isa,
    packed: &[u8],
    width: u32,
    base: u32,
    out: &mut Out<u32>,
) -> Checked<()> {
    check(packed, width, 32)?;
    match isa {
        Isa::Scalar => scalar::unpack_32(packed, width, base, out),
        // SAFETY: an Isa other than Scalar only comes from detection of its features.
        #[cfg(target_arch = "x86_64")]
        Isa::Avx2 => unsafe { x86::avx2_32(packed, width, base, out) },
        // SAFETY: as above.
        #[cfg(target_arch = "x86_64")]
        Isa::Avx512 => unsafe { x86::avx512_32(packed, width, base, out) },
    }
    Ok(())
}

#[inline]
pub(crate) fn unpack_u64_with(
    isa: Isa,
    packed: &[u8],
    width: u32,
    base: u64,
    out: &mut Out<u64>,
) -> Checked<()> {
    check(packed, width, 64)?;
    match isa {
        Isa::Scalar => scalar::unpack_64(packed, width, base, out),
        // SAFETY: an Isa other than Scalar only comes from detection of its features.
        #[cfg(target_arch = "x86_64")]
        Isa::Avx2 => unsafe { x86::avx2_64(packed, width, base, out) },
        // SAFETY: as above.
        #[cfg(target_arch = "x86_64")]
        Isa::Avx512 => unsafe { x86::avx512_64(packed, width, base, out) },
    }
    Ok(())
}
