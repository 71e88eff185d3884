//! Workloads: TPC-H and nested documents, with the answers that they must give.
//!
//! Start from [`tpch`] and [`documents`].

#![forbid(unsafe_code)]

pub mod documents;
pub mod tpch;
