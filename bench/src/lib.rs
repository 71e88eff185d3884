//! Workloads: TPC-H and nested documents, with the answers that they must give; and what files of them weigh
//! and how fast they scan, beside Parquet's.
//!
//! Start from [`tpch`] and [`documents`]; from [`files`] for the report on files.

#![forbid(unsafe_code)]

pub mod documents;
pub mod files;
mod random;
pub mod tpch;
