//! Comparison while unpacking: a bit for each value whose difference from the base lies in a range.
//!
//! The values are never written: a row of lanes is shifted out of its words, compared and becomes bits. Every
//! comparison with a constant is such a range, or what is outside of it.

mod scalar;
#[cfg(target_arch = "x86_64")]
mod x86;

use super::check;
use crate::encoding::{Checked, Isa, VECTOR_VALUES};

/// A bit for each value of a vector.
pub(crate) type Bits = [u64; VECTOR_VALUES / 64];

/// Returns a bit for each of 1,024 packed differences `d` for which `low <= d <= low + span`.
pub(crate) fn select(packed: &[u8], width: u32, low: u64, span: u64) -> Checked<Bits> {
    select_with(Isa::detect(), packed, width, low, span)
}

/// As [`select`], by one instruction set.
#[inline]
pub(crate) fn select_with(isa: Isa, packed: &[u8], width: u32, low: u64, span: u64) -> Checked<Bits> {
    check(packed, width, 64)?;
    let mut bits = [0u64; VECTOR_VALUES / 64];
    if width == 0 {
        let inside = 0u64.wrapping_sub(low) <= span;
        return Ok(if inside { [u64::MAX; VECTOR_VALUES / 64] } else { bits });
    }
    if width > 32 {
        match isa {
            Isa::Scalar => scalar::wide(packed, width, low, span, &mut bits),
            // SAFETY: an Isa other than Scalar only comes from detection of its features; the packed bytes are
            // as many as the width asks.
            #[cfg(target_arch = "x86_64")]
            Isa::Avx2 => unsafe { x86::avx2_wide(packed, width, low, span, &mut bits) },
            // SAFETY: as above.
            #[cfg(target_arch = "x86_64")]
            Isa::Avx512 => unsafe { x86::avx512_wide(packed, width, low, span, &mut bits) },
        }
        return Ok(bits);
    }
    // Differences have 32 bits: what the range has beyond them is out of reach.
    let most = u32::MAX as u64;
    if low > most {
        return Ok(bits);
    }
    let (low, span) = (low as u32, span.min(most - low) as u32);
    match isa {
        Isa::Scalar => scalar::narrow(packed, width, low, span, &mut bits),
        // SAFETY: as above.
        #[cfg(target_arch = "x86_64")]
        Isa::Avx2 => unsafe { x86::avx2_narrow(packed, width, low, span, &mut bits) },
        // SAFETY: as above.
        #[cfg(target_arch = "x86_64")]
        Isa::Avx512 => unsafe { x86::avx512_narrow(packed, width, low, span, &mut bits) },
    }
    Ok(bits)
}
