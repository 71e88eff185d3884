//! Frames that begin with their partition and only grow: one state a partition, read as it grows.

use canopy_format::Vector;

use super::{Aggregation, joined, slices};
use crate::Result;
use crate::function::window::Frames;

/// Results that are joined at once.
const PIECES_MAX: usize = 1 << 10;

impl Aggregation<'_> {
    pub(super) fn running(&mut self, arguments: &[Vector], frames: &Frames) -> Result<Vector> {
        let data_type = self.function.return_type();
        let mut states = self.function.new_states();
        let (mut pieces, mut small): (Vec<Vector>, Vec<Vector>) = (Vec::new(), Vec::new());
        // Which result each frame has: frames that end together share one.
        let mut picked: Vec<u32> = Vec::with_capacity(frames.starts.len());
        let mut groups: Vec<u32> = Vec::new();
        // The frame before: its start, where its group's rows end.
        let mut current: Option<(u32, u32)> = None;
        let mut results = 0u32;
        for (&start, &end) in frames.starts.iter().zip(&frames.ends) {
            let from = match current {
                Some((first, last)) if first == start && last == end => {
                    picked.push(results - 1);
                    continue;
                }
                Some((first, last)) if first == start && last <= end => last,
                _ => {
                    states = self.function.new_states();
                    states.resize(1);
                    start
                }
            };
            let len = (end - from) as usize;
            groups.resize(groups.len().max(len), 0);
            if len > 0 {
                states.update(&slices(arguments, from as usize, len), &groups[..len])?;
            }
            small.push(states.finish(0, 1)?);
            picked.push(results);
            results += 1;
            current = Some((start, end));
            if small.len() == PIECES_MAX {
                self.cancel.check()?;
                let piece = joined(&data_type, &small);
                self.memory.grow_by(piece.byte_size())?;
                pieces.push(piece);
                small.clear();
            }
        }
        pieces.push(joined(&data_type, &small));
        Ok(joined(&data_type, &pieces).gather(&picked))
    }
}
