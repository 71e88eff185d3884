//! A mixer: hands tasks down to leaves and merges the rows of those that finish.
//!
//! A task's rows count only with its `Finished`: until then they wait. So a leaf that dies in the middle
//! costs its unfinished tasks, which go back to the root, and never a row twice.

mod merge;

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use async_trait::async_trait;
use canopy_exec::Executor;
use canopy_format::Batch;
use canopy_proto::plan::Fragment;
use canopy_proto::tree::{FetchPartitionRequest, RunTasksRequest, TaskFinished};
use canopy_storage::ObjectStore;
use futures::{StreamExt, stream};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;

use crate::worker::{Supervised, supervised};
use crate::{BatchStream, Connections, EventStream, Result, TaskEvent, TreeError, Worker};
use merge::Merge;

/// Events in flight between a mixer and its parent.
const EVENTS_IN_FLIGHT: usize = 8;

/// A server between the root and leaves.
pub struct Mixer {
    executor: Arc<Executor>,
    store: Arc<dyn ObjectStore>,
    connections: Arc<Connections>,
}

impl Mixer {
    /// Returns a mixer that merges on `executor`. The store is only handed on to it.
    pub fn new(executor: Arc<Executor>, store: Arc<dyn ObjectStore>) -> Arc<Self> {
        Arc::new(Self { executor, store, connections: Arc::default() })
    }
}

#[async_trait]
impl Worker for Mixer {
    async fn run_tasks(&self, request: RunTasksRequest) -> Result<EventStream> {
        let context =
            request.context.clone().ok_or_else(|| TreeError::Bug("request without a context".into()))?;
        let fragment =
            request.fragment.clone().ok_or_else(|| TreeError::Bug("request without a fragment".into()))?;
        let leaves = split_by_leaf(request);
        let merge = match fragment.mixer {
            Some(_) => Some(Merge::start(&self.executor, self.store.clone(), &context, &fragment)?),
            None => None,
        };
        let (sender, receiver) = mpsc::channel(EVENTS_IN_FLIGHT);
        let mut streams = Vec::new();
        for (address, request) in leaves {
            streams.push(leaf_events(self.connections.clone(), address, request));
        }
        tokio::spawn(forward(streams, merge, sender));
        Ok(Box::pin(ReceiverStream::new(receiver)))
    }

    async fn fetch_partition(&self, request: FetchPartitionRequest) -> Result<BatchStream> {
        Err(TreeError::Bug(format!("a mixer keeps no rows, but was asked for {:?}", request.producer)))
    }

    async fn release_query(&self, _query_id: &str) -> Result<()> {
        // All of a query's work on a mixer ends with the streams of its requests.
        Ok(())
    }
}

fn split_by_leaf(request: RunTasksRequest) -> BTreeMap<String, RunTasksRequest> {
    let mut by_leaf = BTreeMap::new();
    let template = RunTasksRequest { tasks: Vec::new(), ..request.clone() };
    for task in request.tasks {
        let entry = by_leaf.entry(task.leaf.clone()).or_insert_with(|| template.clone());
        entry.tasks.push(task);
    }
    by_leaf
}

/// The events of one leaf. Tasks that its stream leaves open when it breaks fail with the reason.
fn leaf_events(connections: Arc<Connections>, address: String, request: RunTasksRequest) -> EventStream {
    let open = request.tasks.iter().filter_map(|task| task.id).collect();
    let start = async move { connections.worker(&address)?.run_tasks(request).await };
    Box::pin(supervised(start, open).map(|event| {
        Ok(match event {
            Supervised::Event(event) => event,
            Supervised::Broken { tasks, error } => TaskEvent::Failed { tasks, error },
        })
    }))
}

/// Passes events up; with a merge, rows of finished tasks go through it and come up at the end.
async fn forward(
    streams: Vec<EventStream>,
    mut merge: Option<Merge>,
    parent: mpsc::Sender<Result<TaskEvent>>,
) {
    let mut events = stream::select_all(streams);
    let mut waiting: HashMap<(u32, u32), Vec<Batch>> = HashMap::new();
    let mut merged = TaskFinished::default();
    loop {
        let event = tokio::select! {
            event = events.next() => event,
            _ = parent.closed() => return,
        };
        let Some(event) = event else { break };
        match (event, &mut merge) {
            (Ok(TaskEvent::Rows { tasks, batch }), Some(_)) if tasks.len() == 1 => {
                waiting.entry((tasks[0].task, tasks[0].attempt)).or_default().push(batch);
            }
            (Ok(TaskEvent::Finished(finished)), Some(merge)) => {
                for id in &finished.tasks {
                    for batch in waiting.remove(&(id.task, id.attempt)).unwrap_or_default() {
                        merge.push(batch).await;
                    }
                }
                merged.tasks.extend(finished.tasks);
                merged.profiles.extend(finished.profiles);
            }
            (event, _) => {
                if let Ok(TaskEvent::Failed { tasks, .. }) = &event {
                    tasks.iter().for_each(|id| drop(waiting.remove(&(id.task, id.attempt))));
                }
                if parent.send(event).await.is_err() {
                    return;
                }
            }
        }
    }
    if let Some(merge) = merge {
        finish(merge, merged, &parent).await;
    }
}

async fn finish(merge: Merge, mut merged: TaskFinished, parent: &mpsc::Sender<Result<TaskEvent>>) {
    if merged.tasks.is_empty() {
        return;
    }
    let tasks = merged.tasks.clone();
    match merge.finish().await {
        Ok((batches, profiles)) => {
            merged.profiles.extend(profiles);
            for batch in batches {
                if parent.send(Ok(TaskEvent::Rows { tasks: tasks.clone(), batch })).await.is_err() {
                    return;
                }
            }
            let _ = parent.send(Ok(TaskEvent::Finished(merged))).await;
        }
        Err(error) => {
            let _ = parent.send(Ok(TaskEvent::Failed { tasks, error })).await;
        }
    }
}

/// What a merge runs: the fragment's mixer operator, gathered.
fn merge_fragment(fragment: &Fragment) -> Fragment {
    use canopy_proto::plan::{Exchange, Gather, Placement, exchange};
    Fragment {
        id: fragment.id,
        root: fragment.mixer.clone(),
        placement: Placement::Single as i32,
        output: Some(Exchange { kind: Some(exchange::Kind::Gather(Gather {})) }),
        mixer: None,
        partition_count: 0,
    }
}
