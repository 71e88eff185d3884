//! Running fragments: the door that the tree knocks at.
//!
//! An [`Executor`] is a process's workers and memory. [`Executor::run`] validates a fragment, compiles
//! it into pipelines and starts them; rows come out of the handle's channel while it runs.

mod handle;

use std::collections::HashMap;
use std::sync::{Arc, Weak};

use canopy_format::Batch;
use canopy_proto::plan;
use canopy_storage::ObjectStore;
use parking_lot::Mutex;
use tokio::sync::mpsc;

pub use handle::{Finished, FragmentHandle, Progress};

use crate::Result;
use crate::expression::EvalContext;
use crate::memory::MemoryBudget;
use crate::operator::FragmentContext;
use crate::operator::compile::Compiler;
use crate::operator::validate::validate;
use crate::worker::{CancelToken, Queue, WorkerPool};

/// Batches that wait between a fragment and its reader before the fragment parks.
pub const CHANNEL_BATCHES: usize = 8;

/// What an executor may use.
#[derive(Debug, Clone)]
pub struct ExecutorOptions {
    /// Worker threads for computing.
    pub threads: usize,
    /// Bytes for all queries together, and the default of one.
    pub memory_limit_bytes: u64,
    /// Where reads and timers run.
    pub io: tokio::runtime::Handle,
}

/// Some stripes of one file of a scan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Split {
    /// The scan.
    pub operator_id: u32,
    /// Which of the scan's files.
    pub file_index: u32,
    /// First stripe.
    pub first_stripe: u32,
    /// Number of stripes; those past the file's end do not exist.
    pub stripe_count: u32,
}

/// The rows of one input fragment.
pub type FragmentInput = mpsc::Receiver<Result<Batch>>;

/// One task of a fragment, with all it needs.
pub struct FragmentRun {
    /// Time, seed and budget of the query. Tasks with one query id share budget and turns.
    pub context: plan::QueryContext,
    /// The fragment; hostile until validated.
    pub fragment: plan::Fragment,
    /// What to read of the partitioned scan. A scan without splits reads all its files.
    pub splits: Vec<Split>,
    /// The rows of each fragment that an ExchangeRead names.
    pub inputs: HashMap<u32, FragmentInput>,
    /// Where the scans' files are.
    pub store: Arc<dyn ObjectStore>,
    /// Which task of its fragment this is, from 0: rows are numbered differently in each.
    pub task: u32,
    /// Stops the task.
    pub cancel: CancelToken,
}

/// Rows that leave a fragment.
#[derive(Debug, Clone)]
pub struct OutputBatch {
    /// The hash partition; 0 for gather and broadcast.
    pub partition: u32,
    /// The rows, without a selection.
    pub batch: Batch,
}

/// Worker threads and memory of one process.
pub struct Executor {
    pool: WorkerPool,
    memory: Arc<MemoryBudget>,
    io: tokio::runtime::Handle,
    queries: Mutex<HashMap<String, Weak<Query>>>,
}

/// What all tasks of one query in this process share.
struct Query {
    queue: Arc<Queue>,
    memory: Arc<MemoryBudget>,
}

impl Executor {
    /// Returns an executor with its threads started.
    pub fn new(options: ExecutorOptions) -> Arc<Self> {
        Arc::new(Self {
            pool: WorkerPool::new(options.threads),
            memory: MemoryBudget::new(options.memory_limit_bytes),
            io: options.io,
            queries: Mutex::default(),
        })
    }

    /// Starts a fragment. Whatever goes wrong, an invalid fragment too, comes through the handle.
    pub fn run(self: &Arc<Self>, mut run: FragmentRun) -> FragmentHandle {
        let (output, receiver) = mpsc::channel(CHANNEL_BATCHES);
        let progress = Arc::new(Progress::default());
        let query = self.query(&run.context);
        // A failure stops this task's workers, not others that share the caller's token.
        let cancel = run.cancel.child();
        run.cancel = cancel.clone();
        let task = execute(self.clone(), query, run, output.clone(), progress.clone());
        let finished = Finished::supervise(&self.io, cancel, output, task);
        FragmentHandle { output: receiver, finished, progress }
    }

    /// Bytes that all queries hold now.
    pub fn memory_used(&self) -> u64 {
        self.memory.used()
    }

    fn query(&self, context: &plan::QueryContext) -> Arc<Query> {
        let mut queries = self.queries.lock();
        if let Some(query) = queries.get(&context.query_id).and_then(Weak::upgrade) {
            return query;
        }
        queries.retain(|_, query| query.strong_count() > 0);
        let limit = match context.memory_limit_bytes {
            0 => self.memory.limit(),
            limit => limit,
        };
        let query = Arc::new(Query { queue: self.pool.queue(), memory: self.memory.child(limit) });
        queries.insert(context.query_id.clone(), Arc::downgrade(&query));
        query
    }
}

/// Validates, compiles and runs a task.
async fn execute(
    executor: Arc<Executor>,
    query: Arc<Query>,
    run: FragmentRun,
    output: mpsc::Sender<Result<OutputBatch>>,
    progress: Arc<Progress>,
) -> Result<Vec<plan::OperatorProfile>> {
    let cancel = run.cancel.clone();
    cancel.check()?;
    validate(&run.fragment)?;
    let context = Arc::new(FragmentContext {
        evaluation: EvalContext::new(&run.context, cancel.clone())?,
        cancel: cancel.clone(),
        memory: query.memory.clone(),
        io: executor.io.clone(),
        store: run.store,
        progress,
        runtime_filters: Default::default(),
        task: run.task,
        queue: query.queue.clone(),
        workers: executor.pool.threads(),
    });
    let mut compiler = Compiler::new(context, run.splits, run.inputs);
    compiler.fragment(&run.fragment, output)?;
    let mut graph = compiler.graph;
    graph.run(&query.queue, executor.pool.threads(), &cancel).await?;
    Ok(graph.profiles())
}

/// Returns the fragment that a mixer runs for `fragment`: its `mixer` operator over an input that has
/// the fragment's own id. None when rows pass through unchanged.
pub fn mixer_fragment(fragment: &plan::Fragment) -> Option<plan::Fragment> {
    Some(plan::Fragment {
        id: fragment.id,
        root: Some(fragment.mixer.clone()?),
        placement: plan::Placement::Single as i32,
        output: Some(plan::Exchange { kind: Some(plan::exchange::Kind::Gather(plan::Gather {})) }),
        mixer: None,
        partition_count: 0,
    })
}
