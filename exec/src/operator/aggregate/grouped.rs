//! One worker's groups and their states.

use std::sync::Arc;

use canopy_format::{Batch, Values, Vector};

use super::grouper::Grouper;
use super::{AggregatePlan, Call, Chunk, gives_states, takes_rows};
use crate::aggregate::AggregateStates;
use crate::expression::EvalContext;
use crate::{ExecError, Result};

pub(super) struct Grouped {
    plan: Arc<AggregatePlan>,
    /// None without keys: everything is group 0.
    grouper: Option<Grouper>,
    states: Vec<Box<dyn AggregateStates>>,
    groups: Vec<u32>,
    /// Rows added since the last [`Grouped::take`].
    pub(super) rows: usize,
}

impl Grouped {
    pub(super) fn new(plan: &Arc<AggregatePlan>) -> Self {
        let mut grouped = Self {
            plan: plan.clone(),
            grouper: plan.keys.clone().map(Grouper::new),
            states: Vec::new(),
            groups: Vec::new(),
            rows: 0,
        };
        grouped.new_states();
        grouped
    }

    fn new_states(&mut self) {
        self.states = self.plan.calls.iter().map(|call| call.function.new_states()).collect();
        if self.grouper.is_none() {
            self.states.iter_mut().for_each(|states| states.resize(1));
        }
    }

    /// Number of groups.
    pub(super) fn len(&self) -> usize {
        match &self.grouper {
            Some(grouper) => grouper.table.len(),
            None => 1,
        }
    }

    /// Adds a batch's rows, or partial states.
    pub(super) fn add(&mut self, batch: &Batch, context: &EvalContext) -> Result<()> {
        let rows = batch.rows();
        let columns = self.plan.program.evaluate(batch, context)?;
        self.rows += rows;
        match &mut self.grouper {
            Some(grouper) => {
                grouper.find(&columns[..self.plan.key_count], rows, &mut self.groups);
                let groups = grouper.table.len();
                self.states.iter_mut().for_each(|states| states.resize(groups));
            }
            None => {
                self.groups.clear();
                self.groups.resize(rows, 0);
            }
        }
        let plan = self.plan.clone();
        for (call, states) in plan.calls.iter().zip(&mut self.states) {
            if !takes_rows(plan.phase) {
                states.merge(&columns[call.inputs.start], &self.groups)?;
                continue;
            }
            match taken(call, &columns)? {
                None if self.grouper.is_none() => states.update_one(&columns[call.inputs.clone()], rows)?,
                None => states.update(&columns[call.inputs.clone()], &self.groups)?,
                Some(taken) => {
                    let inputs: Vec<Vector> =
                        columns[call.inputs.clone()].iter().map(|column| column.gather(&taken)).collect();
                    let groups: Vec<u32> = taken.iter().map(|&row| self.groups[row as usize]).collect();
                    states.update(&inputs, &groups)?;
                }
            }
        }
        Ok(())
    }

    /// Merges groups of another worker: rows `rows` of a chunk.
    pub(super) fn merge(&mut self, chunk: &Chunk, rows: &[u32]) -> Result<()> {
        match &mut self.grouper {
            Some(grouper) => {
                grouper.table.find(&chunk.keys.gather(rows), &mut self.groups);
                let groups = grouper.table.len();
                self.states.iter_mut().for_each(|states| states.resize(groups));
            }
            None => {
                self.groups.clear();
                self.groups.resize(rows.len(), 0);
            }
        }
        for (states, other) in self.states.iter_mut().zip(&chunk.states) {
            states.merge(&other.gather(rows), &self.groups)?;
        }
        Ok(())
    }

    /// Takes all groups out; none are left (without keys: one, as at the start).
    pub(super) fn take(&mut self) -> Result<Chunk> {
        let groups = self.len();
        let states = self.states.iter().map(|states| states.states(0, groups)).collect::<Result<_>>()?;
        let keys = match &mut self.grouper {
            Some(grouper) => {
                let keys = grouper.table.take();
                grouper.reset();
                keys
            }
            None => Default::default(),
        };
        self.new_states();
        self.rows = 0;
        Ok(Chunk { keys, states })
    }

    /// The output columns of all groups: keys, then results or states as the phase has it.
    pub(super) fn columns(&self) -> Result<Vec<Vector>> {
        let groups = self.len();
        if u32::try_from(groups).is_err() {
            return Err(ExecError::Evaluation(format!("{groups} groups are too many for one process")));
        }
        let mut columns = match &self.grouper {
            Some(grouper) => grouper.table.key_columns(0, groups),
            None => Vec::new(),
        };
        for states in &self.states {
            columns.push(match gives_states(self.plan.phase) {
                true => states.states(0, groups)?,
                false => states.finish(0, groups)?,
            });
        }
        Ok(columns)
    }

    pub(super) fn byte_size(&self) -> usize {
        self.grouper.as_ref().map_or(0, Grouper::byte_size)
            + self.states.iter().map(|states| states.byte_size()).sum::<usize>()
    }
}

/// The rows that a call takes; None for all.
pub(super) fn taken(call: &Call, columns: &[Vector]) -> Result<Option<Vec<u32>>> {
    let mut taken: Option<Vec<u32>> = None;
    if let Some(filter) = call.filter {
        let flat = columns[filter].flatten();
        let Some((Values::Bool(values), validity)) = flat.as_flat() else {
            return Err(ExecError::InvalidPlan("filter of an aggregate call is not BOOL".into()));
        };
        let passing = match validity {
            Some(validity) => values.and(validity),
            None => values.clone(),
        };
        taken = Some(passing.iter_ones().map(|row| row as u32).collect());
    }
    if call.ignore_nulls {
        let first = &columns[call.inputs.start];
        if let Some(validity) = first.validity() {
            taken = Some(match taken {
                Some(rows) => rows.into_iter().filter(|&row| validity.get(row as usize)).collect(),
                None => validity.iter_ones().map(|row| row as u32).collect(),
            });
        }
    }
    Ok(taken)
}
