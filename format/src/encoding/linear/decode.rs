//! Reading lines.

use std::mem::MaybeUninit;

use super::{Line, SHIFT_MAX, SLOPE_MAX, SPANS};
use crate::cursor::Cursor;
use crate::encoding::fixed::each_vector;
use crate::encoding::{Checked, FixedDecoder, Flaw, Isa, Lane, Node};

/// Opened lines.
#[derive(Debug)]
pub(crate) struct Linear<L: Lane> {
    shift: u32,
    span: u8,
    lines: Vec<Line>,
    residuals: FixedDecoder<L>,
}

impl<L: Lane> Linear<L> {
    pub(crate) fn open(mut node: Node) -> Checked<Self> {
        node.expect_pages(0)?;
        let len = node.len as usize;
        let mut cursor = Cursor::new(&node.parameters);
        let (shift, span) = (cursor.u8()? as u32, cursor.u8()?);
        if shift > SHIFT_MAX || !SPANS.contains(&span) {
            return Flaw::damaged(format!("lines of 2^{span} values with {shift} bits after the point"));
        }
        let count = len.div_ceil(1 << span);
        cursor.expect(count * 16)?;
        let mut lines = Vec::with_capacity(count);
        for _ in 0..count {
            let line = Line { base: cursor.u64()?, slope: cursor.i64()? };
            if line.slope.unsigned_abs() >= SLOPE_MAX as u64 {
                return Flaw::damaged(format!("a line of slope {}", line.slope));
            }
            lines.push(line);
        }
        cursor.finish()?;
        let [residuals] = node.take_children()?;
        let residuals = FixedDecoder::<L>::open(residuals)?;
        match residuals.len() == len {
            true => Ok(Self { shift, span, lines, residuals }),
            false => Flaw::damaged(format!("{} residuals of {len} values", residuals.len())),
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.residuals.len()
    }

    pub(crate) fn decode(&self, start: usize, out: &mut [MaybeUninit<L>]) -> Checked<()> {
        // A vector never crosses from line to line.
        each_vector(&self.residuals, start, out.len(), |done, residuals| {
            let first = (start + done) & ((1 << self.span) - 1);
            let (line, shift) = (self.lines[(start + done) >> self.span], self.shift);
            let slots = &mut out[done..done + residuals.len()];
            Isa::detect().run(
                #[inline(always)]
                move || {
                    let mut product = line.slope.wrapping_mul(first as i64);
                    for (slot, &residual) in slots.iter_mut().zip(residuals) {
                        let on_line = line.base.wrapping_add((product >> shift) as u64);
                        slot.write(L::from_signed(on_line as i64).wrapping_add(residual));
                        product = product.wrapping_add(line.slope);
                    }
                },
            );
            Ok(())
        })
    }
}
