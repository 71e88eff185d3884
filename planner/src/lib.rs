//! GoogleSQL text to physical plans.
//!
//! Owns the language: syntax, names and types, rewriting, join order and the cut into fragments. Sees
//! tables only through [`catalog::Catalog`]; does no I/O and runs nothing.
//!
//! The phases pass values: [`syntax`] makes trees of text, [`bind`] makes the [`algebra`] of trees, the
//! rules rewrite it, and `physical` makes a `canopy_proto::plan::Plan` of it.

#![forbid(unsafe_code)]

pub mod algebra;
pub mod bind;
pub mod catalog;
mod error;
pub mod explain;
mod join_order;
pub mod optimizer;
pub mod partition;
pub mod physical;
mod plan_query;
mod rule;
pub mod statistics;
pub mod syntax;
mod validate;

pub use error::PlanError;
pub use plan_query::{PlannedQuery, plan_query};
