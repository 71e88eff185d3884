//! Rows that finished tasks keep for the readers of a hash or broadcast exchange.
//!
//! Kept in memory, bounded per server; the place for overflow to local disk is behind [`Shuffle::keep`].

use std::collections::HashMap;

use canopy_format::Batch;
use canopy_proto::tree::TaskId;
use parking_lot::Mutex;

use crate::{Result, TreeError};

/// Identifies a task within its query, attempt included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct TaskKey {
    fragment: u32,
    task: u32,
    attempt: u32,
}

impl From<TaskId> for TaskKey {
    fn from(id: TaskId) -> Self {
        Self { fragment: id.fragment_id, task: id.task, attempt: id.attempt }
    }
}

#[derive(Default)]
struct Kept {
    partitions: HashMap<u32, Vec<Batch>>,
    finished: bool,
    bytes: u64,
}

#[derive(Default)]
struct State {
    queries: HashMap<String, HashMap<TaskKey, Kept>>,
    bytes: u64,
}

/// The kept rows of one server.
pub(crate) struct Shuffle {
    state: Mutex<State>,
    bytes_max: u64,
}

impl Shuffle {
    /// An empty shuffle that keeps at most `bytes_max` bytes.
    pub(crate) fn new(bytes_max: u64) -> Self {
        Self { state: Mutex::default(), bytes_max }
    }

    /// Forgets what an earlier run of the same attempt kept.
    pub(crate) fn start(&self, query: &str, task: TaskId) {
        let mut state = self.state.lock();
        let tasks = state.queries.entry(query.to_owned()).or_default();
        let before = tasks.insert(task.into(), Kept::default());
        state.bytes -= before.map_or(0, |kept| kept.bytes);
    }

    /// Keeps rows of a running task.
    ///
    /// # Errors
    /// [`TreeError::OutOfResources`] past the server's limit, [`TreeError::Cancelled`] after release.
    pub(crate) fn keep(&self, query: &str, task: TaskId, partition: u32, batch: Batch) -> Result<()> {
        let bytes = batch.byte_size() as u64;
        let mut state = self.state.lock();
        if state.bytes + bytes > self.bytes_max {
            return Err(TreeError::OutOfResources(format!(
                "shuffle needs {} bytes, over this server's limit of {}",
                state.bytes + bytes,
                self.bytes_max
            )));
        }
        let kept = state.queries.get_mut(query).and_then(|tasks| tasks.get_mut(&task.into()));
        let kept = kept.ok_or_else(|| TreeError::Cancelled(format!("query {query} was released")))?;
        kept.partitions.entry(partition).or_default().push(batch);
        kept.bytes += bytes;
        state.bytes += bytes;
        Ok(())
    }

    /// Marks a task's rows complete; only then are they served. Returns bytes by partition.
    pub(crate) fn finish(&self, query: &str, task: TaskId, partitions: u32) -> Vec<u64> {
        let mut state = self.state.lock();
        let Some(kept) = state.queries.get_mut(query).and_then(|tasks| tasks.get_mut(&task.into())) else {
            return Vec::new();
        };
        kept.finished = true;
        let size = |p| kept.partitions.get(&p).map_or(0, |b| b.iter().map(|b| b.byte_size() as u64).sum());
        (0..partitions).map(size).collect()
    }

    /// The complete rows of one partition of a finished task; None when they are not here.
    pub(crate) fn get(&self, query: &str, task: TaskId, partition: u32) -> Option<Vec<Batch>> {
        let state = self.state.lock();
        let kept = state.queries.get(query)?.get(&task.into())?;
        kept.finished.then(|| kept.partitions.get(&partition).cloned().unwrap_or_default())
    }

    /// Drops all rows of a query.
    pub(crate) fn release(&self, query: &str) {
        let mut state = self.state.lock();
        let freed =
            state.queries.remove(query).map_or(0, |tasks| tasks.values().map(|kept| kept.bytes).sum());
        state.bytes -= freed;
    }

    /// Bytes kept now.
    pub(crate) fn bytes(&self) -> u64 {
        self.state.lock().bytes
    }
}
