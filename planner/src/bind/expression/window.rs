//! Calls with OVER: each is gathered in its query and stands in its expression as a column.

use canopy_exec::function::{Function, FunctionKind, OrderRule, WindowRules};

use super::call::{argument_expr, resolve};
use super::{ExprContext, Windowing, is_deterministic};
use crate::algebra::{AggregateCall, Expr};
use crate::bind::binder::Binder;
use crate::bind::error::{BindError, Result};
use crate::bind::window::{BoundCall, BoundWindow};
use crate::syntax::ast::{self, Span};

/// What windows of aggregates may have.
const AGGREGATE: WindowRules =
    WindowRules { order: OrderRule::Optional, frame: true, null_handling: true, constants: &[] };

impl Binder<'_> {
    /// Returns the column of a call with OVER.
    pub(super) fn window_call(
        &mut self,
        call: &ast::FunctionCall,
        over: &ast::WindowSpec,
        function: &Function,
        safe: bool,
        span: Span,
        cx: ExprContext<'_>,
    ) -> Result<Expr> {
        let name = function.display_name();
        let rules = match function.kind {
            // Percentiles are of all rows of the partition.
            FunctionKind::Aggregate if function.name.starts_with("percentile_") => {
                WindowRules { order: OrderRule::Forbidden, frame: false, ..AGGREGATE }
            }
            FunctionKind::Aggregate => AGGREGATE,
            FunctionKind::Window => function.window_rules().unwrap_or(AGGREGATE),
            FunctionKind::Scalar | FunctionKind::SpecialForm => {
                return Err(BindError::new(format!("Function {name} does not support an OVER clause"), span));
            }
        };
        let windows = match cx.windows {
            Windowing::Into(windows) => windows,
            Windowing::Forbidden(clause) => {
                return Err(BindError::new(format!("Analytic function not allowed in {clause}"), span));
            }
        };
        if safe {
            return Err(BindError::unsupported("SAFE. before a window function", span));
        }
        let since = windows.owner.mark();
        let inside = ExprContext { windows: Windowing::Forbidden("another analytic function"), ..cx };
        let window = self.window_spec(over, windows.named, inside)?;
        refuse_arguments(call, span)?;
        let bound = match function.kind {
            FunctionKind::Window => self.window_arguments(call, function, &rules, span, inside)?,
            _ => self.aggregate_arguments(call, function, span, inside)?,
        };
        check_window(&window, &rules, call.distinct, &name, over)?;
        let same = |other: &&BoundCall| {
            other.window == window
                && super::aggregate::is_same(&other.call, &bound)
                && other.window.partition_by.iter().all(is_deterministic)
        };
        let mut calls = windows.calls.borrow_mut();
        if let Some(same) = calls.iter().find(same) {
            return Ok(Expr::Column(same.call.output.clone()));
        }
        let output = bound.output.clone();
        calls.push(BoundCall { call: bound, window, since, until: windows.owner.mark(), span });
        Ok(Expr::Column(output))
    }

    /// Binds the arguments of a window function that is no aggregate.
    fn window_arguments(
        &mut self,
        call: &ast::FunctionCall,
        function: &Function,
        rules: &WindowRules,
        span: Span,
        cx: ExprContext<'_>,
    ) -> Result<AggregateCall> {
        let name = function.display_name();
        if call.distinct {
            return Err(BindError::new(
                format!("DISTINCT is not allowed for analytic function {name}"),
                span,
            ));
        }
        if call.filter.is_some() {
            return Err(BindError::new(format!("WHERE is not allowed for analytic function {name}"), span));
        }
        if call.null_handling.is_some() && !rules.null_handling {
            let message =
                format!("IGNORE NULLS and RESPECT NULLS are not allowed for analytic function {name}");
            return Err(BindError::new(message, span));
        }
        let mut arguments = Vec::with_capacity(call.arguments.len() + 1);
        if let Some(receiver) = &call.receiver {
            arguments.push(self.expr(receiver, cx)?);
        }
        for argument in &call.arguments {
            arguments.push(self.expr(argument_expr(argument)?, cx)?);
        }
        let resolution = resolve(function, &arguments, span)?;
        let mut arguments = self.coerce_all(arguments, &resolution.argument_types, span)?;
        for &position in rules.constants {
            let Some(argument) = arguments.get_mut(position) else { continue };
            match self.try_fold(argument) {
                Some(Ok(value)) => *argument = Expr::Literal(value, argument.data_type().clone()),
                Some(Err(error)) => return Err(BindError::new(error.to_string(), span)),
                None => {
                    let which = ["first", "second", "third"][position.min(2)];
                    let message = format!("The {which} argument to {name} must be constant");
                    return Err(BindError::new(message, span));
                }
            }
        }
        let output = self.ids.column(function.name, resolution.return_type);
        Ok(AggregateCall {
            ignore_nulls: call.null_handling.map(|handling| handling == ast::NullHandling::Ignore),
            ..AggregateCall::new(output, function.name, arguments)
        })
    }
}

/// What aggregates may have among their arguments only without OVER.
fn refuse_arguments(call: &ast::FunctionCall, span: Span) -> Result<()> {
    let clause = if !call.order_by.is_empty() {
        "ORDER BY"
    } else if call.limit.is_some() {
        "LIMIT"
    } else if call.having.is_some() {
        "HAVING"
    } else {
        return Ok(());
    };
    Err(BindError::new(format!("{clause} in the arguments of an analytic function is not allowed"), span))
}

fn check_window(
    window: &BoundWindow,
    rules: &WindowRules,
    distinct: bool,
    name: &str,
    over: &ast::WindowSpec,
) -> Result<()> {
    let ordered = !window.order_by.is_empty();
    let message = if distinct && ordered {
        "Window ORDER BY is not allowed if DISTINCT is specified".to_owned()
    } else if distinct && window.frame.is_some() {
        "Window framing clause is not allowed if DISTINCT is specified".to_owned()
    } else if rules.order == OrderRule::Required && !ordered {
        format!("Window ORDER BY is required for analytic function {name}")
    } else if rules.order == OrderRule::Forbidden && ordered {
        format!("Window ORDER BY is not allowed for analytic function {name}")
    } else if !rules.frame && window.frame.is_some() {
        format!("Window framing clause is not allowed for analytic function {name}")
    } else {
        return Ok(());
    };
    Err(BindError::new(message, over.span))
}
