//! Filter, project and the renaming of a union's inputs.

use std::sync::Arc;

use canopy_format::Batch;
use canopy_proto::plan;

use super::map::MapFactory;
use super::{Columns, FragmentContext, required};
use crate::expression::{Layout, Predicate, Program};
use crate::pipeline::OperatorFactory;
use crate::{ExecError, Result};

/// Returns the operator that keeps rows for which all conjuncts are TRUE.
pub(crate) fn filter(
    conjuncts: &[plan::Expression],
    input: &Layout,
    context: &Arc<FragmentContext>,
) -> Result<Arc<dyn OperatorFactory>> {
    let predicate = Arc::new(Predicate::compile(conjuncts, input)?);
    let context = context.clone();
    Ok(Arc::new(MapFactory(move |batch: Batch| predicate.select(batch, &context.evaluation))))
}

/// Returns the operator that computes the columns, and what they are.
pub(crate) fn project(
    columns: &[plan::NamedExpression],
    input: &Layout,
    context: &Arc<FragmentContext>,
) -> Result<(Arc<dyn OperatorFactory>, Columns)> {
    let expressions = columns
        .iter()
        .map(|column| required(&column.expression, "expression of a projected column").cloned())
        .collect::<Result<Vec<_>>>()?;
    let program = Program::compile(&expressions, input)?;
    let output = columns.iter().map(|column| column.column_id).zip(program.types()).collect();
    let positions: Option<Vec<usize>> = (0..columns.len()).map(|index| program.column_of(index)).collect();
    if let Some(positions) = positions {
        return Ok((rearrange(positions), output));
    }
    let context = context.clone();
    let step = Arc::new(program);
    let factory = MapFactory(move |batch: Batch| {
        let rows = batch.rows();
        Ok(Batch::new(step.evaluate(&batch, &context.evaluation)?, rows))
    });
    Ok((Arc::new(factory), output))
}

/// Returns the operator that puts out the columns at these positions; a selection stays.
pub(crate) fn rearrange(positions: Vec<usize>) -> Arc<dyn OperatorFactory> {
    Arc::new(MapFactory(move |batch: Batch| {
        let columns = positions.iter().map(|&position| batch.column(position).clone()).collect();
        let rows = batch.physical_rows();
        Ok(Batch::new(columns, rows).with_selection(batch.selection().cloned()))
    }))
}

/// The positions of an input's columns in a union's order.
pub(crate) fn union_positions(ids: &[u32], output: &Columns, input: &Layout) -> Result<Vec<usize>> {
    if ids.len() != output.len() {
        return Err(ExecError::InvalidPlan(format!(
            "union of {} columns with an input of {}",
            output.len(),
            ids.len()
        )));
    }
    ids.iter()
        .zip(output)
        .map(|(&id, (_, expected))| match input.find(id) {
            Some((position, found)) if found == expected => Ok(position),
            Some((_, found)) => {
                Err(ExecError::InvalidPlan(format!("union column {id} is {found}, expected {expected}")))
            }
            None => Err(ExecError::InvalidPlan(format!("union column {id} is not there"))),
        })
        .collect()
}
