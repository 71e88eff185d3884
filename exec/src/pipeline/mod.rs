//! Pipelines: a source pushes batches through operators into a sink, on all workers at once.
//!
//! A fragment is cut where rows must be seen whole before the first can go on (a join's build side, an
//! aggregate, a sort): what comes before ends in a [`Sink`], and what comes after starts from a
//! [`Source`] of the sink's results. Workers share no state but the source's morsels and what the sink
//! combines at the end (Leis et al., "Morsel-Driven Parallelism", SIGMOD 2014).

mod drive;
mod graph;
mod metrics;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use canopy_format::Batch;
use futures::future::BoxFuture;

pub(crate) use graph::{Branch, Gate, Graph, Stage};
pub(crate) use metrics::Metrics;

use crate::Result;

/// Where batches come from; shared by the workers of a pipeline.
pub(crate) trait Source: Send + Sync {
    /// Workers that can read at once; more would find nothing.
    fn parallelism(&self) -> usize {
        usize::MAX
    }

    /// Returns one worker's reader.
    fn start(&self) -> Result<Box<dyn SourceReader>>;
}

/// One worker's end of a source.
pub(crate) trait SourceReader: Send {
    /// Returns the next batch, waiting for it if need be; None at the end.
    fn next(&mut self) -> BoxFuture<'_, Result<Option<Batch>>>;
}

/// A step without memory of other rows, or with one worker's only: filter, project, probe.
pub(crate) trait Operator: Send {
    /// Takes a batch; only called when [`Operator::next`] has said None.
    fn push(&mut self, batch: Batch) -> Result<()>;

    /// Returns the next batch of what was pushed.
    fn next(&mut self) -> Result<Option<Batch>>;

    /// Says that this worker's input has ended; what is still held comes out of [`Operator::next`].
    fn end(&mut self) -> Result<()> {
        Ok(())
    }

    /// True when no more input is wanted.
    fn exhausted(&self) -> bool {
        false
    }
}

/// Makes each worker's [`Operator`], when the pipeline starts: what it waits for is there.
pub(crate) trait OperatorFactory: Send + Sync {
    /// Returns one worker's operator.
    fn start(&self) -> Result<Box<dyn Operator>>;
}

/// Where batches end; shared by the workers of all pipelines that end here.
pub(crate) trait Sink: Send + Sync {
    /// Returns one worker's writer.
    fn start(self: Arc<Self>) -> Result<Box<dyn SinkWriter>>;

    /// Returns the work of step `step` (from 0) after all writers have ended; steps run one after the
    /// other, the work of one step at once, until a step has none.
    fn finish(self: Arc<Self>, step: usize) -> Result<Vec<Work>>;
}

/// A piece of a sink's final work.
pub(crate) type Work = Box<dyn FnOnce() -> Result<()> + Send>;

/// One worker's end of a sink.
pub(crate) trait SinkWriter: Send {
    /// Takes a batch.
    fn push(&mut self, batch: Batch) -> Result<()>;

    /// What to wait for before the next batch; None for nothing.
    fn ready(&mut self) -> Option<BoxFuture<'_, Result<()>>> {
        None
    }

    /// True when no more input is wanted.
    fn exhausted(&self) -> bool {
        false
    }

    /// Says that the input has ended; [`SinkWriter::ready`] is waited for once more.
    fn flush(&mut self) -> Result<()> {
        Ok(())
    }

    /// Hands what this worker has over.
    fn end(self: Box<Self>) -> Result<()>;
}
