//! Literals.

use canopy_format::{DataType, Value};

use crate::algebra::Expr;
use crate::bind::binder::{Binder, boolean};
use crate::bind::constant;
use crate::bind::error::{BindError, Result};
use crate::syntax::ast::{self, Literal, LiteralType, Span};

/// Decimal digits that every FLOAT64 keeps.
const FLOAT_DIGITS: usize = 15;

impl Binder<'_> {
    /// Returns the literal's value.
    pub(super) fn literal(&mut self, literal: &Literal, span: Span) -> Result<Expr> {
        Ok(match literal {
            Literal::Null => Expr::Literal(Value::Null, DataType::Int64),
            Literal::Bool(value) => boolean(*value),
            Literal::Int(value) => match i64::try_from(*value) {
                Ok(value) => Expr::Literal(Value::Int64(value), DataType::Int64),
                Err(_) => return Err(BindError::new(format!("Invalid integer literal: {value}"), span)),
            },
            Literal::IntTooLarge(text) => {
                return Err(BindError::new(format!("Invalid integer literal: {text}"), span));
            }
            Literal::Float(text) => match text.parse::<f64>() {
                Ok(value) if value.is_finite() => {
                    self.keep_digits(text, value);
                    Expr::Literal(Value::Float64(value), DataType::Float64)
                }
                _ => return Err(BindError::new(format!("Invalid floating point literal: {text}"), span)),
            },
            Literal::String(text) => Expr::Literal(Value::from(text.as_str()), DataType::String),
            Literal::Bytes(bytes) => Expr::Literal(Value::Bytes(bytes.as_slice().into()), DataType::Bytes),
            Literal::Typed { literal_type, value, value_span } => {
                return self.typed_literal(*literal_type, value, *value_span);
            }
            Literal::Range { data_type, value, value_span } => {
                let data_type = super::data_type(data_type)?;
                let literal = Expr::Literal(Value::from(value.as_str()), DataType::String);
                let invalid =
                    |_| BindError::new(format!("Invalid {data_type} literal \"{value}\""), *value_span);
                self.fold_cast(literal, &data_type, span).map_err(invalid)?
            }
        })
    }

    /// Notes the digits of a float that it does not keep itself.
    fn keep_digits(&mut self, text: &str, value: f64) {
        let digits = text.bytes().filter(u8::is_ascii_digit).count();
        if digits > FLOAT_DIGITS {
            let kept = self.float_digits.entry(value.to_bits()).or_insert_with(|| Some(text.to_owned()));
            if kept.as_deref() != Some(text) {
                *kept = None;
            }
        }
    }

    /// Returns a float literal as the NUMERIC or BIGNUMERIC that was written; None to go by its value.
    pub(super) fn written_decimal(&self, value: f64, target: &DataType) -> Option<Value> {
        let text = self.float_digits.get(&value.abs().to_bits())?.as_ref()?;
        let sign = if value < 0.0 { "-" } else { "" };
        constant::parse(&format!("{sign}{text}"), target)
    }

    fn typed_literal(&mut self, literal_type: LiteralType, text: &str, span: Span) -> Result<Expr> {
        let data_type = match literal_type {
            LiteralType::Date => DataType::Date,
            LiteralType::Time => DataType::Time,
            LiteralType::Datetime => DataType::Datetime,
            LiteralType::Timestamp => DataType::Timestamp,
            LiteralType::Numeric => DataType::Numeric,
            LiteralType::BigNumeric => DataType::BigNumeric,
            LiteralType::Json => DataType::Json,
        };
        if let Some(value) = constant::parse(text, &data_type) {
            return Ok(Expr::Literal(value, data_type));
        }
        let literal = Expr::Literal(Value::from(text), DataType::String);
        let invalid = || BindError::new(format!("Invalid {data_type} literal \"{text}\""), span);
        match data_type {
            DataType::Date | DataType::Numeric | DataType::BigNumeric => Err(invalid()),
            DataType::Json => {
                let parsed = self.call("parse_json", vec![literal], span)?;
                match self.try_fold(&parsed) {
                    Some(Ok(value)) => Ok(Expr::Literal(value, data_type)),
                    Some(Err(_)) => Err(invalid()),
                    None => Ok(parsed),
                }
            }
            _ => self.fold_cast(literal, &data_type, span).map_err(|_| invalid()),
        }
    }
}

/// Returns the decimal as it was written, sign included, of a floating-point literal: casts to NUMERIC and
/// BIGNUMERIC take its digits, not the nearest float's.
pub(super) fn decimal_text(expr: &ast::Expr) -> Option<String> {
    match &expr.kind {
        ast::ExprKind::Literal(Literal::Float(text)) => Some(text.clone()),
        ast::ExprKind::Unary { op: ast::UnaryOp::Minus, operand } => match &operand.kind {
            ast::ExprKind::Literal(Literal::Float(text)) => Some(format!("-{text}")),
            _ => None,
        },
        _ => None,
    }
}
