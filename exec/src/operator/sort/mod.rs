//! ORDER BY: every worker sorts a run of its own, and the runs are merged by their keys.

pub(crate) mod key;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use canopy_format::{BATCH_ROWS, Batch, DataType, Vector};
use canopy_proto::plan;
use futures::FutureExt;
use futures::future::BoxFuture;
use parking_lot::Mutex;

use self::key::{Direction, SortKeys, check_orderable};
use super::rows::concat_batches;
use super::{FragmentContext, required};
use crate::expression::{Layout, Program};
use crate::memory::Reservation;
use crate::pipeline::{Metrics, Sink, SinkWriter, Source, SourceReader, Work};
use crate::{ExecError, Result};

/// Compiled sort keys over an input.
pub(crate) struct SortPlan {
    program: Program,
    directions: Vec<Direction>,
    pub(super) types: Vec<DataType>,
}

impl SortPlan {
    /// # Errors
    /// [`ExecError::InvalidPlan`].
    pub(crate) fn new(keys: &[plan::SortKey], input: &Layout) -> Result<Arc<Self>> {
        let expressions = keys
            .iter()
            .map(|key| required(&key.expression, "expression of a sort key").cloned())
            .collect::<Result<Vec<_>>>()?;
        let program = Program::compile(&expressions, input)?;
        program.types().iter().try_for_each(check_orderable)?;
        let directions = keys
            .iter()
            .map(|key| Direction { descending: key.descending, nulls_last: key.nulls_last })
            .collect();
        let types = input.columns().iter().map(|(_, data_type)| data_type.clone()).collect();
        Ok(Arc::new(Self { program, directions, types }))
    }

    /// True without keys.
    pub(super) fn is_empty(&self) -> bool {
        self.directions.is_empty()
    }

    /// The keys of a batch's rows.
    pub(super) fn keys(&self, batch: &Batch, context: &FragmentContext) -> Result<SortKeys> {
        let columns = self.program.evaluate(batch, &context.evaluation)?;
        Ok(SortKeys::encode(&columns, &self.directions, batch.rows()))
    }
}

/// Sorts all rows.
pub(crate) struct SortSink {
    plan: Arc<SortPlan>,
    context: Arc<FragmentContext>,
    metrics: Arc<Metrics>,
    state: Mutex<State>,
    pub(crate) sorted: Arc<Mutex<Sorted>>,
}

#[derive(Default)]
struct State {
    batches: Vec<Batch>,
    keys: SortKeys,
    runs: Vec<Vec<u32>>,
    memory: Vec<Reservation>,
}

/// Rows and their order.
#[derive(Default)]
pub(crate) struct Sorted {
    pub(super) columns: Vec<Vector>,
    pub(super) order: Vec<u32>,
    pub(super) memory: Vec<Reservation>,
}

impl SortSink {
    pub(crate) fn new(
        plan: Arc<SortPlan>,
        context: Arc<FragmentContext>,
        metrics: Arc<Metrics>,
    ) -> Arc<Self> {
        Arc::new(Self { plan, context, metrics, state: Mutex::default(), sorted: Arc::default() })
    }

    /// One piece of work a column, and one for the order.
    fn arrange(self: &Arc<Self>) -> Vec<Work> {
        let batches = Arc::new(std::mem::take(&mut self.state.lock().batches));
        self.sorted.lock().columns =
            self.plan.types.iter().map(|data_type| Vector::nulls(data_type.clone(), 0)).collect();
        let mut work: Vec<Work> = Vec::new();
        let types = self.plan.types.clone();
        for (index, data_type) in types.into_iter().enumerate() {
            let (sink, batches) = (self.clone(), batches.clone());
            work.push(Box::new(move || {
                let parts: Vec<Vector> = batches.iter().map(|batch| batch.column(index).clone()).collect();
                let column = super::rows::concat_owned(&data_type, &parts);
                sink.sorted.lock().columns[index] = column;
                Ok(())
            }));
        }
        let sink = self.clone();
        work.push(Box::new(move || {
            let mut state = sink.state.lock();
            let runs = std::mem::take(&mut state.runs);
            let order = merge_runs(&state.keys, runs);
            let memory = std::mem::take(&mut state.memory);
            *state = State::default();
            let mut sorted = sink.sorted.lock();
            (sorted.order, sorted.memory) = (order, memory);
            Ok(())
        }));
        work
    }
}

/// Merges sorted runs pairwise.
pub(super) fn merge_runs(keys: &SortKeys, mut runs: Vec<Vec<u32>>) -> Vec<u32> {
    while runs.len() > 1 {
        let mut merged = Vec::with_capacity(runs.len().div_ceil(2));
        let mut left = runs.into_iter();
        while let Some(a) = left.next() {
            merged.push(match left.next() {
                Some(b) => merge_two(keys, &a, &b),
                None => a,
            });
        }
        runs = merged;
    }
    runs.pop().unwrap_or_default()
}

fn merge_two(keys: &SortKeys, a: &[u32], b: &[u32]) -> Vec<u32> {
    let mut out = Vec::with_capacity(a.len() + b.len());
    let (mut i, mut j) = (0, 0);
    while i < a.len() && j < b.len() {
        match keys.compare(a[i] as usize, keys, b[j] as usize).is_le() {
            true => {
                out.push(a[i]);
                i += 1;
            }
            false => {
                out.push(b[j]);
                j += 1;
            }
        }
    }
    out.extend_from_slice(&a[i..]);
    out.extend_from_slice(&b[j..]);
    out
}

impl Sink for SortSink {
    fn start(self: Arc<Self>) -> Result<Box<dyn SinkWriter>> {
        Ok(Box::new(Writer {
            memory: self.context.memory.reservation(&self.metrics.memory),
            sink: self,
            batches: Vec::new(),
            keys: SortKeys::default(),
        }))
    }

    fn finish(self: Arc<Self>, step: usize) -> Result<Vec<Work>> {
        Ok(if step == 0 { self.arrange() } else { Vec::new() })
    }
}

struct Writer {
    sink: Arc<SortSink>,
    batches: Vec<Batch>,
    keys: SortKeys,
    memory: Reservation,
}

impl SinkWriter for Writer {
    fn push(&mut self, batch: Batch) -> Result<()> {
        let batch = batch.compact();
        self.keys.append(&self.sink.plan.keys(&batch, &self.sink.context)?);
        self.memory.grow_by(batch.byte_size() * 2 + batch.rows() * 24)?;
        self.batches.push(batch);
        Ok(())
    }

    fn end(self: Box<Self>) -> Result<()> {
        if self.keys.len() == 0 {
            return Ok(());
        }
        let run = self.keys.sorted();
        let this = *self;
        let mut state = this.sink.state.lock();
        let base = state.keys.len();
        if u32::try_from(base + run.len()).is_err() {
            return Err(ExecError::Evaluation("too many rows to sort in one process".into()));
        }
        state.keys.append(&this.keys);
        state.runs.push(run.into_iter().map(|row| row + base as u32).collect());
        state.batches.extend(this.batches);
        state.memory.push(this.memory);
        Ok(())
    }
}

/// Hands out sorted rows, in order, to one worker.
pub(crate) struct SortedSource(pub(crate) Arc<Mutex<Sorted>>);

impl Source for SortedSource {
    fn parallelism(&self) -> usize {
        1
    }

    fn start(&self) -> Result<Box<dyn SourceReader>> {
        Ok(Box::new(SortedReader { sorted: std::mem::take(&mut *self.0.lock()), start: 0 }))
    }
}

struct SortedReader {
    sorted: Sorted,
    start: usize,
}

impl SortedReader {
    fn read(&mut self) -> Option<Batch> {
        let end = self.sorted.order.len().min(self.start + BATCH_ROWS);
        let rows = &self.sorted.order[self.start..end];
        self.start = end;
        let columns = self.sorted.columns.iter().map(|column| column.gather(rows)).collect();
        (!rows.is_empty()).then(|| Batch::new(columns, rows.len()))
    }
}

impl SourceReader for SortedReader {
    fn next(&mut self) -> BoxFuture<'_, Result<Option<Batch>>> {
        std::future::ready(Ok(self.read())).boxed()
    }
}

/// The rows of all batches with their keys, cut to the first `limit` in order.
pub(super) fn first_rows(
    types: &[DataType],
    batches: &[Batch],
    keys: &SortKeys,
    limit: usize,
) -> (Vec<Vector>, SortKeys) {
    let mut order = keys.sorted();
    order.truncate(limit);
    let columns = concat_batches(types, batches).iter().map(|column| column.gather(&order)).collect();
    (columns, keys.gather(&order))
}
