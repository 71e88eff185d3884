//! Predicates on encoded values: a bit for each position, decided as deep in the tree as can be.
//!
//! | encoding | how |
//! |---|---|
//! | CONSTANT | once |
//! | BIT-PACKED | bounds of the vector, else compared while unpacking |
//! | RUN-LENGTH | once a run |
//! | DICTIONARY | once a value, then a range of codes |
//! | SPARSE | the common value once, then the exceptions |
//! | ALP | as a range of integers, then the exceptions |
//! | others | decoded vector by vector, and compared in the nearest cache |

mod float;
mod range;
mod sink;
#[cfg(test)]
mod tests;

pub(crate) use float::FloatTest;
pub(crate) use range::Range;
pub(crate) use sink::Sink;

use super::fixed::each_vector;
use super::{Checked, FixedDecoder, Isa, Lane};

impl<L: Lane> FixedDecoder<L> {
    /// Appends a bit for each of `len` values from `start`: whether it is in the range. The lane has at most 64
    /// bits.
    pub(crate) fn select(&self, start: usize, len: usize, range: &Range, sink: &mut Sink) -> Checked<()> {
        self.expect_range(start, len)?;
        match self {
            FixedDecoder::Constant(node) => sink.push_run(range.holds(node.value().to_signed()), len),
            FixedDecoder::BitPacked(node) => {
                let done = node.select::<L>(start, len, range, sink)?;
                self.select_decoded(start + done, len - done, range, sink)?;
            }
            FixedDecoder::RunLength(node) => {
                node.each_run(start, len, |value, count| {
                    sink.push_run(range.holds(value.to_signed()), count)
                })?;
            }
            FixedDecoder::Sparse(node) => {
                let first = sink.len();
                sink.push_run(range.holds(node.common().to_signed()), len);
                for (at, value) in node.exceptions().range(start, len)? {
                    sink.set(first + at, range.holds(value.to_signed()));
                }
            }
            FixedDecoder::Dictionary(node) if let Some(codes) = node.code_range(range)? => {
                node.codes().select(start, len, &codes, sink)?;
            }
            _ => self.select_decoded(start, len, range, sink)?,
        }
        Ok(())
    }

    fn select_decoded(&self, start: usize, len: usize, range: &Range, sink: &mut Sink) -> Checked<()> {
        each_vector(self, start, len, |_, values| {
            let range = *range;
            push_tests(
                values,
                sink,
                #[inline(always)]
                move |value| range.holds(value.to_signed()),
            );
            Ok(())
        })
    }
}

/// Appends a bit for each value.
#[inline(always)]
fn push_tests<L: Lane>(values: &[L], sink: &mut Sink, test: impl Fn(L) -> bool + Copy) {
    for part in values.chunks(64) {
        let bytes = Isa::detect().run(
            #[inline(always)]
            move || {
                let mut bytes = [0u8; 64];
                for (byte, &value) in bytes.iter_mut().zip(part) {
                    *byte = test(value) as u8;
                }
                bytes
            },
        );
        let mut word = 0u64;
        for (index, eight) in bytes.as_chunks::<8>().0.iter().enumerate() {
            // The low bits of eight bytes, gathered by a multiplication.
            word |= (u64::from_le_bytes(*eight).wrapping_mul(0x0102_0408_1020_4080) >> 56) << (index * 8);
        }
        sink.push_word(word, part.len());
    }
}
