//! GROUP BY: its keys, and the check that what is selected is grouped or aggregated.

use std::collections::{HashMap, HashSet};

use super::binder::{Binder, referenced_columns};
use super::error::{BindError, Result};
use super::expression::{ExprContext, GROUPING, is_groupable, is_literal};
use super::grouping_sets::GroupingSets;
use super::query::ordinal;
use super::scope::Scope;
use super::select::{OrderKey, type_kind};
use super::select_list::Item;
use super::window::{BoundCall, Windows};
use crate::algebra::{AggregateCall, Column, ColumnId, Expr, Named, Relation};
use crate::syntax::ast::{self, GroupByKind, GroupingItemKind};

/// The keys of a GROUP BY.
pub(super) struct Grouping {
    /// The keys; none groups all rows into one.
    pub keys: Vec<Named>,
    /// Several groupings by some of them.
    pub sets: Option<GroupingSets>,
    /// Items of the select list that are keys by their ordinal or alias, with their keys' positions.
    picked: HashMap<usize, usize>,
}

/// The keys while they are gathered, with what their values may name.
pub(super) struct Keys<'c, 'a> {
    keys: Vec<Named>,
    picked: HashMap<usize, usize>,
    items: &'c [Item],
    calls: &'c [AggregateCall],
    windows: &'c Windows<'a>,
    cx: ExprContext<'c>,
}

impl Binder<'_> {
    /// Returns the keys.
    pub(super) fn grouping(
        &mut self,
        group_by: Option<&ast::GroupBy>,
        items: &[Item],
        calls: &[AggregateCall],
        windows: &Windows<'_>,
        cx: ExprContext<'_>,
    ) -> Result<Grouping> {
        let mut keys = Keys { keys: Vec::new(), picked: HashMap::new(), items, calls, windows, cx };
        let mut sets = None;
        match group_by.map(|group_by| &group_by.kind) {
            None => {}
            Some(GroupByKind::All) => {
                for item in items {
                    let mut columns = Vec::new();
                    referenced_columns(&item.expr, &mut columns);
                    if !columns.is_empty() && keys.computed(&item.expr).is_none() {
                        self.add_key(&mut keys.keys, item.expr.clone(), &item.name, item.span)?;
                    }
                }
            }
            Some(GroupByKind::Items(entries)) => match entries.as_slice() {
                [entry] if !matches!(entry.kind, GroupingItemKind::Expr { .. }) => {
                    sets = Some(self.sets_of(entry, &mut keys)?);
                }
                entries => {
                    for entry in entries {
                        let GroupingItemKind::Expr { value, .. } = &entry.kind else {
                            let message = "The GROUP BY clause only supports GROUPING SETS, ROLLUP and CUBE when \
                                           there are no other grouping elements";
                            return Err(BindError::new(message, entry.span));
                        };
                        self.group_item(&mut keys, value)?;
                    }
                }
            },
        }
        let Keys { keys, picked, .. } = keys;
        // One set of all keys is a plain grouping.
        let sets = sets.filter(|sets| sets.len() != 1 || sets[0].len() != keys.len());
        let sets = sets.map(|sets| {
            let number = self.ids.column("grouping_set", canopy_format::DataType::Int64);
            GroupingSets { sets, number }
        });
        Ok(Grouping { keys, sets, picked })
    }

    /// Returns the position of a value's key.
    pub(super) fn group_item(&mut self, keys: &mut Keys<'_, '_>, value: &ast::Expr) -> Result<usize> {
        let selected = match ordinal(value, keys.items.len(), "GROUP BY")? {
            Some(index) => Some(index),
            None => alias(value, keys.items)?,
        };
        let Some((index, item)) = selected.map(|index| (index, &keys.items[index])) else {
            let cx = ExprContext::plain(keys.cx.scope, "GROUP BY clause");
            let expr = self.expr(value, cx)?;
            if is_literal(&expr) && !matches!(value.kind, ast::ExprKind::Subquery(_)) {
                return Err(BindError::new("Cannot GROUP BY literal values", value.span));
            }
            return self.add_key(&mut keys.keys, expr, "", value.span);
        };
        if let Some(computed) = keys.computed(&item.expr) {
            let column = match &value.kind {
                ast::ExprKind::Path(path) => path.dotted(),
                _ => item.name.clone(),
            };
            let message = format!("Column {column} contains {computed}, which is not allowed in GROUP BY");
            return Err(BindError::new(message, value.span));
        }
        let key = self.add_key(&mut keys.keys, item.expr.clone(), &item.name, value.span)?;
        keys.picked.insert(index, key);
        Ok(key)
    }

    fn add_key(&mut self, keys: &mut Vec<Named>, expr: Expr, name: &str, span: ast::Span) -> Result<usize> {
        if !is_groupable(expr.data_type()) {
            let kind = type_kind(expr.data_type());
            let message = format!("Grouping by expressions of type {kind} is not allowed");
            return Err(BindError::new(message, span));
        }
        if let Some(known) = keys.iter().position(|key| key.expr == expr) {
            return Ok(known);
        }
        let column = match &expr {
            Expr::Column(column) => column.clone(),
            expr => self.ids.column(name, expr.data_type().clone()),
        };
        keys.push(Named { column, expr });
        Ok(keys.len() - 1)
    }
}

impl Keys<'_, '_> {
    /// Returns what of the expression is computed after the grouping.
    fn computed(&self, expr: &Expr) -> Option<&'static str> {
        let mut columns = Vec::new();
        referenced_columns(expr, &mut columns);
        if columns.iter().any(|id| is_call(self.calls, *id)) {
            return Some("an aggregation function");
        }
        self.windows.stand_in(expr).then_some("an analytic function")
    }
}

/// What stands after a grouping.
pub(super) struct Clauses<'c> {
    /// The select list.
    pub items: &'c mut [Item],
    /// HAVING, with where its references were noted.
    pub having: Option<&'c mut (Expr, usize, usize)>,
    /// Calls with OVER.
    pub windows: &'c mut [BoundCall],
    /// QUALIFY, likewise.
    pub qualify: Option<&'c mut (Expr, usize, usize)>,
    /// ORDER BY.
    pub order: &'c mut [OrderKey],
}

impl Clauses<'_> {
    /// Every GROUPING is of a key.
    fn check_grouping(&self, grouping: &Grouping) -> Result<()> {
        let conditions = [self.having.as_deref(), self.qualify.as_deref()];
        let exprs = self.items.iter().map(|item| &item.expr);
        let exprs = exprs.chain(conditions.into_iter().flatten().map(|(expr, _, _)| expr));
        let exprs = exprs.chain(self.order.iter().map(|key| &key.key.expr));
        let mut stray = None;
        for expr in exprs {
            expr.for_each(&mut |inner| {
                if let Expr::Call { function, arguments, span, .. } = inner
                    && &**function == GROUPING
                    && !grouping.keys.iter().any(|key| arguments.first() == Some(&key.expr))
                {
                    stray = Some(*span);
                }
            });
        }
        match stray {
            Some(span) => {
                let message = "GROUPING must have a group by column as its argument";
                Err(BindError::new(message, span))
            }
            None => Ok(()),
        }
    }
}

impl Grouping {
    /// Rewrites what stands after the grouping in terms of the keys and calls.
    ///
    /// # Errors
    /// When something refers to a column that is neither grouped nor aggregated.
    pub(super) fn check(&self, scope: &Scope<'_>, local: &[Column], clauses: Clauses<'_>) -> Result<()> {
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
        clauses.check_grouping(self)?;
        for (index, item) in clauses.items.iter_mut().enumerate() {
            // It is the key itself, whatever the columns in it are.
            if let Some(key) = self.picked.get(&index) {
                item.expr = Expr::Column(self.keys[*key].column.clone());
                continue;
            }
            let clause = if item.star { "Star expansion" } else { "SELECT list" };
            self.rewrite(&mut item.expr, &input)
                .map_err(|id| refused(id, clause, item.since, item.until, item.span))?;
        }
        if let Some((expr, since, until)) = clauses.having {
            self.rewrite(expr, &input)
                .map_err(|id| refused(id, "HAVING clause", *since, *until, ast::Span::default()))?;
        }
        for bound in clauses.windows {
            let (since, until, span) = (bound.since, bound.until, bound.span);
            for expr in bound.exprs_mut() {
                self.rewrite(expr, &input).map_err(|id| refused(id, "SELECT list", since, until, span))?;
            }
        }
        if let Some((expr, since, until)) = clauses.qualify {
            self.rewrite(expr, &input)
                .map_err(|id| refused(id, "QUALIFY clause", *since, *until, ast::Span::default()))?;
        }
        for key in clauses.order {
            self.rewrite(&mut key.key.expr, &input)
                .map_err(|id| refused(id, "ORDER BY clause", key.since, key.until, key.span))?;
        }
        Ok(())
    }

    /// True for expressions over columns that are keys themselves: grouping sets may make those NULL, and
    /// it is they that the names in the expression mean.
    fn is_over_keys(&self, expr: &Expr) -> bool {
        if self.sets.is_none() || expr.as_column().is_some() {
            return false;
        }
        let columns = expr.columns();
        let is_key = |id: &ColumnId| self.keys.iter().any(|key| key.expr.as_column() == Some(*id));
        !columns.is_empty() && columns.iter().all(is_key)
    }

    fn rewrite(&self, expr: &mut Expr, input: &HashSet<ColumnId>) -> std::result::Result<(), ColumnId> {
        if let Expr::Call { function, arguments, .. } = expr
            && &**function == GROUPING
            && let Some(key) = self.keys.iter().position(|key| arguments.first() == Some(&key.expr))
        {
            *expr = match &self.sets {
                Some(sets) => sets.grouping(key),
                None => Expr::Literal(canopy_format::Value::Int64(0), canopy_format::DataType::Int64),
            };
            return Ok(());
        }
        if let Some(key) = self.keys.iter().find(|key| key.expr == *expr)
            && !self.is_over_keys(expr)
        {
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

/// Returns the position of the select list's entry that a bare name in GROUP BY stands for.
fn alias(value: &ast::Expr, items: &[Item]) -> Result<Option<usize>> {
    let ast::ExprKind::Path(path) = &value.kind else { return Ok(None) };
    let Some(name) = path.as_ident() else { return Ok(None) };
    let named = |item: &&Item| item.name.eq_ignore_ascii_case(&name.value);
    let Some(first) = items.iter().position(|item| named(&item)) else { return Ok(None) };
    match items.iter().filter(named).any(|other| other.expr != items[first].expr) {
        true => Err(super::expression::ambiguous(name)),
        false => Ok(Some(first)),
    }
}
