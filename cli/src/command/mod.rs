//! The subcommands, one file each.

pub mod bench;
pub mod demo;
pub mod export;
pub mod inspect;
pub mod load;
pub mod serve;
pub mod sql;
mod workload;
