//! Rows into data files: whole stripes go to a few encoders in turn, each of which fills and uploads files.
//!
//! In a partitioned table the rows of a file belong to one partition; in a clustered one, runs of rows are sorted before
//! they are encoded, so that statistics of files and pages leave more of them out. Nothing is visible until the files
//! are committed; files of a statement that fails stay behind as orphans of its session, which the log knows.

mod cluster;
mod encode;
mod partition;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use canopy_format::{Batch, Schema};
use canopy_planner::partition::Layout;
use canopy_storage::ObjectStore;
use canopy_txn::{NewFile, Session, TableId};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use crate::error::{ErrorKind, Result, ServerError};
use encode::{NumberedFile, Run, encode};
use partition::Partitioner;

/// Rows handed to an encoder together: a stripe, so that neighbouring rows stay neighbours.
const STRIPE_ROWS: usize = 65_536;
/// Rows that are sorted together in a clustered table.
const CLUSTER_ROWS: usize = 8 * STRIPE_ROWS;
/// Rows that wait in all partitions together.
const PENDING_ROWS_MAX: usize = 16 * STRIPE_ROWS;
/// Runs that wait for each encoder.
const RUNS_IN_FLIGHT: usize = 1;

/// Where a writer's files go.
#[derive(Clone)]
pub struct WriteTarget {
    /// The store.
    pub store: Arc<dyn ObjectStore>,
    /// Names the files.
    pub session: Arc<Session>,
    /// The table.
    pub table: TableId,
    /// Its columns; batches have one of each, in order.
    pub schema: Arc<Schema>,
    /// Its partitions and clusters.
    pub layout: Layout,
    /// Encoders to run at once.
    pub encoders: usize,
}

/// The name of a partition; None in a table without.
type PartitionId = Option<Arc<str>>;

/// Rows of a partition that wait to be many enough.
#[derive(Default)]
struct Pending {
    batches: Vec<Batch>,
    rows: usize,
}

/// Writes batches into files of one table.
pub struct TableWriter {
    partitioner: Option<Partitioner>,
    run_rows: usize,
    pending: BTreeMap<PartitionId, Pending>,
    pending_rows: usize,
    next_run: u64,
    row_count: u64,
    encoders: Vec<mpsc::Sender<Run>>,
    running: Vec<JoinHandle<Result<Vec<NumberedFile>>>>,
}

impl TableWriter {
    /// Starts the encoders.
    pub fn start(target: WriteTarget) -> Self {
        let partitioner = Partitioner::new(&target.layout, &target.schema);
        let run_rows = if target.layout.cluster_by.is_empty() { STRIPE_ROWS } else { CLUSTER_ROWS };
        let (mut encoders, mut running) = (Vec::new(), Vec::new());
        for _ in 0..target.encoders.max(1) {
            let (sender, receiver) = mpsc::channel(RUNS_IN_FLIGHT);
            let target = target.clone();
            let runtime = tokio::runtime::Handle::current();
            encoders.push(sender);
            running.push(tokio::task::spawn_blocking(move || encode(&target, receiver, &runtime)));
        }
        Self {
            partitioner,
            run_rows,
            pending: BTreeMap::new(),
            pending_rows: 0,
            next_run: 0,
            row_count: 0,
            encoders,
            running,
        }
    }

    /// Rows taken so far.
    pub fn row_count(&self) -> u64 {
        self.row_count
    }

    /// Takes rows.
    ///
    /// # Errors
    /// What an encoder met: a value that does not fit its column, a store that takes no more.
    pub async fn write(&mut self, batch: Batch) -> Result<()> {
        let batch = batch.compact();
        self.row_count += batch.rows() as u64;
        let parts = match &mut self.partitioner {
            Some(partitioner) => partitioner.split(batch),
            None => vec![(None, batch)],
        };
        for (partition, batch) in parts {
            self.add(partition, batch).await?;
        }
        while self.pending_rows > PENDING_ROWS_MAX.max(self.run_rows) {
            let largest = self.pending.iter().max_by_key(|(_, pending)| pending.rows);
            let Some(partition) = largest.map(|(partition, _)| partition.clone()) else { break };
            self.hand_over(partition).await?;
        }
        Ok(())
    }

    async fn add(&mut self, partition: PartitionId, batch: Batch) -> Result<()> {
        let mut offset = 0;
        while offset < batch.rows() {
            let pending = self.pending.entry(partition.clone()).or_default();
            let take = (self.run_rows - pending.rows).min(batch.rows() - offset);
            pending.batches.push(batch.clone().slice(offset, take));
            pending.rows += take;
            self.pending_rows += take;
            offset += take;
            if pending.rows == self.run_rows {
                self.hand_over(partition.clone()).await?;
            }
        }
        Ok(())
    }

    async fn hand_over(&mut self, partition: PartitionId) -> Result<()> {
        let Some(pending) = self.pending.remove(&partition) else { return Ok(()) };
        self.pending_rows -= pending.rows;
        let number = self.next_run;
        self.next_run += 1;
        // A partition's rows meet in the files of one encoder.
        let turn = match &partition {
            None => number,
            Some(partition) => {
                let mut hasher = DefaultHasher::new();
                partition.hash(&mut hasher);
                hasher.finish()
            }
        };
        let encoder = (turn % self.encoders.len() as u64) as usize;
        let run = Run { number, partition, batches: pending.batches };
        if self.encoders[encoder].send(run).await.is_err() {
            // The encoder has stopped: its result says why.
            return Err(self.join().await.err().unwrap_or_else(|| internal("an encoder stopped early")));
        }
        Ok(())
    }

    /// Closes the files and returns them in the order of their rows.
    ///
    /// # Errors
    /// As [`TableWriter::write`].
    pub async fn finish(mut self) -> Result<Vec<NewFile>> {
        let partitions: Vec<PartitionId> = self.pending.keys().cloned().collect();
        for partition in partitions {
            self.hand_over(partition).await?;
        }
        let mut files = self.join().await?;
        files.sort_by_key(|(run, _)| *run);
        Ok(files.into_iter().map(|(_, file)| file).collect())
    }

    async fn join(&mut self) -> Result<Vec<NumberedFile>> {
        self.encoders.clear();
        let mut files = Vec::new();
        let mut failure = None;
        for encoder in self.running.drain(..) {
            match encoder.await {
                Ok(Ok(written)) => files.extend(written),
                Ok(Err(error)) => drop(failure.get_or_insert(error)),
                Err(panic) => drop(failure.get_or_insert(internal(&panic.to_string()))),
            }
        }
        failure.map_or(Ok(files), Err)
    }
}

fn internal(what: &str) -> ServerError {
    ServerError::new(ErrorKind::Internal, format!("internal error while writing files: {what}"))
}
