//! Rows of a query that stay in the server: of a script's expressions and loops.

use canopy_format::{Batch, DataType, Value};
use canopy_planner::algebra;
use canopy_proto::query::Statistics;

use super::{StatementRun, plan, query};
use crate::error::{ErrorKind, Result, ServerError};

/// A query's whole result.
pub(crate) struct Collected {
    /// Names and types of the columns.
    pub columns: Vec<(String, DataType)>,
    /// The rows.
    pub batches: Vec<Batch>,
    /// What it cost.
    pub statistics: Statistics,
}

impl Collected {
    /// The rows as values, one by one.
    pub fn rows(&self) -> impl Iterator<Item = Vec<Value>> {
        self.batches.iter().flat_map(|batch| {
            (0..batch.rows()).map(move |row| batch.columns().iter().map(|column| column.value(row)).collect())
        })
    }
}

impl StatementRun<'_> {
    /// Runs a query and returns all its rows.
    ///
    /// # Errors
    /// [`ErrorKind::OutOfResources`] when they are more than so many bytes.
    pub(crate) async fn collect(&self, query: algebra::Query, bytes_max: usize) -> Result<Collected> {
        let planned = plan::plan(self, query).await?;
        let mut handle = plan::start(self, planned.plan)?;
        let (mut batches, mut bytes) = (Vec::new(), 0);
        while let Some(batch) = handle.batches.recv().await {
            let batch = batch?.compact();
            bytes += batch.byte_size();
            if bytes > bytes_max {
                let message =
                    format!("Resources exceeded: the script's query returned more than {bytes_max} bytes");
                return Err(ServerError::new(ErrorKind::OutOfResources, message));
            }
            batches.push(batch);
        }
        let summary = plan::summary(handle.summary).await?;
        Ok(Collected { columns: planned.columns, batches, statistics: query::statistics(&summary) })
    }
}
