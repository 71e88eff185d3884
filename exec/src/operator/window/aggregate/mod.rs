//! Aggregates over frames, each in the way that its frames and its state allow:
//!
//! | frames | way | cost |
//! |---|---|---|
//! | the whole partition | one group a partition | a row each |
//! | counts and exact sums | differences of running totals ([`totals`]) | a row each |
//! | growing from the partition's start | one group a partition, read as it grows ([`running`]) | a row each |
//! | any, states of fixed width | a segment tree of states ([`segment_tree`]) | log of the frame |
//! | any | the frame's rows, anew for each row ([`direct`]) | the frame |
//!
//! The choice follows Leis et al. 2015, section 4. FLOAT64 sums are never differences of totals: that loses
//! digits, and infinities do not cancel.

mod direct;
mod running;
mod segment_tree;
mod totals;

use canopy_format::vector::concat;
use canopy_format::{DataType, Values, Vector};

use crate::aggregate::AggregateFunction;
use crate::function::window::{Frames, RowOrder};
use crate::memory::Reservation;
use crate::worker::CancelToken;
use crate::{ExecError, Result};

/// Rows that are handed to a function between two looks at the cancel token.
const CHUNK_ROWS: usize = 1 << 16;
/// Frames of up to so many rows on average are computed anew for each row.
const SHORT_FRAME: u64 = 8;

/// One aggregate call over the rows of a part.
pub(super) struct Aggregation<'a> {
    pub(super) function: &'a dyn AggregateFunction,
    pub(super) name: &'a str,
    pub(super) distinct: bool,
    pub(super) cancel: &'a CancelToken,
    pub(super) memory: &'a mut Reservation,
}

impl Aggregation<'_> {
    /// Returns the value of each frame. There may be fewer arguments' rows than frames: frames and
    /// partitions are ranges of the arguments' rows.
    pub(super) fn evaluate(
        mut self,
        arguments: &[Vector],
        order: &RowOrder,
        frames: &Frames,
    ) -> Result<Vector> {
        if frames.starts.is_empty() {
            return Ok(Vector::nulls(self.function.return_type(), 0));
        }
        if frames.whole {
            return self.whole(arguments, order, frames);
        }
        if !self.distinct
            && let Some(values) =
                totals::evaluate(self.name, &self.function.return_type(), arguments, frames)?
        {
            return Ok(values);
        }
        if frames.running {
            return self.running(arguments, frames);
        }
        let rows: u64 =
            frames.starts.iter().zip(&frames.ends).map(|(&start, &end)| (end - start) as u64).sum();
        let short = rows <= frames.starts.len() as u64 * SHORT_FRAME;
        match !short && self.merges() {
            true => self.segment_tree(arguments, frames),
            false => self.direct(arguments, frames),
        }
    }

    /// True when states are small and merge in any order.
    fn merges(&self) -> bool {
        matches!(self.name, "min" | "max") || has_fixed_width(&self.function.state_type())
    }

    /// One group a partition.
    fn whole(&mut self, arguments: &[Vector], order: &RowOrder, frames: &Frames) -> Result<Vector> {
        let partitions = order.partitions.len().saturating_sub(1);
        let mut states = self.function.new_states();
        states.resize(partitions);
        let mut groups = Vec::with_capacity(order.rows());
        for (group, partition) in order.partitions().enumerate() {
            groups.resize(groups.len() + partition.len(), group as u32);
        }
        for start in (0..groups.len()).step_by(CHUNK_ROWS) {
            self.cancel.check()?;
            let len = CHUNK_ROWS.min(groups.len() - start);
            states.update(&slices(arguments, start, len), &groups[start..start + len])?;
        }
        self.memory.grow_by(states.byte_size())?;
        let results = states.finish(0, partitions)?;
        // Frames know their partition by its first row; empty partitions share it with the next one.
        let mut group = 0;
        let mut picked = Vec::with_capacity(frames.starts.len());
        for (&start, &end) in frames.starts.iter().zip(&frames.ends) {
            while order.partitions[group] != start || order.partitions[group + 1] != end {
                group += 1;
            }
            picked.push(group as u32);
        }
        Ok(results.gather(&picked))
    }
}

/// Slices of the arguments; none where the function takes none.
fn slices(arguments: &[Vector], start: usize, len: usize) -> Vec<Vector> {
    arguments.iter().map(|argument| argument.slice(start, len)).collect()
}

/// The pieces of a result as one column.
fn joined(data_type: &DataType, pieces: &[Vector]) -> Vector {
    match pieces {
        [one] => one.clone(),
        _ => concat(data_type, &pieces.iter().map(Vector::flatten).collect::<Vec<_>>()).flatten(),
    }
}

fn has_fixed_width(data_type: &DataType) -> bool {
    match data_type {
        DataType::String | DataType::Bytes | DataType::Json | DataType::Array(_) => false,
        DataType::Struct(fields) => fields.iter().all(|field| has_fixed_width(&field.data_type)),
        _ => true,
    }
}

/// The rows that the call takes, by its filter and IGNORE NULLS; None for all.
pub(super) fn kept(
    filter: Option<Vector>,
    ignore_nulls: Option<bool>,
    arguments: &[Vector],
) -> Result<Option<Vec<u32>>> {
    let mut kept = match filter {
        None => None,
        Some(filter) => {
            let flat = filter.flatten();
            let Some((Values::Bool(values), validity)) = flat.as_flat() else {
                return Err(ExecError::InvalidPlan("filter of a window call is not BOOL".into()));
            };
            let passing = validity.map_or_else(|| values.clone(), |validity| values.and(validity));
            Some(passing.iter_ones().map(|row| row as u32).collect::<Vec<u32>>())
        }
    };
    if ignore_nulls == Some(true)
        && let Some(validity) = arguments.first().and_then(Vector::validity)
    {
        kept = Some(match kept {
            Some(rows) => rows.into_iter().filter(|&row| validity.get(row as usize)).collect(),
            None => validity.iter_ones().map(|row| row as u32).collect(),
        });
    }
    Ok(kept)
}

/// Partitions and frames as ranges of the kept rows alone; there is still a frame for every row.
pub(super) fn compress(kept: &[u32], order: &RowOrder, frames: &Frames) -> (RowOrder, Frames) {
    let rows = order.rows();
    let mut before = Vec::with_capacity(rows + 1);
    let mut next = 0;
    for row in 0..=rows {
        before.push(next as u32);
        if kept.get(next) == Some(&(row as u32)) {
            next += 1;
        }
    }
    let map = |rows: &[u32]| rows.iter().map(|&row| before[row as usize]).collect::<Vec<u32>>();
    let order = RowOrder { partitions: map(&order.partitions), peers: Vec::new() };
    let frames = Frames { starts: map(&frames.starts), ends: map(&frames.ends), ..*frames };
    (order, frames)
}
