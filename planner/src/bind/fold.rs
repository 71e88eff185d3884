//! Constants: expressions without columns, computed while binding.

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
        match expr {
            Expr::Literal(value, _) => Ok(value.clone()),
            _ => Err(BindError::unsupported("An expression where a constant is needed", span)),
        }
    }
}
