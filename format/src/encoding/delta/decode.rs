//! Reading differences.

use std::mem::MaybeUninit;
use std::sync::OnceLock;

use crate::BufferMut;
use crate::encoding::{Checked, FixedDecoder, Flaw, Lane, Node, VECTOR_VALUES};

/// Opened differences; the bases are decoded once, at first use.
#[derive(Debug)]
pub(crate) struct Delta<L: Lane> {
    bases: FixedDecoder<L>,
    differences: FixedDecoder<L>,
    decoded: OnceLock<Checked<BufferMut<L>>>,
}

impl<L: Lane> Delta<L> {
    pub(crate) fn open(mut node: Node) -> Checked<Self> {
        node.expect_pages(0)?;
        node.expect_parameters(0)?;
        let len = node.len as usize;
        let [bases, differences] = node.take_children()?;
        let (bases, differences) = (FixedDecoder::<L>::open(bases)?, FixedDecoder::<L>::open(differences)?);
        if differences.len() != len || bases.len() != len.div_ceil(VECTOR_VALUES) {
            return Flaw::damaged(format!(
                "{} differences and {} bases of {len} values",
                differences.len(),
                bases.len()
            ));
        }
        Ok(Self { bases, differences, decoded: OnceLock::new() })
    }

    pub(crate) fn len(&self) -> usize {
        self.differences.len()
    }

    pub(crate) fn decode(&self, start: usize, out: &mut [MaybeUninit<L>]) -> Checked<()> {
        let bases = self.decoded.get_or_init(|| self.bases.buffer(0, self.bases.len()));
        let bases = bases.as_ref().map_err(Clone::clone)?;
        let mut differences = BufferMut::<L>::with_capacity(VECTOR_VALUES);
        let mut done = 0;
        while done < out.len() {
            let (vector, skipped) = ((start + done) / VECTOR_VALUES, (start + done) % VECTOR_VALUES);
            let count = (VECTOR_VALUES - skipped).min(out.len() - done);
            differences.clear();
            // A running sum begins with its vector, wherever the range does.
            self.differences.append(vector * VECTOR_VALUES, skipped + count, &mut differences)?;
            let before = differences[..skipped].iter().fold(bases[vector], |sum, &d| sum.wrapping_add(d));
            L::running_sums(before, &differences[skipped..], &mut out[done..done + count]);
            done += count;
        }
        Ok(())
    }
}
