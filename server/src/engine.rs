//! The engine behind every client API: one warehouse, one root, its jobs.

use std::sync::Arc;

use canopy_proto::query::{
    DatasetTables, ExecuteRequest, ExecuteResponse, ListTablesResponse, ResultColumn, TableSummary,
};
use canopy_tree::Root;
use futures::Stream;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;

use crate::error::{ErrorKind, Result, ServerError};
use crate::jobs::Jobs;
use crate::metrics::Metrics;
use crate::script::is_temporary;
use crate::statement;
use crate::warehouse::Warehouse;

/// Responses in flight between a statement and its client.
const RESPONSES_IN_FLIGHT: usize = 8;

/// Runs statements on a warehouse through a tree.
pub struct Engine {
    warehouse: Arc<Warehouse>,
    root: Arc<Root>,
    jobs: Arc<Jobs>,
    metrics: Arc<Metrics>,
    memory_limit_bytes: u64,
    threads: usize,
    user: String,
}

impl Engine {
    /// Returns an engine over its parts.
    pub fn new(
        warehouse: Arc<Warehouse>,
        root: Arc<Root>,
        metrics: Arc<Metrics>,
        memory_limit_bytes: u64,
        threads: usize,
        user: String,
    ) -> Arc<Self> {
        Arc::new(Self { warehouse, root, jobs: Arc::default(), metrics, memory_limit_bytes, threads, user })
    }

    /// SESSION_USER().
    pub fn user(&self) -> &str {
        &self.user
    }

    /// The warehouse.
    pub fn warehouse(&self) -> &Arc<Warehouse> {
        &self.warehouse
    }

    /// The root of the tree.
    pub fn root(&self) -> &Arc<Root> {
        &self.root
    }

    /// The jobs.
    pub fn jobs(&self) -> &Arc<Jobs> {
        &self.jobs
    }

    /// The metrics.
    pub fn metrics(&self) -> &Arc<Metrics> {
        &self.metrics
    }

    /// Worker threads of this process, for work that is not a query's.
    pub fn threads(&self) -> usize {
        self.threads
    }

    /// Memory that one query may use in one process; 0 is the executor's default.
    pub fn memory_limit_bytes(&self) -> u64 {
        self.memory_limit_bytes
    }

    /// Runs the statements of a request, in order, until one fails. Dropping the stream cancels.
    pub fn execute(
        self: &Arc<Self>,
        request: ExecuteRequest,
    ) -> impl Stream<Item = Result<ExecuteResponse>> + Send + use<> {
        let (sender, receiver) = mpsc::channel(RESPONSES_IN_FLIGHT);
        let (engine, last_words) = (self.clone(), sender.clone());
        let running = tokio::spawn(async move {
            let failed = tokio::select! {
                outcome = statement::run_request(&engine, request, &sender) => outcome.err(),
                _ = sender.closed() => None,
            };
            if let Some(error) = failed {
                let _ = sender.send(Err(error)).await;
            }
        });
        // Without a word of it, a client would take the end of the stream for the end of its statements.
        tokio::spawn(async move {
            if let Err(panic) = running.await {
                let error = ServerError::new(ErrorKind::Internal, format!("internal error: {panic}"));
                let _ = last_words.send(Err(error)).await;
            }
        });
        ReceiverStream::new(receiver)
    }

    /// Returns the tables of a dataset, or of all when the name is empty.
    ///
    /// # Errors
    /// When the log cannot be read or the dataset does not exist.
    pub async fn list_tables(&self, dataset: &str) -> Result<ListTablesResponse> {
        let snapshot = self.warehouse.snapshot().await?;
        let wanted: Vec<String> = match dataset {
            "" => {
                let names = snapshot.datasets().map(|dataset| dataset.name.to_string());
                names.filter(|name| !is_temporary(name)).collect()
            }
            name if snapshot.dataset(name).is_some() => vec![name.to_owned()],
            name => {
                return Err(ServerError::new(ErrorKind::NotFound, format!("Not found: Dataset {name}")));
            }
        };
        let tables = |name: &str| {
            snapshot
                .tables(name)
                .map(|table| TableSummary {
                    name: table.name.to_string(),
                    row_count: table.row_count(),
                    byte_size: table.byte_size(),
                    columns: table
                        .schema
                        .fields
                        .iter()
                        .filter(|field| !canopy_planner::partition::is_partition_time(field))
                        .map(column)
                        .collect(),
                })
                .collect()
        };
        let datasets =
            wanted.into_iter().map(|name| DatasetTables { tables: tables(&name), dataset: name }).collect();
        Ok(ListTablesResponse { datasets })
    }
}

fn column(field: &canopy_format::Field) -> ResultColumn {
    let data_type = field.column_type();
    ResultColumn {
        name: field.name.clone(),
        r#type: Some(canopy_exec::convert::type_to_proto(&data_type)),
        type_text: data_type.to_string(),
        anonymous: false,
    }
}
