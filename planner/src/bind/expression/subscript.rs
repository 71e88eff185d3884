//! `base[index]` of arrays and JSON.

use canopy_format::DataType;

use super::ExprContext;
use crate::algebra::Expr;
use crate::bind::binder::Binder;
use crate::bind::error::{BindError, Result};
use crate::syntax::ast::{self, Span, SubscriptMode};

impl Binder<'_> {
    /// Returns `base[index]`.
    pub(super) fn subscript(
        &mut self,
        base: &ast::Expr,
        mode: SubscriptMode,
        index: &ast::Expr,
        span: Span,
        cx: ExprContext<'_>,
    ) -> Result<Expr> {
        let base = self.expr(base, cx)?;
        let index_span = index.span;
        let index = self.expr(index, cx)?;
        let name = match mode {
            SubscriptMode::Plain | SubscriptMode::Offset => "$subscript_offset",
            SubscriptMode::Ordinal => "$subscript_ordinal",
            SubscriptMode::SafeOffset => "$safe_subscript_offset",
            SubscriptMode::SafeOrdinal => "$safe_subscript_ordinal",
            SubscriptMode::Key | SubscriptMode::SafeKey => {
                return Err(BindError::unsupported("Subscript with KEY", span));
            }
        };
        match (base.data_type(), mode) {
            (DataType::Array(_), _) | (DataType::Json, SubscriptMode::Plain) => {}
            (DataType::Struct(_), _) => {
                return Err(BindError::unsupported("Subscript of a STRUCT", index_span));
            }
            (other, _) => {
                let message = format!("Subscript access using [] is not supported on values of type {other}");
                return Err(BindError::new(message, index_span));
            }
        }
        self.call(name, vec![base, index], span)
    }
}
