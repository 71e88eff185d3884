//! What the end-to-end tests share: [`services`] provides the servers that they need, [`cluster`] runs
//! Canopy's own as separate processes, [`engine`] is one in this process, and [`sql_file`] reads `.slt` files.

pub mod cluster;
pub mod conformance;
pub mod engine;
pub mod queries;
pub mod random;
pub mod services;
pub mod sql_file;
pub mod tpch;
pub mod tree;
