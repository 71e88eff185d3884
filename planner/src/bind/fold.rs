//! Constants: expressions without columns, computed while binding.

use canopy_exec::ExecError;
use canopy_format::Value;

use super::binder::Binder;
use super::error::{BindError, Result};
use crate::algebra::Expr;
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
            None => Err(BindError::unsupported("An expression where a constant is needed", span)),
        }
    }

    /// Returns the value of an expression or why it has none; None when it is not constant.
    pub(super) fn try_fold(&mut self, expr: &Expr) -> Option<std::result::Result<Value, ExecError>> {
        match expr {
            Expr::Literal(value, _) => Some(Ok(value.clone())),
            _ => None,
        }
    }
}
