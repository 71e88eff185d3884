//! Reading fronts and rests.

use std::mem::MaybeUninit;

use super::{FRONTS_MAX, REST_BITS_MIN};
use crate::BufferMut;
use crate::encoding::fixed::each_vector;
use crate::encoding::sparse::Exceptions;
use crate::encoding::{Checked, FixedDecoder, Flaw, Isa, Lane, Node, VECTOR_VALUES};

/// Opened fronts and rests; `L` is 64 bits wide.
#[derive(Debug)]
pub(crate) struct AlpRd<L: Lane> {
    rest_bits: u8,
    /// The fronts in place, a power of two of them so that any code finds one.
    fronts: [u64; FRONTS_MAX],
    front_count: u32,
    codes: FixedDecoder<u32>,
    rests: FixedDecoder<L>,
    exceptions: Exceptions<u32>,
}

impl<L: Lane> AlpRd<L> {
    pub(crate) fn open(mut node: Node) -> Checked<Self> {
        node.expect_pages(0)?;
        let len = node.len as usize;
        let count = node.parameters.len().saturating_sub(1) / 2;
        if !(1..=FRONTS_MAX).contains(&count) || node.parameters.len() != 1 + count * 2 {
            return Flaw::damaged(format!("{} bytes of fronts", node.parameters.len()));
        }
        let rest_bits = node.parameters[0];
        if !(REST_BITS_MIN..64).contains(&rest_bits) {
            return Flaw::damaged(format!("rests of {rest_bits} bits"));
        }
        let mut fronts = [0u64; FRONTS_MAX];
        for (front, bytes) in fronts.iter_mut().zip(node.parameters[1..].chunks_exact(2)) {
            *front = (u16::from_le_bytes([bytes[0], bytes[1]]) as u64) << rest_bits;
        }
        let [codes, rests, positions, others] = node.take_children()?;
        let (codes, rests) = (FixedDecoder::<u32>::open(codes)?, FixedDecoder::<L>::open(rests)?);
        if codes.len() != len || rests.len() != len {
            return Flaw::damaged(format!("{} codes and {} rests of {len}", codes.len(), rests.len()));
        }
        let exceptions = Exceptions::open(len, positions, others)?;
        Ok(Self { rest_bits, fronts, front_count: count as u32, codes, rests, exceptions })
    }

    pub(crate) fn len(&self) -> usize {
        self.codes.len()
    }

    pub(crate) fn decode(&self, start: usize, out: &mut [MaybeUninit<L>]) -> Checked<()> {
        let mask = (1u64 << self.rest_bits) - 1;
        let mut codes = BufferMut::<u32>::with_capacity(VECTOR_VALUES);
        each_vector(&self.rests, start, out.len(), |done, rests| {
            codes.clear();
            self.codes.append(start + done, rests.len(), &mut codes)?;
            let slots = &mut out[done..done + rests.len()];
            let (fronts, codes) = (self.fronts, &codes[..]);
            let highest = Isa::detect().run(
                #[inline(always)]
                move || {
                    let mut highest = 0;
                    for ((slot, &rest), &code) in slots.iter_mut().zip(rests).zip(codes) {
                        highest = highest.max(code);
                        let front = fronts[code as usize % FRONTS_MAX];
                        slot.write(L::from_signed((front | rest.to_signed() as u64 & mask) as i64));
                    }
                    highest
                },
            );
            match highest < self.front_count {
                true => Ok(()),
                false => Flaw::damaged(format!("code {highest} of {} fronts", self.front_count)),
            }
        })?;
        // Of an exception the rest is in its place; only the front is another.
        let mut rest = BufferMut::<L>::with_capacity(1);
        for (at, front) in self.exceptions.range(start, out.len())? {
            rest.clear();
            self.rests.append(start + at, 1, &mut rest)?;
            let bits = (front as u64) << self.rest_bits | rest[0].to_signed() as u64 & mask;
            out[at].write(L::from_signed(bits as i64));
        }
        Ok(())
    }
}
