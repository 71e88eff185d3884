//! The build side's sink: columns and keys of all workers put together, the table made, filters published.

use std::sync::Arc;

use canopy_format::{Batch, Vector};
use parking_lot::Mutex;

use super::JoinPlan;
use super::table::JoinTable;
use crate::Result;
use crate::memory::Reservation;
use crate::operator::key::EncodedKeys;
use crate::operator::rows::concat_owned;
use crate::operator::{FragmentContext, runtime_filter};
use crate::pipeline::{Metrics, Sink, SinkWriter, Work};

pub(crate) struct BuildSink {
    plan: Arc<JoinPlan>,
    context: Arc<FragmentContext>,
    metrics: Arc<Metrics>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    workers: Vec<Held>,
    columns: Vec<Option<Vector>>,
    key_columns: Vec<Option<Vector>>,
    keys: EncodedKeys,
    rows: usize,
    memory: Vec<Reservation>,
}

/// What a worker has collected.
struct Held {
    batches: Vec<Batch>,
    /// Evaluated key columns, batch by batch, where filters or NOT IN need them.
    key_columns: Vec<Vec<Vector>>,
    keys: Option<EncodedKeys>,
    rows: usize,
}

impl BuildSink {
    pub(crate) fn new(
        plan: Arc<JoinPlan>,
        context: Arc<FragmentContext>,
        metrics: Arc<Metrics>,
    ) -> Arc<Self> {
        Arc::new(Self { plan, context, metrics, state: Mutex::default() })
    }

    /// Keys that are needed as columns.
    fn keeps_key(&self, key: usize) -> bool {
        self.plan.null_aware || self.plan.makes.iter().any(|&(_, made)| made == key)
    }

    /// One piece of work a column, one for the keys.
    fn collect(self: &Arc<Self>) -> Vec<Work> {
        let mut state = self.state.lock();
        let workers = Arc::new(std::mem::take(&mut state.workers));
        let key_count = self.plan.keys.types().len();
        state.columns = vec![None; self.plan.build_types.len()];
        state.key_columns = vec![None; key_count];
        state.rows = workers.iter().map(|worker| worker.rows).sum();
        drop(state);
        let mut work: Vec<Work> = Vec::new();
        for index in 0..self.plan.build_types.len() {
            let (sink, workers) = (self.clone(), workers.clone());
            work.push(Box::new(move || {
                let batches = workers.iter().flat_map(|worker| &worker.batches);
                let parts: Vec<Vector> = batches.map(|batch| batch.column(index).clone()).collect();
                let column = concat_owned(&sink.plan.build_types[index], &parts);
                sink.state.lock().columns[index] = Some(column);
                Ok(())
            }));
        }
        for key in (0..key_count).filter(|&key| self.keeps_key(key)) {
            let (sink, workers) = (self.clone(), workers.clone());
            work.push(Box::new(move || {
                let batches = workers.iter().flat_map(|worker| &worker.key_columns);
                let parts: Vec<Vector> = batches.map(|columns| columns[key].clone()).collect();
                let data_type = sink.plan.keys.types()[key].clone();
                let column = concat_owned(&data_type, &parts);
                for &(filter_id, _) in sink.plan.makes.iter().filter(|&&(_, made)| made == key) {
                    let tests = runtime_filter::make(&data_type, &column)?;
                    sink.context.runtime_filters.publish(filter_id, tests);
                }
                sink.state.lock().key_columns[key] = Some(column);
                Ok(())
            }));
        }
        let sink = self.clone();
        work.push(Box::new(move || {
            let mut all: Option<EncodedKeys> = None;
            for keys in workers.iter().filter_map(|worker| worker.keys.as_ref()) {
                match &mut all {
                    Some(all) => all.append(keys),
                    None => all = Some(keys.clone()),
                }
            }
            sink.state.lock().keys = all.unwrap_or_else(|| sink.plan.keys.encode_none());
            Ok(())
        }));
        work
    }

    fn build(&self) -> Result<()> {
        let mut state = std::mem::take(&mut *self.state.lock());
        let rows = state.rows;
        let columns = state.columns.into_iter().flatten().collect();
        let key_columns = match self.plan.null_aware {
            true => state.key_columns.into_iter().flatten().collect(),
            false => Vec::new(),
        };
        let track = self.plan.emits_build_rows();
        let mut table = JoinTable::new(&self.plan.keys, state.keys, columns, key_columns, rows, track)?;
        let mut memory = self.context.memory.reservation(&self.metrics.memory);
        memory.grow_to(table.byte_size())?;
        state.memory.push(memory);
        table._memory = state.memory;
        // Only this sink builds, and it does once.
        let _ = self.plan.table.set(Arc::new(table));
        Ok(())
    }
}

impl Sink for BuildSink {
    fn start(self: Arc<Self>) -> Result<Box<dyn SinkWriter>> {
        Ok(Box::new(Writer {
            memory: self.context.memory.reservation(&self.metrics.memory),
            sink: self,
            held: Held { batches: Vec::new(), key_columns: Vec::new(), keys: None, rows: 0 },
        }))
    }

    fn finish(self: Arc<Self>, step: usize) -> Result<Vec<Work>> {
        Ok(match step {
            0 => self.collect(),
            1 => vec![Box::new(move || self.build())],
            _ => Vec::new(),
        })
    }
}

struct Writer {
    sink: Arc<BuildSink>,
    held: Held,
    memory: Reservation,
}

impl SinkWriter for Writer {
    fn push(&mut self, batch: Batch) -> Result<()> {
        let plan = &self.sink.plan;
        let batch = batch.compact();
        let rows = batch.rows();
        let columns = plan.build_keys.evaluate(&batch, &self.sink.context.evaluation)?;
        let keys = plan.keys.encode(&columns, rows);
        // The batches, and the columns they are copied into.
        self.memory.grow_by(batch.byte_size() * 2 + rows * 16)?;
        match &mut self.held.keys {
            Some(all) => all.append(&keys),
            None => self.held.keys = Some(keys),
        }
        if plan.null_aware || !plan.makes.is_empty() {
            self.held.key_columns.push(columns);
        }
        self.held.batches.push(batch);
        self.held.rows += rows;
        Ok(())
    }

    fn end(self: Box<Self>) -> Result<()> {
        let this = *self;
        let mut state = this.sink.state.lock();
        state.workers.push(this.held);
        state.memory.push(this.memory);
        Ok(())
    }
}
