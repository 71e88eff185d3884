//! NOT IN and IN as a value: rows without a match of which IN is NULL, because a NULL on either side
//! leaves open whether there is one.

use canopy_format::BATCH_ROWS;

use super::JoinPlan;
use super::probe::Current;
use super::table::JoinTable;
use crate::Result;
use crate::kernel::compare::equal_rows;
use crate::operator::FragmentContext;

/// Returns for each row of the batch whether it has no match but may have one.
pub(super) fn unknown(
    plan: &JoinPlan,
    table: &JoinTable,
    current: &Current,
    context: &FragmentContext,
) -> Result<Vec<bool>> {
    let rows = current.matched.len();
    let mut unknown = vec![false; rows];
    if table.rows == 0 {
        return Ok(unknown);
    }
    if plan.residual.is_none() && current.key_columns.len() == 1 {
        let build_has_null = !table.null_rows.is_empty();
        for row in (0..rows).filter(|&row| !current.matched[row]) {
            unknown[row] = build_has_null || current.probes.is_null(row);
        }
        return Ok(unknown);
    }
    for row in (0..rows).filter(|&row| !current.matched[row]) {
        context.cancel.check()?;
        unknown[row] = match current.probes.is_null(row) {
            true => any_open(plan, table, current, context, row, &mut (0..table.rows as u32))?,
            false => any_open(plan, table, current, context, row, &mut table.null_rows.iter().copied())?,
        };
    }
    Ok(unknown)
}

/// True when one of the build rows may equal row `row`, and meets the further condition.
fn any_open(
    plan: &JoinPlan,
    table: &JoinTable,
    current: &Current,
    context: &FragmentContext,
    row: usize,
    candidates: &mut dyn Iterator<Item = u32>,
) -> Result<bool> {
    let open = |build: u32| {
        current.key_columns.iter().zip(&table.key_columns).all(|(probe, keys)| {
            probe.is_null(row) || keys.is_null(build as usize) || equal_rows(probe, row, keys, build as usize)
        })
    };
    let mut candidates = candidates.filter(|&build| open(build)).peekable();
    let Some(residual) = &plan.residual else { return Ok(candidates.next().is_some()) };
    while candidates.peek().is_some() {
        let build_rows: Vec<u32> = candidates.by_ref().take(BATCH_ROWS).collect();
        let mut probe_rows = vec![row as u32; build_rows.len()];
        current.physical(&mut probe_rows);
        if !residual.passing(&current.batch, &probe_rows, table, &build_rows, context)?.is_empty() {
            return Ok(true);
        }
    }
    Ok(false)
}
