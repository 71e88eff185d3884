//! The FROM clause: tables, WITH definitions, subqueries.

use canopy_format::Value;

use super::binder::{Binder, Rows};
use super::error::{BindError, Result};
use super::expression::ExprContext;
use super::ingestion::is_hidden;
use super::query::named_columns;
use super::scope::{NameList, NamedColumn, Scope};
use super::suggest;
use crate::algebra::{Expr, Relation, Scan, ScanColumn};
use crate::syntax::ast::{self, Span, TableExprKind};

/// Rows with the names by which they are known.
pub(super) struct Source {
    /// The rows.
    pub relation: Relation,
    /// The names.
    pub names: NameList,
}

/// What encloses a table expression.
#[derive(Clone, Copy)]
pub(super) struct FromContext<'a> {
    /// The scope of the enclosing query: all that a subquery sees.
    pub outer: Option<&'a Scope<'a>>,
    /// Inside it, the tables to the left: what paths and UNNEST see besides.
    pub lateral: Option<&'a Scope<'a>>,
}

impl Binder<'_> {
    /// Returns the rows of a FROM clause.
    pub(super) fn from(&mut self, from: &ast::TableExpr, outer: Option<&Scope<'_>>) -> Result<Source> {
        self.table_expr(from, FromContext { outer, lateral: outer })
    }

    /// Returns the rows of a table expression.
    pub(super) fn table_expr(&mut self, table: &ast::TableExpr, cx: FromContext<'_>) -> Result<Source> {
        // Joins lean to the left: a long list of them must not cost stack.
        if let TableExprKind::Join(_) = &table.kind {
            return self.join_chain(table, cx);
        }
        self.nested(table.span, |binder| match &table.kind {
            TableExprKind::Table(path) if binder.array_path(path, cx.lateral) => {
                binder.unnest_path(None, path, false, table.span, cx)
            }
            TableExprKind::Table(path) => binder.named_table(path),
            TableExprKind::Unnest(unnest) => binder.unnest(None, unnest, false, table.span, cx),
            TableExprKind::Subquery { query, alias } => {
                let rows = binder.query(query, cx.outer)?;
                Ok(source_of(rows, alias.as_ref().map(|alias| alias.value.as_str())))
            }
            TableExprKind::Join(_) => binder.join_chain(table, cx),
            TableExprKind::Function { call, alias } => {
                binder.table_function(call, alias.as_ref(), call.name.span, cx)
            }
            TableExprKind::Pivot { input, pivot } => {
                let input = binder.table_expr(input, cx)?;
                binder.pivot(input, pivot, cx.outer)
            }
            TableExprKind::Unpivot { input, unpivot } => {
                let input = binder.table_expr(input, cx)?;
                binder.unpivot(input, unpivot)
            }
            TableExprKind::Sample { input, sample } => {
                let input = binder.table_expr(input, cx)?;
                binder.sample(input, sample)
            }
            TableExprKind::MatchRecognize { input, pattern } => {
                let input = binder.table_expr(input, cx)?;
                binder.match_recognize(input, pattern, cx.outer)
            }
        })
    }

    /// True when the path names an array of a table in sight rather than a table.
    pub(super) fn array_path(&self, table: &ast::TablePath, scope: Option<&Scope<'_>>) -> bool {
        let [first, _, ..] = table.path.parts.as_slice() else { return false };
        scope.is_some_and(|scope| scope.lookup(&first.value, true).is_some())
    }

    /// Returns the rows of a table, a view or a WITH definition.
    pub(super) fn named_table(&mut self, table: &ast::TablePath) -> Result<Source> {
        if let Some(offset) = &table.offset {
            let name = table.path.dotted();
            let message = format!("WITH OFFSET can only be used with array paths, but {name} is a table");
            return Err(BindError::new(message, offset.span));
        }
        let parts = table_path(&table.path);
        let last = parts.last().map(String::as_str).unwrap_or_default();
        let alias = table.alias.as_ref().map_or(last, |alias| alias.value.as_str());
        if let (Some(name), None) = (table.path.as_ident(), &table.as_of)
            && let Some(rows) = self.cte_reference(&name.value)
        {
            return Ok(source_of(rows, Some(alias)));
        }
        if let Some(found) = self.system_table(&parts, alias, table)? {
            return Ok(found);
        }
        if let Some(rows) = self.view(&parts, table.path.span)? {
            return match &table.as_of {
                Some(as_of) => Err(BindError::unsupported("FOR SYSTEM_TIME AS OF of a view", as_of.span)),
                None => Ok(source_of(rows, Some(alias))),
            };
        }
        let as_of = match &table.as_of {
            Some(as_of) => Some(self.as_of(as_of)?),
            None => None,
        };
        self.scan(&parts, as_of, alias, table.path.span)
    }

    /// Returns the rows of an INFORMATION_SCHEMA view.
    fn system_table(
        &mut self,
        path: &[String],
        alias: &str,
        table: &ast::TablePath,
    ) -> Result<Option<Source>> {
        let found = self.catalog.system_table(path);
        let found = found.map_err(|error| BindError::catalog(&error, None, table.path.span))?;
        let Some(found) = found else { return Ok(None) };
        if let Some(as_of) = &table.as_of {
            return Err(BindError::unsupported("FOR SYSTEM_TIME AS OF of INFORMATION_SCHEMA", as_of.span));
        }
        let mut columns = Vec::with_capacity(found.columns.len());
        let mut named = Vec::with_capacity(found.columns.len());
        for (name, data_type) in found.columns {
            let column = self.ids.column(name.clone(), data_type);
            named.push(NamedColumn { name, expr: Expr::Column(column.clone()) });
            columns.push(column);
        }
        let mut names = NameList::default();
        names.add_columns(Some(alias), named);
        Ok(Some(Source { relation: Relation::Values { columns, rows: found.rows }, names }))
    }

    fn scan(&mut self, path: &[String], as_of: Option<i64>, alias: &str, span: Span) -> Result<Source> {
        let table = self.catalog_table(path, as_of, span)?;
        let mut columns = Vec::with_capacity(table.schema.fields.len());
        let mut named = Vec::with_capacity(table.schema.fields.len());
        let mut hidden = Vec::new();
        for field in &table.schema.fields {
            let column = self.ids.column(field.name.clone(), field.column_type());
            if is_hidden(field) {
                hidden = self.hidden_columns(Expr::Column(column.clone()), span)?;
                columns.push(ScanColumn { column, field: field.id, nested: None });
                continue;
            }
            named.push(NamedColumn { name: field.name.clone(), expr: Expr::Column(column.clone()) });
            columns.push(ScanColumn { column, field: field.id, nested: None });
        }
        let mut names = NameList::default();
        names.add_columns(Some(alias), named);
        names.hidden = hidden.into_iter().map(|column| (alias.to_owned(), column)).collect();
        let relation = Relation::Scan(Scan { table, columns, predicates: Vec::new(), sample: None });
        Ok(Source { relation, names })
    }

    /// Returns the table of the catalog.
    pub(super) fn catalog_table(
        &self,
        path: &[String],
        as_of: Option<i64>,
        span: Span,
    ) -> Result<std::sync::Arc<crate::catalog::TableSource>> {
        let path = &self.qualified(path);
        self.catalog.table(path, as_of).map_err(|error| {
            let name = path.join(".");
            let known = self.catalog.names_like(path);
            let mut suggestion = suggest::closest(&name, known.iter().map(String::as_str)).map(str::to_owned);
            if suggestion.is_none() {
                // A bare name may be meant where the catalog lists full ones.
                let last = path.last().map(String::as_str).unwrap_or_default();
                let tail = |full: &str| full.rsplit('.').next().unwrap_or_default().to_owned();
                let tails: Vec<String> = known.iter().map(|full| tail(full)).collect();
                let found = suggest::closest(last, tails.iter().map(String::as_str));
                suggestion = found.and_then(|found| known.iter().find(|full| tail(full) == found).cloned());
            }
            BindError::catalog(&error, suggestion, span)
        })
    }

    pub(super) fn as_of(&mut self, as_of: &ast::Expr) -> Result<i64> {
        let empty = Scope::new(NameList::default(), None);
        let expr = self.expr(as_of, ExprContext::plain(&empty, "FOR SYSTEM_TIME AS OF"))?;
        let expr = self.assign(expr, &canopy_format::DataType::Timestamp, as_of.span)?;
        match self.fold(&expr, as_of.span)? {
            Value::Timestamp(micros) => Ok(micros),
            _ => Err(BindError::new("FOR SYSTEM_TIME AS OF must not be NULL", as_of.span)),
        }
    }
}

/// Returns the rows of a query under a name.
pub(super) fn source_of(rows: Rows, alias: Option<&str>) -> Source {
    let mut names = NameList::default();
    match (rows.value_table, rows.columns.as_slice()) {
        (true, [output]) => names.add_value(alias, Expr::Column(output.column.clone())),
        _ => names.add_columns(alias, named_columns(&rows.columns)),
    }
    Source { relation: rows.relation, names }
}

/// Returns the parts of a table's name; a backticked part may hold several.
pub(super) fn table_path(path: &ast::Path) -> Vec<String> {
    let split = |part: &ast::Ident| -> Vec<String> {
        match part.quoted {
            true => part.value.split('.').map(str::to_owned).collect(),
            false => vec![part.value.clone()],
        }
    };
    path.parts.iter().flat_map(split).collect()
}
