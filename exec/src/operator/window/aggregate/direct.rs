//! Each frame's rows, anew: for short frames, and for states that do not merge cheaply.

use canopy_format::Vector;

use super::{Aggregation, CHUNK_ROWS, joined};
use crate::Result;
use crate::function::window::Frames;

/// Most frames that are computed together.
const FRAMES_MAX: usize = 1 << 14;

impl Aggregation<'_> {
    pub(super) fn direct(&mut self, arguments: &[Vector], frames: &Frames) -> Result<Vector> {
        let mut pieces = Vec::new();
        let (mut rows, mut groups): (Vec<u32>, Vec<u32>) = (Vec::new(), Vec::new());
        let mut first = 0;
        while first < frames.starts.len() {
            self.cancel.check()?;
            rows.clear();
            groups.clear();
            let mut next = first;
            while next < frames.starts.len() && next - first < FRAMES_MAX && rows.len() < CHUNK_ROWS {
                rows.extend(frames.starts[next]..frames.ends[next]);
                groups.resize(rows.len(), (next - first) as u32);
                next += 1;
            }
            let mut states = self.function.new_states();
            states.resize(next - first);
            let taken: Vec<Vector> = arguments.iter().map(|argument| argument.gather(&rows)).collect();
            states.update(&taken, &groups)?;
            let values = states.finish(0, next - first)?;
            self.memory.grow_by(values.byte_size())?;
            pieces.push(values);
            first = next;
        }
        Ok(joined(&self.function.return_type(), &pieces))
    }
}
