//! Aggregate calls: gathered in their query, each stands in its expression as a column.

use std::cell::RefCell;

use canopy_exec::aggregate::{self, CallShape};
use canopy_exec::function::{self, Function};
use canopy_format::{DataType, Value};

use super::call::{argument_expr, resolve};
use super::{Aggregation, ExprContext, Windowing};
use crate::algebra::{AggregateCall, Expr, Having, SortKey};
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
        let call = AggregateCall::new(
            self.ids.column("count_star", canopy_format::DataType::Int64),
            "$count_star",
            Vec::new(),
        );
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
        if let ("string_agg", [_, Expr::Literal(canopy_format::Value::Null, _)]) =
            (function.name, arguments.as_slice())
        {
            return Err(BindError::new("Argument 2 to STRING_AGG must be non-NULL", span));
        }
        if call.distinct
            && let Some(argument) = arguments.iter().find(|a| !is_groupable(a.data_type()))
        {
            let name = argument.data_type();
            return Err(BindError::new(
                format!("Aggregate functions with DISTINCT cannot be used with arguments of type {name}"),
                span,
            ));
        }
        self.check_constants(function, &arguments, span)?;
        let having = self.having_modifier(call, span, cx)?;
        let filter = call.filter.as_ref().map(|filter| self.condition(filter, "WHERE clause", cx));
        let order_by = self.aggregate_order(call, &arguments, cx)?;
        let limit = call.limit.as_ref().map(|limit| self.row_count(limit, "LIMIT")).transpose()?;
        let output = self.ids.column(function.name.trim_start_matches('$'), DataType::Int64);
        let mut bound = AggregateCall {
            output,
            function: function.name.into(),
            arguments,
            distinct: call.distinct,
            filter: filter.transpose()?,
            order_by,
            limit,
            having,
            ignore_nulls: ignores_nulls(call, function, span)?,
        };
        bound.output.data_type = result_type(&bound, span)?;
        Ok(bound)
    }

    /// Refuses arguments that must be constants and are not.
    fn check_constants(&mut self, function: &Function, arguments: &[Expr], span: Span) -> Result<()> {
        let Some((_, position)) = CONSTANT_ARGUMENTS.iter().find(|(name, _)| *name == function.name) else {
            return Ok(());
        };
        let Some(argument) = arguments.get(*position) else { return Ok(()) };
        let (name, number) = (function.display_name(), position + 1);
        let value = match argument {
            Expr::Literal(value, _) => Some(value.clone()),
            other => self.try_fold(other).transpose().ok().flatten(),
        };
        match value {
            None => {
                let message = format!("Argument {number} to {name} must be a literal or query parameter");
                Err(BindError::new(message, span))
            }
            Some(Value::Null) if function.name == "string_agg" => {
                Err(BindError::new(format!("Argument {number} to {name} must be non-NULL"), span))
            }
            Some(_) => Ok(()),
        }
    }

    fn having_modifier(
        &mut self,
        call: &ast::FunctionCall,
        span: Span,
        cx: ExprContext<'_>,
    ) -> Result<Option<Having>> {
        let (key, greatest) = match &call.having {
            None => return Ok(None),
            Some(ast::HavingModifier::Max(key)) => (key, true),
            Some(ast::HavingModifier::Min(key)) => (key, false),
            Some(ast::HavingModifier::Filter(_)) => {
                return Err(BindError::unsupported("HAVING with a condition inside an aggregate call", span));
            }
        };
        let bound = self.expr(key, cx)?;
        if !is_orderable(bound.data_type()) {
            let name = bound.data_type();
            return Err(BindError::new(
                format!("HAVING modifier does not support expressions of type {name}"),
                key.span,
            ));
        }
        Ok(Some(Having { key: bound, greatest }))
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
        && a.having == b.having
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

/// Arguments that are read once for all rows.
const CONSTANT_ARGUMENTS: &[(&str, usize)] = &[
    ("string_agg", 1),
    ("approx_quantiles", 1),
    ("approx_top_count", 1),
    ("approx_top_sum", 2),
    ("percentile_cont", 1),
    ("percentile_disc", 1),
    ("hll_count.init", 1),
];

/// Functions of which NULLs are values, if they are told to respect them.
const NULL_HANDLING: &[(&str, Option<bool>)] = &[
    ("array_agg", None),
    ("any_value", None),
    ("approx_quantiles", Some(true)),
    ("approx_top_count", None),
    ("approx_top_sum", None),
    ("percentile_cont", Some(true)),
    ("percentile_disc", Some(true)),
    ("string_agg", None),
];

/// Returns whether rows with a NULL as the first argument are left out: as written, or as the function has it.
fn ignores_nulls(call: &ast::FunctionCall, function: &Function, span: Span) -> Result<Option<bool>> {
    let found = NULL_HANDLING.iter().find(|(name, _)| *name == function.name);
    match (call.null_handling, found) {
        (None, found) => Ok(found.and_then(|(_, default)| *default)),
        (Some(handling), Some(_)) => Ok(Some(handling == ast::NullHandling::Ignore)),
        (Some(_), None) => {
            let name = function.display_name();
            let message =
                format!("IGNORE NULLS and RESPECT NULLS are not allowed for aggregate function {name}");
            Err(BindError::new(message, span))
        }
    }
}

/// Returns the type of a call's result, which the executor knows best.
fn result_type(call: &AggregateCall, span: Span) -> Result<DataType> {
    let shape = CallShape {
        arguments: call.arguments.iter().map(|argument| argument.data_type().clone()).collect(),
        ..CallShape::default()
    };
    match aggregate::prepare(&call.function, &shape) {
        Ok(prepared) => Ok(prepared.return_type()),
        Err(error) => Err(BindError::new(error.to_string(), span)),
    }
}

/// True when values of the type have an order.
fn is_orderable(data_type: &DataType) -> bool {
    data_type.is_scalar() && *data_type != DataType::Json
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
