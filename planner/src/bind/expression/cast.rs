//! CAST.

use canopy_exec::function::cast::{formattable, takes_time_zone};
use canopy_format::{DataType, TypeParameters, Value};

use super::literal::decimal_text;
use super::{ExprContext, is_null_literal};
use crate::algebra::Expr;
use crate::bind::binder::Binder;
use crate::bind::constant;
use crate::bind::error::{BindError, Result};
use crate::bind::table_schema::type_parameters;
use crate::syntax::ast::{self, DataTypeKind, ExprKind};

impl Binder<'_> {
    /// Returns `CAST(...)` or `SAFE_CAST(...)`.
    pub(super) fn cast(&mut self, cast: &ast::Expr, cx: ExprContext<'_>) -> Result<Expr> {
        let ExprKind::Cast { safe, operand, data_type, format, time_zone } = &cast.kind else {
            return Err(BindError::new("Not a cast", cast.span));
        };
        let target = super::data_type(data_type)?;
        let limits = limits(data_type, &target)?;
        if let (Some(text), DataType::Numeric | DataType::BigNumeric) = (decimal_text(operand), &target)
            && format.is_none()
        {
            return Ok(limited(exact_decimal(&text, target, *safe), limits, *safe, cast.span));
        }
        let input = self.expr(operand, cx)?;
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
        let (formatted, zone) = (option(format)?, option(time_zone)?);
        // NULL has no type of its own to cast from.
        if is_null_literal(&input) {
            return Ok(Expr::Literal(Value::Null, target));
        }
        let from = input.data_type();
        if let Some(format) = format
            && !formattable(from, &target)
        {
            let message = format!("FORMAT is not allowed for cast from {from} to {target}");
            return Err(BindError::new(message, format.span));
        }
        if let Some(zone) = time_zone
            && (format.is_none() || !takes_time_zone(from, &target))
        {
            let message = format!("AT TIME ZONE is not allowed for cast from {from} to {target}");
            return Err(BindError::new(message, zone.span));
        }
        let value = Expr::Cast {
            input: Box::new(input),
            data_type: target,
            safe: *safe,
            format: formatted,
            time_zone: zone,
        };
        Ok(limited(value, limits, *safe, cast.span))
    }
}

/// Returns the value kept to the limits of its type's parameters.
fn limited(value: Expr, limits: Option<String>, safe: bool, span: ast::Span) -> Expr {
    let Some(limits) = limits else { return value };
    let data_type = value.data_type().clone();
    let limits = Expr::Literal(Value::String(limits.into()), DataType::String);
    Expr::Call { function: "$constrain".into(), arguments: vec![value, limits], safe, data_type, span }
}

/// Returns a number that is written out as the decimal that it is, before a FLOAT64 takes digits from it.
fn exact_decimal(text: &str, target: DataType, safe: bool) -> Expr {
    if let Some(value) = constant::parse(text, &target) {
        return Expr::Literal(value, target);
    }
    let input = Box::new(Expr::Literal(Value::from(text), DataType::String));
    Expr::Cast { input, data_type: target, safe, format: None, time_zone: None }
}

/// Returns the parameters within a type as the executor's `$constrain` reads them; None when there are none.
fn limits(syntax: &ast::DataType, data_type: &DataType) -> Result<Option<String>> {
    let text = limits_text(syntax, data_type)?;
    Ok(text.contains(['L', 'N']).then_some(text))
}

fn limits_text(syntax: &ast::DataType, data_type: &DataType) -> Result<String> {
    Ok(match (&syntax.kind, data_type) {
        (DataTypeKind::Array(element), DataType::Array(element_type)) => {
            format!("A({})", limits_text(element, element_type)?)
        }
        (DataTypeKind::Struct(fields), DataType::Struct(types)) => {
            let parts = fields.iter().zip(types.iter());
            let parts = parts.map(|(field, own)| limits_text(&field.data_type, &own.data_type));
            format!("S({})", parts.collect::<Result<Vec<_>>>()?.join(";"))
        }
        _ => match type_parameters(data_type, &syntax.parameters, syntax.span)? {
            None => "_".to_owned(),
            Some(TypeParameters::MaxLength(length)) => format!("L{length}"),
            Some(TypeParameters::Decimal { precision, scale }) => format!("N{precision},{scale}"),
        },
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
