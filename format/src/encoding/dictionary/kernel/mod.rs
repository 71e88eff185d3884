//! Looking up codes: safe doors, the kernel chosen by what the machine has.

use std::mem::MaybeUninit;

use crate::encoding::{Isa, Lane};

/// The highest code; None when there are none.
pub(crate) fn highest(codes: &[u32]) -> Option<u32> {
    let highest = Isa::detect().run(
        #[inline(always)]
        move || codes.iter().fold(0, |highest: u32, &code| highest.max(code)),
    );
    (!codes.is_empty()).then_some(highest)
}

/// Writes the value of each code.
///
/// # Panics
/// When a code has no value, or the lengths differ.
#[inline]
pub(crate) fn gather<L: Lane>(values: &[L], codes: &[u32], out: &mut [MaybeUninit<L>]) {
    gather_with(Isa::detect(), values, codes, out);
}

/// As [`gather`], by one instruction set.
#[inline]
pub(crate) fn gather_with<L: Lane>(isa: Isa, values: &[L], codes: &[u32], out: &mut [MaybeUninit<L>]) {
    assert_eq!(codes.len(), out.len(), "one value a code");
    assert!(highest(codes).is_none_or(|code| (code as usize) < values.len()), "a code without a value");
    isa.run(
        #[inline(always)]
        move || {
            for (slot, &code) in out.iter_mut().zip(codes) {
                // SAFETY: the highest code is below the number of values.
                slot.write(unsafe { *values.get_unchecked(code as usize) });
            }
        },
    );
}
