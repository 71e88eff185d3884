//! One query at the root: its fragments' state, its last fragment, and what comes back to the client.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use canopy_exec::{CancelToken, ExecError, Executor, FragmentRun};
use canopy_format::Batch;
use canopy_proto::plan::{Broadcast, Exchange, Fragment, OperatorProfile, Plan, QueryContext, exchange};
use canopy_storage::ObjectStore;
use futures::FutureExt;
use parking_lot::Mutex;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinSet;

use super::stage::TaskState;
use super::topology::Topology;
use super::{ExecuteOptions, Progress, QueryHandle, QuerySummary, StageSummary, exchange_inputs};
use crate::{Result, TreeError};

/// Batches in flight between the root's fragment and the client, and into each of its inputs.
const BATCHES_IN_FLIGHT: usize = 8;

/// One fragment below the root's.
pub(super) struct FragmentState {
    pub(super) fragment: Fragment,
    pub(super) inputs: Vec<u32>,
    /// Its rows are kept by the tasks; otherwise they are streamed to the root.
    pub(super) kept: bool,
    /// Made when the fragment is first needed; held while it is completed.
    pub(super) tasks: tokio::sync::Mutex<Vec<TaskState>>,
}

/// A running query.
pub(super) struct QueryRun {
    pub(super) topology: Arc<Topology>,
    pub(super) context: QueryContext,
    pub(super) fragments: BTreeMap<u32, FragmentState>,
    pub(super) deadline: Option<Instant>,
    pub(super) progress: Arc<Progress>,
    pub(super) retried: AtomicU32,
    /// The first failure, with its class; channels into the executor carry only its text.
    pub(super) failure: Mutex<Option<TreeError>>,
    /// Servers that may keep something of this query.
    pub(super) used: Mutex<BTreeSet<String>>,
    pub(super) stages: Mutex<Vec<StageSummary>>,
    profiles: Mutex<BTreeMap<u32, OperatorProfile>>,
}

pub(super) fn start(
    executor: Arc<Executor>,
    store: Arc<dyn ObjectStore>,
    topology: Arc<Topology>,
    plan: Plan,
    options: ExecuteOptions,
) -> Result<QueryHandle> {
    let context = plan.context.unwrap_or_default();
    let mut fragments = plan.fragments;
    let last = fragments.pop().ok_or_else(|| TreeError::Bug("plan without fragments".into()))?;
    let progress = Arc::new(Progress::default());
    let run = Arc::new(QueryRun {
        topology,
        context,
        fragments: states(fragments, &last)?,
        deadline: options.timeout.map(|timeout| Instant::now() + timeout),
        progress: progress.clone(),
        retried: AtomicU32::new(0),
        failure: Mutex::new(None),
        used: Mutex::default(),
        stages: Mutex::default(),
        profiles: Mutex::default(),
    });
    let (client, batches) = mpsc::channel(BATCHES_IN_FLIGHT);
    let (report, summary) = oneshot::channel();
    tokio::spawn(async move {
        let outcome = tokio::select! {
            outcome = run.clone().drive(executor, store, last, &client) => outcome,
            _ = client.closed() => Err(TreeError::Cancelled("the client went away".into())),
        };
        let summary = run.summary();
        match outcome {
            Ok(()) => drop(report.send(summary)),
            Err(error) => drop(client.send(Err(error)).await),
        }
        run.release().await;
    });
    Ok(QueryHandle { batches, progress, summary })
}

/// The state of every fragment below `last`: which are kept, and what each reads.
fn states(fragments: Vec<Fragment>, last: &Fragment) -> Result<BTreeMap<u32, FragmentState>> {
    let mut readers: HashMap<u32, Vec<u32>> = HashMap::new();
    for fragment in fragments.iter().chain([last]) {
        for input in exchange_inputs(fragment) {
            readers.entry(input).or_default().push(fragment.id);
        }
    }
    let known: BTreeSet<u32> = fragments.iter().map(|fragment| fragment.id).collect();
    if let Some(unknown) = readers.keys().find(|input| !known.contains(input)) {
        return Err(TreeError::Bug(format!("plan reads fragment {unknown}, which does not stand before it")));
    }
    let state = |mut fragment: Fragment| {
        let inputs = exchange_inputs(&fragment);
        let gathers = !matches!(
            fragment.output.as_ref().and_then(|output| output.kind.as_ref()),
            Some(exchange::Kind::Hash(_) | exchange::Kind::Broadcast(_))
        );
        let kept = !gathers || readers.get(&fragment.id).is_none_or(|r| r.as_slice() != [last.id]);
        if kept && gathers {
            fragment.output = Some(Exchange { kind: Some(exchange::Kind::Broadcast(Broadcast {})) });
            fragment.mixer = None;
        }
        (fragment.id, FragmentState { fragment, inputs, kept, tasks: tokio::sync::Mutex::default() })
    };
    Ok(fragments.into_iter().map(state).collect())
}

impl QueryRun {
    /// Runs the last fragment over its inputs and hands its rows to the client.
    async fn drive(
        self: Arc<Self>,
        executor: Arc<Executor>,
        store: Arc<dyn ObjectStore>,
        last: Fragment,
        client: &mpsc::Sender<Result<Batch>>,
    ) -> Result<()> {
        let mut feeders = JoinSet::new();
        let mut inputs = HashMap::new();
        for input in exchange_inputs(&last) {
            let (sender, receiver) = mpsc::channel(BATCHES_IN_FLIGHT);
            inputs.insert(input, receiver);
            feeders.spawn(self.clone().feed(input, sender));
        }
        let token = CancelToken::new();
        let _cancel = CancelOnDrop(token.clone());
        let mut handle = executor.run(FragmentRun {
            context: self.context.clone(),
            fragment: last,
            splits: Vec::new(),
            inputs,
            store,
            task: 0,
            cancel: token,
        });
        let finished = async {
            while let Some(output) = handle.output.recv().await {
                if client.send(Ok(output?.batch)).await.is_err() {
                    return Err(ExecError::Cancelled("the client went away".into()));
                }
            }
            handle.finished.await
        };
        let outcome = match self.remaining() {
            None => finished.await,
            Some(left) => match tokio::time::timeout(left, finished).await {
                Ok(outcome) => outcome,
                Err(_) => return Err(TreeError::Cancelled("the query's deadline passed".into())),
            },
        };
        match outcome {
            Ok(profiles) => self.add_profiles(&profiles),
            // A failed input is the better reason.
            Err(error) => return Err(self.failure.lock().take().unwrap_or_else(|| error.into())),
        }
        Ok(())
    }

    /// Feeds one input of the last fragment; a failure is noted and sent on.
    async fn feed(self: Arc<Self>, input: u32, sender: mpsc::Sender<std::result::Result<Batch, ExecError>>) {
        let fed = async {
            if self.fragments[&input].kept {
                self.fetch_kept(input, &sender).await
            } else {
                self.stream(input, &sender).await
            }
        };
        // A sender that is dropped without a word means the end of the rows.
        let outcome = AssertUnwindSafe(fed)
            .catch_unwind()
            .await
            .unwrap_or_else(|_| Err(TreeError::Bug(format!("feeding fragment {input}'s rows panicked"))));
        if let Err(error) = outcome {
            self.failure.lock().get_or_insert(error.clone());
            let _ = sender.send(Err(error.into())).await;
        }
    }

    /// Time left; None without a deadline.
    pub(super) fn remaining(&self) -> Option<Duration> {
        self.deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()))
    }

    /// Adds what operators of finished tasks did.
    pub(super) fn add_profiles(&self, profiles: &[OperatorProfile]) {
        let mut sums = self.profiles.lock();
        for profile in profiles {
            let sum = sums.entry(profile.operator_id).or_insert_with(|| OperatorProfile {
                operator_id: profile.operator_id,
                name: profile.name.clone(),
                ..Default::default()
            });
            sum.rows_out += profile.rows_out;
            sum.batches_out += profile.batches_out;
            sum.cpu_ns += profile.cpu_ns;
            sum.peak_memory_bytes = sum.peak_memory_bytes.max(profile.peak_memory_bytes);
            sum.bytes_processed += profile.bytes_processed;
            sum.bytes_fetched += profile.bytes_fetched;
            sum.rows_scanned += profile.rows_scanned;
            sum.blocks_skipped += profile.blocks_skipped;
            sum.blocks_read += profile.blocks_read;
            sum.runtime_filter_rows_dropped += profile.runtime_filter_rows_dropped;
            sum.spilled_bytes += profile.spilled_bytes;
        }
    }

    fn summary(&self) -> QuerySummary {
        QuerySummary {
            profiles: self.profiles.lock().values().cloned().collect(),
            stages: self.stages.lock().clone(),
            tasks_retried: self.retried.load(Ordering::Relaxed),
        }
    }

    /// Lets the servers forget the query. One that does not answer forgets by itself when it stops.
    async fn release(&self) {
        let used = std::mem::take(&mut *self.used.lock());
        for address in used {
            let Ok(worker) = self.topology.worker(&address) else { continue };
            let release = worker.release_query(&self.context.query_id);
            if let Ok(Err(error)) = tokio::time::timeout(Duration::from_secs(2), release).await {
                tracing::debug!(%address, %error, "could not release query");
            }
        }
    }
}

/// Cancels the root's own fragment when the query ends early.
struct CancelOnDrop(CancelToken);

impl Drop for CancelOnDrop {
    fn drop(&mut self) {
        self.0.cancel("the query ended");
    }
}
