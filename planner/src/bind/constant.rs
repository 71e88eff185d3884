//! Literals as values of other types, and the texts of typed literals.

use canopy_exec::function::cast;
use canopy_format::{DataType, I256, Value};

/// NUMERIC's scale factor.
const NUMERIC_ONE: i128 = 1_000_000_000;

/// Returns the literal as a value of another type; None when it has none there.
pub(super) fn convert(value: &Value, from: &DataType, to: &DataType) -> Option<Value> {
    if from == to {
        return Some(value.clone());
    }
    match (value, to) {
        (Value::Null, _) => Some(Value::Null),
        (Value::Int64(v), DataType::Float64) => Some(Value::Float64(*v as f64)),
        (Value::Int64(v), DataType::Numeric) => Some(Value::Numeric(i128::from(*v) * NUMERIC_ONE)),
        (Value::Int64(v), DataType::BigNumeric) => {
            Some(Value::BigNumeric(widen(i128::from(*v) * NUMERIC_ONE)))
        }
        (Value::Numeric(v), DataType::BigNumeric) => Some(Value::BigNumeric(widen(*v))),
        (Value::Numeric(v), DataType::Float64) => format!("{v}e-9").parse().ok().map(Value::Float64),
        // The shortest text that reads back as the same float is what was most likely written.
        (Value::Float64(v), DataType::Numeric | DataType::BigNumeric) => parse(&format!("{v:?}"), to),
        (Value::String(text), DataType::Date | DataType::Time | DataType::Datetime | DataType::Timestamp) => {
            parse(text, to)
        }
        (Value::Date(days), DataType::Datetime) => Some(Value::Datetime(i64::from(*days) * 86_400_000_000)),
        (Value::Array(values), DataType::Array(to)) => {
            let from = from.element()?;
            values.iter().map(|v| convert(v, from, to)).collect::<Option<_>>().map(Value::Array)
        }
        (Value::Struct(values), DataType::Struct(to)) => {
            let from = from.fields()?;
            let parts = values.iter().zip(from.iter().zip(to.iter()));
            let parts = parts.map(|(v, (from, to))| convert(v, &from.data_type, &to.data_type));
            parts.collect::<Option<_>>().map(Value::Struct)
        }
        _ => None,
    }
}

fn widen(numeric: i128) -> I256 {
    I256::from(numeric) * I256::from(10i128.pow(29))
}

/// Returns the value that a text stands for; None when it stands for none, or for one that depends on the time
/// zone.
pub(super) fn parse(text: &str, data_type: &DataType) -> Option<Value> {
    match data_type {
        DataType::Date => cast::parse_date(text).ok().map(Value::Date),
        DataType::Numeric => cast::parse_numeric(text).ok().map(Value::Numeric),
        DataType::BigNumeric => cast::parse_bignumeric(text).ok().map(Value::BigNumeric),
        _ => None,
    }
}
