//! A segment tree of partial states: any frame is a few nodes a level (Leis et al. 2015, section 4.2.3).
//!
//! Nodes are columns of states, so that a whole level is made, and many frames are answered, by one merge. With
//! a fan-out of 4, rows 3 .. 14 are the leaves 3, the inner node over 4 .. 8 and that over 8 .. 12, and the
//! leaves 12 and 13.

use canopy_format::Vector;

use super::{Aggregation, CHUNK_ROWS, joined, slices};
use crate::Result;
use crate::function::window::Frames;

/// Children a node.
const FAN_OUT: usize = 4;
/// Frames that are answered together.
const FRAMES_MAX: usize = 1 << 12;

impl Aggregation<'_> {
    pub(super) fn segment_tree(&mut self, arguments: &[Vector], frames: &Frames) -> Result<Vector> {
        let levels = self.levels(arguments)?;
        // For each level: nodes and the frames that they are part of.
        let mut nodes: Vec<(Vec<u32>, Vec<u32>)> = vec![Default::default(); levels.len()];
        let mut pieces = Vec::new();
        for first in (0..frames.starts.len()).step_by(FRAMES_MAX) {
            self.cancel.check()?;
            let count = FRAMES_MAX.min(frames.starts.len() - first);
            for (nodes, groups) in &mut nodes {
                nodes.clear();
                groups.clear();
            }
            for group in 0..count {
                let (start, end) = (frames.starts[first + group], frames.ends[first + group]);
                cover(start as usize, end as usize, levels.len(), |level, node| {
                    nodes[level].0.push(node as u32);
                    nodes[level].1.push(group as u32);
                });
            }
            let mut states = self.function.new_states();
            states.resize(count);
            for (level, (nodes, groups)) in levels.iter().zip(&nodes) {
                if !nodes.is_empty() {
                    states.merge(&level.gather(nodes), groups)?;
                }
            }
            let values = states.finish(0, count)?;
            self.memory.grow_by(values.byte_size())?;
            pieces.push(values);
        }
        Ok(joined(&self.function.return_type(), &pieces))
    }

    /// The states of single rows, then those of ever larger nodes, up to one.
    fn levels(&mut self, arguments: &[Vector]) -> Result<Vec<Vector>> {
        let rows = arguments.first().map_or(0, Vector::len);
        let mut pieces = Vec::new();
        for start in (0..rows).step_by(CHUNK_ROWS) {
            self.cancel.check()?;
            let len = CHUNK_ROWS.min(rows - start);
            let groups: Vec<u32> = (0..len as u32).collect();
            let mut states = self.function.new_states();
            states.resize(len);
            states.update(&slices(arguments, start, len), &groups)?;
            pieces.push(states.states(0, len)?);
        }
        let state_type = self.function.state_type();
        let mut levels = vec![joined(&state_type, &pieces)];
        while levels[levels.len() - 1].len() > FAN_OUT {
            self.cancel.check()?;
            let below = &levels[levels.len() - 1];
            self.memory.grow_by(below.byte_size())?;
            let count = below.len().div_ceil(FAN_OUT);
            let groups: Vec<u32> = (0..below.len()).map(|node| (node / FAN_OUT) as u32).collect();
            let mut states = self.function.new_states();
            states.resize(count);
            states.merge(below, &groups)?;
            levels.push(states.states(0, count)?);
        }
        Ok(levels)
    }
}

/// Calls `take(level, node)` for the nodes that together are the rows `start .. end`.
fn cover(mut start: usize, mut end: usize, levels: usize, mut take: impl FnMut(usize, usize)) {
    for level in 0..levels {
        let last = level + 1 == levels;
        while start < end && (last || !start.is_multiple_of(FAN_OUT)) {
            take(level, start);
            start += 1;
        }
        while start < end && !end.is_multiple_of(FAN_OUT) {
            end -= 1;
            take(level, end);
        }
        if start >= end {
            return;
        }
        (start, end) = (start / FAN_OUT, end / FAN_OUT);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nodes_cover_each_row_once() {
        for rows in [1, 4, 5, 16, 17, 70, 300] {
            let levels = std::iter::successors(Some(rows), |&count: &usize| {
                (count > FAN_OUT).then(|| count.div_ceil(FAN_OUT))
            });
            let levels = levels.count();
            for (start, end) in
                [(0, rows), (rows / 3, rows), (1.min(rows), rows - rows / 5), (rows / 2, rows / 2)]
            {
                let mut seen = vec![0; rows];
                cover(start, end.max(start), levels, |level, node| {
                    let width = FAN_OUT.pow(level as u32);
                    (node * width..((node + 1) * width).min(rows)).for_each(|row| seen[row] += 1);
                });
                let expected: Vec<i32> =
                    (0..rows).map(|row| (start <= row && row < end.max(start)) as i32).collect();
                assert_eq!(seen, expected, "{start} .. {end} of {rows}");
            }
        }
    }
}
