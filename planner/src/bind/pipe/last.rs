//! Pipe operators that end a statement: the rows before them are what it stores.

use crate::syntax::ast::{self, InsertSource, PipeOperatorKind, Span, Statement, StatementKind};

/// Returns the statement that a query's last operator makes of it: CREATE TABLE, INSERT or EXPORT DATA. None when
/// it is just a query.
pub(in crate::bind) fn last_statement(query: &ast::Query, span: Span) -> Option<Statement> {
    let last = &query.pipes.last()?.kind;
    if !matches!(
        last,
        PipeOperatorKind::CreateTable(_) | PipeOperatorKind::Insert(_) | PipeOperatorKind::ExportData { .. }
    ) {
        return None;
    }
    let mut rows = query.clone();
    rows.pipes.pop();
    let rows = Box::new(rows);
    let kind = match last {
        PipeOperatorKind::CreateTable(create) => {
            StatementKind::CreateTable(Box::new(ast::CreateTable { query: Some(rows), ..(**create).clone() }))
        }
        PipeOperatorKind::Insert(insert) => StatementKind::Insert(Box::new(ast::Insert {
            source: InsertSource::Query(rows),
            ..(**insert).clone()
        })),
        PipeOperatorKind::ExportData { connection, options } => {
            StatementKind::ExportData(Box::new(ast::ExportData {
                connection: connection.clone(),
                options: options.clone(),
                query: rows,
                span,
            }))
        }
        _ => return None,
    };
    Some(Statement { kind, span })
}
