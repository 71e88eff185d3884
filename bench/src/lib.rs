//! Workloads: TPC-H and nested documents, with the answers that they must give.
//!
//! Start from [`tpch`].

#![forbid(unsafe_code)]

pub mod tpch;
