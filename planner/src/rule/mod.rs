//! Rewrites of the algebra, one a file. [`crate::optimizer`] lists them in order with a reason by each.

pub(crate) mod decorrelate;
pub(crate) mod distinct;
pub(crate) mod domain;
pub(crate) mod factor;
pub(crate) mod fold;
pub(crate) mod join_order;
pub(crate) mod limit;
pub(crate) mod nested;
pub(crate) mod outer_join;
pub(crate) mod predicate;
pub(crate) mod pushdown;
pub(crate) mod representative;
mod set_all;
pub(crate) mod set_operation;
pub(crate) mod shared;
pub(crate) mod subquery;
pub(crate) mod transitive;
pub(crate) mod unequal_join;
