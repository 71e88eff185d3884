//! The definition of running sums.

use std::mem::MaybeUninit;

use crate::encoding::Lane;

/// Writes `base + differences[..= i]` as value `i`, wrapping.
pub(crate) fn running_sums<L: Lane>(base: L, differences: &[L], out: &mut [MaybeUninit<L>]) {
    let mut sum = base;
    for (slot, &difference) in out.iter_mut().zip(differences) {
        sum = sum.wrapping_add(difference);
        slot.write(sum);
    }
}
