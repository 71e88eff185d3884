//! Bound statements.

use crate::algebra::Query;

/// A statement with names and types resolved.
#[derive(Debug)]
pub enum BoundStatement {
    /// A query.
    Query(Query),
    /// EXPLAIN.
    Explain(Explain),
}

/// EXPLAIN of a statement.
#[derive(Debug)]
pub struct Explain {
    /// ANALYZE: run it.
    pub analyze: bool,
    /// What is explained.
    pub statement: Box<BoundStatement>,
}

impl BoundStatement {
    /// Returns the statement's type as BigQuery names it in job statistics: `SELECT`, `INSERT`, ...
    pub fn statement_type(&self) -> &'static str {
        match self {
            BoundStatement::Query(_) => "SELECT",
            BoundStatement::Explain(_) => "EXPLAIN",
        }
    }
}
