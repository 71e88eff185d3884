//! The operators of the plan: what each does with batches. How they are strung together is
//! [`crate::pipeline`]'s and [`compile`]'s.

pub(crate) mod aggregate;
pub(crate) mod compile;
mod exchange_read;
mod filter;
mod hash_join;
pub(crate) mod key;
mod limit;
mod map;
mod output;
mod recursive;
mod results;
mod row_number;
mod rows;
mod runtime_filter;
mod scan;
mod single_row;
pub(crate) mod sort;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;
mod top_n;
mod unnest;
pub(crate) mod validate;
mod values;
mod window;

pub(crate) use rows::mask;

use std::sync::Arc;

use canopy_format::DataType;
use canopy_proto::plan;
use canopy_storage::ObjectStore;

use crate::convert::{type_from_proto, type_to_proto};
use crate::expression::EvalContext;
use crate::memory::MemoryBudget;
use crate::run::Progress;
use crate::worker::{CancelToken, Queue};
use crate::{ExecError, Result};

/// Columns of an operator's output: ids and types.
pub(crate) type Columns = Vec<(u32, DataType)>;

/// What all operators of a running fragment share.
pub(crate) struct FragmentContext {
    pub(crate) evaluation: EvalContext,
    pub(crate) cancel: CancelToken,
    pub(crate) memory: Arc<MemoryBudget>,
    pub(crate) io: tokio::runtime::Handle,
    pub(crate) store: Arc<dyn ObjectStore>,
    pub(crate) progress: Arc<Progress>,
    pub(crate) runtime_filters: runtime_filter::RuntimeFilters,
    /// Which task of its fragment this is: row numbers differ between tasks.
    pub(crate) task: u32,
    /// Where work within the fragment runs, and on how many workers.
    pub(crate) queue: Arc<Queue>,
    pub(crate) workers: usize,
}

impl FragmentContext {
    /// Returns the context of another run of operators of the fragment.
    pub(crate) fn afresh(&self) -> Self {
        Self {
            evaluation: self.evaluation.afresh(),
            cancel: self.cancel.clone(),
            memory: self.memory.clone(),
            io: self.io.clone(),
            store: self.store.clone(),
            progress: self.progress.clone(),
            runtime_filters: Default::default(),
            task: self.task,
            queue: self.queue.clone(),
            workers: self.workers,
        }
    }
}

/// The part of a message that must be there.
pub(crate) fn required<'a, T>(part: &'a Option<T>, what: &str) -> Result<&'a T> {
    part.as_ref().ok_or_else(|| ExecError::InvalidPlan(format!("missing {what}")))
}

/// The id and type of a column message.
pub(crate) fn column(message: &plan::Column) -> Result<(u32, DataType)> {
    Ok((message.id, type_from_proto(required(&message.r#type, "type of a column")?)?))
}

/// The expression that is a column.
pub(crate) fn column_expression(id: u32, data_type: &DataType) -> plan::Expression {
    plan::Expression {
        r#type: Some(type_to_proto(data_type)),
        kind: Some(plan::expression::Kind::Column(id)),
    }
}
