//! Running one fragment's tasks to their end, on whatever servers live, again where that is needed.

use std::collections::{BTreeMap, HashMap};
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use canopy_exec::ExecError;
use canopy_format::Batch;
use canopy_proto::plan::{Placement, exchange};
use canopy_proto::tree::{
    FetchPartitionRequest, InputLocation, RunTasksRequest, Split, Task, TaskFinished, TaskId,
};
use futures::{StreamExt, future, stream};
use tokio::sync::mpsc;

use super::StageSummary;
use super::assign::{assign_partition, assign_splits};
use super::query::{FragmentState, QueryRun};
use super::shape::partitioned_scan;
use crate::worker::{Supervised, supervised};
use crate::{Result, TaskEvent, TreeError};

/// How often one task may fail in passing before its query does.
const FAILURES_MAX: u32 = 4;
/// How long to wait for a leaf when none lives.
const LEAF_PATIENCE: Duration = Duration::from_secs(15);
/// Pause before tasks that failed run again, times the number of failures.
const RETRY_PAUSE: Duration = Duration::from_millis(50);

type Sink = mpsc::Sender<std::result::Result<Batch, ExecError>>;

/// One task of a fragment.
pub(super) struct TaskState {
    id: u32,
    /// The leaf that should run it, by affinity.
    leaf: String,
    splits: Vec<Split>,
    partition: u32,
    attempt: u32,
    failures: u32,
    /// Where its rows are kept (or that they have been passed on).
    done: Option<String>,
}

impl QueryRun {
    /// Completes a fragment whose rows are kept: afterwards each of its tasks is done.
    pub(super) fn complete(
        self: &Arc<Self>,
        id: u32,
    ) -> Pin<Box<dyn Future<Output = Result<()>> + Send + '_>> {
        Box::pin(async move {
            let state = &self.fragments[&id];
            let mut tasks = state.tasks.lock().await;
            self.run_to_end(state, &mut tasks, None).await
        })
    }

    /// Runs a fragment that only the root reads and passes its rows on.
    pub(super) async fn stream(self: &Arc<Self>, id: u32, sink: &Sink) -> Result<()> {
        let state = &self.fragments[&id];
        let mut tasks = state.tasks.lock().await;
        self.run_to_end(state, &mut tasks, Some(sink)).await
    }

    /// Completes a kept fragment and passes its rows on, each task's once.
    pub(super) async fn fetch_kept(self: &Arc<Self>, id: u32, sink: &Sink) -> Result<()> {
        let mut passed_on: Vec<u32> = Vec::new();
        loop {
            self.complete(id).await?;
            let locations = self.locations(id, 0).await;
            let mut lost = Vec::new();
            for location in locations {
                let task = location.producer.unwrap_or_default().task;
                if passed_on.contains(&task) {
                    continue;
                }
                match self.fetch_all(&location).await {
                    Ok(batches) => {
                        for batch in batches {
                            if sink.send(Ok(batch)).await.is_err() {
                                return Ok(());
                            }
                        }
                        passed_on.push(task);
                    }
                    Err(_) => lost.push(location),
                }
            }
            if lost.is_empty() {
                return Ok(());
            }
            self.mark_lost(&lost).await?;
        }
    }

    async fn fetch_all(&self, location: &InputLocation) -> Result<Vec<Batch>> {
        let worker = self.topology.worker(&location.address)?;
        let request = FetchPartitionRequest {
            query_id: self.context.query_id.clone(),
            producer: location.producer,
            partition: location.partition,
        };
        let mut batches = Vec::new();
        let mut rows = worker.fetch_partition(request).await?;
        while let Some(batch) = rows.next().await {
            batches.push(batch?);
        }
        Ok(batches)
    }

    async fn run_to_end(
        self: &Arc<Self>,
        state: &FragmentState,
        tasks: &mut Vec<TaskState>,
        sink: Option<&Sink>,
    ) -> Result<()> {
        let start = Instant::now();
        let fresh = tasks.is_empty();
        loop {
            // Inputs first, each time: a retry may be due to rows that were lost with a server.
            future::try_join_all(state.inputs.iter().map(|&input| self.complete(input))).await?;
            if tasks.is_empty() {
                self.topology.wait_for_leaf(LEAF_PATIENCE).await?;
                *tasks = self.make_tasks(state)?;
                self.progress.expect_tasks(tasks.len() as u64);
            }
            if tasks.iter().all(|task| task.done.is_some()) {
                break;
            }
            self.run_once(state, tasks, sink).await?;
        }
        if fresh {
            let (fragment_id, tasks) = (state.fragment.id, tasks.len() as u32);
            self.stages.lock().push(StageSummary { fragment_id, tasks, elapsed: start.elapsed() });
        }
        Ok(())
    }

    /// Sends out every task that is not done and sees each of them end, well or not.
    async fn run_once(
        self: &Arc<Self>,
        state: &FragmentState,
        tasks: &mut [TaskState],
        sink: Option<&Sink>,
    ) -> Result<()> {
        self.topology.wait_for_leaf(LEAF_PATIENCE).await?;
        let pause = tasks.iter().filter(|t| t.done.is_none()).map(|t| t.failures).max().unwrap_or(0);
        tokio::time::sleep(RETRY_PAUSE * pause).await;
        let requests = self.requests(state, tasks).await?;
        let leaves: HashMap<u32, String> = requests
            .iter()
            .flat_map(|(_, request)| &request.tasks)
            .map(|task| (task.id.unwrap_or_default().task, task.leaf.clone()))
            .collect();
        let streams = requests.into_iter().map(|(parent, request)| self.supervise(parent, request));
        let mut events = stream::select_all(streams);
        let pass_at_once = self.topology.is_embedded();
        let mut waiting: HashMap<u32, Vec<Batch>> = HashMap::new();
        let mut lost = Vec::new();
        while let Some((parent, event)) = events.next().await {
            match event {
                Supervised::Event(TaskEvent::Rows { tasks: from, batch }) => match sink {
                    Some(sink) if pass_at_once => pass_on(sink, batch).await?,
                    _ => waiting.entry(from.first().map_or(0, |id| id.task)).or_default().push(batch),
                },
                Supervised::Event(TaskEvent::Finished(finished)) => {
                    self.accept(tasks, &finished);
                    for id in &finished.tasks {
                        for batch in waiting.remove(&id.task).unwrap_or_default() {
                            let Some(sink) = sink else { continue };
                            pass_on(sink, batch).await?;
                        }
                    }
                }
                Supervised::Event(TaskEvent::Failed { tasks: failed, error }) => {
                    if let (TreeError::Retry(_), Some(id)) = (&error, failed.first()) {
                        self.topology.suspect(&leaves[&id.task]);
                    }
                    self.note_failure(tasks, &failed, error, &mut waiting, &mut lost)?;
                }
                Supervised::Broken { tasks: failed, error } => {
                    self.topology.suspect(&parent);
                    self.note_failure(tasks, &failed, error, &mut waiting, &mut lost)?;
                }
            }
        }
        if pass_at_once && sink.is_some() && tasks.iter().any(|task| task.done.is_none()) {
            return Err(TreeError::Retry("a task failed after its rows were passed on".into()));
        }
        self.mark_lost(&lost).await
    }

    fn supervise(
        self: &Arc<Self>,
        parent: String,
        request: RunTasksRequest,
    ) -> Pin<Box<dyn futures::Stream<Item = (String, Supervised)> + Send>> {
        let run = self.clone();
        let address = parent.clone();
        let open: Vec<TaskId> = request.tasks.iter().filter_map(|task| task.id).collect();
        let start = async move { run.topology.worker(&address)?.run_tasks(request).await };
        Box::pin(supervised(start, open).map(move |event| (parent.clone(), event)))
    }

    fn accept(&self, tasks: &mut [TaskState], finished: &TaskFinished) {
        for id in &finished.tasks {
            if let Some(task) = tasks.iter_mut().find(|task| task.id == id.task && task.attempt == id.attempt)
            {
                task.done = Some(finished.address.clone());
            }
        }
        let rows = finished.profiles.iter().map(|p| p.rows_scanned).sum();
        let bytes = finished.profiles.iter().map(|p| p.bytes_processed).sum();
        self.progress.task_done(finished.tasks.len() as u64, rows, bytes);
        self.add_profiles(&finished.profiles);
    }

    /// Counts a failure of tasks; one that is final, or one too many, ends the query.
    fn note_failure(
        &self,
        tasks: &mut [TaskState],
        failed: &[TaskId],
        error: TreeError,
        waiting: &mut HashMap<u32, Vec<Batch>>,
        lost: &mut Vec<InputLocation>,
    ) -> Result<()> {
        if !error.is_retryable() {
            return Err(error);
        }
        for id in failed {
            waiting.remove(&id.task);
            let Some(task) = tasks.iter_mut().find(|task| task.id == id.task) else { continue };
            task.attempt += 1;
            task.failures += 1;
            self.retried.fetch_add(1, Ordering::Relaxed);
            tracing::warn!(task = ?id, failures = task.failures, reason = %error, "task runs again");
            if task.failures >= FAILURES_MAX {
                return Err(TreeError::Retry(format!("task failed {} times, last: {error}", task.failures)));
            }
        }
        if let TreeError::LostInput { lost: locations, .. } = error {
            lost.extend(locations);
        }
        Ok(())
    }

    /// Makes the producers of lost rows run again.
    async fn mark_lost(&self, lost: &[InputLocation]) -> Result<()> {
        for location in lost {
            self.topology.suspect(&location.address);
            let Some(producer) = location.producer else { continue };
            let Some(state) = self.fragments.get(&location.fragment_id) else { continue };
            for task in state.tasks.lock().await.iter_mut() {
                let same = task.id == producer.task && task.attempt == producer.attempt;
                if same && task.done.take().is_some() {
                    task.attempt += 1;
                    task.failures += 1;
                    self.retried.fetch_add(1, Ordering::Relaxed);
                    if task.failures >= FAILURES_MAX {
                        return Err(TreeError::Retry(format!(
                            "rows kept by {} were lost again",
                            location.address
                        )));
                    }
                }
            }
        }
        Ok(())
    }

    fn make_tasks(&self, state: &FragmentState) -> Result<Vec<TaskState>> {
        let leaves = self.topology.leaves();
        let task = |id: usize, leaf: String, splits, partition| TaskState {
            id: id as u32,
            leaf,
            splits,
            partition,
            attempt: 0,
            failures: 0,
            done: None,
        };
        let query = &self.context.query_id;
        let fragment = &state.fragment;
        let root =
            fragment.root.as_ref().ok_or_else(|| TreeError::Bug("fragment without an operator".into()))?;
        let single = || vec![task(0, assign_partition(query, fragment.id, &leaves).clone(), Vec::new(), 0)];
        Ok(match fragment.placement() {
            Placement::Splits if self.topology.is_embedded() => single(),
            Placement::Splits => match partitioned_scan(root) {
                Some((operator, scan)) if !scan.files.is_empty() => assign_splits(operator, scan, &leaves)
                    .into_iter()
                    .enumerate()
                    .map(|(id, (leaf, splits))| task(id, leaf, splits, 0))
                    .collect(),
                _ => single(),
            },
            Placement::Partitions => (0..fragment.partition_count.max(1))
                .map(|p| task(p as usize, assign_partition(query, p, &leaves).clone(), Vec::new(), p))
                .collect(),
            Placement::Single | Placement::Root | Placement::Unspecified => single(),
        })
    }

    /// The requests of all tasks that are not done, by the server each goes to.
    async fn requests(
        &self,
        state: &FragmentState,
        tasks: &[TaskState],
    ) -> Result<Vec<(String, RunTasksRequest)>> {
        let leaves = self.topology.leaves();
        let parents = self.topology.parents(&leaves);
        let mut requests: BTreeMap<String, RunTasksRequest> = BTreeMap::new();
        for task in tasks.iter().filter(|task| task.done.is_none()) {
            let leaf = match leaves.contains(&task.leaf) {
                true => task.leaf.clone(),
                // Its own leaf is gone: tasks spread over those that are left.
                false => leaves[(task.id + task.attempt) as usize % leaves.len()].clone(),
            };
            let mut inputs = Vec::new();
            for &input in &state.inputs {
                inputs.extend(self.locations(input, task.partition).await);
            }
            let parent = if state.kept { leaf.clone() } else { parents[&leaf].clone() };
            self.used.lock().insert(leaf.clone());
            let request = requests.entry(parent).or_insert_with(|| RunTasksRequest {
                context: Some(self.context.clone()),
                fragment: Some(state.fragment.clone()),
                tasks: Vec::new(),
                timeout_us: self.remaining().map_or(0, |left| (left.as_micros() as u64).max(1)),
                root: String::new(),
            });
            request.tasks.push(Task {
                id: Some(TaskId { fragment_id: state.fragment.id, task: task.id, attempt: task.attempt }),
                splits: task.splits.clone(),
                partition: task.partition,
                inputs,
                leaf,
            });
        }
        Ok(requests.into_iter().collect())
    }

    /// Where the rows of a completed fragment are, for the reader of a partition.
    async fn locations(&self, fragment_id: u32, partition: u32) -> Vec<InputLocation> {
        let state = &self.fragments[&fragment_id];
        let hashed = matches!(
            state.fragment.output.as_ref().and_then(|output| output.kind.as_ref()),
            Some(exchange::Kind::Hash(_))
        );
        let tasks = state.tasks.lock().await;
        let done = tasks.iter().filter_map(|task| task.done.as_ref().map(|address| (task, address)));
        done.map(|(task, address)| InputLocation {
            fragment_id,
            producer: Some(TaskId { fragment_id, task: task.id, attempt: task.attempt }),
            address: address.clone(),
            partition: if hashed { partition } else { 0 },
        })
        .collect()
    }
}

async fn pass_on(sink: &Sink, batch: Batch) -> Result<()> {
    // The reader has all it wants (a LIMIT): not a failure, but no reason to go on either.
    sink.send(Ok(batch)).await.map_err(|_| TreeError::Cancelled("the reader needs no more rows".into()))
}
