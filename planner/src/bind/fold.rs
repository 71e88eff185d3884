//! Constants: expressions without columns, computed while binding.

use canopy_exec::expression::{EvalContext, fold};
use canopy_exec::function;
use canopy_exec::{CancelToken, ExecError};
use canopy_format::Value;
use canopy_proto::plan::QueryContext;

use super::binder::Binder;
use super::error::{BindError, Result};
use crate::algebra::Expr;
use crate::physical;
use crate::syntax::ast::Span;

impl Binder<'_> {
    /// Returns the value of a constant expression.
    ///
    /// # Errors
    /// When the expression is not constant or has no value.
    pub(super) fn fold(&mut self, expr: &Expr, span: Span) -> Result<Value> {
        match self.try_fold(expr) {
            Some(Ok(value)) => Ok(value),
            Some(Err(error)) => Err(BindError::new(error.to_string(), span)),
            None => Err(BindError::new("A constant expression is required", span)),
        }
    }

    /// Returns the value of an expression or why it has none; None when it is not constant.
    pub(super) fn try_fold(&mut self, expr: &Expr) -> Option<std::result::Result<Value, ExecError>> {
        if let Expr::Literal(value, _) = expr {
            return Some(Ok(value.clone()));
        }
        if !is_constant(expr) {
            return None;
        }
        let message = physical::expression(expr).ok()?;
        match self.eval_context().and_then(|context| fold(&message, &context)) {
            // What the executor cannot compile is left for it to say when the query runs.
            Err(error) if !matches!(error, ExecError::Evaluation(_)) => None,
            folded => Some(folded),
        }
    }

    fn eval_context(&self) -> std::result::Result<EvalContext, ExecError> {
        let context = QueryContext {
            now_us: self.context.now_us,
            time_zone: self.context.time_zone.clone(),
            session_user: self.context.session_user.clone(),
            ..QueryContext::default()
        };
        EvalContext::new(&context, CancelToken::new())
    }
}

/// True when the expression refers to nothing and gives the same value each time.
fn is_constant(expr: &Expr) -> bool {
    let mut constant = true;
    expr.for_each(&mut |inner| match inner {
        Expr::Column(_) | Expr::Subquery(_) | Expr::ArraySubquery(_) => constant = false,
        Expr::Call { function, .. } => {
            constant &= function::find(function).is_some_and(|found| found.deterministic);
        }
        Expr::Literal(..) | Expr::Cast { .. } | Expr::Field { .. } => {}
    });
    constant
}
