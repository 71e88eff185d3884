//! Cardinality estimates: rows of a relation, and distinct values, range, NULLs and width of its columns.
//!
//! Bottom up: [`relation`] walks a tree, and the parts ([`filter`], [`join`], [`aggregate`]) serve
//! join ordering and the physical planner, which build trees step by step. Joins divide by the larger domain
//! of the keys (Selinger et al. 1979, "Access Path Selection in a Relational Database Management System").

mod distinct;
mod estimate;
mod join;
mod selectivity;
mod value;

#[cfg(test)]
mod tests;

pub use estimate::{ColumnEstimate, Estimate, aggregate, project, relation, scan, union, unnest, window};
pub(crate) use estimate::{ITERATIONS, values};
pub use join::join;
pub use selectivity::{filter, selectivity};
pub(crate) use value::compare;
