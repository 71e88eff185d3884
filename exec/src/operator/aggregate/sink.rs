//! The phases SINGLE, MERGE and FINAL: workers' tables merged by ranges of hashes.
//!
//! A worker's table that grows large leaves as a chunk of groups and starts anew, which keeps tables near
//! the cache and bounds what a merge must hash at once. At the end the chunks are cut by the top bits of
//! the hash, and each part is merged by one piece of work. A single table that never left is the result.

use std::ops::Range;
use std::sync::Arc;

use canopy_format::Batch;
use canopy_proto::plan::AggregatePhase;
use parking_lot::Mutex;

use super::grouped::Grouped;
use super::{AggregatePlan, Chunk};
use crate::Result;
use crate::memory::Reservation;
use crate::operator::FragmentContext;
use crate::operator::results::Results;
use crate::pipeline::{Metrics, Sink, SinkWriter, Work};

/// Groups at which a worker's table leaves; few in tests, so that they see it happen.
const GROUPS_MAX: usize = if cfg!(test) { 1 << 10 } else { 1 << 18 };
/// Fewer groups than this are merged in one piece.
const GROUPS_TO_SPLIT: usize = if cfg!(test) { 1 << 9 } else { 1 << 13 };
/// Bits of the hash that cut chunks into parts.
const PART_BITS: u32 = 6;

pub(crate) struct AggregateSink {
    plan: Arc<AggregatePlan>,
    context: Arc<FragmentContext>,
    metrics: Arc<Metrics>,
    state: Mutex<State>,
    /// The groups, for the source that follows.
    pub(crate) results: Arc<Results>,
}

#[derive(Default)]
struct State {
    tables: Vec<(Grouped, Reservation)>,
    chunks: Vec<(Chunk, Reservation)>,
    /// The chunks cut into parts, when all are there.
    parted: Vec<Arc<Parted>>,
    seen: bool,
}

/// A chunk with its rows in the order of their parts.
struct Parted {
    chunk: Chunk,
    rows: Vec<u32>,
    /// Ends of the parts in `rows`.
    ends: Vec<usize>,
    _memory: Reservation,
}

impl AggregateSink {
    pub(crate) fn new(
        plan: Arc<AggregatePlan>,
        context: Arc<FragmentContext>,
        metrics: Arc<Metrics>,
    ) -> Arc<Self> {
        let results = Arc::new(Results::default());
        Arc::new(Self { plan, context, metrics, state: Mutex::default(), results })
    }

    fn reservation(&self) -> Reservation {
        self.context.memory.reservation(&self.metrics.memory)
    }

    /// Puts the groups out, unless there was no input and none is due.
    fn put(&self, grouped: &Grouped) -> Result<()> {
        self.put_columns(grouped.columns()?, grouped.len())
    }

    fn put_columns(&self, columns: Vec<canopy_format::Vector>, groups: usize) -> Result<()> {
        let mut memory = self.reservation();
        memory.grow_to(columns.iter().map(|column| column.byte_size()).sum())?;
        self.results.add(columns, groups, memory);
        Ok(())
    }

    /// Turns tables into chunks and cuts all chunks; or ends at once where one table is everything.
    fn gather(self: &Arc<Self>) -> Result<Vec<Work>> {
        let mut state = self.state.lock();
        let due = self.plan.key_count > 0
            || state.seen
            || matches!(self.plan.phase, AggregatePhase::Single | AggregatePhase::Final);
        if !due {
            return Ok(Vec::new());
        }
        if self.plan.key_count == 0 && state.tables.is_empty() {
            drop(state);
            self.put(&Grouped::new(&self.plan))?;
            return Ok(Vec::new());
        }
        if state.chunks.is_empty() && state.tables.len() == 1 {
            let tables = std::mem::take(&mut state.tables);
            drop(state);
            for (grouped, _memory) in tables {
                self.put(&grouped)?;
            }
            return Ok(Vec::new());
        }
        let tables = std::mem::take(&mut state.tables);
        let chunks = std::mem::take(&mut state.chunks);
        drop(state);
        let groups: usize = tables.iter().map(|(table, _)| table.len()).sum::<usize>()
            + chunks.iter().map(|(chunk, _)| chunk.keys.hashes.len()).sum::<usize>();
        let bits = if groups < GROUPS_TO_SPLIT || self.plan.key_count == 0 { 0 } else { PART_BITS };
        let mut work: Vec<Work> = Vec::new();
        for (mut grouped, memory) in tables {
            let sink = self.clone();
            work.push(Box::new(move || sink.add_parted(grouped.take()?, memory, bits)));
        }
        for (chunk, memory) in chunks {
            let sink = self.clone();
            work.push(Box::new(move || sink.add_parted(chunk, memory, bits)));
        }
        Ok(work)
    }

    fn add_parted(&self, chunk: Chunk, memory: Reservation, bits: u32) -> Result<()> {
        let parted = Arc::new(Parted::new(chunk, memory, bits));
        self.state.lock().parted.push(parted);
        Ok(())
    }

    /// One piece of work a part.
    fn merge(self: &Arc<Self>) -> Vec<Work> {
        let chunks = std::mem::take(&mut self.state.lock().parted);
        let parts = chunks.first().map_or(0, |chunk| chunk.ends.len());
        let work = (0..parts).map(|part| {
            let (sink, chunks) = (self.clone(), chunks.clone());
            Box::new(move || sink.merge_part(&chunks, part)) as Work
        });
        work.collect()
    }

    fn merge_part(&self, chunks: &[Arc<Parted>], part: usize) -> Result<()> {
        let mut merged = Grouped::new(&self.plan);
        let mut memory = self.reservation();
        for chunk in chunks {
            self.context.cancel.check()?;
            // In pieces, so that a merge of large chunks notices a cancelled query.
            for rows in chunk.rows[chunk.part(part)].chunks(1 << 14) {
                merged.merge(&chunk.chunk, rows)?;
                memory.grow_to(merged.byte_size())?;
            }
        }
        self.put(&merged)
    }
}

impl Parted {
    fn new(chunk: Chunk, memory: Reservation, bits: u32) -> Self {
        // Without keys a chunk is its one group.
        let count = chunk.keys.hashes.len().max(chunk.states.first().map_or(0, |states| states.len()));
        if bits == 0 {
            let rows: Vec<u32> = (0..count as u32).collect();
            return Self { chunk, ends: vec![rows.len()], rows, _memory: memory };
        }
        let part = |hash: u64| (hash >> (64 - bits)) as usize;
        let mut ends = vec![0usize; 1 << bits];
        chunk.keys.hashes.iter().for_each(|&hash| ends[part(hash)] += 1);
        let mut start = 0;
        for end in ends.iter_mut() {
            start += std::mem::replace(end, start);
        }
        let mut rows = vec![0u32; count];
        for (row, &hash) in chunk.keys.hashes.iter().enumerate() {
            let at = &mut ends[part(hash)];
            rows[*at] = row as u32;
            *at += 1;
        }
        Self { chunk, rows, ends, _memory: memory }
    }

    fn part(&self, part: usize) -> Range<usize> {
        let start = if part == 0 { 0 } else { self.ends[part - 1] };
        start..self.ends[part]
    }
}

impl Sink for AggregateSink {
    fn start(self: Arc<Self>) -> Result<Box<dyn SinkWriter>> {
        Ok(Box::new(Writer {
            grouped: Grouped::new(&self.plan),
            memory: self.reservation(),
            chunks: Vec::new(),
            seen: false,
            sink: self,
        }))
    }

    fn finish(self: Arc<Self>, step: usize) -> Result<Vec<Work>> {
        match step {
            0 => self.gather(),
            1 => Ok(self.merge()),
            _ => Ok(Vec::new()),
        }
    }
}

struct Writer {
    sink: Arc<AggregateSink>,
    grouped: Grouped,
    memory: Reservation,
    chunks: Vec<(Chunk, Reservation)>,
    seen: bool,
}

impl Writer {
    fn leave(&mut self) -> Result<()> {
        let chunk = self.grouped.take()?;
        let mut memory = self.sink.reservation();
        memory.grow_to(chunk.keys.byte_size() + chunk.states.iter().map(|s| s.byte_size()).sum::<usize>())?;
        self.chunks.push((chunk, memory));
        Ok(())
    }
}

impl SinkWriter for Writer {
    fn push(&mut self, batch: Batch) -> Result<()> {
        self.seen = true;
        self.grouped.add(&batch, &self.sink.context.evaluation)?;
        self.memory.grow_to(self.grouped.byte_size())?;
        match self.grouped.len() >= GROUPS_MAX {
            true => self.leave(),
            false => Ok(()),
        }
    }

    fn end(mut self: Box<Self>) -> Result<()> {
        if !self.chunks.is_empty() {
            self.leave()?;
        }
        let this = *self;
        let mut state = this.sink.state.lock();
        state.seen |= this.seen;
        match this.chunks.is_empty() {
            // A worker that saw nothing has nothing to merge.
            true if this.seen => state.tables.push((this.grouped, this.memory)),
            true => {}
            false => state.chunks.extend(this.chunks),
        }
        Ok(())
    }
}
