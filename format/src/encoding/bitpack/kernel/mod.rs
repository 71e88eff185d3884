//! Unpacking and packing of one vector: safe doors, the kernel chosen by what the machine has.

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
    if width == 0 {
        out.fill(MaybeUninit::new(base));
        return Ok(());
    }
    match isa {
        Isa::Scalar => scalar::unpack_32(packed, width, base, out),
        // SAFETY: an Isa other than Scalar only comes from detection of its features; the packed bytes are as many
        // as the width asks.
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
    if width == 0 {
        out.fill(MaybeUninit::new(base));
        return Ok(());
    }
    match isa {
        Isa::Scalar => scalar::unpack_64(packed, width, base, out),
        // SAFETY: an Isa other than Scalar only comes from detection of its features; the packed bytes are as many
        // as the width asks.
        #[cfg(target_arch = "x86_64")]
        Isa::Avx2 if width <= 32 => unsafe { x86::avx2_64(packed, width, base, out) },
        // SAFETY: as above.
        #[cfg(target_arch = "x86_64")]
        Isa::Avx2 => unsafe { x86::avx2_wide(packed, width, base, out) },
        // SAFETY: as above.
        #[cfg(target_arch = "x86_64")]
        Isa::Avx512 if width <= 32 => unsafe { x86::avx512_64(packed, width, base, out) },
        // SAFETY: as above.
        #[cfg(target_arch = "x86_64")]
        Isa::Avx512 => unsafe { x86::avx512_wide(packed, width, base, out) },
    }
    Ok(())
}
