//! Comparing packed values without unpacking them.

use super::decode::BitPacked;
use super::{BYTES_PER_BIT, kernel};
use crate::encoding::select::{Range, Sink};
use crate::encoding::{Checked, Lane, VECTOR_VALUES};

impl BitPacked {
    /// Appends a bit for each value of a range of positions: whether it is in the range of values. Stops before a
    /// vector in which sums may wrap, and returns how many values it has decided.
    pub(crate) fn select<L: Lane>(
        &self,
        start: usize,
        len: usize,
        range: &Range,
        sink: &mut Sink,
    ) -> Checked<usize> {
        let mut done = 0;
        while done < len {
            let (vector, first) = ((start + done) / VECTOR_VALUES, (start + done) % VECTOR_VALUES);
            let count = (VECTOR_VALUES - first).min(len - done);
            let Some((least, greatest)) = self.bounds::<L>(vector) else { return Ok(done) };
            match self.verdict(vector, least, greatest, range) {
                Some(verdict) => sink.push_run(verdict, count),
                None => {
                    sink.push_bits(&self.select_vector::<L>(vector, least, greatest, range)?, first, count);
                }
            }
            done += count;
        }
        Ok(done)
    }

    /// What base and width alone tell of a vector.
    fn verdict(&self, index: usize, least: i64, greatest: i64, range: &Range) -> Option<bool> {
        if self.vector(index).exceptions > 0 {
            return None;
        }
        let inside = range.low <= least && greatest <= range.high;
        let outside = greatest < range.low || range.high < least || range.low > range.high;
        match (inside, outside) {
            (_, true) => Some(range.negate),
            (true, _) => Some(!range.negate),
            _ => None,
        }
    }

    /// Bounds of the values of a vector, exceptions left out; None where sums may wrap.
    fn bounds<L: Lane>(&self, index: usize) -> Option<(i64, i64)> {
        let vector = self.vector(index);
        let least = vector.base as i64;
        let span = 1i128.checked_shl(vector.width)? - 1;
        let greatest = i64::try_from(least as i128 + span).ok()?;
        let fits = |v: i64| L::from_signed(v).to_signed() == v;
        (fits(least) && fits(greatest)).then_some((least, greatest))
    }

    fn select_vector<L: Lane>(
        &self,
        index: usize,
        least: i64,
        greatest: i64,
        range: &Range,
    ) -> Checked<kernel::Bits> {
        let (vector, page) = self.vector_bytes(index);
        let (low, high) = (range.low.max(least), range.high.min(greatest));
        let mut bits = match low <= high {
            true => {
                let packed = &page[..vector.width as usize * BYTES_PER_BIT];
                kernel::select(packed, vector.width, low.abs_diff(least), high.abs_diff(low))?
            }
            false => Default::default(),
        };
        if range.negate {
            bits.iter_mut().for_each(|word| *word = !*word);
        }
        self.each_exception::<L>(index, |position, value| {
            let bit = 1u64 << (position % 64);
            match range.holds(value.to_signed()) {
                true => bits[position / 64] |= bit,
                false => bits[position / 64] &= !bit,
            }
        })?;
        Ok(bits)
    }
}
