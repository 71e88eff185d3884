//! CASE.

use canopy_format::{DataType, Value};

use super::ExprContext;
use crate::algebra::Expr;
use crate::bind::binder::Binder;
use crate::bind::error::Result;
use crate::syntax::ast::{self, Span};

impl Binder<'_> {
    /// Returns `CASE [operand] WHEN ... THEN ... [ELSE ...] END`; with an operand, each WHEN compares.
    pub(super) fn case(
        &mut self,
        operand: Option<&ast::Expr>,
        branches: &[ast::CaseBranch],
        otherwise: Option<&ast::Expr>,
        span: Span,
        cx: ExprContext<'_>,
    ) -> Result<Expr> {
        let operand = operand.map(|operand| self.expr(operand, cx)).transpose()?;
        let mut arguments = Vec::with_capacity(branches.len() * 2 + 1);
        for branch in branches {
            arguments.push(match &operand {
                Some(operand) => {
                    let when = self.expr(&branch.when, cx)?;
                    let operand = self.copy(operand, span)?;
                    self.call("$equal", vec![operand, when], branch.when.span)?
                }
                None => self.condition(&branch.when, "CASE condition", cx)?,
            });
            arguments.push(self.expr(&branch.then, cx)?);
        }
        arguments.push(match otherwise {
            Some(otherwise) => self.expr(otherwise, cx)?,
            None => Expr::Literal(Value::Null, DataType::Int64),
        });
        self.call("$case", arguments, span)
    }
}
