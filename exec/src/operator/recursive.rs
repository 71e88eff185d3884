//! WITH RECURSIVE: the base's rows, then what the step makes of the rows before, until it makes none
//! (semi-naive evaluation: Bancilhon and Ramakrishnan, "An Amateur's Introduction to Recursive Query
//! Processing Strategies", SIGMOD 1986).
//!
//! Each iteration is a run of its own: the step is compiled anew over the rows of the iteration before, and its
//! pipelines run on all workers while the source waits. Rows of other fragments come once and are kept.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use canopy_format::Batch;
use canopy_proto::plan::{self, operator::Kind};
use futures::FutureExt;
use futures::future::BoxFuture;
use parking_lot::Mutex;
use tokio::sync::mpsc;

use super::aggregate::table::GroupTable;
use super::compile::Compiler;
use super::key::KeyLayout;
use super::{Columns, FragmentContext, column, required, validate};
use crate::memory::Reservation;
use crate::pipeline::{Metrics, Source, SourceReader};
use crate::run::FragmentInput;
use crate::{ExecError, Result};

/// Most iterations, as in BigQuery.
const ITERATIONS_MAX: usize = 500;
/// Batches between the pipelines of an iteration and the source.
const CHANNEL_BATCHES: usize = 4;

/// A validated recursion.
pub(crate) struct RecursivePlan {
    base: plan::Operator,
    step: plan::Operator,
    /// What reads of the iteration before name.
    recursion_id: u32,
    pub(crate) columns: Columns,
    /// Of UNION DISTINCT: how rows are told apart.
    distinct: Option<KeyLayout>,
}

impl RecursivePlan {
    /// # Errors
    /// [`ExecError::InvalidPlan`].
    pub(crate) fn new(message: &plan::Recursive) -> Result<Self> {
        let columns = message.columns.iter().map(column).collect::<Result<Columns>>()?;
        let types = columns.iter().map(|(_, data_type)| data_type.clone()).collect();
        Ok(Self {
            base: (**required(&message.base, "base of a recursion")?).clone(),
            step: (**required(&message.step, "step of a recursion")?).clone(),
            recursion_id: message.recursion_id,
            distinct: message.distinct.then(|| KeyLayout::for_groups(types)).transpose()?,
            columns,
        })
    }

    /// The fragments whose rows the recursion reads.
    pub(crate) fn reads(&self) -> Result<Vec<u32>> {
        let mut reads = Vec::new();
        let mut left = vec![&self.base, &self.step];
        while let Some(operator) = left.pop() {
            if let Some(Kind::ExchangeRead(read)) = &operator.kind {
                reads.push(read.fragment_id);
            }
            left.extend(validate::inputs(operator)?);
        }
        Ok(reads)
    }
}

/// The rows of a recursion.
pub(crate) struct RecursiveSource {
    plan: Arc<RecursivePlan>,
    context: Arc<FragmentContext>,
    metrics: Arc<Metrics>,
    /// The rows of other fragments, until the one reader takes them.
    inputs: Mutex<HashMap<u32, FragmentInput>>,
    /// The rows before of the recursions around this one, likewise.
    outer: HashMap<u32, Arc<Vec<Batch>>>,
}

impl RecursiveSource {
    pub(crate) fn new(
        plan: RecursivePlan,
        context: Arc<FragmentContext>,
        metrics: Arc<Metrics>,
        inputs: HashMap<u32, FragmentInput>,
        outer: HashMap<u32, Arc<Vec<Batch>>>,
    ) -> Self {
        Self { plan: Arc::new(plan), context, metrics, inputs: Mutex::new(inputs), outer }
    }
}

impl Source for RecursiveSource {
    fn parallelism(&self) -> usize {
        1
    }

    fn start(&self) -> Result<Box<dyn SourceReader>> {
        Ok(Box::new(Reader {
            plan: self.plan.clone(),
            context: self.context.clone(),
            inputs: std::mem::take(&mut *self.inputs.lock()),
            kept: HashMap::new(),
            rows_before: self.outer.clone(),
            seen: self.plan.distinct.clone().map(GroupTable::new),
            iterations: None,
            ready: VecDeque::new(),
            memory: self.context.memory.reservation(&self.metrics.memory),
        }))
    }
}

struct Reader {
    plan: Arc<RecursivePlan>,
    context: Arc<FragmentContext>,
    inputs: HashMap<u32, FragmentInput>,
    /// The rows of other fragments.
    kept: HashMap<u32, Vec<Batch>>,
    /// The rows of the iteration before, by recursion.
    rows_before: HashMap<u32, Arc<Vec<Batch>>>,
    seen: Option<GroupTable>,
    /// Steps run so far; None before the base, and past the end [`ITERATIONS_MAX`] and more.
    iterations: Option<usize>,
    ready: VecDeque<Batch>,
    memory: Reservation,
}

impl Reader {
    async fn advance(&mut self) -> Result<Option<Batch>> {
        loop {
            if let Some(batch) = self.ready.pop_front() {
                return Ok(Some(batch));
            }
            let Some(rows) = self.iterate().await? else { return Ok(None) };
            self.rows_before.insert(self.plan.recursion_id, Arc::new(rows.clone()));
            self.ready = rows.into();
        }
    }

    /// Returns the rows of the next iteration; None when there are none.
    async fn iterate(&mut self) -> Result<Option<Vec<Batch>>> {
        let root = match self.iterations {
            None => {
                self.keep_inputs().await?;
                self.iterations = Some(0);
                self.plan.base.clone()
            }
            // The end was seen.
            Some(usize::MAX) => return Ok(None),
            Some(count) => {
                self.iterations = Some(count + 1);
                self.plan.step.clone()
            }
        };
        let rows = self.run(root).await?;
        let rows = self.fresh(rows)?;
        match (rows.is_empty(), self.iterations) {
            (true, _) => {
                self.iterations = Some(usize::MAX);
                Ok(None)
            }
            (false, Some(count)) if count > ITERATIONS_MAX => Err(ExecError::Evaluation(format!(
                "A recursive CTE has reached the maximum number of iterations: {ITERATIONS_MAX}"
            ))),
            (false, _) => Ok(Some(rows)),
        }
    }

    /// Takes in the rows of other fragments: each iteration reads them again.
    async fn keep_inputs(&mut self) -> Result<()> {
        for (id, mut input) in std::mem::take(&mut self.inputs) {
            let mut batches = Vec::new();
            while let Some(batch) = input.recv().await {
                let batch = batch?.compact();
                self.memory.grow_by(batch.byte_size())?;
                batches.push(batch);
            }
            self.kept.insert(id, batches);
        }
        Ok(())
    }

    /// Runs operators as a fragment of their own, and returns its rows.
    async fn run(&mut self, root: plan::Operator) -> Result<Vec<Batch>> {
        self.context.cancel.check()?;
        let context = Arc::new(self.context.afresh());
        let inputs = self.kept.iter().map(|(id, batches)| (*id, replay(batches))).collect();
        let (sender, mut receiver) = mpsc::channel(CHANNEL_BATCHES);
        let mut compiler = Compiler::new(context.clone(), Vec::new(), inputs);
        compiler.rows_before = self.rows_before.clone();
        compiler.fragment(&plan::Fragment { root: Some(root), ..plan::Fragment::default() }, sender)?;
        // The channel ends with the graph, which holds its sender.
        let mut graph = compiler.graph;
        let cancel = context.cancel.child();
        let run = async move { graph.run(&context.queue, context.workers, &cancel).await };
        let columns = &self.plan.columns;
        let memory = &mut self.memory;
        let gather = async move {
            let mut rows = Vec::new();
            while let Some(output) = receiver.recv().await {
                let batch = output?.batch;
                check(&batch, columns)?;
                if batch.rows() > 0 {
                    memory.grow_by(batch.byte_size())?;
                    rows.push(batch);
                }
            }
            Ok::<_, ExecError>(rows)
        };
        let (ran, rows) = futures::join!(run, gather);
        // What failed in the pipelines says more than the channel that broke.
        ran?;
        rows
    }

    /// Of UNION DISTINCT, the rows that no iteration had.
    fn fresh(&mut self, rows: Vec<Batch>) -> Result<Vec<Batch>> {
        let (Some(seen), Some(layout)) = (&mut self.seen, &self.plan.distinct) else { return Ok(rows) };
        let mut fresh = Vec::with_capacity(rows.len());
        for batch in rows {
            self.context.cancel.check()?;
            let keys = layout.encode(batch.columns(), batch.rows());
            let mut kept = Vec::new();
            for row in 0..batch.rows() {
                let known = seen.len();
                seen.find_one(&keys, row);
                if seen.len() > known {
                    kept.push(row as u32);
                }
            }
            if !kept.is_empty() {
                let columns = batch.columns().iter().map(|column| column.gather(&kept)).collect();
                fresh.push(Batch::new(columns, kept.len()));
            }
        }
        self.memory.grow_by(fresh.iter().map(Batch::byte_size).sum())?;
        Ok(fresh)
    }
}

/// Returns a channel that gives these batches.
pub(super) fn replay(batches: &[Batch]) -> FragmentInput {
    let (sender, receiver) = mpsc::channel(batches.len().max(1));
    for batch in batches {
        // The channel has room for all.
        let _ = sender.try_send(Ok(batch.clone()));
    }
    receiver
}

fn check(batch: &Batch, columns: &Columns) -> Result<()> {
    let types = batch.columns().iter().map(|column| column.data_type());
    match types.eq(columns.iter().map(|(_, data_type)| data_type)) {
        true => Ok(()),
        false => Err(ExecError::InvalidPlan("a recursion's base or step has other columns".into())),
    }
}

impl SourceReader for Reader {
    fn next(&mut self) -> BoxFuture<'_, Result<Option<Batch>>> {
        self.advance().boxed()
    }
}
