//! Aggregate functions: init, update, merge and finish over many groups at once, with a columnar
//! partial state, so that a mixer runs the same operator in merge mode.
//!
//! Each function stands in its own file and registers itself in [`functions`]. DISTINCT, HAVING, ORDER BY
//! and LIMIT inside a call are the work of [`collected`], the same for every function.

mod any_value;
mod approximate;
mod array;
mod avg;
mod bits;
mod collected;
mod count;
mod extreme_by;
mod hll_count;
mod hyperloglog;
mod input;
mod interval;
mod logical;
#[cfg(test)]
mod merge_tests;
mod min_max;
mod moments;
mod percentile;
mod quantiles;
mod string_agg;
mod sum;
mod sums;
#[cfg(test)]
mod tests;
mod top;
mod weight;

pub(crate) use hyperloglog::Sketch;

use canopy_format::{DataType, Vector};

use crate::function::{self, Function, Implementation};
use crate::{ExecError, Result};

/// Makes an aggregate function for argument types that match one of its signatures.
pub type AggregateFactory = fn(arguments: &[DataType]) -> Result<Box<dyn AggregateFunction>>;

/// An aggregate function for given argument types.
pub trait AggregateFunction: Send + Sync {
    /// The type of the result.
    fn return_type(&self) -> DataType;

    /// The column type of the partial state: what leaves send up the tree.
    fn state_type(&self) -> DataType;

    /// Returns states for no groups yet.
    fn new_states(&self) -> Box<dyn AggregateStates>;
}

/// The states of all groups of one aggregate call. Groups are numbered from 0.
pub trait AggregateStates: Send {
    /// Makes room for `groups` groups; new ones are in their initial state. Never shrinks.
    fn resize(&mut self, groups: usize);

    /// Adds row `i` of the arguments (all of equal length, any form) to group `groups[i]`.
    /// Functions without arguments (COUNT(*)) see an empty `arguments`.
    ///
    /// # Errors
    /// Where GoogleSQL has one: overflow of a sum is reported here or at the end.
    fn update(&mut self, arguments: &[Vector], groups: &[u32]) -> Result<()>;

    /// As [`AggregateStates::update`] with every row in group 0; the fast path without keys.
    fn update_one(&mut self, arguments: &[Vector], rows: usize) -> Result<()> {
        self.update(arguments, &vec![0; rows])
    }

    /// Adds partial state `i` (of [`AggregateFunction::state_type`]) to group `groups[i]`.
    fn merge(&mut self, states: &Vector, groups: &[u32]) -> Result<()>;

    /// Returns the partial states of groups `first .. first + count`.
    fn states(&self, first: usize, count: usize) -> Result<Vector>;

    /// Returns the results of groups `first .. first + count`.
    fn finish(&self, first: usize, count: usize) -> Result<Vector>;

    /// Approximate bytes held.
    fn byte_size(&self) -> usize;
}

/// All aggregate functions, for the catalog.
pub fn functions() -> Vec<Function> {
    let families = [
        count::functions(),
        sum::functions(),
        avg::functions(),
        min_max::functions(),
        any_value::functions(),
        logical::functions(),
        bits::functions(),
        array::functions(),
        string_agg::functions(),
        approximate::functions(),
        moments::functions(),
        extreme_by::functions(),
        hll_count::functions(),
        percentile::functions(),
        quantiles::functions(),
        top::functions(),
    ];
    families.into_iter().flatten().collect()
}

/// How an aggregate is called, as far as its state depends on it.
#[derive(Debug, Clone, Default)]
pub struct CallShape {
    /// Types of the arguments.
    pub arguments: Vec<DataType>,
    /// DISTINCT.
    pub distinct: bool,
    /// The keys of ORDER BY inside the call.
    pub order_by: Vec<OrderKey>,
    /// LIMIT inside the call.
    pub limit: Option<u64>,
    /// HAVING MAX or HAVING MIN inside the call.
    pub having: Option<HavingKey>,
}

/// HAVING MAX or HAVING MIN: only rows with the group's greatest or least key count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HavingKey {
    /// The key's type.
    pub data_type: DataType,
    /// MAX, not MIN.
    pub greatest: bool,
}

/// A key of ORDER BY inside a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderKey {
    /// The key's type.
    pub data_type: DataType,
    /// DESC.
    pub descending: bool,
    /// NULLS LAST.
    pub nulls_last: bool,
}

/// Returns the aggregate that a call runs, its DISTINCT, HAVING, ORDER BY and LIMIT included. Its arguments
/// are the call's, then the keys of ORDER BY, then the key of HAVING. The planner asks it for the types of
/// the result and of the partial state.
///
/// # Errors
/// [`ExecError::InvalidPlan`] for names that are no aggregate, or argument types that it does not take;
/// [`ExecError::Evaluation`] for types that GoogleSQL refuses.
pub fn prepare(name: &str, shape: &CallShape) -> Result<Box<dyn AggregateFunction>> {
    let factory = match function::find(name).map(|function| &function.implementation) {
        Some(Implementation::Aggregate(factory)) => *factory,
        _ => return Err(ExecError::InvalidPlan(format!("{name} is not an aggregate function"))),
    };
    let inner = factory(&shape.arguments)?;
    if let Some(having) = &shape.having {
        crate::operator::sort::key::check_orderable(&having.data_type)?;
    }
    // The least, the greatest and logic do not change when a value counts once.
    let idempotent = matches!(
        name,
        "min"
            | "max"
            | "any_value"
            | "logical_and"
            | "logical_or"
            | "bit_and"
            | "bit_or"
            | "approx_count_distinct"
    );
    if (!shape.distinct || idempotent) && shape.order_by.is_empty() && shape.limit.is_none() {
        match (&shape.having, shape.arguments.as_slice()) {
            (None, _) => return Ok(inner),
            (Some(having), [argument]) if name == "any_value" => {
                return Ok(Box::new(extreme_by::ExtremeBy::new(argument, having)));
            }
            _ => {}
        }
    }
    Ok(Box::new(collected::Collected::new(inner, shape)))
}

/// The error for argument types that no signature has.
fn no_signature(name: &str, arguments: &[DataType]) -> ExecError {
    let types: Vec<String> = arguments.iter().map(ToString::to_string).collect();
    ExecError::InvalidPlan(format!("aggregate {name} does not take ({})", types.join(", ")))
}
