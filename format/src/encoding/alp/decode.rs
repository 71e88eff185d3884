//! Reading decimals back into FLOAT64.

use std::mem::MaybeUninit;

use super::number::{EXPONENT_MAX, Exponents};
use crate::encoding::fixed::each_vector;
use crate::encoding::sparse::Exceptions;
use crate::encoding::{Checked, FixedDecoder, Flaw, Isa, Lane, Node, VECTOR_VALUES};

/// Opened decimals; `L` is 64 bits wide.
#[derive(Debug)]
pub(crate) struct Alp<L: Lane> {
    vectors: Vec<Exponents>,
    integers: FixedDecoder<u64>,
    exceptions: Exceptions<L>,
}

impl<L: Lane> Alp<L> {
    pub(crate) fn open(mut node: Node) -> Checked<Self> {
        let len = node.len as usize;
        node.expect_pages(0)?;
        node.expect_parameters(len.div_ceil(VECTOR_VALUES) * 2)?;
        let mut vectors = Vec::with_capacity(node.parameters.len() / 2);
        for pair in node.parameters.chunks_exact(2) {
            let exponents = Exponents { e: pair[0], f: pair[1] };
            if exponents.e > EXPONENT_MAX || exponents.f > exponents.e {
                return Flaw::damaged(format!("decimals of exponents {} and {}", exponents.e, exponents.f));
            }
            vectors.push(exponents);
        }
        let [integers, positions, bits] = node.take_children()?;
        let integers = FixedDecoder::<u64>::open(integers)?;
        if integers.len() != len {
            return Flaw::damaged(format!("{} integers of {len} decimals", integers.len()));
        }
        Ok(Self { vectors, integers, exceptions: Exceptions::open(len, positions, bits)? })
    }

    pub(crate) fn len(&self) -> usize {
        self.integers.len()
    }

    /// The exponents of the vector that value `at` is in.
    pub(crate) fn exponents(&self, at: usize) -> Exponents {
        self.vectors[at / VECTOR_VALUES]
    }

    /// The integers, for tests that are made of them instead of the values.
    pub(crate) fn integers(&self) -> &FixedDecoder<u64> {
        &self.integers
    }

    /// The values that are no decimals.
    pub(crate) fn exceptions(&self) -> &Exceptions<L> {
        &self.exceptions
    }

    pub(crate) fn decode(&self, start: usize, out: &mut [MaybeUninit<L>]) -> Checked<()> {
        each_vector(&self.integers, start, out.len(), |done, integers| {
            let exponents = self.exponents(start + done);
            decode_vector(Isa::detect(), exponents, integers, &mut out[done..done + integers.len()]);
            Ok(())
        })?;
        self.exceptions.patch(start, out)
    }
}

/// Writes the bits of the values of integers.
#[inline]
pub(crate) fn decode_vector<L: Lane>(
    isa: Isa,
    exponents: Exponents,
    integers: &[u64],
    out: &mut [MaybeUninit<L>],
) {
    isa.run(
        #[inline(always)]
        move || {
            for (slot, &integer) in out.iter_mut().zip(integers) {
                slot.write(L::from_signed(exponents.decode(integer as i64).to_bits() as i64));
            }
        },
    );
}
