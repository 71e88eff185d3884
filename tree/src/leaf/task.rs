//! One task of a leaf, from its inputs to its last event.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use canopy_exec::{CancelToken, FragmentRun, Split};
use canopy_proto::plan::{Fragment, OperatorProfile, QueryContext, exchange};
use canopy_proto::tree::{Task, TaskFinished, TaskId};
use tokio::sync::mpsc;

use super::{Leaf, inputs};
use crate::{Result, TaskEvent, TreeError};

/// What the tasks of one request share.
pub(super) struct TaskRun {
    pub(super) leaf: Arc<Leaf>,
    pub(super) context: QueryContext,
    pub(super) fragment: Fragment,
    pub(super) token: CancelToken,
    pub(super) timeout_us: u64,
}

impl TaskRun {
    /// Runs one task and sends its events; the last is `Finished` or `Failed`.
    pub(super) async fn run(self: Arc<Self>, task: Task, events: mpsc::Sender<Result<TaskEvent>>) {
        let id = task.id.unwrap_or_default();
        let running = Running::start(&self.leaf.running);
        let outcome = match self.timeout_us {
            0 => self.produce(id, task, &events).await,
            limit => {
                match tokio::time::timeout(Duration::from_micros(limit), self.produce(id, task, &events))
                    .await
                {
                    Ok(outcome) => outcome,
                    Err(_) => {
                        self.token.cancel("its deadline passed");
                        Err(TreeError::Cancelled("the query's deadline passed".into()))
                    }
                }
            }
        };
        drop(running);
        let event = match outcome {
            Ok(finished) => TaskEvent::Finished(finished),
            Err(error) => TaskEvent::Failed { tasks: vec![id], error },
        };
        // A reader that went away needs no event.
        let _ = events.send(Ok(event)).await;
    }

    async fn produce(
        &self,
        id: TaskId,
        task: Task,
        events: &mpsc::Sender<Result<TaskEvent>>,
    ) -> Result<TaskFinished> {
        let query = self.context.query_id.as_str();
        let partitions = kept_partitions(&self.fragment);
        if partitions.is_some() {
            self.leaf.shuffle.start(query, id);
        }
        let feeds = inputs::feed(&self.leaf, query, &self.fragment, &task.inputs)?;
        let mut handle = self.leaf.executor.run(FragmentRun {
            context: self.context.clone(),
            fragment: self.fragment.clone(),
            splits: task.splits.iter().map(split).collect(),
            inputs: feeds.receivers,
            store: self.leaf.store.clone(),
            task: id.task,
            cancel: self.token.clone(),
        });
        let mut failure = None;
        while let Some(output) = handle.output.recv().await {
            let output = match output {
                Ok(output) => output,
                Err(error) => {
                    failure = Some(TreeError::from(error));
                    break;
                }
            };
            if partitions.is_some() {
                self.leaf.shuffle.keep(query, id, output.partition, output.batch)?;
            } else {
                let rows = TaskEvent::Rows { tasks: vec![id], batch: output.batch };
                if events.send(Ok(rows)).await.is_err() {
                    return Err(TreeError::Cancelled("its reader went away".into()));
                }
            }
        }
        let profiles = match failure {
            None => handle.finished.await.map_err(TreeError::from),
            Some(error) => Err(error),
        };
        // What broke an input is the better reason, and tells the root what to run again.
        let profiles: Vec<OperatorProfile> = profiles.map_err(|error| feeds.lost.take().unwrap_or(error))?;
        let partition_bytes =
            partitions.map_or(Vec::new(), |count| self.leaf.shuffle.finish(query, id, count));
        Ok(TaskFinished { tasks: vec![id], profiles, address: self.leaf.address.clone(), partition_bytes })
    }
}

/// Counts a task as running, until it is dropped: also when the task panics.
struct Running<'a>(&'a AtomicU32);

impl<'a> Running<'a> {
    fn start(count: &'a AtomicU32) -> Self {
        count.fetch_add(1, Ordering::Relaxed);
        Self(count)
    }
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

fn split(split: &canopy_proto::tree::Split) -> Split {
    Split {
        operator_id: split.operator_id,
        file_index: split.file_index,
        first_stripe: split.first_stripe,
        stripe_count: split.stripe_count,
    }
}

/// How many partitions a fragment's rows are kept in; None when they are streamed to the reader.
fn kept_partitions(fragment: &Fragment) -> Option<u32> {
    match fragment.output.as_ref().and_then(|output| output.kind.as_ref()) {
        Some(exchange::Kind::Hash(hash)) => Some(hash.partition_count),
        Some(exchange::Kind::Broadcast(_)) => Some(1),
        Some(exchange::Kind::Gather(_)) | None => None,
    }
}
