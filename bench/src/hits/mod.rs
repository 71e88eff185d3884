//! A wide table of page views, and queries in the manner of ClickBench: filters, groups of few and of many,
//! distinct counts, text, and top lists. Every query's order is total, so that engines can be compared row by row.

mod generate;
mod queries;

pub use generate::{batches, schema};
pub use queries::{QUERIES, QUERY_COUNT};

/// The table's name.
pub const TABLE: &str = "hits";

/// Rows at scale 1.
pub const ROWS_A_SCALE: f64 = 2_000_000.0;
