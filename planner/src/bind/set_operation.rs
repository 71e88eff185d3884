//! UNION, INTERSECT, EXCEPT: inputs side by side, their columns brought to common types.

use super::binder::{Binder, Rows};
use super::error::{BindError, Result};
use super::expression::{common_type, is_groupable};
use super::scope::Scope;
use super::select::type_kind;
use crate::algebra::{ColumnId, Expr, Named, OutputColumn, Relation, SetOperation, SetOperator};
use crate::syntax::ast::{self, ColumnMatch, SetOperatorKind, SetOuter, SetQuantifier};

impl Binder<'_> {
    /// Returns the rows of the operation.
    pub(super) fn set_operation(
        &mut self,
        operation: &ast::SetOperation,
        outer: Option<&Scope<'_>>,
    ) -> Result<Rows> {
        let operator = operator(&operation.operator)?;
        let mut inputs = Vec::with_capacity(operation.inputs.len());
        for input in &operation.inputs {
            inputs.push(self.body(input, outer)?);
        }
        let name = operator_name(operator);
        let Some(first) = inputs.first().cloned() else {
            return Err(BindError::new(format!("{name} without inputs"), operation.span));
        };
        let width = first.columns.len();
        for (index, input) in inputs.iter().enumerate() {
            if input.columns.len() != width {
                let (number, found) = (index + 1, input.columns.len());
                let message = format!(
                    "Queries in {name} have mismatched column count; query 1 has {width} columns, query {number} \
                     has {found} columns"
                );
                return Err(BindError::new(message, operation.span));
            }
        }
        let mut columns = Vec::with_capacity(width);
        for (index, output) in first.columns.iter().enumerate() {
            let values: Vec<Expr> = inputs.iter().map(|input| column_value(input, index)).collect();
            let Some(data_type) = common_type(&values) else {
                let types: Vec<String> = values.iter().map(|value| value.data_type().to_string()).collect();
                let (number, types) = (index + 1, types.join(", "));
                let message = format!("Column {number} in {name} has incompatible types: {types}");
                return Err(BindError::new(message, operation.span));
            };
            if operator != SetOperator::UnionAll && !is_groupable(&data_type) {
                let (number, kind) = (index + 1, type_kind(&data_type));
                let message = format!(
                    "Column {number} in {name} has type that does not support set operation comparisons: {kind}"
                );
                return Err(BindError::new(message, operation.span));
            }
            columns.push(self.ids.column(output.name.clone(), data_type));
        }
        let mut relations = Vec::with_capacity(inputs.len());
        let mut input_columns = Vec::with_capacity(inputs.len());
        for input in inputs {
            let (relation, ids) = self.coerce_rows(input, &columns, operation.span)?;
            relations.push(relation);
            input_columns.push(ids);
        }
        let output = columns.iter().zip(first.columns).map(|(column, output)| OutputColumn {
            column: column.clone(),
            name: output.name,
            anonymous: output.anonymous,
        });
        let output = output.collect();
        let relation = Relation::SetOperation(Box::new(SetOperation {
            operator,
            inputs: relations,
            input_columns,
            columns,
        }));
        Ok(Rows { relation, columns: output, value_table: first.value_table })
    }

    /// Returns the rows with each result column cast to the type of the column it goes to, and those ids.
    fn coerce_rows(
        &mut self,
        rows: Rows,
        targets: &[crate::algebra::Column],
        span: ast::Span,
    ) -> Result<(Relation, Vec<ColumnId>)> {
        if rows.columns.iter().zip(targets).all(|(output, to)| output.column.data_type == to.data_type) {
            let ids = rows.columns.iter().map(|output| output.column.id).collect();
            return Ok((rows.relation, ids));
        }
        let mut columns: Vec<Named> = Vec::with_capacity(targets.len());
        let mut ids = Vec::with_capacity(targets.len());
        for (index, to) in targets.iter().enumerate() {
            let value = match column_value(&rows, index) {
                literal @ Expr::Literal(..) => literal,
                _ => Expr::Column(rows.columns[index].column.clone()),
            };
            let expr = self.coerce(value, &to.data_type, span)?;
            let column = match &expr {
                Expr::Column(column) if !columns.iter().any(|named| named.column.id == column.id) => {
                    column.clone()
                }
                expr => self.ids.column(to.name.clone(), expr.data_type().clone()),
            };
            ids.push(column.id);
            columns.push(Named { column, expr });
        }
        Ok((Relation::Project { input: Box::new(rows.relation), columns }, ids))
    }
}

/// Returns the literal that a result column is in every row, or the column: literals coerce more freely.
pub(super) fn column_value(rows: &Rows, index: usize) -> Expr {
    let column = &rows.columns[index].column;
    if let Relation::Project { columns, .. } = &rows.relation {
        if let Some(named) = columns.iter().find(|named| named.column.id == column.id) {
            if matches!(named.expr, Expr::Literal(..)) {
                return named.expr.clone();
            }
        }
    }
    Expr::Column(column.clone())
}

fn operator(operator: &ast::SetOperator) -> Result<SetOperator> {
    if operator.column_match != ColumnMatch::Position {
        return Err(BindError::unsupported("Set operation by column names", operator.span));
    }
    if operator.outer != SetOuter::None {
        return Err(BindError::unsupported("FULL, LEFT, INNER or STRICT set operation", operator.span));
    }
    Ok(match (operator.kind, operator.quantifier) {
        (SetOperatorKind::Union, SetQuantifier::All) => SetOperator::UnionAll,
        (SetOperatorKind::Union, SetQuantifier::Distinct) => SetOperator::UnionDistinct,
        (SetOperatorKind::Intersect, SetQuantifier::Distinct) => SetOperator::IntersectDistinct,
        (SetOperatorKind::Except, SetQuantifier::Distinct) => SetOperator::ExceptDistinct,
        (SetOperatorKind::Intersect, SetQuantifier::All) => SetOperator::IntersectAll,
        (SetOperatorKind::Except, SetQuantifier::All) => SetOperator::ExceptAll,
    })
}

fn operator_name(operator: SetOperator) -> &'static str {
    match operator {
        SetOperator::UnionAll => "UNION ALL",
        SetOperator::UnionDistinct => "UNION DISTINCT",
        SetOperator::IntersectDistinct => "INTERSECT DISTINCT",
        SetOperator::ExceptDistinct => "EXCEPT DISTINCT",
        SetOperator::IntersectAll => "INTERSECT ALL",
        SetOperator::ExceptAll => "EXCEPT ALL",
    }
}
