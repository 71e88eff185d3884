//! From a bound query to a running one.

use canopy_exec::convert;
use canopy_format::DataType;
use canopy_planner::PlanError;
use canopy_planner::algebra;
use canopy_planner::physical::PhysicalOptions;
use canopy_proto::plan::{Plan, QueryContext};
use canopy_proto::query::Statistics;
use canopy_tree::{ExecuteOptions, QueryHandle, QuerySummary};
use tokio::sync::oneshot;

use super::{Outcome, StatementRun, blocking};
use crate::error::{ErrorKind, Result, ServerError};

/// A query that can be started.
pub(super) struct Planned {
    /// The fragments.
    pub(super) plan: Plan,
    /// Names and types of the result's columns.
    pub(super) columns: Vec<(String, DataType)>,
    /// Bytes that the scans will process at most: of the projected columns of all files that pruning left.
    pub(super) bytes_estimate: u64,
}

/// Optimizes a query and cuts it into fragments for the leaves that live now.
pub(super) async fn plan(statement: &StatementRun<'_>, query: algebra::Query) -> Result<Planned> {
    let engine = statement.run.engine;
    let options = PhysicalOptions {
        rules: statement.run.switches.rules,
        leaf_count: engine.root().leaf_count().max(1) as u32,
        context: QueryContext {
            query_id: format!(
                "{}_{}_{}",
                statement.run.job_id,
                statement.index,
                uuid::Uuid::new_v4().simple()
            ),
            now_us: statement.now_us,
            random_seed: rand::random(),
            time_zone: statement.run.time_zone.clone(),
            snapshot_seq: statement.snapshot.seq(),
            memory_limit_bytes: engine.memory_limit_bytes(),
            session_user: engine.user().to_owned(),
            scalar_kernels: statement.run.switches.scalar_kernels,
        },
        ..Default::default()
    };
    blocking(move || {
        let planned = canopy_planner::plan_query(query, &options).map_err(|error| plan_error(&error))?;
        let (plan, bytes_estimate) = (planned.plan, planned.bytes_processed);
        let columns = plan.output.iter().map(|column| {
            let data_type = convert::type_from_proto(&column.r#type.clone().unwrap_or_default())?;
            Ok((column.name.clone(), data_type))
        });
        let columns = columns.collect::<Result<_>>()?;
        Ok(Planned { plan, columns, bytes_estimate })
    })
    .await
}

/// What a dry run of a statement over a query tells: the bytes that it would process at most.
pub(super) async fn estimate(statement: &StatementRun<'_>, query: algebra::Query) -> Result<Outcome> {
    let planned = plan(statement, query).await?;
    let planning_us = statement.started.elapsed().as_micros() as u64;
    let statistics =
        Statistics { bytes_processed: planned.bytes_estimate, planning_us, ..Default::default() };
    Ok(Outcome { statistics, message: String::new() })
}

/// Starts a plan on the tree.
pub(super) fn start(statement: &StatementRun<'_>, plan: Plan) -> Result<QueryHandle> {
    let options = ExecuteOptions { timeout: statement.run.timeout };
    Ok(statement.run.engine.root().execute(plan, options)?)
}

/// What a query that has handed over its last batch tells of itself.
///
/// # Errors
/// When it broke off without a word: its rows are not all of them.
pub(super) async fn summary(summary: oneshot::Receiver<QuerySummary>) -> Result<QuerySummary> {
    let broken = "internal error: the query broke off before its end";
    summary.await.map_err(|_| ServerError::new(ErrorKind::Internal, broken))
}

fn plan_error(error: &PlanError) -> ServerError {
    let kind = match error {
        PlanError::Unsupported(_) => ErrorKind::Unsupported,
        PlanError::Invalid(_) => ErrorKind::Invalid,
        PlanError::TooLarge(_) => ErrorKind::OutOfResources,
        _ => ErrorKind::Internal,
    };
    ServerError::new(kind, error.to_string())
}
