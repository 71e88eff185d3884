//! Implicit coercion: casts that make an expression what is wanted; literals are converted here.

use canopy_exec::function;
use canopy_format::{DataType, Value};

use super::is_literal;
use crate::algebra::Expr;
use crate::bind::binder::Binder;
use crate::bind::constant;
use crate::bind::error::{BindError, Result};
use crate::syntax::ast::Span;

impl Binder<'_> {
    /// Returns the expression as the type, which it is known to coerce to; literals are converted here.
    ///
    /// # Errors
    /// For a literal that has no value of the type: `'abc'` as a DATE.
    pub fn coerce(&mut self, expr: Expr, target: &DataType, span: Span) -> Result<Expr> {
        if expr.data_type() == target {
            return Ok(expr);
        }
        match (expr, target) {
            (Expr::Literal(value, from), _) => self.coerce_literal(value, &from, target, span),
            // ERROR(...) never returns: it stands where any type is wanted.
            (Expr::Call { function, arguments, safe, span: at, .. }, _) if &*function == "error" => {
                let call = |function: std::sync::Arc<str>, arguments, safe, data_type| Expr::Call {
                    function,
                    arguments,
                    safe,
                    data_type,
                    span: at,
                };
                let error = call(function, arguments, safe, DataType::Int64);
                if !matches!(target, DataType::Json | DataType::Array(_) | DataType::Struct(_)) {
                    return Ok(cast_to(cast_to(error, &DataType::String), target));
                }
                // No type is cast to these: a condition that never comes to an end takes the cast's place.
                let never = call("$is_null".into(), vec![error], false, DataType::Bool);
                let null = || Expr::Literal(Value::Null, target.clone());
                Ok(call("if".into(), vec![never, null(), null()], false, target.clone()))
            }
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
            (expr, _) => Ok(cast_to(expr, target)),
        }
    }

    /// Returns the literal as the type: a literal where it can be converted here, else casts of its parts.
    fn coerce_literal(
        &mut self,
        value: Value,
        from: &DataType,
        target: &DataType,
        span: Span,
    ) -> Result<Expr> {
        if let (Value::Float64(value), DataType::Numeric | DataType::BigNumeric) = (&value, target)
            && let Some(written) = self.written_decimal(*value, target)
        {
            return Ok(Expr::Literal(written, target.clone()));
        }
        if let Some(converted) = constant::convert(&value, from, target) {
            return Ok(Expr::Literal(converted, target.clone()));
        }
        match (value, from, target) {
            (Value::Array(values), DataType::Array(from), DataType::Array(to)) => {
                let types = vec![(**to).clone(); values.len()];
                let parts = values.into_iter().map(|value| Expr::Literal(value, (**from).clone()));
                let arguments = self.coerce_all(parts.collect(), &types, span)?;
                Ok(constructor("$array", arguments, Value::Array, target, span))
            }
            (Value::Struct(values), DataType::Struct(from), DataType::Struct(to)) => {
                let types: Vec<DataType> = to.iter().map(|field| field.data_type.clone()).collect();
                let parts = values.into_iter().zip(from.iter());
                let parts = parts.map(|(value, field)| Expr::Literal(value, field.data_type.clone()));
                let arguments = self.coerce_all(parts.collect(), &types, span)?;
                Ok(constructor("$struct", arguments, Value::Struct, target, span))
            }
            (value, from, target) => self.fold_cast(Expr::Literal(value, from.clone()), target, span),
        }
    }

    /// Returns the cast of a literal, computed here where that can be done.
    ///
    /// # Errors
    /// When the literal has no value of the type.
    pub(super) fn fold_cast(&mut self, literal: Expr, target: &DataType, span: Span) -> Result<Expr> {
        let cast = cast_to(literal.clone(), target);
        match (self.try_fold(&cast), literal) {
            (Some(Ok(value)), _) => Ok(Expr::Literal(value, target.clone())),
            (Some(Err(_)), Expr::Literal(value, _)) => Err(could_not_cast(&value, target, span)),
            (Some(Err(_)) | None, _) => Ok(cast),
        }
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

/// Returns an ARRAY or STRUCT of the parts; of literals a literal.
fn constructor(
    function: &str,
    parts: Vec<Expr>,
    literal: fn(Vec<Value>) -> Value,
    data_type: &DataType,
    span: Span,
) -> Expr {
    let values = parts.iter().map(|part| match part {
        Expr::Literal(value, _) => Some(value.clone()),
        _ => None,
    });
    let data_type = data_type.clone();
    match values.collect::<Option<Vec<Value>>>() {
        Some(values) => Expr::Literal(literal(values), data_type),
        None => Expr::Call { function: function.into(), arguments: parts, safe: false, data_type, span },
    }
}

fn cast_to(input: Expr, target: &DataType) -> Expr {
    Expr::Cast {
        input: Box::new(input),
        data_type: target.clone(),
        safe: false,
        format: None,
        time_zone: None,
    }
}

/// True when the expression may be stored as the type.
pub(in crate::bind) fn assignable(expr: &Expr, target: &DataType) -> bool {
    match (expr, target) {
        (Expr::Literal(value, from), _) => literal_assignable(value, from, target),
        (Expr::Call { function, .. }, _) if &**function == "error" => true,
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
