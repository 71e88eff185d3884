//! EXPORT DATA: a query's rows into files.

use canopy_planner::bind::ExportData;
use canopy_proto::query::Statistics;
use canopy_storage::OpenOptions;
use tokio::runtime::Handle;
use tokio::sync::mpsc;

use super::{Outcome, StatementRun, blocking, plan, query};
use crate::error::Result;
use crate::export::{self, ExportOptions};
use crate::load::Format;

/// Batches between the query and the files.
const BATCHES_IN_FLIGHT: usize = 8;

/// Runs EXPORT DATA.
pub(super) async fn run(statement: &StatementRun<'_>, data: ExportData) -> Result<Outcome> {
    let format = Format::from_name(&data.format)?;
    let mut options = ExportOptions::default();
    for option in &data.options {
        options.set(&option.name, &option.value.value)?;
    }
    let planned = plan::plan(statement, data.query).await?;
    let planning_us = statement.started.elapsed().as_micros() as u64;
    if statement.run.dry_run {
        return Ok(Outcome::default());
    }
    let mut handle = plan::start(statement, planned.plan)?;
    let (sender, mut receiver) = mpsc::channel(BATCHES_IN_FLIGHT);
    let (columns, uri, runtime) = (planned.columns, data.uri, Handle::current());
    let files = blocking(move || {
        let batches = std::iter::from_fn(|| receiver.blocking_recv());
        export::write(format, &options, &columns, batches, &uri, &OpenOptions::default(), &runtime)
    });
    let rows = async move {
        while let Some(batch) = handle.batches.recv().await {
            // The writer has stopped: its own error says why.
            if sender.send(batch.map_err(Into::into)).await.is_err() {
                break;
            }
        }
        drop(sender);
        handle.summary.await.unwrap_or_default()
    };
    let (exported, summary) = tokio::join!(files, rows);
    let exported = exported?;
    let message = match exported.files.as_slice() {
        [only] => format!("Exported {} row(s) to {only}", exported.rows),
        files => format!("Exported {} row(s) to {} files", exported.rows, files.len()),
    };
    let statistics = Statistics { planning_us, ..query::statistics(&summary) };
    Ok(Outcome { statistics, message })
}
