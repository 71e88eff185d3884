//! A scalar subquery's one row: NULLs for none, an error for more.

use std::sync::Arc;

use canopy_format::{Batch, DataType, Vector};
use parking_lot::Mutex;

use super::FragmentContext;
use super::results::Results;
use crate::pipeline::{Metrics, Sink, SinkWriter, Work};
use crate::{ExecError, Result};

pub(crate) struct SingleRowSink {
    types: Vec<DataType>,
    context: Arc<FragmentContext>,
    metrics: Arc<Metrics>,
    row: Mutex<Option<Batch>>,
    pub(crate) results: Arc<Results>,
}

impl SingleRowSink {
    pub(crate) fn new(
        types: Vec<DataType>,
        context: Arc<FragmentContext>,
        metrics: Arc<Metrics>,
    ) -> Arc<Self> {
        Arc::new(Self { types, context, metrics, row: Mutex::default(), results: Arc::default() })
    }
}

/// GoogleSQL's error for a scalar subquery of several rows.
pub(crate) fn more_than_one() -> ExecError {
    ExecError::Evaluation("Scalar subquery produced more than one element".into())
}

impl Sink for SingleRowSink {
    fn start(self: Arc<Self>) -> Result<Box<dyn SinkWriter>> {
        Ok(Box::new(Writer(self)))
    }

    fn finish(self: Arc<Self>, step: usize) -> Result<Vec<Work>> {
        if step == 0 {
            let row = self.row.lock().take();
            let columns = match row {
                Some(batch) => batch.into_columns(),
                None => self.types.iter().map(|data_type| Vector::nulls(data_type.clone(), 1)).collect(),
            };
            self.results.add(columns, 1, self.context.memory.reservation(&self.metrics.memory));
        }
        Ok(Vec::new())
    }
}

struct Writer(Arc<SingleRowSink>);

impl SinkWriter for Writer {
    fn push(&mut self, batch: Batch) -> Result<()> {
        let mut row = self.0.row.lock();
        match batch.rows() {
            0 => Ok(()),
            1 if row.is_none() => {
                *row = Some(batch.compact());
                Ok(())
            }
            _ => Err(more_than_one()),
        }
    }

    fn end(self: Box<Self>) -> Result<()> {
        Ok(())
    }
}
