//! The syntax tree of GoogleSQL: what the parser builds and the binder reads.
//!
//! Every node carries the [`Span`] of the text it came from. The tree says what was written, not what it
//! means: names are unresolved [`Path`]s, parentheses are gone (the shape of the tree holds the grouping),
//! and literals are already unescaped. One file a family of constructs:
//!
//! | file | what |
//! |---|---|
//! | [`expression`] | literals, operators, calls, window specifications |
//! | [`types`] | type names as written in casts, parameters and columns |
//! | [`query`] | SELECT, WITH, set operations, grouping, ordering |
//! | [`table`] | the FROM clause: tables, joins, UNNEST, PIVOT |
//! | [`pipe`] | operators of pipe syntax |
//! | [`dml`] | INSERT, UPDATE, DELETE, TRUNCATE, MERGE |
//! | [`ddl`] | CREATE, ALTER, DROP, GRANT |
//! | [`job`] | LOAD DATA, EXPORT DATA, EXPLAIN |
//! | [`script`] | statements, and those that control a script |

#![allow(
    clippy::large_enum_variant,
    reason = "trees are small and short-lived; a box at each hinge would only burden their readers"
)]

mod alter;
mod create;
pub mod ddl;
pub mod dml;
pub mod expression;
pub mod job;
mod literal;
mod node;
mod operator;
pub mod pipe;
pub mod query;
mod routine;
pub mod script;
pub mod table;
pub mod types;
mod window;

pub use ddl::*;
pub use dml::*;
pub use expression::*;
pub use job::*;
pub use node::{Ident, LineColumn, Path, Span};
pub use pipe::*;
pub use query::*;
pub use script::*;
pub use table::*;
pub use types::*;
