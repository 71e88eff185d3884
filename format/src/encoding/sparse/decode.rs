//! Reading sparse values.

use std::mem::MaybeUninit;
use std::sync::OnceLock;

use crate::BufferMut;
use crate::encoding::{Checked, FixedDecoder, Flaw, Lane, Node};

/// Opened sparse values.
#[derive(Debug)]
pub(crate) struct Sparse<L: Lane> {
    common: L,
    exceptions: Exceptions<L>,
}

/// Values by position; decoded once, at first use.
#[derive(Debug)]
pub(crate) struct Exceptions<L: Lane> {
    len: usize,
    positions: FixedDecoder<u32>,
    values: FixedDecoder<L>,
    decoded: OnceLock<Checked<Decoded<L>>>,
}

#[derive(Debug)]
struct Decoded<L: Lane> {
    positions: BufferMut<u32>,
    values: BufferMut<L>,
}

impl<L: Lane> Exceptions<L> {
    /// Opens the exceptions among `len` values.
    pub(crate) fn open(len: usize, positions: Node, values: Node) -> Checked<Self> {
        let (positions, values) = (FixedDecoder::<u32>::open(positions)?, FixedDecoder::<L>::open(values)?);
        match positions.len() == values.len() && positions.len() <= len {
            true => Ok(Self { len, positions, values, decoded: OnceLock::new() }),
            false => Flaw::damaged(format!(
                "{} positions with {} exceptions among {len} values",
                positions.len(),
                values.len()
            )),
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.positions.len()
    }

    fn decoded(&self) -> Checked<&Decoded<L>> {
        let decoded = self.decoded.get_or_init(|| {
            let positions: BufferMut<u32> = self.positions.buffer(0, self.positions.len())?;
            let ascending = positions.windows(2).all(|pair| pair[0] < pair[1]);
            if !ascending || positions.last().is_some_and(|&last| last as usize >= self.len) {
                return Flaw::damaged("positions of exceptions do not ascend below the number of values");
            }
            Ok(Decoded { positions, values: self.values.buffer(0, self.values.len())? })
        });
        decoded.as_ref().map_err(Clone::clone)
    }

    /// The exceptions of a range: positions from the range's start, and values.
    pub(crate) fn range(&self, start: usize, len: usize) -> Checked<impl Iterator<Item = (usize, L)> + '_> {
        let (positions, values): (&[u32], &[L]) = match self.len() {
            0 => (&[], &[]),
            _ => {
                let decoded = self.decoded()?;
                (&decoded.positions, &decoded.values)
            }
        };
        let first = positions.partition_point(|&at| (at as usize) < start);
        let last = positions.partition_point(|&at| (at as usize) < start + len);
        let pairs = positions[first..last].iter().zip(&values[first..last]);
        Ok(pairs.map(move |(&at, &value)| (at as usize - start, value)))
    }

    /// Puts the exceptions of a range into their slots.
    pub(crate) fn patch(&self, start: usize, out: &mut [MaybeUninit<L>]) -> Checked<()> {
        for (at, value) in self.range(start, out.len())? {
            out[at].write(value);
        }
        Ok(())
    }
}

impl<L: Lane> Sparse<L> {
    pub(crate) fn open(mut node: Node) -> Checked<Self> {
        node.expect_pages(0)?;
        node.expect_parameters(L::BYTES)?;
        let common = L::read(&node.parameters);
        let len = node.len as usize;
        let [positions, values] = node.take_children()?;
        Ok(Self { common, exceptions: Exceptions::open(len, positions, values)? })
    }

    pub(crate) fn len(&self) -> usize {
        self.exceptions.len
    }

    /// The value of all other positions.
    pub(crate) fn common(&self) -> L {
        self.common
    }

    /// The other values.
    pub(crate) fn exceptions(&self) -> &Exceptions<L> {
        &self.exceptions
    }

    pub(crate) fn decode(&self, start: usize, out: &mut [MaybeUninit<L>]) -> Checked<()> {
        out.fill(MaybeUninit::new(self.common));
        self.exceptions.patch(start, out)
    }
}
