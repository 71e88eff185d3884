//! INSERT, and the writing of a query's rows that CREATE TABLE AS shares.

use std::sync::Arc;

use canopy_format::Schema;
use canopy_planner::algebra;
use canopy_planner::bind::Insert;
use canopy_proto::query::Statistics;
use canopy_txn::{NewFile, Options, TableId};

use super::{Outcome, StatementRun, ddl, plan, query};
use crate::catalog::layout;
use crate::error::{ErrorKind, Result, ServerError};
use crate::writer::{TableWriter, WriteTarget};

/// Runs INSERT: writes the source's rows into files and appends them in one commit.
pub(super) async fn run(statement: &StatementRun<'_>, insert: Insert) -> Result<Outcome> {
    let table = ddl::writable_table(statement, &insert.name)?;
    let mut transaction = statement.transaction();
    if statement.run.dry_run {
        return plan::estimate(statement, insert.source).await;
    }
    let (files, statistics) =
        write_query(statement, insert.source, table.id, table.schema.clone(), &table.options).await?;
    transaction.append(table.id, files)?;
    statement.commit(transaction).await?;
    let message = format!("Inserted {} row(s) into {}", statistics.rows_modified, table.path());
    Ok(Outcome { statistics, message })
}

/// Runs a query and writes its rows, whose columns are the schema's, into files of a table.
pub(super) async fn write_query(
    statement: &StatementRun<'_>,
    query: algebra::Query,
    table: TableId,
    schema: Arc<Schema>,
    options: &Options,
) -> Result<(Vec<NewFile>, Statistics)> {
    let planned = plan::plan(statement, query).await?;
    let planning_us = statement.started.elapsed().as_micros() as u64;
    let mut handle = plan::start(statement, planned.plan)?;
    let mut writer = start_writer(statement, table, schema, options).await?;
    while let Some(batch) = handle.batches.recv().await {
        writer.write(batch?).await?;
    }
    let rows_modified = writer.row_count();
    let files = writer.finish().await?;
    statement.run.engine.metrics().rows_written.inc_by(rows_modified);
    let summary = plan::summary(handle.summary).await?;
    Ok((files, Statistics { rows_modified, planning_us, ..query::statistics(&summary) }))
}

/// Starts a writer of files of a table.
pub(super) async fn start_writer(
    statement: &StatementRun<'_>,
    table: TableId,
    schema: Arc<Schema>,
    options: &Options,
) -> Result<TableWriter> {
    let layout = layout(options, &schema)
        .map_err(|error| ServerError::new(ErrorKind::Unavailable, error.to_string()))?;
    let warehouse = statement.run.engine.warehouse();
    Ok(TableWriter::start(WriteTarget {
        store: warehouse.store().clone(),
        session: warehouse.log().session().await?,
        table,
        schema,
        layout,
        encoders: statement.run.engine.threads(),
    }))
}
