//! The phase PARTIAL: rows in, partial states out, in bounded memory.
//!
//! A table that is full leaves as states and starts anew. After a good number of rows, a table that has
//! nearly as many groups as rows is given up: rows then pass as states of their own, unhashed (Velox
//! decides alike, after 100,000 rows at 80 %).

use std::collections::VecDeque;
use std::sync::Arc;

use canopy_format::{BATCH_ROWS, Batch};

use super::grouped::Grouped;
use super::{AggregatePlan, takes_rows};
use crate::Result;
use crate::memory::Reservation;
use crate::operator::FragmentContext;
use crate::pipeline::{Metrics, Operator, OperatorFactory};

/// Groups at which a table leaves; few in tests, so that they see it happen.
const GROUPS_MAX: usize = if cfg!(test) { 1 << 11 } else { 1 << 17 };
/// Bytes at which a table leaves.
const BYTES_MAX: usize = 32 << 20;
/// Rows before a table may be given up.
const ROWS_TO_JUDGE: usize = if cfg!(test) { 3000 } else { 100_000 };

pub(crate) struct PartialFactory {
    pub(crate) plan: Arc<AggregatePlan>,
    pub(crate) context: Arc<FragmentContext>,
    pub(crate) metrics: Arc<Metrics>,
}

impl OperatorFactory for PartialFactory {
    fn start(&self) -> Result<Box<dyn Operator>> {
        Ok(Box::new(Partial {
            grouped: Grouped::new(&self.plan),
            plan: self.plan.clone(),
            memory: self.context.memory.reservation(&self.metrics.memory),
            context: self.context.clone(),
            passing: false,
            seen: false,
            ready: VecDeque::new(),
        }))
    }
}

struct Partial {
    plan: Arc<AggregatePlan>,
    context: Arc<FragmentContext>,
    grouped: Grouped,
    memory: Reservation,
    /// Given up: rows pass through.
    passing: bool,
    seen: bool,
    ready: VecDeque<Batch>,
}

impl Partial {
    fn flush(&mut self) -> Result<()> {
        let columns = self.grouped.columns()?;
        let groups = self.grouped.len();
        for start in (0..groups).step_by(BATCH_ROWS) {
            let len = BATCH_ROWS.min(groups - start);
            let part = columns.iter().map(|column| column.slice(start, len)).collect();
            self.ready.push_back(Batch::new(part, len));
        }
        let rows = self.grouped.rows;
        self.passing |= rows >= ROWS_TO_JUDGE && groups * 10 >= rows * 8;
        self.grouped.take()?;
        Ok(())
    }

    /// Each row becomes a state of its own.
    fn pass(&mut self, batch: &Batch) -> Result<()> {
        let rows = batch.rows();
        let columns = self.plan.program.evaluate(batch, &self.context.evaluation)?;
        let groups: Vec<u32> = (0..rows as u32).collect();
        let mut out = columns[..self.plan.key_count].to_vec();
        for call in &self.plan.calls {
            let mut states = call.function.new_states();
            states.resize(rows);
            match super::grouped::taken(call, &columns)? {
                None => states.update(&columns[call.inputs.clone()], &groups)?,
                Some(taken) => {
                    let inputs: Vec<_> =
                        columns[call.inputs.clone()].iter().map(|column| column.gather(&taken)).collect();
                    states.update(&inputs, &taken)?;
                }
            }
            out.push(states.states(0, rows)?);
        }
        self.ready.push_back(Batch::new(out, rows));
        Ok(())
    }
}

impl Operator for Partial {
    fn push(&mut self, batch: Batch) -> Result<()> {
        debug_assert!(takes_rows(self.plan.phase));
        self.seen = true;
        if self.passing {
            return self.pass(&batch);
        }
        self.grouped.add(&batch, &self.context.evaluation)?;
        let bytes = self.grouped.byte_size();
        self.memory.grow_to(bytes)?;
        let rows = self.grouped.rows;
        let useless = rows >= ROWS_TO_JUDGE && self.grouped.len() * 10 >= rows * 8;
        match useless || self.grouped.len() >= GROUPS_MAX || bytes >= BYTES_MAX && self.plan.key_count > 0 {
            true => self.flush(),
            false => Ok(()),
        }
    }

    fn next(&mut self) -> Result<Option<Batch>> {
        Ok(self.ready.pop_front())
    }

    fn end(&mut self) -> Result<()> {
        match self.seen && !self.passing {
            true => self.flush(),
            false => Ok(()),
        }
    }
}
