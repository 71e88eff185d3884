//! EXPLAIN and EXPLAIN ANALYZE: the plan as text, a row a line.

use canopy_format::arrow;
use canopy_format::{Batch, DataType, Value, Vector};
use canopy_planner::algebra;
use canopy_planner::bind::BoundStatement;
use canopy_proto::query::{ResultColumn, StatementStarted, Statistics, execute_response::Kind};

use super::{Outcome, StatementRun, plan, query};
use crate::arrow::ArrowEncoder;
use crate::error::{ErrorKind, Result, ServerError};

/// The one column of the result.
const COLUMN: &str = "plan";

/// Explains a query; with `analyze` it is run, its rows thrown away, and the plan shows what happened. Of a statement
/// that writes, the query whose rows it writes or changes is shown, below a line that names the statement.
pub(super) async fn run(
    statement: &StatementRun<'_>,
    analyze: bool,
    explained: BoundStatement,
) -> Result<Outcome> {
    let name = explained.type_name();
    let (bound, target) = explained_query(explained).ok_or_else(|| unsupported("EXPLAIN", name))?;
    if analyze && target.is_some() {
        return Err(unsupported("EXPLAIN ANALYZE", name));
    }
    let planned = plan::plan(statement, bound).await?;
    let planning_us = statement.started.elapsed().as_micros() as u64;
    let mut statistics = Statistics { planning_us, ..Default::default() };
    let text = if analyze && !statement.run.dry_run {
        let mut handle = plan::start(statement, planned.plan.clone())?;
        while let Some(batch) = handle.batches.recv().await {
            batch?;
        }
        let summary = plan::summary(handle.summary).await?;
        statistics = Statistics { planning_us, ..query::statistics(&summary) };
        canopy_planner::explain::render(&planned.plan, Some(&summary.profiles))
    } else {
        canopy_planner::explain::render(&planned.plan, None)
    };
    let head = target.map(|path| format!("{} {}", name.replace('_', " "), path.join(".")));
    let lines: Vec<Value> = head.iter().map(String::as_str).chain(text.lines()).map(Value::from).collect();
    statistics.rows = lines.len() as u64;
    statement
        .send(Kind::Started(StatementStarted {
            job_id: statement.run.job_id.clone(),
            statement_type: "EXPLAIN".to_owned(),
            columns: vec![ResultColumn {
                name: COLUMN.to_owned(),
                r#type: Some(canopy_exec::convert::type_to_proto(&DataType::String)),
                type_text: DataType::String.to_string(),
                anonymous: false,
            }],
            has_rows: true,
        }))
        .await?;
    let mut encoder = ArrowEncoder::new(arrow::types_to_arrow([(COLUMN, &DataType::String)]));
    statement.send(Kind::ArrowSchema(encoder.schema()?)).await?;
    let batch = Batch::new(vec![Vector::from_values(&DataType::String, &lines)?], lines.len());
    statement.send(Kind::ArrowBatch(encoder.batch(batch)?)).await?;
    Ok(Outcome { statistics, message: String::new() })
}

/// The query that a statement runs, and the table that it writes to, if any.
fn explained_query(explained: BoundStatement) -> Option<(algebra::Query, Option<Vec<String>>)> {
    match explained {
        BoundStatement::Query(query) => Some((query, None)),
        BoundStatement::Insert(insert) => Some((insert.source, Some(insert.name))),
        BoundStatement::Modify(modify) => Some((modify.source, Some(modify.name))),
        BoundStatement::CreateTable(create) => Some((create.query?, Some(create.name))),
        _ => None,
    }
}

fn unsupported(what: &str, name: &str) -> ServerError {
    let message = format!("{what} of {} is not supported", name.replace('_', " "));
    ServerError::new(ErrorKind::Unsupported, message)
}
