//! SQL to algebra text, SQL to error text.

mod catalog;
mod depth;
mod errors;
mod objects;
mod parameters;
mod planned;
mod plans;
mod statements;
mod tpch;

use super::{BindContext, BoundStatement, bind};
use crate::syntax::parse_statement;
use catalog::TestCatalog;

/// Binds a statement against the test catalog.
fn bound(sql: &str) -> Result<BoundStatement, String> {
    let statement = parse_statement(sql).map_err(|error| error.to_string())?;
    let context = BindContext { text: sql.to_owned(), ..BindContext::default() };
    bind(&statement, &TestCatalog::new(), &context).map_err(|error| error.to_string())
}

/// The algebra of a query as text, or the error's text.
fn plan(sql: &str) -> String {
    match bound(sql) {
        Ok(BoundStatement::Query(query)) => query.to_string(),
        Ok(other) => format!("{other:?}"),
        Err(error) => error,
    }
}
