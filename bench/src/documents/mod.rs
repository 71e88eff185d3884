//! Web documents shaped as in the Dremel paper (Melnik et al., 2010, figure 2), with a third level of
//! repetition, NULLs, and empty arrays; and queries over them with a flat oracle.
//!
//! The oracle is plain Rust over the generated records: it knows nothing of columns, levels or SQL.

mod generate;
mod queries;
mod schema;

pub use generate::{Document, Language, Links, Name, documents};
pub use queries::{NestedQuery, QUERIES};
pub use schema::{TABLE, batches, schema};
