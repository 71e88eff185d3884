//! GROUPING(key): whether the row's grouping set leaves the key out.

use std::collections::HashMap;

use canopy_format::DataType;

use super::call::argument_expr;
use super::{Aggregation, ExprContext, Windowing};
use crate::algebra::{ColumnId, Expr};
use crate::bind::binder::Binder;
use crate::bind::error::{BindError, Result};
use crate::syntax::ast::{self, Span};

/// What stands for the call until the keys are known.
pub(in crate::bind) const GROUPING: &str = "$grouping";

/// True for GROUPING(...).
pub(super) fn is_grouping(call: &ast::FunctionCall) -> bool {
    call.receiver.is_none()
        && call.name.as_ident().is_some_and(|name| name.value.eq_ignore_ascii_case("GROUPING"))
}

impl Binder<'_> {
    /// Returns what stands for the call until the keys are known.
    pub(super) fn grouping_call(
        &mut self,
        call: &ast::FunctionCall,
        span: Span,
        cx: ExprContext<'_>,
    ) -> Result<Expr> {
        match cx.aggregation {
            Aggregation::Into(aggregates) => aggregates.grouping.borrow_mut().push(span),
            Aggregation::Forbidden(clause) => {
                return Err(BindError::new(format!("GROUPING function is not allowed in {clause}"), span));
            }
            Aggregation::Nested => {
                return Err(BindError::new("GROUPING function is not allowed in an aggregate call", span));
            }
        }
        let [argument] = call.arguments.as_slice() else {
            return Err(BindError::new("GROUPING must have exactly one argument", span));
        };
        let inside = ExprContext {
            aggregation: Aggregation::Nested,
            windows: Windowing::Forbidden("GROUPING function"),
            ..cx
        };
        let argument = self.expr(argument_expr(argument)?, inside)?;
        Ok(Expr::Call {
            function: GROUPING.into(),
            arguments: vec![argument],
            safe: false,
            data_type: DataType::Int64,
            span,
        })
    }
}

/// Replaces columns of the select list by what they are, within GROUPING only.
pub(in crate::bind) fn substitute_grouping(expr: &mut Expr, selected: &HashMap<ColumnId, Expr>) {
    if matches!(expr, Expr::Call { function, .. } if &**function == GROUPING) {
        expr.substitute(selected);
        return;
    }
    expr.children_mut().into_iter().for_each(|child| substitute_grouping(child, selected));
}
