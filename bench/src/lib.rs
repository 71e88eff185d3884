//! Workloads: TPC-H and nested documents, with the answers that they must give, and a wide table of page views; and what files of them weigh
//! and how fast they scan, beside Parquet's.
//!
//! Start from [`tpch`], [`documents`] and [`hits`]; from [`files`] for the report on files.

#![forbid(unsafe_code)]

mod columns;
pub mod documents;
pub mod files;
pub mod hits;
mod random;
pub mod tpch;
