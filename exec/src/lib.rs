//! Running one fragment of a plan: functions, expressions, operators and SIMD kernels.
//!
//! Owns evaluation, hash tables, memory budgets and workers; knows nothing of SQL text, the log or
//! the network. Fragments arrive as messages of `canopy_proto::plan` and are hostile until validated.

pub mod aggregate;
pub mod convert;
mod error;
pub mod wire;

pub use error::{ExecError, Result};
