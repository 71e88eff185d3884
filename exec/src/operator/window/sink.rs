//! Keeps all rows, cuts them into parts by the hash of their partition keys, and computes each part.

use std::sync::Arc;

use canopy_format::{Batch, Vector};
use parking_lot::Mutex;

use super::order::{partitioned, row_order, sort_partitions};
use super::{FragmentContext, SortPlan, WindowPlan};
use crate::function::window::RowOrder;
use crate::memory::Reservation;
use crate::operator::key::EncodedKeys;
use crate::operator::results::Results;
use crate::operator::rows::concat_owned;
use crate::operator::sort::key::SortKeys;
use crate::operator::sort::merge_runs;
use crate::pipeline::{Metrics, Sink, SinkWriter, Work};
use crate::{ExecError, Result};

/// Fewer rows than this are one part; few in tests, so that they see several.
const ROWS_TO_SPLIT: usize = if cfg!(test) { 1 << 8 } else { 1 << 14 };
/// Bits of the hash that cut rows into parts.
const PART_BITS: u32 = 6;

pub(crate) struct WindowSink {
    plan: Arc<WindowPlan>,
    context: Arc<FragmentContext>,
    metrics: Arc<Metrics>,
    state: Mutex<State>,
    /// The rows with their windows' values, for the source that follows.
    pub(crate) results: Arc<Results>,
}

#[derive(Default)]
struct State {
    rows: Rows,
    /// Without partitions: each worker's rows in order.
    runs: Vec<Vec<u32>>,
    memory: Vec<Reservation>,
    columns: Vec<Vector>,
    parts: Vec<Part>,
    /// Where there is one part: its columns as they become ready.
    finished: Vec<Option<Vector>>,
}

/// Rows with their keys.
#[derive(Default)]
struct Rows {
    batches: Vec<Batch>,
    partition: Option<EncodedKeys>,
    orders: Vec<SortKeys>,
    count: usize,
}

/// Rows of some partitions, in order.
#[derive(Default)]
struct Part {
    /// Positions among all rows.
    rows: Vec<u32>,
    /// One for each of the plan's orders.
    orders: Vec<RowOrder>,
}

/// What the pieces of work on parts share.
struct Shared {
    columns: Vec<Vector>,
    parts: Vec<Part>,
    _memory: Vec<Reservation>,
}

impl WindowSink {
    pub(crate) fn new(
        plan: Arc<WindowPlan>,
        context: Arc<FragmentContext>,
        metrics: Arc<Metrics>,
    ) -> Arc<Self> {
        Arc::new(Self { plan, context, metrics, state: Mutex::default(), results: Arc::default() })
    }

    fn reservation(&self) -> Reservation {
        self.context.memory.reservation(&self.metrics.memory)
    }

    /// One piece of work a column that is kept, and one a part for its order.
    fn arrange(self: &Arc<Self>) -> Vec<Work> {
        let mut state = self.state.lock();
        let rows = std::mem::take(&mut state.rows);
        if rows.count == 0 {
            return Vec::new();
        }
        let types = &self.plan.kept_types;
        state.columns = types.iter().map(|data_type| Vector::nulls(data_type.clone(), 0)).collect();
        let mut work: Vec<Work> = Vec::new();
        let batches = Arc::new(rows.batches);
        for (index, data_type) in types.iter().cloned().enumerate() {
            let (sink, batches) = (self.clone(), batches.clone());
            work.push(Box::new(move || {
                let parts: Vec<Vector> = batches.iter().map(|batch| batch.column(index).clone()).collect();
                let column = concat_owned(&data_type, &parts);
                sink.state.lock().columns[index] = column;
                Ok(())
            }));
        }
        let orders = Arc::new(rows.orders);
        let Some(keys) = rows.partition else {
            let runs = std::mem::take(&mut state.runs);
            state.parts.push(Part::default());
            let sink = self.clone();
            work.push(Box::new(move || {
                let order = merge_runs(&orders[0], runs);
                let partitions = [0, order.len() as u32];
                let part = sink.part(order, &partitions, &orders);
                sink.state.lock().parts[0] = part;
                Ok(())
            }));
            return work;
        };
        let cut = cut(&keys, rows.count);
        state.parts.resize_with(cut.len(), Part::default);
        let keys = Arc::new(keys);
        for (index, rows) in cut.into_iter().enumerate() {
            let (sink, keys, orders) = (self.clone(), keys.clone(), orders.clone());
            work.push(Box::new(move || {
                sink.context.cancel.check()?;
                let Some((_, layout)) = &sink.plan.partition else { return Ok(()) };
                let (mut order, partitions) = partitioned(layout, &keys, &rows);
                sort_partitions(&orders[0], &mut order, &partitions);
                let part = sink.part(order, &partitions, &orders);
                sink.state.lock().parts[index] = part;
                Ok(())
            }));
        }
        work
    }

    fn part(&self, rows: Vec<u32>, partitions: &[u32], orders: &[SortKeys]) -> Part {
        let order = |(plan, keys): (&Arc<SortPlan>, &SortKeys)| {
            row_order((!plan.is_empty()).then_some(keys), &rows, partitions)
        };
        let orders = self.plan.orders.iter().zip(orders).map(order).collect();
        Part { rows, orders }
    }

    /// One piece of work a part; of a single part one a column.
    fn compute(self: &Arc<Self>) -> Vec<Work> {
        let mut state = self.state.lock();
        let shared = Arc::new(Shared {
            columns: std::mem::take(&mut state.columns),
            parts: std::mem::take(&mut state.parts),
            _memory: std::mem::take(&mut state.memory),
        });
        let count = self.plan.output.len();
        if shared.parts.len() == 1 && count > 0 {
            state.finished = vec![None; count];
            let piece = |index: usize| {
                let (sink, shared) = (self.clone(), shared.clone());
                Box::new(move || {
                    let mut memory = sink.reservation();
                    let column = sink.column(&shared, &shared.parts[0], index, &mut memory)?;
                    let mut state = sink.state.lock();
                    state.finished[index] = Some(column);
                    state.memory.push(memory);
                    Ok(())
                }) as Work
            };
            return (0..count).map(piece).collect();
        }
        let piece = |index: usize| {
            let (sink, shared) = (self.clone(), shared.clone());
            Box::new(move || {
                let part = &shared.parts[index];
                let mut columns = Vec::with_capacity(sink.plan.output.len());
                let mut memory = sink.reservation();
                for index in 0..sink.plan.output.len() {
                    columns.push(sink.column(&shared, part, index, &mut memory)?);
                }
                memory.grow_to(columns.iter().map(Vector::byte_size).sum())?;
                sink.results.add(columns, part.rows.len(), memory);
                Ok(())
            }) as Work
        };
        (0..shared.parts.len()).map(piece).collect()
    }

    /// Returns one output column of a part.
    fn column(&self, shared: &Shared, part: &Part, index: usize, memory: &mut Reservation) -> Result<Vector> {
        let kept = |slot: usize| shared.columns[slot].gather(&part.rows);
        match index.checked_sub(self.plan.input_count) {
            None => {
                let column = kept(index);
                memory.grow_by(column.byte_size())?;
                Ok(column)
            }
            Some(call) => {
                self.plan.evaluate(&self.plan.calls[call], &part.orders, &kept, &self.context, memory)
            }
        }
    }

    /// Puts the columns of a single part together.
    fn gather(&self) -> Result<()> {
        let mut state = self.state.lock();
        let columns: Vec<Vector> = std::mem::take(&mut state.finished).into_iter().flatten().collect();
        let Some(rows) = columns.first().map(Vector::len) else { return Ok(()) };
        let mut memory = self.reservation();
        std::mem::take(&mut state.memory).into_iter().for_each(|other| memory.absorb(other));
        self.results.add(columns, rows, memory);
        Ok(())
    }
}

/// The rows by the top bits of their hash; all together where they are few.
fn cut(keys: &EncodedKeys, count: usize) -> Vec<Vec<u32>> {
    if count < ROWS_TO_SPLIT {
        return vec![(0..count as u32).collect()];
    }
    let mut parts = vec![Vec::new(); 1 << PART_BITS];
    for (row, &hash) in keys.hashes.iter().enumerate() {
        // A NULL key stands apart from the hashes: all such rows must meet.
        let null = keys.nulls.as_ref().is_some_and(|nulls| nulls[row]);
        let part = if null { 0 } else { (hash >> (64 - PART_BITS)) as usize };
        parts[part].push(row as u32);
    }
    parts.retain(|rows| !rows.is_empty());
    parts
}

impl Sink for WindowSink {
    fn start(self: Arc<Self>) -> Result<Box<dyn SinkWriter>> {
        Ok(Box::new(Writer { memory: self.reservation(), rows: Rows::default(), sink: self }))
    }

    fn finish(self: Arc<Self>, step: usize) -> Result<Vec<Work>> {
        match step {
            0 => Ok(self.arrange()),
            1 => Ok(self.compute()),
            2 => {
                self.gather()?;
                Ok(Vec::new())
            }
            _ => Ok(Vec::new()),
        }
    }
}

struct Writer {
    sink: Arc<WindowSink>,
    rows: Rows,
    memory: Reservation,
}

impl Rows {
    /// Adds the rows of another worker.
    fn append(&mut self, other: Rows) {
        match (&mut self.partition, other.partition) {
            (Some(mine), Some(theirs)) => mine.append(&theirs),
            (mine, theirs) => *mine = mine.take().or(theirs),
        }
        match self.orders.is_empty() {
            true => self.orders = other.orders,
            false => self.orders.iter_mut().zip(&other.orders).for_each(|(mine, other)| mine.append(other)),
        }
        self.batches.extend(other.batches);
        self.count += other.count;
    }
}

impl SinkWriter for Writer {
    fn push(&mut self, batch: Batch) -> Result<()> {
        let (plan, context) = (&self.sink.plan, &self.sink.context);
        let batch = batch.compact();
        let rows = batch.rows();
        let mut keys_bytes = 0;
        let partition = match &plan.partition {
            Some((program, layout)) => {
                let keys = layout.encode(&program.evaluate(&batch, &context.evaluation)?, rows);
                keys_bytes += keys.byte_size();
                Some(keys)
            }
            None => None,
        };
        let orders =
            plan.orders.iter().map(|order| order.keys(&batch, context)).collect::<Result<Vec<_>>>()?;
        keys_bytes += orders.iter().map(SortKeys::byte_size).sum::<usize>();
        let computed = plan.computed.evaluate(&batch, &context.evaluation)?;
        let mut columns = batch.into_columns();
        columns.extend(computed);
        let batch = Batch::new(columns, rows);
        // The rows as they come and put together, their keys, and their place in the order.
        self.memory.grow_by(batch.byte_size() * 2 + keys_bytes + rows * 16)?;
        self.rows.append(Rows { batches: vec![batch], partition, orders, count: rows });
        Ok(())
    }

    fn end(self: Box<Self>) -> Result<()> {
        let this = *self;
        if this.rows.count == 0 {
            return Ok(());
        }
        let run = this.sink.plan.partition.is_none().then(|| this.rows.orders[0].sorted());
        let mut state = this.sink.state.lock();
        let base = state.rows.count;
        if u32::try_from(base + this.rows.count).is_err() {
            return Err(ExecError::Evaluation("too many rows for a window in one process".into()));
        }
        state.runs.extend(run.map(|run| run.into_iter().map(|row| row + base as u32).collect()));
        state.rows.append(this.rows);
        state.memory.push(this.memory);
        Ok(())
    }
}
