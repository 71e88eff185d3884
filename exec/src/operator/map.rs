//! An operator that is a function from batch to batch.

use canopy_format::Batch;

use crate::Result;
use crate::pipeline::{Operator, OperatorFactory};

/// Makes operators that apply `step` to each batch.
pub(crate) struct MapFactory<F>(pub(crate) F);

impl<F: Fn(Batch) -> Result<Batch> + Send + Sync + Clone + 'static> OperatorFactory for MapFactory<F> {
    fn start(&self) -> Result<Box<dyn Operator>> {
        Ok(Box::new(Map { step: self.0.clone(), done: None }))
    }
}

struct Map<F> {
    step: F,
    done: Option<Batch>,
}

impl<F: Fn(Batch) -> Result<Batch> + Send> Operator for Map<F> {
    fn push(&mut self, batch: Batch) -> Result<()> {
        self.done = Some((self.step)(batch)?);
        Ok(())
    }

    fn next(&mut self) -> Result<Option<Batch>> {
        Ok(self.done.take())
    }
}
