//! Decoding a tree of fixed-width values.

use std::mem::MaybeUninit;

use super::alp::Alp;
use super::alp_rd::AlpRd;
use super::bitpack::BitPacked;
use super::compressed::Compressed;
use super::constant::Constant;
use super::delta::Delta;
use super::dictionary::FixedDictionary;
use super::linear::Linear;
use super::raw::Raw;
use super::rle::RunLength;
use super::scale::Scale;
use super::sparse::Sparse;
use super::{Checked, Encoding, Flaw, Lane, Node, VECTOR_VALUES};
use crate::{BufferMut, Pod};

/// A validated tree of fixed-width values; cheap to share, decodes any range.
#[derive(Debug)]
pub(crate) enum FixedDecoder<L: Lane> {
    Raw(Raw),
    Constant(Constant<L>),
    BitPacked(BitPacked),
    RunLength(Box<RunLength<L>>),
    Dictionary(Box<FixedDictionary<L>>),
    Delta(Box<Delta<L>>),
    Linear(Box<Linear<L>>),
    Sparse(Box<Sparse<L>>),
    Scale(Box<Scale<L>>),
    Alp(Box<Alp<L>>),
    AlpRd(Box<AlpRd<L>>),
    Compressed(Box<Compressed<L>>),
}

impl<L: Lane> FixedDecoder<L> {
    /// Opens a tree.
    pub(crate) fn open(node: Node) -> Checked<Self> {
        Ok(match node.encoding {
            Encoding::Raw => FixedDecoder::Raw(Raw::open(node, L::BYTES)?),
            Encoding::Constant => FixedDecoder::Constant(Constant::open(node)?),
            Encoding::BitPacked if L::PACKED_BITS > 0 => {
                FixedDecoder::BitPacked(BitPacked::open(node, L::PACKED_BITS, L::BYTES)?)
            }
            Encoding::RunLength => FixedDecoder::RunLength(Box::new(RunLength::open(node)?)),
            Encoding::Dictionary => FixedDecoder::Dictionary(Box::new(FixedDictionary::open(node)?)),
            Encoding::Delta if L::PACKED_BITS > 0 => FixedDecoder::Delta(Box::new(Delta::open(node)?)),
            Encoding::Linear if L::PACKED_BITS > 0 => FixedDecoder::Linear(Box::new(Linear::open(node)?)),
            Encoding::Sparse => FixedDecoder::Sparse(Box::new(Sparse::open(node)?)),
            Encoding::Scale => FixedDecoder::Scale(Box::new(Scale::open(node)?)),
            Encoding::Alp if L::BYTES == 8 => FixedDecoder::Alp(Box::new(Alp::open(node)?)),
            Encoding::AlpRd if L::BYTES == 8 => FixedDecoder::AlpRd(Box::new(AlpRd::open(node)?)),
            Encoding::Compressed => FixedDecoder::Compressed(Box::new(Compressed::open(node)?)),
            other => {
                return Flaw::damaged(format!("{} of values of {} bytes", other.name(), L::BYTES));
            }
        })
    }

    /// Number of values.
    pub(crate) fn len(&self) -> usize {
        match self {
            FixedDecoder::Raw(node) => node.len(),
            FixedDecoder::Constant(node) => node.len(),
            FixedDecoder::BitPacked(node) => node.len(),
            FixedDecoder::RunLength(node) => node.len(),
            FixedDecoder::Dictionary(node) => node.len(),
            FixedDecoder::Delta(node) => node.len(),
            FixedDecoder::Linear(node) => node.len(),
            FixedDecoder::Sparse(node) => node.len(),
            FixedDecoder::Scale(node) => node.len(),
            FixedDecoder::Alp(node) => node.len(),
            FixedDecoder::AlpRd(node) => node.len(),
            FixedDecoder::Compressed(node) => node.len(),
        }
    }

    /// The value of a constant.
    pub(crate) fn constant(&self) -> Option<L> {
        match self {
            FixedDecoder::Constant(node) => Some(node.value()),
            _ => None,
        }
    }

    /// The one value that a range has, where the encoding shows it.
    pub(crate) fn constant_in(&self, start: usize, len: usize) -> Checked<Option<L>> {
        match self {
            FixedDecoder::Constant(node) => Ok(Some(node.value())),
            FixedDecoder::RunLength(node) if len > 0 => {
                self.expect_range(start, len)?;
                node.constant_in(start, len)
            }
            _ => Ok(None),
        }
    }

    /// Checks that a range of values is there.
    pub(crate) fn expect_range(&self, start: usize, len: usize) -> Checked<()> {
        match start.checked_add(len).is_some_and(|end| end <= self.len()) {
            true => Ok(()),
            false => Flaw::damaged(format!("values {start}+{len} of {}", self.len())),
        }
    }

    /// Decodes values `start ..` into `out`; on success every element of `out` is written.
    pub(crate) fn decode(&self, start: usize, out: &mut [MaybeUninit<L>]) -> Checked<()> {
        self.expect_range(start, out.len())?;
        match self {
            FixedDecoder::Raw(node) => node.decode(start, out),
            FixedDecoder::Constant(node) => node.decode(out),
            FixedDecoder::BitPacked(node) => return node.decode(start, out),
            FixedDecoder::RunLength(node) => return node.decode(start, out),
            FixedDecoder::Dictionary(node) => return node.decode(start, out),
            FixedDecoder::Delta(node) => return node.decode(start, out),
            FixedDecoder::Linear(node) => return node.decode(start, out),
            FixedDecoder::Sparse(node) => return node.decode(start, out),
            FixedDecoder::Scale(node) => return node.decode(start, out),
            FixedDecoder::Alp(node) => return node.decode(start, out),
            FixedDecoder::AlpRd(node) => return node.decode(start, out),
            FixedDecoder::Compressed(node) => return node.decode(start, out),
        }
        Ok(())
    }

    /// Appends values `start .. start + len` to a buffer of a type of the same width.
    pub(crate) fn append<T: Pod>(&self, start: usize, len: usize, out: &mut BufferMut<T>) -> Checked<()> {
        assert_eq!(size_of::<T>(), size_of::<L>(), "a lane decodes into values of its own width");
        assert_eq!(align_of::<T>(), align_of::<L>(), "a lane decodes into values of its own alignment");
        // SAFETY: T and L are Pod of the same size and alignment, and decode writes every element on success.
        unsafe {
            out.try_extend_with(len, |values| {
                let lanes = std::slice::from_raw_parts_mut(values.as_mut_ptr().cast(), values.len());
                self.decode(start, lanes)
            })
        }
    }

    /// Values `start .. start + len` in a fresh buffer.
    pub(crate) fn buffer<T: Pod>(&self, start: usize, len: usize) -> Checked<BufferMut<T>> {
        let mut out = BufferMut::with_capacity(len);
        self.append(start, len, &mut out)?;
        Ok(out)
    }
}

/// Decodes values `start .. start + len` and shows them vector by vector, each with its distance from `start`:
/// for encodings that turn a child's numbers into values while they are in the nearest cache.
pub(crate) fn each_vector<C: Lane>(
    child: &FixedDecoder<C>,
    start: usize,
    len: usize,
    mut visit: impl FnMut(usize, &[C]) -> Checked<()>,
) -> Checked<()> {
    let mut values = BufferMut::<C>::with_capacity(VECTOR_VALUES.min(len));
    let mut done = 0;
    while done < len {
        let count = (VECTOR_VALUES - (start + done) % VECTOR_VALUES).min(len - done);
        values.clear();
        child.append(start + done, count, &mut values)?;
        visit(done, &values)?;
        done += count;
    }
    Ok(())
}
