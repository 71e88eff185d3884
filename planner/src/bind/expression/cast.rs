//! CAST.

use canopy_format::{DataType, Value};

use super::literal::decimal_text;
use super::{ExprContext, is_null_literal};
use crate::algebra::Expr;
use crate::bind::binder::Binder;
use crate::bind::error::{BindError, Result};
use crate::syntax::ast::{self, ExprKind};

impl Binder<'_> {
    /// Returns `CAST(...)` or `SAFE_CAST(...)`.
    pub(super) fn cast(&mut self, cast: &ast::Expr, cx: ExprContext<'_>) -> Result<Expr> {
        let ExprKind::Cast { safe, operand, data_type, format, time_zone } = &cast.kind else {
            return Err(BindError::new("Not a cast", cast.span));
        };
        let input = self.expr(operand, cx)?;
        let target = super::data_type(data_type)?;
        if !data_type.parameters.is_empty() {
            return Err(BindError::unsupported("Cast to a type with parameters", data_type.span));
        }
        if let (Some(text), DataType::Numeric | DataType::BigNumeric) = (decimal_text(operand), &target)
            && format.is_none()
        {
            let input = Box::new(Expr::Literal(Value::from(text.as_str()), DataType::String));
            let (safe, format, time_zone) = (*safe, None, None);
            return Ok(Expr::Cast { input, data_type: target, safe, format, time_zone });
        }
        // `[]` has no element type of its own to cast from.
        if let (Expr::Literal(Value::Array(elements), _), DataType::Array(_)) = (&input, &target)
            && elements.is_empty()
        {
            return Ok(Expr::Literal(Value::Array(Vec::new()), target));
        }
        if !is_null_literal(&input) && !castable(input.data_type(), &target) {
            let from = input.data_type();
            return Err(BindError::new(format!("Invalid cast from {from} to {target}"), operand.span));
        }
        let mut option = |part: &Option<Box<ast::Expr>>| -> Result<Option<Box<Expr>>> {
            let Some(part) = part else { return Ok(None) };
            let value = self.expr(part, cx)?;
            Ok(Some(Box::new(self.assign(value, &DataType::String, part.span)?)))
        };
        let (format, time_zone) = (option(format)?, option(time_zone)?);
        if format.is_some() {
            return Err(BindError::unsupported("CAST with FORMAT", cast.span));
        }
        // NULL has no type of its own to cast from.
        if is_null_literal(&input) {
            return Ok(Expr::Literal(Value::Null, target));
        }
        Ok(Expr::Cast { input: Box::new(input), data_type: target, safe: *safe, format, time_zone })
    }
}

/// True when GoogleSQL has the explicit cast.
fn castable(from: &DataType, to: &DataType) -> bool {
    use DataType::*;
    match (from, to) {
        (Array(from), Array(to)) => castable(from, to),
        (Struct(from), Struct(to)) => {
            let mut fields = from.iter().zip(to.iter());
            from.len() == to.len() && fields.all(|(from, to)| castable(&from.data_type, &to.data_type))
        }
        (from, to) if from == to => true,
        (Array(_) | Struct(_) | Json, _) | (_, Array(_) | Struct(_) | Json) => false,
        (String, _) | (_, String) => !matches!((from, to), (Json, _) | (_, Json)),
        (Bool, Int64) | (Int64, Bool) => true,
        (from, to) if from.is_numeric() && to.is_numeric() => true,
        (Date, Datetime | Timestamp) | (Datetime, Date | Time | Timestamp) => true,
        (Timestamp, Date | Time | Datetime) => true,
        _ => false,
    }
}
