//! CAST, type names, and the casts that coercion inserts.

use canopy_exec::function;
use canopy_format::{DataType, StructField, Value};

use super::{ExprContext, is_literal, is_null_literal};
use crate::algebra::Expr;
use crate::bind::binder::Binder;
use crate::bind::constant;
use crate::bind::error::{BindError, Result};
use crate::syntax::ast::{self, DataTypeKind, ExprKind, Span};

impl Binder<'_> {
    /// Returns `CAST(...)` or `SAFE_CAST(...)`.
    pub(super) fn cast(&mut self, cast: &ast::Expr, cx: ExprContext<'_>) -> Result<Expr> {
        let ExprKind::Cast { safe, operand, data_type, format, time_zone } = &cast.kind else {
            return Err(BindError::new("Not a cast", cast.span));
        };
        let input = self.expr(operand, cx)?;
        let target = self::data_type(data_type)?;
        if !data_type.parameters.is_empty() {
            return Err(BindError::unsupported("Cast to a type with parameters", data_type.span));
        }
        if !is_null_literal(&input) && !castable(input.data_type(), &target) {
            let from = input.data_type();
            return Err(BindError::new(format!("Invalid cast from {from} to {target}"), operand.span));
        }
        let mut option = |part: &Option<Box<ast::Expr>>| -> Result<Option<Box<Expr>>> {
            let Some(part) = part else { return Ok(None) };
            let value = self.expr(part, cx)?;
            Ok(Some(Box::new(self.coerce_or(value, &DataType::String, part.span)?)))
        };
        let (format, time_zone) = (option(format)?, option(time_zone)?);
        // `[]` has no element type of its own to cast from.
        if let (Expr::Literal(Value::Array(elements), _), DataType::Array(_)) = (&input, &target) {
            if elements.is_empty() {
                return Ok(Expr::Literal(Value::Array(Vec::new()), target));
            }
        }
        Ok(Expr::Cast { input: Box::new(input), data_type: target, safe: *safe, format, time_zone })
    }

    /// Returns the expression as the type, which it is known to coerce to; literals are converted here.
    ///
    /// # Errors
    /// For a literal that has no value of the type: `'abc'` as a DATE.
    pub fn coerce(&mut self, expr: Expr, target: &DataType, span: Span) -> Result<Expr> {
        if expr.data_type() == target {
            return Ok(expr);
        }
        match (expr, target) {
            (Expr::Literal(value, from), _) => match constant::convert(&value, &from, target, self.context) {
                Some(converted) => Ok(Expr::Literal(converted, target.clone())),
                None => Err(could_not_cast(&value, target, span)),
            },
            (Expr::Call { function, arguments, safe, span: at, .. }, DataType::Array(element))
                if &*function == "$array" =>
            {
                let arguments = arguments.into_iter().map(|argument| self.coerce(argument, element, span));
                let arguments = arguments.collect::<Result<_>>()?;
                Ok(Expr::Call { function, arguments, safe, data_type: target.clone(), span: at })
            }
            (Expr::Call { function, arguments, safe, span: at, .. }, DataType::Struct(fields))
                if &*function == "$struct" && arguments.len() == fields.len() =>
            {
                let parts = arguments.into_iter().zip(fields.iter());
                let arguments = parts.map(|(argument, field)| self.coerce(argument, &field.data_type, span));
                let arguments = arguments.collect::<Result<_>>()?;
                Ok(Expr::Call { function, arguments, safe, data_type: target.clone(), span: at })
            }
            (expr, _) => Ok(Expr::Cast {
                input: Box::new(expr),
                data_type: target.clone(),
                safe: false,
                format: None,
                time_zone: None,
            }),
        }
    }

    /// Returns the expression as the type, or the error of a value that is of another type.
    pub fn coerce_or(&mut self, expr: Expr, target: &DataType, span: Span) -> Result<Expr> {
        self.assign(expr, target, span)
    }

    /// Returns the expression as a value to be stored as the type: coercion, part by part for constructors.
    ///
    /// # Errors
    /// When the expression's type does not coerce.
    pub fn assign(&mut self, expr: Expr, target: &DataType, span: Span) -> Result<Expr> {
        match assignable(&expr, target) {
            true => self.coerce(expr, target, span),
            false => {
                let found = expr.data_type();
                Err(BindError::new(
                    format!("Value has type {found} which cannot be coerced to {target}"),
                    span,
                ))
            }
        }
    }
}

/// True when the expression may be stored as the type.
pub(in crate::bind) fn assignable(expr: &Expr, target: &DataType) -> bool {
    match (expr, target) {
        (Expr::Literal(value, from), _) => literal_assignable(value, from, target),
        (Expr::Call { function, arguments, .. }, DataType::Array(element)) if &**function == "$array" => {
            arguments.iter().all(|argument| assignable(argument, element))
        }
        (Expr::Call { function, arguments, .. }, DataType::Struct(fields)) if &**function == "$struct" => {
            let mut parts = arguments.iter().zip(fields.iter());
            arguments.len() == fields.len()
                && parts.all(|(argument, field)| assignable(argument, &field.data_type))
        }
        (expr, target) => function::coerces(expr.data_type(), target, is_literal(expr)),
    }
}

fn literal_assignable(value: &Value, from: &DataType, target: &DataType) -> bool {
    match (value, from, target) {
        (Value::Null, _, _) => true,
        (Value::Array(values), DataType::Array(from), DataType::Array(to)) => {
            values.iter().all(|value| literal_assignable(value, from, to))
        }
        (Value::Struct(values), DataType::Struct(from), DataType::Struct(to)) => {
            let mut parts = values.iter().zip(from.iter().zip(to.iter()));
            from.len() == to.len()
                && parts.all(|(value, (from, to))| literal_assignable(value, &from.data_type, &to.data_type))
        }
        (_, from, to) => function::coerces(from, to, true),
    }
}

fn could_not_cast(value: &Value, target: &DataType, span: Span) -> BindError {
    let text = match value {
        Value::String(text) => format!("\"{text}\""),
        Value::Int64(value) => value.to_string(),
        Value::Float64(value) => value.to_string(),
        other => format!("{other:?}"),
    };
    BindError::new(format!("Could not cast literal {text} to type {target}"), span)
}

/// Returns the type that is written.
pub(in crate::bind) fn data_type(syntax: &ast::DataType) -> Result<DataType> {
    if let Some(collate) = &syntax.collate {
        return Err(BindError::unsupported("COLLATE", collate.span));
    }
    match &syntax.kind {
        DataTypeKind::Named(path) => named_type(path),
        DataTypeKind::Array(element) => match data_type(element)? {
            DataType::Array(_) => Err(BindError::new("Arrays of arrays are not supported", syntax.span)),
            element => Ok(DataType::array(element)),
        },
        DataTypeKind::Struct(fields) => {
            let field = |field: &ast::StructFieldType| -> Result<StructField> {
                let name = field.name.as_ref().map(|name| name.value.clone()).unwrap_or_default();
                Ok(StructField { name, data_type: data_type(&field.data_type)? })
            };
            Ok(DataType::Struct(fields.iter().map(field).collect::<Result<_>>()?))
        }
        DataTypeKind::Range(_) => Err(BindError::unsupported("Type RANGE", syntax.span)),
        DataTypeKind::Any(name) => {
            Err(BindError::unsupported(format!("Type ANY {}", name.value), syntax.span))
        }
    }
}

/// Returns the scalar type of the name.
pub(in crate::bind) fn named_type(path: &ast::Path) -> Result<DataType> {
    let name = path.dotted();
    Ok(match name.to_ascii_uppercase().as_str() {
        "BOOL" | "BOOLEAN" => DataType::Bool,
        "INT64" | "INT" | "SMALLINT" | "INTEGER" | "BIGINT" | "TINYINT" | "BYTEINT" => DataType::Int64,
        "FLOAT64" => DataType::Float64,
        "NUMERIC" | "DECIMAL" => DataType::Numeric,
        "BIGNUMERIC" | "BIGDECIMAL" => DataType::BigNumeric,
        "STRING" => DataType::String,
        "BYTES" => DataType::Bytes,
        "DATE" => DataType::Date,
        "TIME" => DataType::Time,
        "DATETIME" => DataType::Datetime,
        "TIMESTAMP" => DataType::Timestamp,
        "INTERVAL" => DataType::Interval,
        "JSON" => DataType::Json,
        "GEOGRAPHY" => return Err(BindError::unsupported("Type GEOGRAPHY", path.span)),
        _ => return Err(BindError::new(format!("Type not found: {name}"), path.span)),
    })
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
