//! What is known of a block of fixed-width values before encodings are tried.

use std::cell::OnceCell;

use super::Hasher;
use crate::encoding::bitpack::Packing;
use crate::encoding::dictionary::{Codes, fixed_codes};
use crate::encoding::{Isa, Lane};

/// Facts of values, found in one pass; dearer ones at first use. There is at least one value.
#[derive(Debug)]
pub(crate) struct Statistics<L: Lane> {
    /// Number of values.
    pub(crate) len: usize,
    /// Stretches of equal neighbours.
    pub(crate) runs: usize,
    /// Least value as a signed number.
    pub(crate) min: L,
    /// Greatest value as a signed number.
    pub(crate) max: L,
    /// No value is below its left neighbour.
    pub(crate) ascending: bool,
    /// No value is above its left neighbour.
    pub(crate) descending: bool,
    packing: OnceCell<Packing>,
    distinct: OnceCell<usize>,
    codes: OnceCell<Option<Codes<L>>>,
}

/// Values looked at for an estimate of how many are distinct.
const SAMPLE: usize = 2048;

impl<L: Lane> Statistics<L> {
    pub(super) fn of(values: &[L]) -> Self {
        let first = values[0];
        let (mut min, mut max) = (first, first);
        let (mut changes, mut falls, mut rises) = (0usize, 0usize, 0usize);
        Isa::detect().run(
            #[inline(always)]
            || {
                for &value in values {
                    min = if value.less(min) { value } else { min };
                    max = if max.less(value) { value } else { max };
                }
                for (&left, &right) in values.iter().zip(&values[1..]) {
                    changes += (left != right) as usize;
                    falls += right.less(left) as usize;
                    rises += left.less(right) as usize;
                }
            },
        );
        Self {
            len: values.len(),
            runs: changes + 1,
            min,
            max,
            ascending: falls == 0,
            descending: rises == 0,
            packing: OnceCell::new(),
            distinct: OnceCell::new(),
            codes: OnceCell::new(),
        }
    }

    /// Bits of the difference between the least and the greatest value.
    pub(crate) fn range_bits(&self) -> u32 {
        L::BYTES as u32 * 8 - self.max.wrapping_sub(self.min).leading_zeros()
    }

    /// How bit-packing would pack each vector, and its exact bytes.
    pub(crate) fn packing(&self, values: &[L]) -> &Packing {
        self.packing.get_or_init(|| Packing::of(values))
    }

    /// Bytes of the cheapest single node: raw or bit-packed.
    pub(crate) fn plain_bytes(&self, values: &[L]) -> usize {
        match L::PACKED_BITS {
            0 => self.len * L::BYTES,
            _ => self.packing(values).bytes.min(self.len * L::BYTES),
        }
    }

    /// About how many values are distinct, from a sample at even distances: every value that comes once in it
    /// stands for as many as the values it leaves out (the estimator GEE of Charikar et al., "Towards
    /// Estimation Error Guarantees for Distinct Values", PODS 2000).
    pub(crate) fn distinct(&self, values: &[L]) -> usize {
        *self.distinct.get_or_init(|| {
            let step = self.len.div_ceil(SAMPLE).max(1);
            let mut counts: std::collections::HashMap<L, u32, Hasher> = Default::default();
            let mut taken = 0usize;
            for &value in values.iter().step_by(step) {
                *counts.entry(value).or_insert(0) += 1;
                taken += 1;
            }
            let once = counts.values().filter(|&&count| count == 1).count();
            let scale = (self.len as f64 / taken as f64).sqrt();
            (counts.len() - once) + (once as f64 * scale) as usize
        })
    }

    /// The dictionary of the values; None when half of them or more are distinct.
    pub(crate) fn codes(&self, values: &[L]) -> Option<&Codes<L>> {
        self.codes.get_or_init(|| fixed_codes(values, self.len / 2)).as_ref()
    }
}
