//! What root and mixers ask of the servers below them, in process or across the network alike.

use std::future::Future;
use std::pin::Pin;

use async_trait::async_trait;
use canopy_format::Batch;
use canopy_proto::tree::{FetchPartitionRequest, RunTasksRequest, TaskFinished, TaskId};
use futures::{Stream, StreamExt, stream};

use crate::{Result, TreeError};

/// What comes back while tasks run. The stream ends after each task has finished or failed once.
pub type EventStream = Pin<Box<dyn Stream<Item = Result<TaskEvent>> + Send>>;

/// Kept rows of one partition.
pub type BatchStream = Pin<Box<dyn Stream<Item = Result<Batch>> + Send>>;

/// One message of a [`EventStream`].
#[derive(Debug)]
pub enum TaskEvent {
    /// Rows of a gather exchange, to be counted in only when all their tasks have finished.
    Rows {
        /// The tasks they come from.
        tasks: Vec<TaskId>,
        /// The rows.
        batch: Batch,
    },
    /// Tasks that ended well.
    Finished(TaskFinished),
    /// Tasks that did not.
    Failed {
        /// The tasks.
        tasks: Vec<TaskId>,
        /// Why.
        error: TreeError,
    },
}

/// A server that runs tasks: a leaf, or a mixer with leaves below it.
#[async_trait]
pub trait Worker: Send + Sync {
    /// Starts the tasks. Dropping the stream cancels them.
    async fn run_tasks(&self, request: RunTasksRequest) -> Result<EventStream>;

    /// Streams rows that a finished task keeps for one partition.
    ///
    /// # Errors
    /// [`TreeError::LostInput`] when they are not (or no longer) here.
    async fn fetch_partition(&self, request: FetchPartitionRequest) -> Result<BatchStream>;

    /// Forgets a query: kept rows are dropped and running tasks cancelled.
    async fn release_query(&self, query_id: &str) -> Result<()>;
}

/// An event of a server that is watched: a stream that breaks says which tasks it leaves open.
pub(crate) enum Supervised {
    /// The server said so.
    Event(TaskEvent),
    /// The server could not be reached, or its stream ended too early.
    Broken {
        /// The tasks that neither finished nor failed.
        tasks: Vec<TaskId>,
        /// What happened.
        error: TreeError,
    },
}

/// Returns the events of a server until each of its tasks has ended once.
pub(crate) fn supervised(
    start: impl Future<Output = Result<EventStream>> + Send + 'static,
    open: Vec<TaskId>,
) -> impl Stream<Item = Supervised> + Send + 'static {
    let events = stream::once(start).flat_map(|started| match started {
        Ok(events) => events,
        Err(error) => Box::pin(stream::iter([Err(error)])) as EventStream,
    });
    stream::unfold((Box::pin(events) as EventStream, open), |(mut events, mut open)| async move {
        if open.is_empty() {
            return None;
        }
        let error = match events.next().await {
            Some(Ok(event)) => {
                open.retain(|id| !ended(&event).contains(id));
                return Some((Supervised::Event(event), (events, open)));
            }
            Some(Err(error)) => error,
            None => TreeError::Retry("the server ended its stream with tasks unfinished".into()),
        };
        let broken = Supervised::Broken { tasks: std::mem::take(&mut open), error };
        Some((broken, (events, open)))
    })
}

fn ended(event: &TaskEvent) -> &[TaskId] {
    match event {
        TaskEvent::Rows { .. } => &[],
        TaskEvent::Finished(finished) => &finished.tasks,
        TaskEvent::Failed { tasks, .. } => tasks,
    }
}
