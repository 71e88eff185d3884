//! The reference suite's parser cases: reading the files, and choosing those that BigQuery knows.

pub mod left_out;
pub mod test_file;
