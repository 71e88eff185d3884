//! UNION, INTERSECT, EXCEPT: inputs side by side, their columns brought to common types.

use canopy_format::{DataType, Value};

use super::binder::{Binder, Rows};
use super::error::{BindError, Result};
use super::expression::{common_type, is_groupable};
use super::scope::Scope;
use super::select::type_kind;
use super::set_columns::pair;
use crate::algebra::{Column, ColumnId, Expr, Named, OutputColumn, Relation, SetOperation, SetOperator};
use crate::syntax::ast::{self, SetOperatorKind, SetQuantifier};

impl Binder<'_> {
    /// Returns the rows of the operation.
    pub(super) fn set_operation(
        &mut self,
        operation: &ast::SetOperation,
        outer: Option<&Scope<'_>>,
    ) -> Result<Rows> {
        let mut inputs = Vec::with_capacity(operation.inputs.len());
        for input in &operation.inputs {
            inputs.push(self.body(input, outer)?);
        }
        self.combine(&operation.operator, inputs, operation.span)
    }

    /// Returns the rows of an operator over bound inputs.
    pub(super) fn combine(
        &mut self,
        syntax: &ast::SetOperator,
        inputs: Vec<Rows>,
        span: ast::Span,
    ) -> Result<Rows> {
        let operator = operator(syntax);
        let name = operator_name(operator);
        let paired = pair(syntax, &inputs, name)?;
        let mut columns = Vec::with_capacity(paired.len());
        for (index, output) in paired.iter().enumerate() {
            let values = inputs.iter().zip(&output.positions).map(|(input, at)| value_at(input, *at));
            let values: Vec<Expr> = values.collect();
            let Some(data_type) = common_type(&values) else {
                let types: Vec<String> = values.iter().map(|value| value.data_type().to_string()).collect();
                let (number, types) = (index + 1, types.join(", "));
                let message = format!("Column {number} in {name} has incompatible types: {types}");
                return Err(BindError::new(message, syntax.span));
            };
            if operator != SetOperator::UnionAll && !is_groupable(&data_type) {
                let (number, kind) = (index + 1, type_kind(&data_type));
                let message = format!(
                    "Column {number} in {name} has type that does not support set operation comparisons: {kind}"
                );
                return Err(BindError::new(message, syntax.span));
            }
            columns.push(self.ids.column(output.name.clone(), data_type));
        }
        let value_table = inputs.iter().all(|input| input.value_table);
        let mut relations = Vec::with_capacity(inputs.len());
        let mut input_columns = Vec::with_capacity(inputs.len());
        for (number, input) in inputs.into_iter().enumerate() {
            let positions: Vec<Option<usize>> =
                paired.iter().map(|output| output.positions[number]).collect();
            let (relation, ids) = self.coerce_rows(input, &positions, &columns, span)?;
            relations.push(relation);
            input_columns.push(ids);
        }
        let output = columns.iter().zip(paired).map(|(column, output)| OutputColumn {
            column: column.clone(),
            anonymous: output.name.is_empty(),
            name: output.name,
        });
        let output = output.collect();
        let relation = Relation::SetOperation(Box::new(SetOperation {
            operator,
            inputs: relations,
            input_columns,
            columns,
        }));
        Ok(Rows { relation, columns: output, value_table })
    }

    /// Returns the rows with the columns at the positions cast to the types of the columns they go to, and
    /// their ids.
    fn coerce_rows(
        &mut self,
        rows: Rows,
        positions: &[Option<usize>],
        targets: &[Column],
        span: ast::Span,
    ) -> Result<(Relation, Vec<ColumnId>)> {
        let fits = |(at, to): (&Option<usize>, &Column)| {
            at.is_some_and(|at| rows.columns[at].column.data_type == to.data_type)
        };
        if positions.iter().zip(targets).all(fits) {
            let ids = positions.iter().flatten().map(|at| rows.columns[*at].column.id).collect();
            return Ok((rows.relation, ids));
        }
        let mut columns: Vec<Named> = Vec::with_capacity(targets.len());
        let mut ids = Vec::with_capacity(targets.len());
        for (at, to) in positions.iter().zip(targets) {
            let expr = self.coerce(value_at(&rows, *at), &to.data_type, span)?;
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

/// Returns the value of a result column, NULL for none.
fn value_at(rows: &Rows, at: Option<usize>) -> Expr {
    match at {
        Some(at) => column_value(rows, at),
        None => Expr::Literal(Value::Null, DataType::Int64),
    }
}

/// Returns the literal that a result column is in every row, or the column: literals coerce more freely.
pub(super) fn column_value(rows: &Rows, index: usize) -> Expr {
    let column = &rows.columns[index].column;
    if let Relation::Project { columns, .. } = &rows.relation
        && let Some(named) = columns.iter().find(|named| named.column.id == column.id)
        && matches!(named.expr, Expr::Literal(..))
    {
        return named.expr.clone();
    }
    Expr::Column(column.clone())
}

fn operator(operator: &ast::SetOperator) -> SetOperator {
    match (operator.kind, operator.quantifier) {
        (SetOperatorKind::Union, SetQuantifier::All) => SetOperator::UnionAll,
        (SetOperatorKind::Union, SetQuantifier::Distinct) => SetOperator::UnionDistinct,
        (SetOperatorKind::Intersect, SetQuantifier::Distinct) => SetOperator::IntersectDistinct,
        (SetOperatorKind::Except, SetQuantifier::Distinct) => SetOperator::ExceptDistinct,
        (SetOperatorKind::Intersect, SetQuantifier::All) => SetOperator::IntersectAll,
        (SetOperatorKind::Except, SetQuantifier::All) => SetOperator::ExceptAll,
    }
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
