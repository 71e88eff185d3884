//! Names and types: makes the [`algebra`](crate::algebra) of syntax trees, against a pinned snapshot.
//!
//! Start at [`bind`]. Scopes hold what names mean; each construct has its file, and calls are resolved by the
//! executor's function catalog, so that what binds also runs. Nothing here does I/O or panics on any tree.

mod alter;
mod array_subquery;
mod binder;
mod constant;
mod constraint;
mod context;
mod create;
mod cte;
mod error;
mod expression;
mod flatten;
mod fold;
mod from;
mod grouping;
mod grouping_sets;
pub(crate) mod ingestion;
mod insert;
mod job;
mod join;
mod modify;
mod object;
mod options;
mod pipe;
mod pivot;
mod query;
mod recursive;
mod row_pattern;
mod sample;
mod scope;
mod script;
mod select;
mod select_list;
mod set_columns;
mod set_operation;
mod statement;
pub mod suggest;
mod table_schema;
#[cfg(test)]
mod tests;
mod unique;
mod unnest;
mod unnest_arrays;
mod unpivot;
mod window;

pub use context::{BindContext, Parameters, TypedValue};
pub use error::{BindError, BindErrorKind, Result};
pub use script::{BoundExpression, bind_expression, declared_type, value_bytes};
pub use statement::{
    Alter, AlterTable, BoundStatement, ConstraintChange, Constraints, CreateRoutine, CreateSchema,
    CreateTable, CreateView, DropDefinition, DropSchema, DropTable, ExportData, ForeignKey, Insert, LoadData,
    Modify, ModifyKind, StatementOption, TableCopy, Truncate,
};

use canopy_format::DataType;

use crate::catalog::Catalog;
use crate::syntax::ast::{ObjectKind, Statement, StatementKind};
use crate::syntax::parse_data_type;
use binder::Binder;

/// Returns the statement with names resolved against the catalog and types checked.
///
/// # Errors
/// [`BindError`] with its place in `context.text`: what is wrong, or which construct is not supported.
pub fn bind(statement: &Statement, catalog: &dyn Catalog, context: &BindContext) -> Result<BoundStatement> {
    bind_statement(statement, catalog, context).map_err(|mut error| {
        error.position = Some(error.span.line_column(&context.text));
        error
    })
}

/// Returns the type that a text spells, e.g. of a query parameter: `ARRAY<STRUCT<a INT64, b STRING>>`.
///
/// # Errors
/// [`BindError`] when it spells none.
pub fn parse_type(text: &str) -> Result<DataType> {
    let positioned = |mut error: BindError| {
        error.position = Some(error.span.line_column(text));
        error
    };
    let syntax = parse_data_type(text).map_err(|error| {
        positioned(BindError::new(format!("Syntax error: {}", error.message), error.span))
    })?;
    expression::data_type(&syntax).map_err(positioned)
}

fn bind_statement(
    statement: &Statement,
    catalog: &dyn Catalog,
    context: &BindContext,
) -> Result<BoundStatement> {
    let mut binder = Binder::new(catalog, context);
    Ok(match &statement.kind {
        StatementKind::Query(query) => match pipe::last_statement(query, statement.span) {
            Some(statement) => bind_statement(&statement, catalog, context)?,
            None => BoundStatement::Query(binder.statement_query(query)?),
        },
        StatementKind::Explain(explain) => BoundStatement::Explain {
            analyze: explain.analyze,
            statement: Box::new(bind_statement(explained(explain)?, catalog, context)?),
        },
        StatementKind::CreateSchema(create) => BoundStatement::CreateSchema(binder.create_schema(create)?),
        StatementKind::CreateTable(create) => BoundStatement::CreateTable(binder.create_table(create)?),
        StatementKind::CreateView(create) => {
            BoundStatement::CreateView(binder.create_view(create, statement.span)?)
        }
        StatementKind::CreateFunction(create) => {
            BoundStatement::CreateRoutine(binder.create_function(create, statement.span)?)
        }
        StatementKind::CreateTableFunction(create) => {
            BoundStatement::CreateRoutine(binder.create_table_function(create, statement.span)?)
        }
        StatementKind::CreateProcedure(create) => {
            BoundStatement::CreateRoutine(binder.create_procedure(create, statement.span)?)
        }
        StatementKind::Drop(drop) => create::drop_object(drop)?,
        StatementKind::Alter(alter) => match alter.object {
            ObjectKind::Table => BoundStatement::AlterTable(binder.alter_table(alter)?.map(Box::new)),
            ObjectKind::Schema => BoundStatement::AlterSchema(binder.alter_options(alter)?),
            ObjectKind::View => BoundStatement::AlterView(binder.alter_options(alter)?),
            other => {
                return Err(BindError::unsupported(format!("ALTER {}", other.keywords()), statement.span));
            }
        },
        StatementKind::Insert(insert) => BoundStatement::Insert(binder.insert(insert)?),
        StatementKind::Update(update) => BoundStatement::Modify(binder.update(update)?),
        StatementKind::Delete(delete) => BoundStatement::Modify(binder.delete(delete)?),
        StatementKind::Merge(merge) => BoundStatement::Modify(binder.merge(merge)?),
        StatementKind::Truncate(truncate) => BoundStatement::Truncate(binder.truncate(truncate)?),
        StatementKind::LoadData(load) => BoundStatement::LoadData(binder.load_data(load)?),
        StatementKind::ExportData(export) => BoundStatement::ExportData(binder.export_data(export)?),
        other => return Err(BindError::unsupported(statement_name(other), statement.span)),
    })
}

/// EXPLAIN of EXPLAIN says nothing new, and nesting it would cost stack.
fn explained(explain: &crate::syntax::ast::Explain) -> Result<&Statement> {
    match explain.statement.kind {
        StatementKind::Explain(_) => {
            Err(BindError::unsupported("EXPLAIN of EXPLAIN", explain.statement.span))
        }
        _ => Ok(&explain.statement),
    }
}

fn statement_name(kind: &StatementKind) -> &'static str {
    use StatementKind::*;
    match kind {
        Query(_) => "SELECT",
        Insert(_) => "INSERT",
        Update(_) => "UPDATE",
        Delete(_) => "DELETE",
        Truncate(_) => "TRUNCATE TABLE",
        Merge(_) => "MERGE",
        CreateSchema(_) => "CREATE SCHEMA",
        CreateTable(_) => "CREATE TABLE",
        CreateView(_) => "CREATE VIEW",
        CreateFunction(_) => "CREATE FUNCTION",
        CreateTableFunction(_) => "CREATE TABLE FUNCTION",
        CreateProcedure(_) => "CREATE PROCEDURE",
        CreateIndex(_) => "CREATE INDEX",
        CreateRowAccessPolicy(_) => "CREATE ROW ACCESS POLICY",
        CreateModel(_) => "CREATE MODEL",
        CreateResource(_) => "CREATE of a capacity, reservation or assignment",
        Alter(_) => "ALTER",
        Drop(_) => "DROP",
        Undrop(_) => "UNDROP",
        Grant(_) => "GRANT or REVOKE",
        LoadData(_) => "LOAD DATA",
        ExportData(_) => "EXPORT DATA",
        ExportModel(_) => "EXPORT MODEL",
        Explain(_) => "EXPLAIN",
        Declare(_) => "DECLARE",
        Set(_) => "SET",
        If(_) => "IF",
        Case(_) => "CASE",
        Loop(_) => "LOOP",
        While(_) => "WHILE",
        Repeat(_) => "REPEAT",
        For(_) => "FOR",
        Block(_) => "BEGIN ... END",
        ExecuteImmediate(_) => "EXECUTE IMMEDIATE",
        Call(_) => "CALL",
        Assert(_) => "ASSERT",
        Raise(_) => "RAISE",
        Break(_) => "BREAK",
        Continue(_) => "CONTINUE",
        Return => "RETURN",
        BeginTransaction(_) => "BEGIN TRANSACTION",
        CommitTransaction => "COMMIT TRANSACTION",
        RollbackTransaction => "ROLLBACK TRANSACTION",
    }
}
