//! The root: runs a plan's fragments on the servers below it, in the order of their exchanges, and its
//! last fragment itself.
//!
//! A fragment whose rows are kept (hash, broadcast, or read by more than the root) is a *stage*: it must
//! be complete before a reader starts. A fragment that only the root reads is streamed. Tasks that fail
//! in passing run again elsewhere; rows that were kept by a server that died are made again.

mod assign;
mod progress;
mod query;
mod shape;
mod stage;
mod topology;

use std::sync::Arc;
use std::time::Duration;

use canopy_exec::Executor;
use canopy_format::Batch;
use canopy_proto::plan::{OperatorProfile, Plan};
use canopy_storage::ObjectStore;
use tokio::sync::{mpsc, oneshot};

use crate::{Leaf, Members, Result};
pub use progress::Progress;
pub(crate) use shape::exchange_inputs;
use topology::Topology;

/// How a query is to be run.
#[derive(Debug, Clone, Default)]
pub struct ExecuteOptions {
    /// Time until the query is cancelled; None is no limit.
    pub timeout: Option<Duration>,
}

/// A running query. Dropping it cancels.
pub struct QueryHandle {
    /// The result's rows; the stream ends after the last one or after an error.
    pub batches: mpsc::Receiver<Result<Batch>>,
    /// How far it is.
    pub progress: Arc<Progress>,
    /// What it did; arrives after the last batch.
    pub summary: oneshot::Receiver<QuerySummary>,
}

/// What a query did.
#[derive(Debug, Clone, Default)]
pub struct QuerySummary {
    /// Profiles by operator, summed over tasks.
    pub profiles: Vec<OperatorProfile>,
    /// Timings by fragment.
    pub stages: Vec<StageSummary>,
    /// Tasks that had to be run again.
    pub tasks_retried: u32,
}

/// What one fragment took.
#[derive(Debug, Clone)]
pub struct StageSummary {
    /// The fragment.
    pub fragment_id: u32,
    /// Its tasks.
    pub tasks: u32,
    /// From its first task's start to its last one's end.
    pub elapsed: Duration,
}

/// The server that a client's query enters by.
pub struct Root {
    executor: Arc<Executor>,
    store: Arc<dyn ObjectStore>,
    topology: Arc<Topology>,
}

impl Root {
    /// Returns a root over a leaf in the same process and whatever `members` register.
    pub fn new(
        executor: Arc<Executor>,
        store: Arc<dyn ObjectStore>,
        local: Option<Arc<Leaf>>,
        members: Arc<Members>,
    ) -> Arc<Self> {
        Arc::new(Self { executor, store, topology: Arc::new(Topology::new(local, members)) })
    }

    /// Leaves that can run tasks now: what the planner cuts fragments for.
    pub fn leaf_count(&self) -> usize {
        self.topology.leaves().len()
    }

    /// Waits until a leaf can run tasks, for servers that have just started.
    ///
    /// # Errors
    /// [`crate::TreeError::Retry`] when none registers in time.
    pub async fn wait_for_leaf(&self, patience: Duration) -> Result<()> {
        self.topology.wait_for_leaf(patience).await
    }

    /// Starts a plan.
    ///
    /// # Errors
    /// [`crate::TreeError::Bug`] for a plan whose fragments do not fit together.
    pub fn execute(&self, plan: Plan, options: ExecuteOptions) -> Result<QueryHandle> {
        query::start(self.executor.clone(), self.store.clone(), self.topology.clone(), plan, options)
    }
}
