//! One worker's loop over a pipeline.

use std::sync::Arc;

use canopy_format::Batch;

use super::{Metrics, Operator, SinkWriter, SourceReader};
use crate::Result;
use crate::worker::{CancelToken, breathe};

/// A pipeline's parts as one worker has them.
pub(super) struct Worker {
    pub(super) source: Box<dyn SourceReader>,
    pub(super) source_metrics: Arc<Metrics>,
    pub(super) operators: Vec<(Box<dyn Operator>, Arc<Metrics>)>,
    pub(super) sink: Box<dyn SinkWriter>,
    pub(super) sink_metrics: Arc<Metrics>,
    pub(super) cancel: CancelToken,
}

impl Worker {
    /// Moves batches from the source to the sink until the source ends or nobody wants more.
    pub(super) async fn run(mut self) -> Result<()> {
        while !self.exhausted() {
            self.cancel.check()?;
            let Some(batch) = self.cancel.guard(self.source.next()).await?? else { break };
            if batch.rows() == 0 {
                continue;
            }
            self.source_metrics.batch_out(batch.rows());
            self.push(0, batch).await?;
            breathe().await;
        }
        for level in 0..self.operators.len() {
            let (operator, metrics) = &mut self.operators[level];
            metrics.time(|| operator.end())?;
            self.drain(level, level).await?;
        }
        let (mut sink, metrics) = (self.sink, self.sink_metrics);
        metrics.time(|| sink.flush())?;
        if let Some(ready) = sink.ready() {
            self.cancel.guard(ready).await??;
        }
        metrics.time(|| sink.end())
    }

    fn exhausted(&self) -> bool {
        self.sink.exhausted() || self.operators.iter().any(|(operator, _)| operator.exhausted())
    }

    /// Hands a batch to operator `level` and everything that follows from it on.
    async fn push(&mut self, level: usize, batch: Batch) -> Result<()> {
        if level == self.operators.len() {
            return self.deliver(batch).await;
        }
        let (operator, metrics) = &mut self.operators[level];
        metrics.time(|| operator.push(batch))?;
        self.drain(level, level).await
    }

    /// Takes all output of operators `bottom..`, deepest first, so that little waits in between.
    async fn drain(&mut self, bottom: usize, mut level: usize) -> Result<()> {
        loop {
            let (operator, metrics) = &mut self.operators[level];
            match metrics.time(|| operator.next())? {
                Some(batch) if batch.rows() == 0 => {}
                Some(batch) => {
                    metrics.batch_out(batch.rows());
                    if level + 1 == self.operators.len() {
                        self.deliver(batch).await?;
                    } else {
                        level += 1;
                        let (operator, metrics) = &mut self.operators[level];
                        metrics.time(|| operator.push(batch))?;
                    }
                }
                None if level == bottom => return Ok(()),
                None => level -= 1,
            }
            self.cancel.check()?;
        }
    }

    async fn deliver(&mut self, batch: Batch) -> Result<()> {
        let (sink, metrics) = (&mut self.sink, &self.sink_metrics);
        metrics.time(|| sink.push(batch))?;
        if let Some(ready) = sink.ready() {
            self.cancel.guard(ready).await??;
        }
        breathe().await;
        Ok(())
    }
}
