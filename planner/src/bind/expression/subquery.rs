//! Subqueries in expressions: scalar, EXISTS, IN, ARRAY.

use canopy_format::DataType;

use super::ExprContext;
use super::constructor::common_type;
use crate::algebra::{Column, Expr, Named, Relation, Subquery, SubqueryKind};
use crate::bind::array_subquery::{self, Wanted};
use crate::bind::binder::{Binder, Rows};
use crate::bind::error::{BindError, Result};
use crate::syntax::ast::{self, Span};

impl Binder<'_> {
    /// Returns `(SELECT ...)`.
    pub(super) fn scalar_subquery(&mut self, query: &ast::Query, cx: ExprContext<'_>) -> Result<Expr> {
        let rows = self.query(query, Some(cx.scope))?;
        let output = only_column(&rows, query.span, |span| {
            let message = "Scalar subquery cannot have more than one column unless using SELECT AS STRUCT to \
                           build STRUCT values";
            BindError::new(message, span)
        })?;
        if let Some(expr) = array_subquery::convert(&rows, Wanted::Scalar(&output)) {
            return Ok(expr);
        }
        let data_type = output.data_type.clone();
        Ok(subquery(SubqueryKind::Scalar, rows.relation, data_type, output))
    }

    /// Returns `EXISTS(SELECT ...)`.
    pub(super) fn exists(&mut self, query: &ast::Query, cx: ExprContext<'_>) -> Result<Expr> {
        let rows = self.query(query, Some(cx.scope))?;
        if let Some(expr) = array_subquery::convert(&rows, Wanted::Exists) {
            return Ok(expr);
        }
        let output = rows.columns.first().map(|output| output.column.clone());
        let output = output.ok_or_else(|| BindError::new("Subquery without columns", query.span))?;
        Ok(subquery(SubqueryKind::Exists, rows.relation, DataType::Bool, output))
    }

    /// Returns `ARRAY(SELECT ...)`.
    pub(super) fn array_constructor_subquery(
        &mut self,
        query: &ast::Query,
        cx: ExprContext<'_>,
    ) -> Result<Expr> {
        let rows = self.query(query, Some(cx.scope))?;
        let output = only_column(&rows, query.span, |span| {
            let message = "ARRAY subquery cannot have more than one column unless using SELECT AS STRUCT to \
                           build STRUCT values";
            BindError::new(message, span)
        })?;
        if let DataType::Array(_) = output.data_type {
            let found = &output.data_type;
            let message = format!(
                "Cannot use array subquery with column of type {found} because nested arrays are not supported"
            );
            return Err(BindError::new(message, query.span));
        }
        if let Some(expr) = array_subquery::convert(&rows, Wanted::Array(&output)) {
            return Ok(expr);
        }
        let data_type = DataType::array(output.data_type.clone());
        Ok(subquery(SubqueryKind::Array, rows.relation, data_type, output))
    }

    /// Returns `operand IN (SELECT ...)`.
    pub(super) fn in_subquery(
        &mut self,
        operand: Expr,
        query: &ast::Query,
        span: Span,
        cx: ExprContext<'_>,
    ) -> Result<Expr> {
        let mut rows = self.query(query, Some(cx.scope))?;
        let output = only_column(&rows, query.span, |span| {
            BindError::new("Subquery of type IN must have only one output column", span)
        })?;
        // Checked as a list of values would be: the types must compare.
        let value = Expr::Column(output.clone());
        let wanted = common_type(&[operand.clone(), value.clone()]).ok_or_else(|| {
            let (left, right) = (operand.data_type(), &output.data_type);
            let message = format!("Cannot execute IN subquery with uncomparable types {left} and {right}");
            BindError::new(message, span)
        })?;
        self.call("$equal", vec![operand.clone(), value.clone()], span)?;
        let operand = self.coerce(operand, &wanted, span)?;
        let output = match output.data_type == wanted {
            true => output,
            false => {
                let expr = self.coerce(value, &wanted, span)?;
                self.add_column(&mut rows, expr, &output)
            }
        };
        let equal = self.call("$equal", vec![operand.clone(), Expr::Column(output.clone())], span)?;
        if let Some(expr) = self.in_array_subquery(&rows, equal, span)? {
            return Ok(expr);
        }
        Ok(subquery(SubqueryKind::In(Box::new(operand)), rows.relation, DataType::Bool, output))
    }

    /// Adds a computed column on top of the rows, and returns it.
    fn add_column(&mut self, rows: &mut Rows, expr: Expr, like: &Column) -> Column {
        let column = self.ids.column(like.name.clone(), expr.data_type().clone());
        let named = Named { column: column.clone(), expr };
        let input = std::mem::replace(&mut rows.relation, crate::bind::binder::one_row());
        rows.relation = Relation::Project { input: Box::new(input), columns: vec![named] };
        column
    }
}

fn only_column(rows: &Rows, span: Span, error: impl FnOnce(Span) -> BindError) -> Result<Column> {
    match rows.columns.as_slice() {
        [output] => Ok(output.column.clone()),
        _ => Err(error(span)),
    }
}

fn subquery(kind: SubqueryKind, relation: Relation, data_type: DataType, output: Column) -> Expr {
    Expr::Subquery(Box::new(Subquery { kind, relation, data_type, output }))
}
