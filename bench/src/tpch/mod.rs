//! TPC-H: its tables, its 22 queries in GoogleSQL, and their answers.

mod answers;
mod queries;
mod tables;

pub use answers::{AnswerError, answer, compare};
pub use queries::{QUERY_COUNT, query};
pub use tables::{TABLES, Table, batches, schema};
