//! ORDER BY with LIMIT: every worker keeps its first rows and drops at once what cannot be among them.

use std::sync::Arc;

use canopy_format::{Batch, Selection};
use parking_lot::Mutex;

use super::FragmentContext;
use super::sort::key::SortKeys;
use super::sort::{SortPlan, Sorted, first_rows};
use crate::Result;
use crate::memory::Reservation;
use crate::pipeline::{Metrics, Sink, SinkWriter, Work};

/// Rows that pile up beyond the wanted ones before they are cut down again.
const SLACK_ROWS: usize = 8192;

pub(crate) struct TopNSink {
    plan: Arc<SortPlan>,
    offset: usize,
    /// Offset and limit together.
    wanted: usize,
    context: Arc<FragmentContext>,
    metrics: Arc<Metrics>,
    state: Mutex<(Vec<Batch>, SortKeys, Vec<Reservation>)>,
    pub(crate) sorted: Arc<Mutex<Sorted>>,
}

impl TopNSink {
    pub(crate) fn new(
        plan: Arc<SortPlan>,
        limit: u64,
        offset: u64,
        context: Arc<FragmentContext>,
        metrics: Arc<Metrics>,
    ) -> Arc<Self> {
        Arc::new(Self {
            plan,
            offset: usize::try_from(offset).unwrap_or(usize::MAX),
            wanted: usize::try_from(limit.saturating_add(offset)).unwrap_or(usize::MAX),
            context,
            metrics,
            state: Mutex::default(),
            sorted: Arc::default(),
        })
    }
}

impl Sink for TopNSink {
    fn start(self: Arc<Self>) -> Result<Box<dyn SinkWriter>> {
        Ok(Box::new(Writer {
            memory: self.context.memory.reservation(&self.metrics.memory),
            sink: self,
            batches: Vec::new(),
            keys: SortKeys::default(),
            threshold: None,
        }))
    }

    fn finish(self: Arc<Self>, step: usize) -> Result<Vec<Work>> {
        if step > 0 {
            return Ok(Vec::new());
        }
        Ok(vec![Box::new(move || {
            let (batches, keys, memory) = std::mem::take(&mut *self.state.lock());
            let (columns, keys) = first_rows(&self.plan.types, &batches, &keys, self.wanted);
            let order = (self.offset.min(keys.len()) as u32..keys.len() as u32).collect();
            *self.sorted.lock() = Sorted { columns, order, memory };
            Ok(())
        })])
    }
}

struct Writer {
    sink: Arc<TopNSink>,
    batches: Vec<Batch>,
    keys: SortKeys,
    /// The key of the last wanted row, once there are so many.
    threshold: Option<SortKeys>,
    memory: Reservation,
}

impl Writer {
    fn cut(&mut self) -> Result<()> {
        let wanted = self.sink.wanted;
        let (columns, keys) = first_rows(&self.sink.plan.types, &self.batches, &self.keys, wanted);
        let rows = keys.len();
        if rows == wanted && wanted > 0 {
            self.threshold = Some(keys.gather(&[rows as u32 - 1]));
        }
        self.batches = vec![Batch::new(columns, rows)];
        self.keys = keys;
        Ok(())
    }
}

impl SinkWriter for Writer {
    fn push(&mut self, batch: Batch) -> Result<()> {
        let mut batch = batch.compact();
        let mut keys = self.sink.plan.keys(&batch, &self.sink.context)?;
        if let Some(threshold) = &self.threshold {
            let better: Vec<u32> = (0..keys.len() as u32)
                .filter(|&row| keys.compare(row as usize, threshold, 0).is_lt())
                .collect();
            if better.is_empty() {
                return Ok(());
            }
            if better.len() < keys.len() {
                keys = keys.gather(&better);
                let selection: Selection = better.iter().map(|&row| row as u16).collect();
                batch = batch.with_selection(Some(selection)).compact();
            }
        }
        self.memory.grow_to(
            self.batches.iter().map(Batch::byte_size).sum::<usize>()
                + batch.byte_size()
                + self.keys.byte_size(),
        )?;
        self.keys.append(&keys);
        self.batches.push(batch);
        match self.keys.len() >= self.sink.wanted.saturating_add(SLACK_ROWS.max(self.sink.wanted)) {
            true => self.cut(),
            false => Ok(()),
        }
    }

    fn exhausted(&self) -> bool {
        self.sink.wanted == 0
    }

    fn end(mut self: Box<Self>) -> Result<()> {
        if self.keys.len() == 0 {
            return Ok(());
        }
        if self.keys.len() > self.sink.wanted {
            self.cut()?;
        }
        let this = *self;
        let mut state = this.sink.state.lock();
        state.0.extend(this.batches);
        state.1.append(&this.keys);
        state.2.push(this.memory);
        Ok(())
    }
}
