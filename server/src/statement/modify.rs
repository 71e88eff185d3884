//! UPDATE, DELETE, MERGE and TRUNCATE: rows are marked as deleted in their files, new ones come in new files.
//!
//! The bound query tells both, see [`Modify`]. All of it appears in one commit, which fails when another
//! transaction has changed a file's rows since the snapshot that was read.

use canopy_format::{Batch, Value, Vector};
use canopy_planner::bind::{Modify, ModifyKind, Truncate};
use canopy_proto::query::Statistics;
use canopy_txn::{TableState, Transaction};

use super::deletion::Deletions;
use super::{Outcome, StatementRun, ddl, insert, plan, query};
use crate::error::Result;
use crate::writer::TableWriter;

/// Runs UPDATE, DELETE or MERGE.
pub(super) async fn run(statement: &StatementRun<'_>, modify: Modify) -> Result<Outcome> {
    let table = ddl::writable_table(statement, &modify.name)?;
    if statement.run.dry_run {
        return plan::estimate(statement, modify.source).await;
    }
    let done = match modify.kind {
        ModifyKind::Update => "Updated",
        ModifyKind::Delete => "Deleted",
        ModifyKind::Merge => "Merged",
    };
    let mut transaction = statement.transaction();
    let statistics = apply(statement, &mut transaction, modify, &table).await?;
    statement.commit(transaction).await?;
    let message = format!("{done} {} row(s) in {}", statistics.rows_modified, table.path());
    Ok(Outcome { statistics, message })
}

/// Runs the query and stages what it tells: `table` is the state that the query reads.
async fn apply(
    statement: &StatementRun<'_>,
    transaction: &mut Transaction,
    modify: Modify,
    table: &TableState,
) -> Result<Statistics> {
    let listed = table.files().await?;
    let mut deletions = Deletions::new(&listed);
    let planned = plan::plan(statement, modify.source).await?;
    let planning_us = statement.started.elapsed().as_micros() as u64;
    let mut handle = plan::start(statement, planned.plan)?;
    let mut writer: Option<TableWriter> = None;
    let mut rows_modified = 0;
    while let Some(batch) = handle.batches.recv().await {
        let batch = batch?.compact();
        rows_modified += batch.rows() as u64;
        let [numbers, rest @ ..] = batch.columns() else { continue };
        for number in numbers.iter_values() {
            if let Value::Int64(number) = number {
                deletions.delete(number)?;
            }
        }
        let [written, columns @ ..] = rest else { continue };
        let rows = written_rows(written, columns, batch.rows());
        if rows.rows() > 0 {
            if writer.is_none() {
                writer = Some(
                    insert::start_writer(statement, table.id, table.schema.clone(), &table.options).await?,
                );
            }
            if let Some(writer) = &mut writer {
                writer.write(rows).await?;
            }
        }
    }
    let summary = plan::summary(handle.summary).await?;
    let store = statement.run.engine.warehouse().store();
    deletions.stage(transaction, table.id, &**store).await?;
    if let Some(writer) = writer {
        statement.run.engine.metrics().rows_written.inc_by(writer.row_count());
        transaction.append(table.id, writer.finish().await?)?;
    }
    Ok(Statistics { rows_modified, planning_us, ..query::statistics(&summary) })
}

/// The new rows of a batch.
fn written_rows(written: &Vector, columns: &[Vector], rows: usize) -> Batch {
    let kept: Vec<u32> = written
        .iter_values()
        .enumerate()
        .filter(|(_, value)| matches!(value, Value::Bool(true)))
        .map(|(row, _)| row as u32)
        .collect();
    match kept.len() == rows {
        true => Batch::new(columns.to_vec(), rows),
        false => Batch::new(columns.iter().map(|column| column.gather(&kept)).collect(), kept.len()),
    }
}

/// Runs TRUNCATE TABLE.
pub(super) async fn truncate(statement: &StatementRun<'_>, truncate: Truncate) -> Result<Outcome> {
    let table = ddl::writable_table(statement, &truncate.name)?;
    if statement.run.dry_run {
        return Ok(Outcome::default());
    }
    let mut transaction = statement.transaction();
    transaction.overwrite(table.id, Vec::new())?;
    statement.commit(transaction).await?;
    let rows_modified = table.row_count();
    let message = format!("Removed {rows_modified} row(s) from {}", table.path());
    Ok(Outcome { statistics: Statistics { rows_modified, ..Default::default() }, message })
}
