//! Reading scaled integers.

use std::mem::MaybeUninit;

use crate::encoding::fixed::each_vector;
use crate::encoding::{Checked, FixedDecoder, Flaw, Isa, Lane, Node};

/// Opened scaled integers.
#[derive(Debug)]
pub(crate) struct Scale<L: Lane> {
    base: L,
    factor: L,
    child: Child<L>,
}

#[derive(Debug)]
enum Child<L: Lane> {
    Same(FixedDecoder<L>),
    W8(FixedDecoder<u64>),
}

impl<L: Lane> Scale<L> {
    pub(crate) fn open(mut node: Node) -> Checked<Self> {
        node.expect_pages(0)?;
        node.expect_parameters(1 + 2 * L::BYTES)?;
        let len = node.len as usize;
        let width = node.parameters[0] as usize;
        let (base, factor) = (L::read(&node.parameters[1..]), L::read(&node.parameters[1 + L::BYTES..]));
        let [child] = node.take_children()?;
        if child.len as usize != len {
            return Flaw::damaged(format!("{} scaled integers of {len} values", child.len));
        }
        let child = match width {
            width if width == L::BYTES => Child::Same(FixedDecoder::open(child)?),
            8 if L::BYTES > 8 => Child::W8(FixedDecoder::open(child)?),
            _ => return Flaw::damaged(format!("scaled integers of {width} bytes in {}", L::BYTES)),
        };
        Ok(Self { base, factor, child })
    }

    pub(crate) fn len(&self) -> usize {
        match &self.child {
            Child::Same(child) => child.len(),
            Child::W8(child) => child.len(),
        }
    }

    pub(crate) fn decode(&self, start: usize, out: &mut [MaybeUninit<L>]) -> Checked<()> {
        match &self.child {
            Child::Same(child) => self.decode_from(child, start, out, |v| v),
            Child::W8(child) => self.decode_from(child, start, out, L::from_unsigned),
        }
    }

    #[inline]
    fn decode_from<C: Lane>(
        &self,
        child: &FixedDecoder<C>,
        start: usize,
        out: &mut [MaybeUninit<L>],
        widen: impl Fn(C) -> L + Copy,
    ) -> Checked<()> {
        each_vector(child, start, out.len(), |done, integers| {
            let slots = &mut out[done..done + integers.len()];
            let (base, factor) = (self.base, self.factor);
            Isa::detect().run(
                #[inline(always)]
                move || {
                    for (slot, &integer) in slots.iter_mut().zip(integers) {
                        slot.write(base.wrapping_add(factor.wrapping_mul(widen(integer))));
                    }
                },
            );
            Ok(())
        })
    }
}
