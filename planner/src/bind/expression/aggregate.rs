//! Aggregate calls: gathered in their query, each stands in its expression as a column.

use std::cell::RefCell;

use canopy_exec::function::{self, Function};

use super::call::{argument_expr, resolve};
use super::{Aggregation, ExprContext, Windowing};
use crate::algebra::{AggregateCall, Expr, SortKey};
use crate::bind::binder::Binder;
use crate::bind::error::{BindError, Result};
use crate::bind::scope::Scope;
use crate::syntax::ast::{self, Span};

/// The aggregate calls of one SELECT.
pub(in crate::bind) struct Aggregates<'a> {
    /// The names of its FROM clause: references inside calls are not subject to grouping.
    pub owner: &'a Scope<'a>,
    /// The calls; equal ones once.
    pub calls: RefCell<Vec<AggregateCall>>,
    /// Where GROUPING stands.
    pub grouping: RefCell<Vec<Span>>,
}

impl<'a> Aggregates<'a> {
    /// Returns no calls yet.
    pub fn new(owner: &'a Scope<'a>) -> Self {
        Self { owner, calls: RefCell::default(), grouping: RefCell::default() }
    }
}

impl Binder<'_> {
    /// Returns the column of an aggregate call.
    pub(super) fn aggregate_call(
        &mut self,
        call: &ast::FunctionCall,
        function: &Function,
        safe: bool,
        span: Span,
        cx: ExprContext<'_>,
    ) -> Result<Expr> {
        let aggregates = self.aggregates_of(&function.display_name(), span, cx)?;
        if safe {
            return Err(BindError::unsupported("SAFE. before an aggregate function", span));
        }
        let mark = aggregates.owner.mark();
        let inside = ExprContext {
            aggregation: Aggregation::Nested,
            windows: Windowing::Forbidden("the arguments of an aggregate function"),
            ..cx
        };
        let bound = self.aggregate_arguments(call, function, span, inside)?;
        let column = self.add_aggregate(aggregates, bound, span)?;
        aggregates.owner.forget(mark);
        Ok(column)
    }

    /// Returns where the calls of an aggregate function of the name are gathered.
    ///
    /// # Errors
    /// When none may stand there.
    pub(in crate::bind) fn aggregates_of<'c>(
        &self,
        name: &str,
        span: Span,
        cx: ExprContext<'c>,
    ) -> Result<&'c Aggregates<'c>> {
        match cx.aggregation {
            Aggregation::Into(aggregates) => Ok(aggregates),
            Aggregation::Forbidden(clause) => {
                Err(BindError::new(format!("Aggregate function {name} not allowed in {clause}"), span))
            }
            Aggregation::Nested => Err(BindError::new("Aggregations of aggregations are not allowed", span)),
        }
    }

    /// Adds a call to those of the query, and returns its column.
    pub(in crate::bind) fn add_aggregate(
        &mut self,
        aggregates: &Aggregates<'_>,
        call: AggregateCall,
        span: Span,
    ) -> Result<Expr> {
        refuse_columns_of(aggregates, &call, span)?;
        let mut calls = aggregates.calls.borrow_mut();
        if let Some(same) = calls.iter().find(|other| is_same(other, &call)) {
            return Ok(Expr::Column(same.output.clone()));
        }
        let output = call.output.clone();
        calls.push(call);
        Ok(Expr::Column(output))
    }

    /// Adds COUNT(*): the query groups its rows, whether it reads a call or not.
    pub(in crate::bind) fn count_rows(&mut self, aggregates: &Aggregates<'_>, span: Span) -> Result<()> {
        let call = AggregateCall {
            output: self.ids.column("count_star", canopy_format::DataType::Int64),
            function: "$count_star".into(),
            arguments: Vec::new(),
            distinct: false,
            filter: None,
            order_by: Vec::new(),
            limit: None,
            ignore_nulls: None,
        };
        self.add_aggregate(aggregates, call, span).map(|_| ())
    }

    /// Binds the arguments of a call and what stands among them.
    pub(super) fn aggregate_arguments(
        &mut self,
        call: &ast::FunctionCall,
        function: &Function,
        span: Span,
        cx: ExprContext<'_>,
    ) -> Result<AggregateCall> {
        if !call.group_by.is_empty() {
            return Err(BindError::unsupported("GROUP BY inside an aggregate call", span));
        }
        if call.having.is_some() {
            return Err(BindError::unsupported("HAVING inside an aggregate call", span));
        }
        let star = matches!(call.arguments.as_slice(), [one] if one.value == ast::ArgumentValue::Star);
        let (function, arguments) = if star {
            if call.distinct {
                return Err(BindError::new("COUNT(*) cannot be used with DISTINCT", span));
            }
            let Some(count_star) = function::find("$count_star") else {
                return Err(BindError::unsupported("COUNT(*)", span));
            };
            (count_star, Vec::new())
        } else {
            let mut arguments = Vec::with_capacity(call.arguments.len() + 1);
            if let Some(receiver) = &call.receiver {
                arguments.push(self.expr(receiver, cx)?);
            }
            for argument in &call.arguments {
                arguments.push(self.expr(argument_expr(argument)?, cx)?);
            }
            (function, arguments)
        };
        let resolution = resolve(function, &arguments, span)?;
        let arguments = self.coerce_all(arguments, &resolution.argument_types, span)?;
        if call.distinct
            && let Some(argument) = arguments.iter().find(|a| !is_groupable(a.data_type()))
        {
            let name = argument.data_type();
            return Err(BindError::new(
                format!("Aggregate functions with DISTINCT cannot be used with arguments of type {name}"),
                span,
            ));
        }
        let filter = call.filter.as_ref().map(|filter| self.condition(filter, "WHERE clause", cx));
        let order_by = self.aggregate_order(call, &arguments, cx)?;
        let limit = call.limit.as_ref().map(|limit| self.row_count(limit, "LIMIT")).transpose()?;
        let output = self.ids.column(function.name.trim_start_matches('$'), resolution.return_type);
        Ok(AggregateCall {
            output,
            function: function.name.into(),
            arguments,
            distinct: call.distinct,
            filter: filter.transpose()?,
            order_by,
            limit,
            ignore_nulls: call.null_handling.map(|handling| handling == ast::NullHandling::Ignore),
        })
    }

    fn aggregate_order(
        &mut self,
        call: &ast::FunctionCall,
        arguments: &[Expr],
        cx: ExprContext<'_>,
    ) -> Result<Vec<SortKey>> {
        let mut keys = Vec::with_capacity(call.order_by.len());
        for item in &call.order_by {
            let expr = self.expr(&item.value, cx)?;
            if call.distinct && !arguments.contains(&expr) {
                return Err(BindError::new(
                    "An aggregate function that has both DISTINCT and ORDER BY arguments can only ORDER BY \
                     expressions that are arguments to the function",
                    item.value.span,
                ));
            }
            keys.push(self.sort_key(expr, item)?);
        }
        Ok(keys)
    }
}

/// Names of a select list may stand in aggregates of HAVING and ORDER BY, but not when they are aggregates.
fn refuse_columns_of(aggregates: &Aggregates, call: &AggregateCall, span: Span) -> Result<()> {
    let calls = aggregates.calls.borrow();
    let mut nested = false;
    for expr in call.exprs() {
        expr.for_each(&mut |inner| {
            nested |= calls.iter().any(|other| inner.as_column() == Some(other.output.id));
        });
    }
    match nested {
        true => Err(BindError::new("Aggregations of aggregations are not allowed", span)),
        false => Ok(()),
    }
}

/// True when two calls give the same value.
pub(super) fn is_same(a: &AggregateCall, b: &AggregateCall) -> bool {
    a.function == b.function
        && a.arguments == b.arguments
        && a.distinct == b.distinct
        && a.filter == b.filter
        && a.order_by == b.order_by
        && a.limit == b.limit
        && a.ignore_nulls == b.ignore_nulls
        && a.exprs().all(is_deterministic)
}

/// True when the expression gives the same value whenever it is computed for a row.
pub(in crate::bind) fn is_deterministic(expr: &Expr) -> bool {
    let mut deterministic = true;
    expr.for_each(&mut |inner| match inner {
        Expr::Call { function, .. } => {
            deterministic &= function::find(function).is_none_or(|f| f.deterministic);
        }
        Expr::Subquery(_) => deterministic = false,
        _ => {}
    });
    deterministic
}

/// True when rows can be grouped by values of the type.
pub(in crate::bind) fn is_groupable(data_type: &canopy_format::DataType) -> bool {
    use canopy_format::DataType::*;
    match data_type {
        Json => false,
        Array(element) => is_groupable(element),
        Struct(fields) => fields.iter().all(|field| is_groupable(&field.data_type)),
        _ => true,
    }
}
