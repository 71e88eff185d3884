//! Types and values as the plan's messages carry them, and back. Messages are hostile until converted.

use std::sync::Arc;

use canopy_format::{DataType, I256, Interval, RangeElement, RangeValue, StructField, Value};
use canopy_proto::plan::{self, TypeKind, literal};

use crate::{ExecError, Result};

/// Deepest nesting of a type or value in a plan.
const DEPTH_MAX: usize = 64;

/// Returns the message for a type.
pub fn type_to_proto(data_type: &DataType) -> plan::Type {
    let kind = match data_type {
        DataType::Bool => TypeKind::Bool,
        DataType::Int64 => TypeKind::Int64,
        DataType::Float64 => TypeKind::Float64,
        DataType::Numeric => TypeKind::Numeric,
        DataType::BigNumeric => TypeKind::Bignumeric,
        DataType::String => TypeKind::String,
        DataType::Bytes => TypeKind::Bytes,
        DataType::Date => TypeKind::Date,
        DataType::Time => TypeKind::Time,
        DataType::Datetime => TypeKind::Datetime,
        DataType::Timestamp => TypeKind::Timestamp,
        DataType::Interval => TypeKind::Interval,
        DataType::Json => TypeKind::Json,
        DataType::Array(_) => TypeKind::Array,
        DataType::Struct(_) => TypeKind::Struct,
        DataType::Range(_) => TypeKind::Range,
    };
    let child = |name: &str, data_type: &DataType| plan::TypeField {
        name: name.to_owned(),
        r#type: Some(type_to_proto(data_type)),
    };
    let children = match data_type {
        DataType::Array(element) => vec![child("", element)],
        DataType::Range(element) => vec![child("", &element.data_type())],
        DataType::Struct(fields) => fields.iter().map(|f| child(&f.name, &f.data_type)).collect(),
        _ => Vec::new(),
    };
    plan::Type { kind: kind as i32, children }
}

/// Returns the type of a message.
///
/// # Errors
/// [`ExecError::InvalidPlan`] for unknown kinds, missing or superfluous children, or too deep nesting.
pub fn type_from_proto(message: &plan::Type) -> Result<DataType> {
    type_at_depth(message, 0)
}

fn type_at_depth(message: &plan::Type, depth: usize) -> Result<DataType> {
    if depth > DEPTH_MAX {
        return Err(ExecError::InvalidPlan(format!("type nested deeper than {DEPTH_MAX}")));
    }
    let child = |field: &plan::TypeField| match &field.r#type {
        Some(inner) => type_at_depth(inner, depth + 1),
        None => Err(ExecError::InvalidPlan("type without its child".into())),
    };
    let scalar = |data_type: DataType| match message.children.is_empty() {
        true => Ok(data_type),
        false => Err(ExecError::InvalidPlan(format!("{data_type} with children"))),
    };
    match message.kind() {
        TypeKind::Bool => scalar(DataType::Bool),
        TypeKind::Int64 => scalar(DataType::Int64),
        TypeKind::Float64 => scalar(DataType::Float64),
        TypeKind::Numeric => scalar(DataType::Numeric),
        TypeKind::Bignumeric => scalar(DataType::BigNumeric),
        TypeKind::String => scalar(DataType::String),
        TypeKind::Bytes => scalar(DataType::Bytes),
        TypeKind::Date => scalar(DataType::Date),
        TypeKind::Time => scalar(DataType::Time),
        TypeKind::Datetime => scalar(DataType::Datetime),
        TypeKind::Timestamp => scalar(DataType::Timestamp),
        TypeKind::Interval => scalar(DataType::Interval),
        TypeKind::Json => scalar(DataType::Json),
        TypeKind::Array => match message.children.as_slice() {
            [element] => Ok(DataType::Array(Arc::new(child(element)?))),
            _ => Err(ExecError::InvalidPlan("ARRAY without one element type".into())),
        },
        TypeKind::Range => match message.children.as_slice() {
            [element] => match RangeElement::of(&child(element)?) {
                Some(element) => Ok(DataType::Range(element)),
                None => Err(ExecError::InvalidPlan("RANGE of neither dates nor moments".into())),
            },
            _ => Err(ExecError::InvalidPlan("RANGE without one element type".into())),
        },
        TypeKind::Struct => {
            let fields = message
                .children
                .iter()
                .map(|field| Ok(StructField { name: field.name.clone(), data_type: child(field)? }));
            Ok(DataType::Struct(fields.collect::<Result<_>>()?))
        }
        TypeKind::Unspecified => Err(ExecError::InvalidPlan(format!("unknown type kind {}", message.kind))),
    }
}

/// Returns the message for a value.
pub fn value_to_proto(value: &Value) -> plan::Literal {
    let list = |values: &[Value]| plan::LiteralList { values: values.iter().map(value_to_proto).collect() };
    let value = match value {
        Value::Null => None,
        Value::Bool(v) => Some(literal::Value::Bool(*v)),
        Value::Int64(v) => Some(literal::Value::Int64(*v)),
        Value::Float64(v) => Some(literal::Value::Float64(*v)),
        Value::Numeric(v) => Some(literal::Value::Numeric(v.to_le_bytes().to_vec().into())),
        Value::BigNumeric(v) => Some(literal::Value::Bignumeric(v.to_le_bytes().to_vec().into())),
        Value::String(v) => Some(literal::Value::String(v.to_string())),
        Value::Bytes(v) => Some(literal::Value::Bytes(v.to_vec().into())),
        Value::Date(v) => Some(literal::Value::Date(*v)),
        Value::Time(v) | Value::Datetime(v) | Value::Timestamp(v) => Some(literal::Value::Micros(*v)),
        Value::Interval(v) => Some(literal::Value::Interval(plan::IntervalValue {
            months: v.months,
            days: v.days,
            micros: v.micros,
        })),
        Value::Range(v) => {
            Some(literal::Value::Range(plan::RangeLiteral { start: v.first(), end: v.after() }))
        }
        Value::Json(v) => Some(literal::Value::Json(v.to_string())),
        Value::Array(v) => Some(literal::Value::Array(list(v))),
        Value::Struct(v) => Some(literal::Value::Struct(list(v))),
    };
    plan::Literal { value }
}

/// Returns the value of a message, which must be of the type.
///
/// # Errors
/// [`ExecError::InvalidPlan`] when the message holds a value of another type.
pub fn value_from_proto(message: &plan::Literal, data_type: &DataType) -> Result<Value> {
    let Some(value) = &message.value else { return Ok(Value::Null) };
    let wrong = || ExecError::InvalidPlan(format!("literal {value:?} is not of type {data_type}"));
    Ok(match (value, data_type) {
        (literal::Value::Bool(v), DataType::Bool) => Value::Bool(*v),
        (literal::Value::Int64(v), DataType::Int64) => Value::Int64(*v),
        (literal::Value::Float64(v), DataType::Float64) => Value::Float64(*v),
        (literal::Value::Numeric(v), DataType::Numeric) => {
            Value::Numeric(i128::from_le_bytes(v[..].try_into().map_err(|_| wrong())?))
        }
        (literal::Value::Bignumeric(v), DataType::BigNumeric) => {
            Value::BigNumeric(I256::from_le_bytes(v[..].try_into().map_err(|_| wrong())?))
        }
        (literal::Value::String(v), DataType::String) => Value::String(v.as_str().into()),
        (literal::Value::Bytes(v), DataType::Bytes) => Value::Bytes(v[..].into()),
        (literal::Value::Date(v), DataType::Date) => Value::Date(*v),
        (literal::Value::Micros(v), DataType::Time) => Value::Time(*v),
        (literal::Value::Micros(v), DataType::Datetime) => Value::Datetime(*v),
        (literal::Value::Micros(v), DataType::Timestamp) => Value::Timestamp(*v),
        (literal::Value::Interval(v), DataType::Interval) => {
            Value::Interval(Interval { months: v.months, days: v.days, micros: v.micros })
        }
        (literal::Value::Range(v), DataType::Range(_)) => {
            Value::Range(RangeValue::new(v.start, v.end).ok_or_else(wrong)?)
        }
        (literal::Value::Json(v), DataType::Json) => Value::Json(v.as_str().into()),
        (literal::Value::Array(v), DataType::Array(element)) => {
            Value::Array(v.values.iter().map(|v| value_from_proto(v, element)).collect::<Result<_>>()?)
        }
        (literal::Value::Struct(v), DataType::Struct(fields)) if v.values.len() == fields.len() => {
            let parts = v.values.iter().zip(fields.iter());
            Value::Struct(parts.map(|(v, f)| value_from_proto(v, &f.data_type)).collect::<Result<_>>()?)
        }
        _ => return Err(wrong()),
    })
}
