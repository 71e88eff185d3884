//! SELECT: rows to the client as Arrow batches, with progress on the way.

use std::time::{Duration, Instant};

use canopy_exec::convert;
use canopy_format::arrow;
use canopy_planner::algebra;
use canopy_proto::plan::OutputColumn;
use canopy_proto::query::{
    Progress, ResultColumn, StageTiming, StatementStarted, Statistics, execute_response::Kind,
};
use canopy_tree::QuerySummary;

use super::{Outcome, StatementRun, plan};
use crate::arrow::ArrowEncoder;
use crate::error::Result;

/// How often a client hears how far its query is.
const PROGRESS_INTERVAL: Duration = Duration::from_millis(100);

/// Plans and runs a query.
pub(super) async fn run(statement: &StatementRun<'_>, query: algebra::Query, name: &str) -> Result<Outcome> {
    let planned = plan::plan(statement, query).await?;
    let planning_us = statement.started.elapsed().as_micros() as u64;
    let mut encoder = ArrowEncoder::new(arrow::types_to_arrow(
        planned.columns.iter().map(|(name, data_type)| (name.as_str(), data_type)),
    ));
    statement
        .send(Kind::Started(StatementStarted {
            job_id: statement.run.job_id.clone(),
            statement_type: name.to_owned(),
            columns: planned.plan.output.iter().map(result_column).collect(),
            has_rows: true,
        }))
        .await?;
    if statement.run.dry_run {
        let statistics =
            Statistics { bytes_processed: planned.bytes_estimate, planning_us, ..Default::default() };
        return Ok(Outcome { statistics, message: String::new() });
    }
    statement.send(Kind::ArrowSchema(encoder.schema()?)).await?;
    let mut handle = plan::start(statement, planned.plan)?;
    let mut rows = 0;
    let mut last_progress = Instant::now();
    let mut tick = tokio::time::interval(PROGRESS_INTERVAL);
    loop {
        tokio::select! {
            batch = handle.batches.recv() => {
                let Some(batch) = batch else { break };
                let batch = batch?.compact();
                rows += batch.rows() as u64;
                if batch.rows() > 0 {
                    statement.send(Kind::ArrowBatch(encoder.batch(batch)?)).await?;
                }
            }
            _ = tick.tick(), if last_progress.elapsed() >= PROGRESS_INTERVAL => {
                last_progress = Instant::now();
                statement.send(Kind::Progress(Progress {
                    tasks_done: handle.progress.tasks_done(),
                    tasks_total: handle.progress.tasks_total(),
                    rows_scanned: handle.progress.rows_scanned(),
                    bytes_processed: handle.progress.bytes_processed(),
                })).await?;
            }
        }
    }
    let summary = plan::summary(handle.summary).await?;
    let statistics = Statistics { rows, planning_us, ..statistics(&summary) };
    Ok(Outcome { statistics, message: String::new() })
}

fn result_column(column: &OutputColumn) -> ResultColumn {
    let text = column.r#type.as_ref().and_then(|t| convert::type_from_proto(t).ok()).map(|t| t.to_string());
    ResultColumn {
        name: column.name.clone(),
        r#type: column.r#type.clone(),
        type_text: text.unwrap_or_default(),
        anonymous: column.anonymous,
    }
}

/// What the tree tells of a query, as a client sees it.
pub(super) fn statistics(summary: &QuerySummary) -> Statistics {
    let sum =
        |of: fn(&canopy_proto::plan::OperatorProfile) -> u64| summary.profiles.iter().map(of).sum::<u64>();
    Statistics {
        bytes_processed: sum(|p| p.bytes_processed),
        bytes_fetched: sum(|p| p.bytes_fetched),
        slot_ms: sum(|p| p.cpu_ns) / 1_000_000,
        peak_memory_bytes: sum(|p| p.peak_memory_bytes),
        tasks_retried: summary.tasks_retried,
        stages: summary
            .stages
            .iter()
            .map(|stage| StageTiming {
                fragment_id: stage.fragment_id,
                tasks: stage.tasks,
                elapsed_us: stage.elapsed.as_micros() as u64,
                rows_out: 0,
            })
            .collect(),
        ..Default::default()
    }
}
