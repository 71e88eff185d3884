//! The subcommands, one file each.

pub mod demo;
pub mod export;
pub mod inspect;
pub mod load;
pub mod serve;
pub mod sql;
