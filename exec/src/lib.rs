//! Running one fragment of a plan: functions, expressions, operators and SIMD kernels.
//!
//! Owns evaluation, hash tables, memory budgets and workers; knows nothing of SQL text, the log or
//! the network. Fragments arrive as messages of `canopy_proto::plan` and are hostile until validated.

pub mod aggregate;
pub mod convert;
mod error;
pub mod expression;
pub mod function;
pub mod kernel;
pub mod memory;
mod operator;
mod pipeline;
pub mod run;
pub mod wire;
pub mod worker;

pub use error::{ExecError, Result};
pub use operator::validate::{DEPTH_MAX as OPERATOR_DEPTH_MAX, OPERATORS_MAX};
pub use run::{Executor, ExecutorOptions, FragmentHandle, FragmentRun, OutputBatch, Split};
pub use worker::CancelToken;
