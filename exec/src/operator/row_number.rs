//! Numbers that are unique in the query: the task in the upper bits, a counter below.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use canopy_format::{Batch, Vector};

use super::map::MapFactory;
use crate::pipeline::OperatorFactory;
use crate::{ExecError, Result};

/// Bits of the counter; rows of one task.
const COUNTER_BITS: u32 = 40;

/// Returns the operator that adds the numbers as a last column.
pub(crate) fn row_number(task: u32) -> Result<Arc<dyn OperatorFactory>> {
    if task >= 1 << (63 - COUNTER_BITS) {
        return Err(ExecError::InvalidPlan(format!("task {task} is too many for row numbers")));
    }
    let counter = Arc::new(AtomicU64::new(0));
    Ok(Arc::new(MapFactory(move |batch: Batch| {
        let rows = batch.physical_rows();
        let first = counter.fetch_add(rows as u64, Ordering::Relaxed);
        if first + rows as u64 > 1 << COUNTER_BITS {
            return Err(ExecError::Evaluation("a task has too many rows to number".into()));
        }
        let numbers = Vector::sequence(((task as u64) << COUNTER_BITS | first) as i64, 1, rows);
        let selection = batch.selection().cloned();
        let mut columns = batch.into_columns();
        columns.push(numbers);
        Ok(Batch::new(columns, rows).with_selection(selection))
    })))
}
