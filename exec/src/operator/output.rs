//! Where a fragment's rows leave: one channel, with a partition number a batch.

use std::collections::VecDeque;
use std::sync::Arc;

use canopy_format::{BATCH_ROWS, Batch, DataType};
use futures::FutureExt;
use futures::future::BoxFuture;
use tokio::sync::mpsc;

use super::rows::concat_batches;
use crate::kernel::hash::hash_vector;
use crate::operator::FragmentContext;
use crate::pipeline::{Sink, SinkWriter, Work};
use crate::run::OutputBatch;
use crate::{ExecError, Result};

/// Sends rows to a channel.
pub(crate) struct OutputSink {
    context: Arc<FragmentContext>,
    channel: mpsc::Sender<Result<OutputBatch>>,
    partition: Option<Partitioning>,
}

/// Rows go where the hash of their keys says.
#[derive(Clone)]
pub(crate) struct Partitioning {
    /// Positions of the key columns.
    pub(crate) keys: Vec<usize>,
    pub(crate) count: u32,
    pub(crate) types: Arc<Vec<DataType>>,
}

impl OutputSink {
    pub(crate) fn new(
        context: Arc<FragmentContext>,
        channel: mpsc::Sender<Result<OutputBatch>>,
        partition: Option<Partitioning>,
    ) -> Arc<Self> {
        Arc::new(Self { context, channel, partition })
    }
}

impl Sink for OutputSink {
    fn start(self: Arc<Self>) -> Result<Box<dyn SinkWriter>> {
        let parts = self.partition.as_ref().map_or(0, |partition| partition.count as usize);
        Ok(Box::new(Writer {
            ready: VecDeque::new(),
            waiting: (0..parts).map(|_| Part::default()).collect(),
            sink: self,
        }))
    }

    fn finish(self: Arc<Self>, _step: usize) -> Result<Vec<Work>> {
        Ok(Vec::new())
    }
}

/// Rows of a partition that do not fill a batch yet.
#[derive(Default)]
struct Part {
    batches: Vec<Batch>,
    rows: usize,
}

struct Writer {
    sink: Arc<OutputSink>,
    ready: VecDeque<OutputBatch>,
    waiting: Vec<Part>,
}

impl Writer {
    fn split(&mut self, batch: Batch, partition: &Partitioning) {
        let batch = batch.compact();
        let rows = batch.rows();
        let mut hashes = vec![0u64; rows];
        let tier = self.sink.context.evaluation.tier();
        for &key in &partition.keys {
            hash_vector(tier, batch.column(key), &mut hashes);
        }
        let mut split: Vec<Vec<u32>> = vec![Vec::new(); partition.count as usize];
        for (row, hash) in hashes.iter().enumerate() {
            // The product's upper half: even without a division.
            let part = ((*hash as u128 * partition.count as u128) >> 64) as usize;
            split[part].push(row as u32);
        }
        for (index, rows) in split.iter().enumerate().filter(|(_, rows)| !rows.is_empty()) {
            let columns = batch.columns().iter().map(|column| column.gather(rows)).collect();
            let part = &mut self.waiting[index];
            part.batches.push(Batch::new(columns, rows.len()));
            part.rows += rows.len();
            if part.rows >= BATCH_ROWS {
                self.fill(index, partition);
            }
        }
    }

    /// Puts what waits for a partition out as one batch.
    fn fill(&mut self, index: usize, partition: &Partitioning) {
        let part = std::mem::take(&mut self.waiting[index]);
        if part.rows == 0 {
            return;
        }
        let columns = concat_batches(&partition.types, &part.batches);
        self.ready.push_back(OutputBatch { partition: index as u32, batch: Batch::new(columns, part.rows) });
    }
}

impl SinkWriter for Writer {
    fn push(&mut self, batch: Batch) -> Result<()> {
        match self.sink.partition.clone() {
            Some(partition) => self.split(batch, &partition),
            None => self.ready.push_back(OutputBatch { partition: 0, batch: batch.compact() }),
        }
        Ok(())
    }

    fn ready(&mut self) -> Option<BoxFuture<'_, Result<()>>> {
        if self.ready.is_empty() {
            return None;
        }
        let channel = &self.sink.channel;
        let ready = &mut self.ready;
        let send = async move {
            while let Some(batch) = ready.pop_front() {
                let closed = || ExecError::Cancelled("nobody reads the rows any more".into());
                channel.send(Ok(batch)).await.map_err(|_| closed())?;
            }
            Ok(())
        };
        Some(send.boxed())
    }

    fn flush(&mut self) -> Result<()> {
        if let Some(partition) = self.sink.partition.clone() {
            (0..self.waiting.len()).for_each(|index| self.fill(index, &partition));
        }
        Ok(())
    }

    fn end(self: Box<Self>) -> Result<()> {
        Ok(())
    }
}
