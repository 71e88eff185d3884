//! SQL aggregate functions: the aggregate calls of the body become calls of the query.

use std::collections::HashMap;

use canopy_format::DataType;

use super::arguments::passed;
use super::function::{parameter_names, sql_body};
use super::let_in::is_volatile;
use super::{Object, respan};
use crate::algebra::{AggregateCall, Column, ColumnId, Expr};
use crate::bind::binder::{Binder, referenced_columns};
use crate::bind::error::{BindError, Result};
use crate::bind::expression::{Aggregates, Aggregation, ExprContext, Windowing};
use crate::bind::scope::Scope;
use crate::syntax::ast::{self, Span};

/// The body of an aggregate function, and the aggregate calls in it.
pub(super) struct BoundAggregate {
    parameters: Vec<Column>,
    calls: Vec<AggregateCall>,
    body: Expr,
}

impl Binder<'_> {
    /// Returns the call of an SQL aggregate function.
    pub(super) fn sql_aggregate(
        &mut self,
        object: &Object,
        create: &ast::CreateFunction,
        text: &str,
        call: &ast::FunctionCall,
        span: Span,
        cx: ExprContext<'_>,
    ) -> Result<Expr> {
        let aggregates = self.aggregates_of(&object.name, span, cx)?;
        let mark = aggregates.owner.mark();
        let inside = ExprContext {
            aggregation: Aggregation::Nested,
            windows: Windowing::Forbidden("the arguments of an aggregate function"),
            ..cx
        };
        let mut arguments = Vec::with_capacity(create.parameters.len());
        for (parameter, passed) in
            create.parameters.iter().zip(passed(object, &create.parameters, call, span)?)
        {
            arguments.push(self.scalar_argument(object, parameter, &passed, span, inside)?);
        }
        aggregates.owner.forget(mark);
        let types: Vec<DataType> = arguments.iter().map(|argument| argument.data_type().clone()).collect();
        let bound = self.inside(object, text, span, |binder| binder.bind_aggregate(create, &types))?;
        let BoundAggregate { parameters, mut calls, mut body } = bound;
        respan(&mut body, span);
        calls.iter_mut().flat_map(AggregateCall::exprs_mut).for_each(|expr| respan(expr, span));

        let values = self.aggregate_values(&parameters, arguments, &calls, &body, span)?;
        let mut outputs = HashMap::new();
        for mut call in calls {
            call.exprs_mut().for_each(|expr| expr.substitute(&values));
            let column = call.output.id;
            outputs.insert(column, self.add_aggregate(aggregates, call, span)?);
        }
        if outputs.is_empty() {
            // The query groups its rows all the same.
            self.count_rows(aggregates, span)?;
        }
        body.substitute(&outputs);
        body.substitute(&values);
        Ok(body)
    }

    /// Returns the arguments by their parameters' columns.
    fn aggregate_values(
        &mut self,
        parameters: &[Column],
        arguments: Vec<Expr>,
        calls: &[AggregateCall],
        body: &Expr,
        span: Span,
    ) -> Result<HashMap<ColumnId, Expr>> {
        let mut used = Vec::new();
        referenced_columns(body, &mut used);
        calls.iter().flat_map(AggregateCall::exprs).for_each(|expr| referenced_columns(expr, &mut used));
        let mut values = HashMap::new();
        for (parameter, argument) in parameters.iter().zip(arguments) {
            let count = used.iter().filter(|id| **id == parameter.id).count();
            if count > 1 && is_volatile(&argument) {
                let message = "An argument that changes with each call (such as RAND()), read more than once by an \
                               aggregate function,";
                return Err(BindError::unsupported(message, span));
            }
            for _ in 1..count {
                self.charge_copy(&argument, span)?;
            }
            values.insert(parameter.id, argument);
        }
        Ok(values)
    }

    /// Binds the body with columns of the types as parameters.
    pub(super) fn bind_aggregate(
        &mut self,
        create: &ast::CreateFunction,
        types: &[DataType],
    ) -> Result<BoundAggregate> {
        let syntax = sql_body(create)?;
        let parameters = self.parameter_columns(&create.parameters, types);
        let scope = Scope::new(parameter_names(&parameters), None);
        let aggregates = Aggregates::new(&scope);
        let cx = ExprContext {
            aggregation: Aggregation::Into(&aggregates),
            ..ExprContext::plain(&scope, "an aggregate function")
        };
        let body = self.expr(syntax, cx)?;
        let body = self.returned(body, create, syntax.span)?;
        let mut outside = Vec::new();
        referenced_columns(&body, &mut outside);
        for (parameter, column) in create.parameters.iter().zip(&parameters) {
            if !parameter.not_aggregate && outside.contains(&column.id) {
                let message = format!(
                    "Function argument {} cannot be referenced outside aggregate function calls unless marked as \
                     NOT AGGREGATE",
                    column.name
                );
                return Err(BindError::new(message, syntax.span));
            }
        }
        Ok(BoundAggregate { parameters, calls: aggregates.calls.take(), body })
    }
}
