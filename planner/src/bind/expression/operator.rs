//! Unary and binary operators.

use canopy_format::{DataType, Value};

use super::ExprContext;
use crate::algebra::Expr;
use crate::bind::binder::Binder;
use crate::bind::error::{BindError, Result};
use crate::syntax::ast::{self, BinaryOp, ExprKind, Span, UnaryOp};

impl Binder<'_> {
    /// Returns `-x`, `+x`, `~x`, `NOT x`.
    pub(super) fn unary(
        &mut self,
        op: UnaryOp,
        operand: &ast::Expr,
        span: Span,
        cx: ExprContext<'_>,
    ) -> Result<Expr> {
        // The literal -9223372036854775808 has no positive counterpart.
        if let (UnaryOp::Minus, ExprKind::Literal(ast::Literal::Int(value))) = (op, &operand.kind)
            && let Some(value) = 0i64.checked_sub_unsigned(*value)
        {
            return Ok(Expr::Literal(Value::Int64(value), DataType::Int64));
        }
        if op == UnaryOp::Not {
            not_null(operand, "NOT")?;
        }
        let operand = self.expr(operand, cx)?;
        let name = match (op, &operand) {
            (UnaryOp::Minus, Expr::Literal(Value::Float64(value), data_type)) => {
                return Ok(Expr::Literal(Value::Float64(-value), data_type.clone()));
            }
            (UnaryOp::Plus, operand) if operand.data_type().is_numeric() => return Ok(operand.clone()),
            (UnaryOp::Plus, operand) => {
                let found = operand.data_type();
                return Err(BindError::new(
                    format!("No matching signature for operator + for argument types: {found}"),
                    span,
                ));
            }
            (UnaryOp::Minus, _) => "$unary_minus",
            (UnaryOp::BitNot, _) => "$bitwise_not",
            (UnaryOp::Not, _) => "$not",
        };
        self.call(name, vec![operand], span)
    }

    /// Returns `a op b op c ...`. Left-leaning chains are walked in a loop, so that their length costs no
    /// stack.
    pub(super) fn binary_chain(&mut self, expr: &ast::Expr, cx: ExprContext<'_>) -> Result<Expr> {
        let mut pending = Vec::new();
        let mut current = expr;
        while let ExprKind::Binary { left, op, right, .. } = &current.kind {
            if matches!(op, BinaryOp::Add | BinaryOp::Subtract | BinaryOp::Multiply | BinaryOp::Divide) {
                not_null(left, op.symbol())?;
                not_null(right, op.symbol())?;
            }
            pending.push((*op, &**right, current.span));
            current = left;
        }
        let mut result = self.expr(current, cx)?;
        while let Some((op, right, span)) = pending.pop() {
            let right = self.expr(right, cx)?;
            result = self.call(operator_name(op), vec![result, right], span)?;
        }
        Ok(result)
    }

    /// Returns `a AND b ...` or `a OR b ...`.
    pub(super) fn logical(
        &mut self,
        name: &str,
        operands: &[ast::Expr],
        span: Span,
        cx: ExprContext<'_>,
    ) -> Result<Expr> {
        let operands = operands.iter().map(|operand| self.expr(operand, cx)).collect::<Result<Vec<_>>>()?;
        self.call(name, operands, span)
    }

    /// Returns NOT of the expression when asked.
    pub(super) fn negate_if(&mut self, negated: bool, expr: Expr, span: Span) -> Result<Expr> {
        match negated {
            true => self.call("$not", vec![expr], span),
            false => Ok(expr),
        }
    }
}

/// # Errors
/// For the word NULL as an operand: its type cannot be known.
fn not_null(operand: &ast::Expr, symbol: &str) -> Result<()> {
    match operand.kind {
        ExprKind::Literal(ast::Literal::Null) => {
            Err(BindError::new(format!("Operands of {symbol} cannot be literal NULL"), operand.span))
        }
        _ => Ok(()),
    }
}

/// The catalog's name of an operator.
pub(super) fn operator_name(op: BinaryOp) -> &'static str {
    match op {
        BinaryOp::Multiply => "$multiply",
        BinaryOp::Divide => "$divide",
        BinaryOp::Concat => "$concat",
        BinaryOp::Add => "$add",
        BinaryOp::Subtract => "$subtract",
        BinaryOp::ShiftLeft => "$shift_left",
        BinaryOp::ShiftRight => "$shift_right",
        BinaryOp::BitAnd => "$bitwise_and",
        BinaryOp::BitXor => "$bitwise_xor",
        BinaryOp::BitOr => "$bitwise_or",
        BinaryOp::Equal => "$equal",
        BinaryOp::NotEqual => "$not_equal",
        BinaryOp::Less => "$less",
        BinaryOp::LessOrEqual => "$less_or_equal",
        BinaryOp::Greater => "$greater",
        BinaryOp::GreaterOrEqual => "$greater_or_equal",
    }
}
