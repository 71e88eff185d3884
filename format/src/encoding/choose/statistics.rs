//! What is known of a block of fixed-width values before encodings are tried.

use std::cell::OnceCell;

use super::{Hasher, scattered};
use crate::encoding::bitpack::Packing;
use crate::encoding::delta::Deltas;
use crate::encoding::dictionary::{Codes, fixed_codes};
use crate::encoding::{Isa, Lane, scale};

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
    deltas: OnceCell<Deltas<L>>,
    factor: OnceCell<L>,
    common: OnceCell<Option<(L, usize)>>,
}

/// Values looked at for an estimate of how many are distinct.
const SAMPLE: usize = 2048;

impl<L: Lane> Statistics<L> {
    pub(crate) fn of(values: &[L]) -> Self {
        let first = values[0];
        let (min, max, changes, falls, rises) = Isa::detect().run(
            #[inline(always)]
            move || {
                let (mut min, mut max) = (first, first);
                for &value in values {
                    min = if value.less(min) { value } else { min };
                    max = if max.less(value) { value } else { max };
                }
                let (mut changes, mut falls, mut rises) = (0usize, 0usize, 0usize);
                for (&left, &right) in values.iter().zip(&values[1..]) {
                    changes += (left != right) as usize;
                    falls += right.less(left) as usize;
                    rises += left.less(right) as usize;
                }
                (min, max, changes, falls, rises)
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
            deltas: OnceCell::new(),
            factor: OnceCell::new(),
            common: OnceCell::new(),
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

    /// About how many values are distinct, from a scattered sample: every value that comes once in it
    /// stands for as many as the values it leaves out (the estimator GEE of Charikar et al., "Towards
    /// Estimation Error Guarantees for Distinct Values", PODS 2000).
    pub(crate) fn distinct(&self, values: &[L]) -> usize {
        *self.distinct.get_or_init(|| {
            let mut counts: std::collections::HashMap<L, u32, Hasher> = Default::default();
            for at in scattered(self.len, SAMPLE) {
                *counts.entry(values[at]).or_insert(0) += 1;
            }
            let taken = self.len.min(SAMPLE);
            let once = counts.values().filter(|&&count| count == 1).count();
            let scale = (self.len as f64 / taken as f64).sqrt();
            (counts.len() - once) + (once as f64 * scale) as usize
        })
    }

    /// The dictionary of the values; None when half of them or more are distinct.
    pub(crate) fn codes(&self, values: &[L]) -> Option<&Codes<L>> {
        self.codes.get_or_init(|| fixed_codes(values, self.len / 2)).as_ref()
    }

    /// Each value less the one before.
    pub(crate) fn deltas(&self, values: &[L]) -> &Deltas<L> {
        self.deltas.get_or_init(|| Deltas::of(values))
    }

    /// The greatest common divisor of all differences from the least value; 0 when there are none.
    pub(crate) fn factor(&self, values: &[L]) -> L {
        *self.factor.get_or_init(|| scale::factor(values, self.min))
    }

    /// The value that more than half of the values have, and how many do; None when there is none.
    pub(crate) fn common(&self, values: &[L]) -> Option<(L, usize)> {
        *self.common.get_or_init(|| {
            // The vote of Boyer and Moore, "MJRTY" (1981), over a sample, then an exact count.
            let (mut candidate, mut votes) = (values[0], 0usize);
            for value in scattered(self.len, SAMPLE).map(|at| values[at]) {
                match votes {
                    0 => (candidate, votes) = (value, 1),
                    _ if value == candidate => votes += 1,
                    _ => votes -= 1,
                }
            }
            let count = Isa::detect().run(
                #[inline(always)]
                move || values.iter().map(|&value| (value == candidate) as usize).sum::<usize>(),
            );
            (count > self.len / 2).then_some((candidate, count))
        })
    }
}
