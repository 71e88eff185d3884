//! SELECT: FROM and WHERE, then grouping, then the select list, then DISTINCT and ORDER BY.

use std::collections::HashMap;

use canopy_format::DataType;

use super::binder::{Binder, Rows, one_row, referenced_columns};
use super::error::{BindError, Result};
use super::expression::{self, Aggregates, Aggregation, ExprContext, Windowing, is_groupable, is_literal};
use super::from::Source;
use super::grouping::{Clauses, Grouping};
use super::query::ordinal;
use super::scope::{NameList, NamedColumn, Scope};
use super::select_list::Item;
use super::window::{self, Windows};
use crate::algebra::{
    Aggregate, AggregateCall, Column, ColumnId, Expr, Named, OutputColumn, Relation, SortKey,
};
use crate::syntax::ast::{self, GroupByKind, GroupingItemKind, SelectForm, SetQuantifier};

/// A sort key with where its references were noted.
pub(super) struct OrderKey {
    /// The key.
    pub key: SortKey,
    /// References noted from here ...
    pub since: usize,
    /// ... to here.
    pub until: usize,
    /// Where it stands.
    pub span: ast::Span,
}

/// What the select list is computed over.
pub(super) struct SelectInput {
    /// The rows and their names.
    source: Source,
    /// The clause named adds columns to the rows: all that they have is passed on, and nothing is aggregated.
    extends: Option<&'static str>,
}

impl SelectInput {
    /// Returns rows of which only what is selected stays.
    pub fn of(source: Source) -> Self {
        Self { source, extends: None }
    }

    /// Returns rows that the clause adds columns to.
    pub fn extended(source: Source, clause: &'static str) -> Self {
        Self { source, extends: Some(clause) }
    }
}

impl Binder<'_> {
    /// Returns the rows of a SELECT, sorted by `order_by`.
    pub(super) fn select(
        &mut self,
        select: &ast::Select,
        order_by: &[ast::OrderItem],
        outer: Option<&Scope<'_>>,
    ) -> Result<Rows> {
        let source = match &select.from {
            Some(from) => self.from(from, outer)?,
            None => Source { relation: one_row(), names: NameList::default() },
        };
        self.select_over(SelectInput::of(source), select, order_by, outer)
    }

    /// Returns the rows of a SELECT over what its FROM clause gave, or the pipe operators before it.
    pub(super) fn select_over(
        &mut self,
        input: SelectInput,
        select: &ast::Select,
        order_by: &[ast::OrderItem],
        outer: Option<&Scope<'_>>,
    ) -> Result<Rows> {
        refuse_clauses(select)?;
        let SelectInput { source: Source { mut relation, names }, extends } = input;
        let scope = Scope::new(names, outer);
        if let Some(filter) = &select.filter {
            let cx = ExprContext::plain(&scope, "WHERE clause");
            let predicate = self.condition(filter, "WHERE clause", cx)?;
            relation = Relation::Filter { input: Box::new(relation), predicate };
        }
        let aggregates = Aggregates::new(&scope);
        let aggregation = match extends {
            Some(clause) => Aggregation::Forbidden(clause),
            None => Aggregation::Into(&aggregates),
        };
        window::check_names(&select.windows)?;
        let windows = Windows::new(&scope, &select.windows);
        let cx = ExprContext { scope: &scope, aggregation, windows: Windowing::Into(&windows) };
        let mut items = self.select_items(select, cx)?;
        let local = relation.columns();
        let outputs = self.output_columns(&items, &local, &aggregates, &windows);
        let late = late_items(select, &items, &outputs, &aggregates, &windows);
        let names = items.iter().zip(&outputs).map(|(item, output)| {
            let is_late = late.contains_key(&output.id);
            let expr = if is_late { Expr::Column(output.clone()) } else { item.expr.clone() };
            NamedColumn { name: item.name.clone(), expr }
        });
        let names: Vec<NamedColumn> = names.filter(|named| !named.name.is_empty()).collect();
        let mut having = self.having(select, &names, &windows, cx)?;
        let mut qualify = self.qualify(select, &names, cx)?;
        let distinct = select.quantifier == Some(SetQuantifier::Distinct);
        let mut keys = self.order_keys(order_by, &items, &outputs, distinct, cx)?;
        if let Some(clause) = select.qualify.as_ref().filter(|_| windows.calls.borrow().is_empty()) {
            let message = "The QUALIFY clause requires analytic function to be present";
            return Err(BindError::new(message, clause.span));
        }
        // Windows in ORDER BY may name columns of the select list, which are computed after them.
        let selected =
            outputs.iter().zip(&items).filter(|(output, item)| item.expr.as_column() != Some(output.id));
        let selected: HashMap<ColumnId, Expr> =
            selected.map(|(output, item)| (output.id, item.expr.clone())).collect();
        let mut early = selected.clone();
        early.retain(|id, _| !late.contains_key(id));
        for bound in windows.calls.borrow_mut().iter_mut() {
            bound.exprs_mut().for_each(|expr| expr.substitute(&early));
        }
        keys.iter_mut().for_each(|key| expression::substitute_grouping(&mut key.key.expr, &selected));
        for (condition, _, _) in having.iter_mut().chain(&mut qualify) {
            expression::substitute_grouping(condition, &selected);
        }

        let mut calls = aggregates.calls.take();
        calls.iter_mut().flat_map(AggregateCall::exprs_mut).for_each(|expr| expr.substitute(&late));
        if select.group_by.is_some() || !calls.is_empty() {
            let mut grouping = self.grouping(select.group_by.as_ref(), &items, &calls, &windows, cx)?;
            // A column of an outer query stays the outer query's: the key is another column. So is one that
            // grouping sets make NULL.
            for key in &mut grouping.keys {
                if let Expr::Column(column) = &key.expr
                    && (grouping.sets.is_some() || !local.contains(column))
                {
                    key.column = self.ids.column(column.name.clone(), column.data_type.clone());
                }
            }
            let mut bound = windows.calls.borrow_mut();
            let clauses = Clauses {
                items: &mut items,
                having: having.as_mut(),
                windows: &mut bound,
                qualify: qualify.as_mut(),
                order: &mut keys,
            };
            grouping.check(&scope, &local, clauses)?;
            let grouped = items.iter().zip(&outputs).filter(|(_, output)| late.contains_key(&output.id));
            let grouped = grouped.map(|(item, output)| (output.id, item.expr.clone())).collect();
            let conditions = having.iter_mut().chain(&mut qualify).map(|(condition, _, _)| condition);
            conditions.chain(bound.iter_mut().flat_map(|bound| bound.exprs_mut())).for_each(|expr| {
                expr.substitute(&grouped);
            });
            let Grouping { keys: mut group_keys, sets, .. } = grouping;
            if let Some(sets) = sets {
                relation = sets.expand(relation, &mut group_keys);
            }
            relation = Relation::Aggregate(Box::new(Aggregate { input: relation, keys: group_keys, calls }));
        } else if let Some(span) = aggregates.grouping.borrow().first() {
            return Err(BindError::new("GROUPING function requires GROUP BY", *span));
        } else if let Some(having) = &select.having {
            let message = "The HAVING clause requires GROUP BY or aggregation to be present";
            return Err(BindError::new(message, having.span));
        }
        if let Some((predicate, _, _)) = having {
            relation = Relation::Filter { input: Box::new(relation), predicate };
        }
        relation = window::windows(relation, windows.calls.take());
        if let Some((predicate, _, _)) = qualify {
            relation = Relation::Filter { input: Box::new(relation), predicate };
        }
        let columns = output(&items, &outputs);
        let relation = self.project(relation, items, &outputs, &keys, extends.is_some(), distinct)?;
        if distinct {
            check_distinct(&columns, select)?;
        }
        self.shape(select, relation, columns, keys)
    }

    /// Returns the column that each item will be in the result.
    fn output_columns(
        &mut self,
        items: &[Item],
        local: &[Column],
        aggregates: &Aggregates<'_>,
        windows: &Windows<'_>,
    ) -> Vec<Column> {
        let mut known = local.to_vec();
        known.extend(aggregates.calls.borrow().iter().map(|call| call.output.clone()));
        known.extend(windows.calls.borrow().iter().map(|bound| bound.call.output.clone()));
        items.iter().map(|item| self.column_of(&item.expr, &item.name, &known)).collect()
    }

    fn having(
        &mut self,
        select: &ast::Select,
        names: &[NamedColumn],
        windows: &Windows<'_>,
        cx: ExprContext<'_>,
    ) -> Result<Option<(Expr, usize, usize)>> {
        let Some(having) = &select.having else { return Ok(None) };
        let cx = ExprContext { windows: Windowing::Forbidden("HAVING clause"), ..cx };
        let bound = self.condition_on_items(having, "HAVING clause", names, cx)?;
        match windows.stand_in(&bound.0) {
            true => {
                let message = "A column that contains an analytic function is not allowed in HAVING clause";
                Err(BindError::new(message, having.span))
            }
            false => Ok(Some(bound)),
        }
    }

    fn qualify(
        &mut self,
        select: &ast::Select,
        names: &[NamedColumn],
        cx: ExprContext<'_>,
    ) -> Result<Option<(Expr, usize, usize)>> {
        let Some(qualify) = &select.qualify else { return Ok(None) };
        self.condition_on_items(qualify, "QUALIFY clause", names, cx).map(Some)
    }

    /// Returns a condition that may name the select list's columns, and where its references were noted.
    fn condition_on_items(
        &mut self,
        condition: &ast::Expr,
        clause: &str,
        names: &[NamedColumn],
        cx: ExprContext<'_>,
    ) -> Result<(Expr, usize, usize)> {
        let names = NameList { columns: names.to_vec(), ranges: Vec::new(), hidden: Vec::new() };
        let scope = Scope::new(names, Some(cx.scope));
        let since = cx.scope.mark();
        let predicate = self.condition(condition, clause, cx.with_scope(&scope))?;
        Ok((predicate, since, cx.scope.mark()))
    }

    fn order_keys(
        &mut self,
        order_by: &[ast::OrderItem],
        items: &[Item],
        outputs: &[Column],
        distinct: bool,
        cx: ExprContext<'_>,
    ) -> Result<Vec<OrderKey>> {
        let columns = items.iter().zip(outputs).filter(|(item, _)| !item.name.is_empty());
        let columns = columns.map(|(item, column)| NamedColumn {
            name: item.name.clone(),
            expr: Expr::Column(column.clone()),
        });
        let names = NameList { columns: columns.collect(), ranges: Vec::new(), hidden: Vec::new() };
        let scope = Scope::new(names, Some(cx.scope));
        let mut keys = Vec::with_capacity(order_by.len());
        for item in order_by {
            let since = cx.scope.mark();
            let expr = match ordinal(&item.value, items.len(), "ORDER BY")? {
                Some(index) => Expr::Column(outputs[index].clone()),
                None => {
                    let expr = self.expr(&item.value, cx.with_scope(&scope))?;
                    match items.iter().position(|selected| selected.expr == expr && !is_literal(&expr)) {
                        Some(index) => Expr::Column(outputs[index].clone()),
                        None => expr,
                    }
                }
            };
            if distinct {
                refuse_hidden(&expr, outputs, cx.scope, since, item)?;
            }
            let key = self.sort_key(expr, item)?;
            keys.push(OrderKey { key, since, until: cx.scope.mark(), span: item.value.span });
        }
        Ok(keys)
    }

    /// Computes the select list, passes on what the sort keys need besides (or `all`), and removes duplicates.
    fn project(
        &mut self,
        input: Relation,
        items: Vec<Item>,
        outputs: &[Column],
        keys: &[OrderKey],
        all: bool,
        distinct: bool,
    ) -> Result<Relation> {
        let available = input.columns();
        let mut columns: Vec<Named> = Vec::with_capacity(items.len());
        for (item, column) in items.into_iter().zip(outputs) {
            if !columns.iter().any(|named| named.column.id == column.id) {
                columns.push(Named { column: column.clone(), expr: item.expr });
            }
        }
        let selected: Vec<Column> = columns.iter().map(|named| named.column.clone()).collect();
        let mut wanted = Vec::new();
        keys.iter().for_each(|key| referenced_columns(&key.key.expr, &mut wanted));
        for column in available {
            if (all || wanted.contains(&column.id))
                && !columns.iter().any(|named| named.column.id == column.id)
            {
                columns.push(Named { expr: Expr::Column(column.clone()), column });
            }
        }
        let relation = Relation::Project { input: Box::new(input), columns };
        Ok(match distinct {
            true => distinct_rows(relation, selected),
            false => relation,
        })
    }

    /// Makes the row what AS STRUCT or AS VALUE says, then sorts.
    fn shape(
        &mut self,
        select: &ast::Select,
        mut relation: Relation,
        columns: Vec<OutputColumn>,
        keys: Vec<OrderKey>,
    ) -> Result<Rows> {
        let (columns, value_table) = match &select.form {
            SelectForm::Row => (columns, false),
            SelectForm::Value => match columns.as_slice() {
                [_] => (columns, true),
                _ => {
                    let message = "SELECT AS VALUE query must have exactly one column";
                    return Err(BindError::new(message, select.span));
                }
            },
            SelectForm::Struct => {
                let (names, values): (Vec<_>, Vec<_>) =
                    columns.into_iter().map(|c| (c.name, Expr::Column(c.column))).unzip();
                let value = self.struct_of(names, values, select.span)?;
                let column = self.ids.column("", value.data_type().clone());
                let passed = relation.columns().into_iter();
                let mut projected: Vec<Named> =
                    passed.map(|column| Named { expr: Expr::Column(column.clone()), column }).collect();
                projected.push(Named { column: column.clone(), expr: value });
                relation = Relation::Project { input: Box::new(relation), columns: projected };
                (vec![OutputColumn { column, name: String::new(), anonymous: true }], true)
            }
            SelectForm::Named(path) => {
                return Err(BindError::unsupported(format!("SELECT AS {}", path.dotted()), path.span));
            }
        };
        if !keys.is_empty() {
            let keys = keys.into_iter().map(|key| key.key).collect();
            relation = Relation::Sort { input: Box::new(relation), keys };
        }
        Ok(Rows { relation, columns, value_table })
    }
}

/// Returns what the columns of the select list are that HAVING and QUALIFY name before the grouping has decided
/// what they stand for: with grouping sets an expression over keys may itself be a key, which is NULL where its
/// columns are not, and the reverse.
fn late_items(
    select: &ast::Select,
    items: &[Item],
    outputs: &[Column],
    aggregates: &Aggregates<'_>,
    windows: &Windows<'_>,
) -> HashMap<ColumnId, Expr> {
    let has_sets = match select.group_by.as_ref().map(|group_by| &group_by.kind) {
        Some(GroupByKind::Items(entries)) => {
            entries.iter().any(|entry| !matches!(entry.kind, GroupingItemKind::Expr { .. }))
        }
        _ => false,
    };
    let calls = aggregates.calls.borrow();
    let is_late = |expr: &Expr| {
        let mut columns = Vec::new();
        referenced_columns(expr, &mut columns);
        let is_aggregated = calls.iter().any(|call| columns.contains(&call.output.id));
        has_sets && expr.as_column().is_none() && !is_aggregated && !windows.stand_in(expr)
    };
    let late = items.iter().zip(outputs).filter(|(item, _)| is_late(&item.expr));
    late.map(|(item, output)| (output.id, item.expr.clone())).collect()
}

/// Returns each distinct row once.
pub(super) fn distinct_rows(input: Relation, columns: Vec<Column>) -> Relation {
    let keys = columns.into_iter().map(|column| Named { expr: Expr::Column(column.clone()), column });
    let keys = keys.collect();
    Relation::Aggregate(Box::new(Aggregate { input, keys, calls: Vec::new() }))
}

fn output(items: &[Item], columns: &[Column]) -> Vec<OutputColumn> {
    let output = |(item, column): (&Item, &Column)| OutputColumn {
        column: column.clone(),
        name: item.name.clone(),
        anonymous: item.name.is_empty(),
    };
    items.iter().zip(columns).map(output).collect()
}

fn refuse_clauses(select: &ast::Select) -> Result<()> {
    match &select.with {
        Some(with) => Err(BindError::unsupported(format!("SELECT WITH {}", with.kind.value), with.kind.span)),
        None => Ok(()),
    }
}

fn check_distinct(columns: &[OutputColumn], select: &ast::Select) -> Result<()> {
    match columns.iter().find(|output| !is_groupable(&output.column.data_type)) {
        Some(output) => {
            let kind = type_kind(&output.column.data_type);
            let message = format!("Column {} of type {kind} cannot be used in SELECT DISTINCT", output.name);
            Err(BindError::new(message, select.span))
        }
        None => Ok(()),
    }
}

/// The type's name without its parts, as messages about grouping have it.
pub(super) fn type_kind(data_type: &DataType) -> String {
    match data_type {
        DataType::Array(_) => "ARRAY".to_owned(),
        DataType::Struct(_) => "STRUCT".to_owned(),
        other => other.to_string(),
    }
}

/// After DISTINCT, sort keys may only refer to what is selected.
fn refuse_hidden(
    expr: &Expr,
    outputs: &[Column],
    scope: &Scope<'_>,
    since: usize,
    item: &ast::OrderItem,
) -> Result<()> {
    let mut wanted = Vec::new();
    referenced_columns(expr, &mut wanted);
    for id in wanted.into_iter().filter(|id| !outputs.iter().any(|output| output.id == *id)) {
        let Some(reference) = scope.reference(id, since, scope.mark()) else { continue };
        let message = format!(
            "ORDER BY clause expression references column {} which is not visible after SELECT DISTINCT",
            reference.text
        );
        return Err(BindError::new(message, reference.span.to(item.value.span)));
    }
    Ok(())
}
