//! Literal rows.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use canopy_format::vector::VectorBuilder;
use canopy_format::{BATCH_ROWS, Batch};
use canopy_proto::plan;
use futures::FutureExt;
use futures::future::BoxFuture;

use super::{Columns, column};
use crate::convert::value_from_proto;
use crate::pipeline::{Source, SourceReader};
use crate::{ExecError, Result};

/// Hands out batches once, to one reader.
pub(crate) struct BatchesSource {
    batches: Vec<Batch>,
    taken: Arc<AtomicBool>,
}

impl BatchesSource {
    /// Returns the source of literal rows, and their columns.
    pub(crate) fn new(message: &plan::Values) -> Result<(Self, Columns)> {
        let columns = message.columns.iter().map(column).collect::<Result<Columns>>()?;
        let mut batches = Vec::new();
        for rows in message.rows.chunks(BATCH_ROWS) {
            let mut builders: Vec<VectorBuilder> =
                columns.iter().map(|(_, data_type)| VectorBuilder::new(data_type)).collect();
            for row in rows {
                if row.values.len() != columns.len() {
                    return Err(ExecError::InvalidPlan(format!(
                        "row of {} values, expected {}",
                        row.values.len(),
                        columns.len()
                    )));
                }
                for ((builder, value), (_, data_type)) in builders.iter_mut().zip(&row.values).zip(&columns) {
                    builder.push(&value_from_proto(value, data_type)?)?;
                }
            }
            batches.push(Batch::new(builders.into_iter().map(VectorBuilder::finish).collect(), rows.len()));
        }
        Ok((Self { batches, taken: Arc::default() }, columns))
    }
}

impl Source for BatchesSource {
    fn parallelism(&self) -> usize {
        1
    }

    fn start(&self) -> Result<Box<dyn SourceReader>> {
        let batches = match self.taken.swap(true, Ordering::Relaxed) {
            false => self.batches.clone(),
            true => Vec::new(),
        };
        Ok(Box::new(Reader(batches.into_iter())))
    }
}

struct Reader(std::vec::IntoIter<Batch>);

impl SourceReader for Reader {
    fn next(&mut self) -> BoxFuture<'_, Result<Option<Batch>>> {
        std::future::ready(Ok(self.0.next())).boxed()
    }
}
