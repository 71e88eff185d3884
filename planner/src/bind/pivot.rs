//! PIVOT: groups by the columns that it does not name, with a column for each value and aggregate.

use canopy_format::{DataType, Value};

use super::binder::{Binder, referenced_columns};
use super::error::{BindError, Result};
use super::expression::{Aggregates, Aggregation, ExprContext, is_groupable};
use super::from::Source;
use super::pipe::with_columns;
use super::query::named_columns;
use super::scope::{NameList, NamedColumn, Scope};
use super::select::type_kind;
use crate::algebra::{Aggregate, AggregateCall, Column, ColumnId, Expr, Named, Relation};
use crate::syntax::ast::{self, ExprKind, Span};

impl Binder<'_> {
    /// Returns the rows of `input PIVOT(...)`.
    pub(super) fn pivot(
        &mut self,
        input: Source,
        pivot: &ast::Pivot,
        outer: Option<&Scope<'_>>,
    ) -> Result<Source> {
        let Source { mut relation, names } = self.plain_columns(input);
        let inputs = names.columns.clone();
        let scope = Scope::new(names, outer);
        let aggregates = Aggregates::new(&scope);
        let cx = ExprContext {
            aggregation: Aggregation::Into(&aggregates),
            ..ExprContext::plain(&scope, "PIVOT")
        };
        let mut calls = Vec::with_capacity(pivot.aggregates.len());
        for item in &pivot.aggregates {
            if item.alias.is_none() && pivot.aggregates.len() > 1 {
                let message = "PIVOT with several aggregates needs an alias for each";
                return Err(BindError::new(message, item.value.span));
            }
            calls.push((self.pivot_call(item, &aggregates, cx)?, item.alias.as_ref()));
        }
        let by = self.expr(&pivot.input, ExprContext::plain(&scope, "PIVOT input"))?;
        let mut used = Vec::new();
        referenced_columns(&by, &mut used);
        calls.iter().flat_map(|(call, _)| call.exprs()).for_each(|expr| referenced_columns(expr, &mut used));

        let keys = keys(&inputs, &used, pivot.span)?;
        let by = self.pivot_input(&mut relation, by);
        let mut columns: Vec<NamedColumn> = keys
            .iter()
            .map(|(name, column)| NamedColumn { name: name.clone(), expr: Expr::Column(column.clone()) })
            .collect();
        let mut pivoted = Vec::with_capacity(pivot.values.len() * calls.len());
        for item in &pivot.values {
            let (value, label) = self.pivot_value(item)?;
            for (call, alias) in &calls {
                let name = column_name(*alias, item.alias.as_ref(), &label);
                let matches =
                    self.call("$is_not_distinct", vec![by.clone(), value.clone()], item.value.span)?;
                let call = self.filtered(call, matches, &name, item.value.span)?;
                columns.push(NamedColumn { name, expr: Expr::Column(call.output.clone()) });
                pivoted.push(call);
            }
        }
        let keys = keys.into_iter().map(|(_, column)| Named { expr: Expr::Column(column.clone()), column });
        let aggregate = Aggregate { input: relation, keys: keys.collect(), calls: pivoted };
        let mut names = NameList::default();
        names.add_columns(pivot.alias.as_ref().map(|alias| alias.value.as_str()), columns);
        Ok(Source { relation: Relation::Aggregate(Box::new(aggregate)), names })
    }

    /// Returns the rows with a column for each name, so that what is referred to can be told by ids.
    pub(super) fn plain_columns(&mut self, input: Source) -> Source {
        let aliases: Vec<String> = input.names.ranges.iter().map(|range| range.name.clone()).collect();
        let is_plain = input.names.columns.iter().all(|column| column.expr.as_column().is_some());
        if is_plain {
            return input;
        }
        let rows = self.source_rows(input);
        let mut names = NameList::default();
        let alias = match aliases.as_slice() {
            [alias] => Some(alias.as_str()),
            _ => None,
        };
        names.add_columns(alias, named_columns(&rows.columns));
        Source { relation: rows.relation, names }
    }

    fn pivot_call(
        &mut self,
        item: &ast::PivotItem,
        aggregates: &Aggregates<'_>,
        cx: ExprContext<'_>,
    ) -> Result<AggregateCall> {
        let no_call =
            || BindError::new("PIVOT expression must be an aggregate function call", item.value.span);
        if !matches!(item.value.kind, ExprKind::Call(_)) {
            return Err(no_call());
        }
        let bound = self.expr(&item.value, cx)?;
        let calls = aggregates.calls.borrow();
        calls.iter().find(|call| bound.as_column() == Some(call.output.id)).cloned().ok_or_else(no_call)
    }

    /// Returns the value that rows are told apart by, as a column where it is none.
    fn pivot_input(&mut self, relation: &mut Relation, by: Expr) -> Expr {
        if matches!(by, Expr::Column(_) | Expr::Literal(..)) {
            return by;
        }
        let column = self.ids.column("pivot", by.data_type().clone());
        *relation = with_columns(relation.take(), vec![Named { column: column.clone(), expr: by }]);
        Expr::Column(column)
    }

    /// Returns a constant of the IN list, and the name that it gives to columns.
    fn pivot_value(&mut self, item: &ast::PivotItem) -> Result<(Expr, Option<String>)> {
        let empty = Scope::new(NameList::default(), None);
        let span = item.value.span;
        let expr = self.expr(&item.value, ExprContext::plain(&empty, "PIVOT IN list"))?;
        let data_type = expr.data_type().clone();
        let value = self.fold(&expr, span)?;
        let label = label(&value, &data_type);
        if label.is_none() && item.alias.is_none() {
            let message = format!("PIVOT value of type {data_type} needs an alias");
            return Err(BindError::new(message, span));
        }
        Ok((Expr::Literal(value, data_type), label))
    }

    /// Returns the call over just the rows of a value.
    fn filtered(
        &mut self,
        call: &AggregateCall,
        matches: Expr,
        name: &str,
        span: Span,
    ) -> Result<AggregateCall> {
        for expr in call.exprs() {
            self.charge_copy(expr, span)?;
        }
        let mut call = call.clone();
        call.output = self.ids.column(name, call.output.data_type.clone());
        call.filter = Some(match call.filter.take() {
            Some(filter) => self.call("$and", vec![matches, filter], span)?,
            None => matches,
        });
        Ok(call)
    }
}

/// Returns the columns that PIVOT does not refer to: those of its groups.
fn keys(inputs: &[NamedColumn], used: &[ColumnId], span: Span) -> Result<Vec<(String, Column)>> {
    let mut keys: Vec<(String, Column)> = Vec::new();
    for named in inputs {
        let Expr::Column(column) = &named.expr else { continue };
        if used.contains(&column.id) || keys.iter().any(|(_, known)| known.id == column.id) {
            continue;
        }
        if !is_groupable(&column.data_type) {
            let (name, kind) = (&named.name, type_kind(&column.data_type));
            let message = format!("PIVOT cannot group by column {name} of type {kind}");
            return Err(BindError::new(message, span));
        }
        keys.push((named.name.clone(), column.clone()));
    }
    Ok(keys)
}

fn column_name(aggregate: Option<&ast::Ident>, value: Option<&ast::Ident>, label: &Option<String>) -> String {
    let value = match value {
        Some(alias) => alias.value.clone(),
        None => label.clone().unwrap_or_default(),
    };
    match aggregate {
        Some(alias) => format!("{}_{value}", alias.value),
        // An identifier does not start with a digit.
        None if value.starts_with(|c: char| !c.is_alphabetic() && c != '_') => format!("_{value}"),
        None => value,
    }
}

/// Returns what a value is called in a column's name; None for types that need an alias.
fn label(value: &Value, data_type: &DataType) -> Option<String> {
    Some(match (value, data_type) {
        (Value::Null, _) => "NULL".to_owned(),
        (Value::Bool(value), _) => value.to_string(),
        (Value::String(value), _) => value.to_string(),
        (Value::Int64(value), _) => signed(&value.to_string()),
        (Value::Numeric(_) | Value::BigNumeric(_), _) => {
            signed(&canopy_exec::function::format_value(value, data_type).replace('.', "_point_"))
        }
        (Value::Date(_), _) => canopy_exec::function::format_value(value, data_type).replace('-', "_"),
        (Value::Struct(values), DataType::Struct(fields)) => {
            let parts = values.iter().zip(fields.iter()).map(|(value, field)| label(value, &field.data_type));
            parts.collect::<Option<Vec<_>>>()?.join("_")
        }
        _ => return None,
    })
}

fn signed(digits: &str) -> String {
    match digits.strip_prefix('-') {
        Some(digits) => format!("minus_{digits}"),
        None => digits.to_owned(),
    }
}
