//! Queries: WITH, the body, ORDER BY and LIMIT over it.

use canopy_format::{DataType, Value};

use super::binder::{Binder, Rows};
use super::error::{BindError, Result};
use super::expression::ExprContext;
use super::scope::{NameList, NamedColumn, Scope};
use crate::algebra::{Expr, OutputColumn, Query, Relation, SortKey};
use crate::syntax::ast::{self, QueryBody};

impl Binder<'_> {
    /// Returns the query of a statement, its result's columns named.
    pub fn statement_query(mut self, query: &ast::Query) -> Result<Query> {
        let rows = self.query(query, None)?;
        // A client sees the fields of a table of STRUCTs as columns.
        let rows = match rows.columns.as_slice() {
            [value] if rows.value_table && matches!(value.column.data_type, DataType::Struct(_)) => {
                self.expand_value_table(rows, query.span)?
            }
            _ => rows,
        };
        // A column of them has no values to count its rows by.
        if rows.columns.iter().any(|output| output.column.data_type.holds(&is_empty_struct)) {
            return Err(BindError::unsupported("A STRUCT without fields in a result", query.span));
        }
        Ok(self.finish(rows))
    }

    /// Returns the rows as a whole query; columns without a name get `f0_`, `f1_`, ...
    pub fn finish(mut self, mut rows: Rows) -> Query {
        self.make_unique(&mut rows.relation);
        let mut anonymous = 0;
        let mut output = rows.columns;
        for column in &mut output {
            if column.name.is_empty() {
                column.name = format!("f{anonymous}_");
                column.anonymous = true;
                anonymous += 1;
            }
        }
        Query { relation: rows.relation, output, ids: self.ids, value_table: rows.value_table }
    }

    /// Returns the rows of a query inside `outer`.
    pub fn query(&mut self, query: &ast::Query, outer: Option<&Scope<'_>>) -> Result<Rows> {
        self.nested(query.span, |binder| {
            let body = |binder: &mut Self| match query.pipes.as_slice() {
                [] => binder.query_body(query, outer),
                _ => binder.piped(query, outer),
            };
            match &query.with {
                Some(with) => binder.with(with, body),
                None => body(binder),
            }
        })
    }

    /// Returns the rows of a query's body with its order and limit, before its pipe operators.
    pub(super) fn query_body(&mut self, query: &ast::Query, outer: Option<&Scope<'_>>) -> Result<Rows> {
        let mut rows = match &query.body {
            QueryBody::Select(select) => self.select(select, &query.order_by, outer)?,
            body => {
                let rows = self.body(body, outer)?;
                self.order_rows(rows, &query.order_by, outer)?
            }
        };
        if let Some(limit) = &query.limit {
            rows.relation = self.limit(rows.relation, limit)?;
        }
        Ok(rows)
    }

    /// Returns the rows of a query's body, without its order and limit.
    pub(super) fn body(&mut self, body: &QueryBody, outer: Option<&Scope<'_>>) -> Result<Rows> {
        match body {
            QueryBody::Select(select) => self.select(select, &[], outer),
            QueryBody::SetOperation(operation) => self.set_operation(operation, outer),
            QueryBody::Parenthesized(query) => self.query(query, outer),
            QueryBody::Aliased { query, .. } => self.query(query, outer),
            QueryBody::From(from) => {
                let source = self.from(from, outer)?;
                Ok(self.source_rows(source))
            }
        }
    }

    /// Sorts rows that are no plain SELECT: keys see only the result's columns.
    fn order_rows(
        &mut self,
        mut rows: Rows,
        order_by: &[ast::OrderItem],
        outer: Option<&Scope<'_>>,
    ) -> Result<Rows> {
        if order_by.is_empty() {
            return Ok(rows);
        }
        let scope = Scope::new(names_of(&rows), outer);
        let mut keys = Vec::with_capacity(order_by.len());
        for item in order_by {
            let expr = match ordinal(&item.value, rows.columns.len(), "ORDER BY")? {
                Some(index) => Expr::Column(rows.columns[index].column.clone()),
                None => self.expr(&item.value, ExprContext::plain(&scope, "ORDER BY clause"))?,
            };
            keys.push(self.sort_key(expr, item)?);
        }
        rows.relation = Relation::Sort { input: Box::new(rows.relation), keys };
        Ok(rows)
    }

    /// Returns the sort key of an ORDER BY entry.
    pub(super) fn sort_key(&mut self, expr: Expr, item: &ast::OrderItem) -> Result<SortKey> {
        if let Some(collate) = &item.collate {
            return Err(BindError::unsupported("COLLATE", collate.span));
        }
        if matches!(expr.data_type(), DataType::Array(_) | DataType::Struct(_) | DataType::Json) {
            let kind = match expr.data_type() {
                DataType::Array(_) => "ARRAY",
                DataType::Struct(_) => "STRUCT",
                _ => "JSON",
            };
            let message = format!("ORDER BY does not support expressions of type {kind}");
            return Err(BindError::new(message, item.value.span));
        }
        let descending = item.direction == Some(ast::Direction::Descending);
        let nulls_last = match item.nulls {
            Some(nulls) => nulls == ast::NullsOrder::Last,
            None => descending,
        };
        Ok(SortKey { expr, descending, nulls_last })
    }

    /// Returns the rows that LIMIT and OFFSET let through.
    pub(super) fn limit(&mut self, input: Relation, limit: &ast::Limit) -> Result<Relation> {
        let count = limit.count.as_ref().map(|count| self.row_count(count, "LIMIT")).transpose()?;
        let offset = limit.offset.as_ref().map(|offset| self.row_count(offset, "OFFSET")).transpose()?;
        Ok(Relation::Limit { input: Box::new(input), limit: count, offset: offset.unwrap_or(0) })
    }

    /// Returns the number of rows that a LIMIT or OFFSET gives: an integer literal or parameter.
    pub(super) fn row_count(&mut self, count: &ast::Expr, clause: &str) -> Result<u64> {
        let scope = Scope::new(NameList::default(), None);
        let value = self.expr(count, ExprContext::plain(&scope, "LIMIT clause"))?;
        match value {
            Expr::Literal(Value::Int64(value), _) => u64::try_from(value).map_err(|_| {
                BindError::new(
                    format!("{clause} expects a non-negative integer literal or parameter"),
                    count.span,
                )
            }),
            _ => {
                let message = format!("{clause} expects an integer literal or parameter");
                Err(BindError::new(message, count.span))
            }
        }
    }
}

/// Returns the position that an integer literal in ORDER BY or GROUP BY stands for.
pub(super) fn ordinal(expr: &ast::Expr, count: usize, clause: &str) -> Result<Option<usize>> {
    let ast::ExprKind::Literal(ast::Literal::Int(position)) = &expr.kind else { return Ok(None) };
    let index = usize::try_from(*position).ok().and_then(|position| position.checked_sub(1));
    match index.filter(|index| *index < count) {
        Some(index) => Ok(Some(index)),
        None => {
            let message = format!(
                "{clause} column number item is out of range. Column numbers must be between 1 and {count}"
            );
            Err(BindError::new(format!("{message}, but found {position}"), expr.span))
        }
    }
}

/// Returns the names of a query's result.
pub(super) fn names_of(rows: &Rows) -> NameList {
    let mut names = NameList::default();
    names.add_columns(None, named_columns(&rows.columns));
    names
}

/// Returns the result's columns as names.
pub(super) fn named_columns(columns: &[OutputColumn]) -> Vec<NamedColumn> {
    let named = |output: &OutputColumn| NamedColumn {
        name: if output.anonymous { String::new() } else { output.name.clone() },
        expr: Expr::Column(output.column.clone()),
    };
    columns.iter().map(named).collect()
}

fn is_empty_struct(data_type: &DataType) -> bool {
    matches!(data_type, DataType::Struct(fields) if fields.is_empty())
}
