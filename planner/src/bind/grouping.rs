//! GROUP BY: its keys, and the check that what is selected is grouped or aggregated.

use std::collections::HashSet;

use super::binder::{Binder, referenced_columns};
use super::error::{BindError, Result};
use super::expression::{ExprContext, is_groupable, is_literal};
use super::query::ordinal;
use super::scope::Scope;
use super::select::{OrderKey, type_kind};
use super::select_list::Item;
use crate::algebra::{AggregateCall, Column, ColumnId, Expr, Named, Relation};
use crate::syntax::ast::{self, GroupByKind, GroupingItemKind};

/// The keys of a GROUP BY.
pub(super) struct Grouping {
    /// The keys; none groups all rows into one.
    pub keys: Vec<Named>,
}

impl Binder<'_> {
    /// Returns the keys.
    pub(super) fn grouping(
        &mut self,
        group_by: Option<&ast::GroupBy>,
        items: &[Item],
        calls: &[AggregateCall],
        cx: ExprContext<'_>,
    ) -> Result<Grouping> {
        let mut keys = Vec::new();
        match group_by.map(|group_by| &group_by.kind) {
            None => {}
            Some(GroupByKind::All) => {
                for item in items {
                    let mut columns = Vec::new();
                    referenced_columns(&item.expr, &mut columns);
                    if !columns.is_empty() && !columns.iter().any(|id| is_call(calls, *id)) {
                        self.add_key(&mut keys, item.expr.clone(), &item.name, item.span)?;
                    }
                }
            }
            Some(GroupByKind::Items(entries)) => {
                for entry in entries {
                    match &entry.kind {
                        GroupingItemKind::Expr { value, .. } => {
                            self.group_item(&mut keys, value, items, calls, cx)?;
                        }
                        GroupingItemKind::Set(values) if values.is_empty() && entries.len() == 1 => {}
                        GroupingItemKind::Set(_) | GroupingItemKind::GroupingSets(_) => {
                            return Err(BindError::unsupported("GROUPING SETS", entry.span));
                        }
                        GroupingItemKind::Rollup(_) => {
                            return Err(BindError::unsupported("ROLLUP", entry.span));
                        }
                        GroupingItemKind::Cube(_) => {
                            return Err(BindError::unsupported("CUBE", entry.span));
                        }
                    }
                }
            }
        }
        Ok(Grouping { keys })
    }

    fn group_item(
        &mut self,
        keys: &mut Vec<Named>,
        value: &ast::Expr,
        items: &[Item],
        calls: &[AggregateCall],
        cx: ExprContext<'_>,
    ) -> Result<()> {
        let selected = match ordinal(value, items.len(), "GROUP BY")? {
            Some(index) => Some(&items[index]),
            None => alias(value, items)?,
        };
        let Some(item) = selected else {
            let cx = ExprContext::plain(cx.scope, "GROUP BY clause");
            let expr = self.expr(value, cx)?;
            if is_literal(&expr) {
                return Err(BindError::new("Cannot GROUP BY literal values", value.span));
            }
            return self.add_key(keys, expr, "", value.span);
        };
        let mut columns = Vec::new();
        referenced_columns(&item.expr, &mut columns);
        if columns.iter().any(|id| is_call(calls, *id)) {
            let message = match &value.kind {
                ast::ExprKind::Path(path) => {
                    format!("Column {} contains an aggregation function", path.dotted())
                }
                _ => format!("Column {} contains an aggregation function", item.name),
            };
            return Err(BindError::new(format!("{message}, which is not allowed in GROUP BY"), value.span));
        }
        self.add_key(keys, item.expr.clone(), &item.name, value.span)
    }

    fn add_key(&mut self, keys: &mut Vec<Named>, expr: Expr, name: &str, span: ast::Span) -> Result<()> {
        if !is_groupable(expr.data_type()) {
            let kind = type_kind(expr.data_type());
            let message = format!("Grouping by expressions of type {kind} is not allowed");
            return Err(BindError::new(message, span));
        }
        if keys.iter().any(|key| key.expr == expr) {
            return Ok(());
        }
        let column = match &expr {
            Expr::Column(column) => column.clone(),
            expr => self.ids.column(name, expr.data_type().clone()),
        };
        keys.push(Named { column, expr });
        Ok(())
    }
}

impl Grouping {
    /// Rewrites what stands after the grouping in terms of the keys and calls.
    ///
    /// # Errors
    /// When something refers to a column that is neither grouped nor aggregated.
    pub(super) fn check(
        &self,
        scope: &Scope<'_>,
        local: &[Column],
        items: &mut [Item],
        having: Option<&mut (Expr, usize, usize)>,
        order: &mut [OrderKey],
    ) -> Result<()> {
        let input: HashSet<ColumnId> = local.iter().map(|column| column.id).collect();
        let refused = |id: ColumnId, clause: &str, since: usize, until: usize, span: ast::Span| {
            let column = local.iter().find(|column| column.id == id);
            let reference = scope.reference(id, since, until);
            let (text, span) = match (&reference, column) {
                (Some(reference), _) => (reference.text.as_str(), reference.span),
                (None, Some(column)) => (column.name.as_str(), span),
                (None, None) => ("", span),
            };
            let what = if text.contains('.') { "" } else { "column " };
            let message = format!(
                "{clause} expression references {what}{text} which is neither grouped nor aggregated"
            );
            BindError::new(message, span)
        };
        for item in items {
            let clause = if item.star { "Star expansion" } else { "SELECT list" };
            self.rewrite(&mut item.expr, &input)
                .map_err(|id| refused(id, clause, item.since, item.until, item.span))?;
        }
        if let Some((expr, since, until)) = having {
            self.rewrite(expr, &input)
                .map_err(|id| refused(id, "HAVING clause", *since, *until, ast::Span::default()))?;
        }
        for key in order {
            self.rewrite(&mut key.key.expr, &input)
                .map_err(|id| refused(id, "ORDER BY clause", key.since, key.until, key.span))?;
        }
        Ok(())
    }

    fn rewrite(&self, expr: &mut Expr, input: &HashSet<ColumnId>) -> std::result::Result<(), ColumnId> {
        if let Some(key) = self.keys.iter().find(|key| key.expr == *expr) {
            *expr = Expr::Column(key.column.clone());
            return Ok(());
        }
        if let Expr::Column(column) = expr {
            return match input.contains(&column.id) {
                true => Err(column.id),
                false => Ok(()),
            };
        }
        for child in expr.children_mut() {
            self.rewrite(child, input)?;
        }
        match expr {
            Expr::Subquery(subquery) => self.rewrite_relation(&mut subquery.relation, input),
            _ => Ok(()),
        }
    }

    fn rewrite_relation(
        &self,
        relation: &mut Relation,
        input: &HashSet<ColumnId>,
    ) -> std::result::Result<(), ColumnId> {
        for expr in relation.exprs_mut() {
            self.rewrite(expr, input)?;
        }
        relation.inputs_mut().into_iter().try_for_each(|below| self.rewrite_relation(below, input))
    }
}

fn is_call(calls: &[AggregateCall], id: ColumnId) -> bool {
    calls.iter().any(|call| call.output.id == id)
}

/// Returns the select list's entry that a bare name in GROUP BY stands for.
fn alias<'i>(value: &ast::Expr, items: &'i [Item]) -> Result<Option<&'i Item>> {
    let ast::ExprKind::Path(path) = &value.kind else { return Ok(None) };
    let Some(name) = path.as_ident() else { return Ok(None) };
    let mut found = items.iter().filter(|item| item.name.eq_ignore_ascii_case(&name.value));
    let first = found.next();
    match (first, found.find(|other| first.is_some_and(|first| first.expr != other.expr))) {
        (_, Some(_)) => Err(super::expression::ambiguous(name)),
        (first, None) => Ok(first),
    }
}
