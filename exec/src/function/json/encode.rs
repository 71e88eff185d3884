//! SQL values as JSON, as TO_JSON and TO_JSON_STRING encode them.

use canopy_format::{DataType, Interval, Value};

use super::document::{Json, parse};
use super::number::{float_text, is_exact};
use crate::Result;
use crate::function::call::fail;
use crate::function::cast::{bignumeric_text, format_value, numeric_text};

/// The integers that a FLOAT64, and so JavaScript, holds without gaps.
const SAFE_INTEGER: u64 = 1 << 53;

/// Which encoding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Encoding {
    /// TO_JSON_STRING: wide numbers are strings, fields keep their order and duplicates.
    Text,
    /// TO_JSON; true when wide numbers become strings, else those that JSON cannot hold are errors.
    Value(bool),
}

/// The JSON of a value.
///
/// # Errors
/// For numbers that JSON cannot hold.
pub(super) fn encode(value: &Value, data_type: &DataType, encoding: Encoding) -> Result<Json> {
    Ok(match (value, data_type) {
        (Value::Null, _) => Json::Null,
        (Value::Bool(value), _) => Json::Bool(*value),
        (Value::Int64(value), _) => match encoding {
            Encoding::Value(false) => Json::Number(value.to_string()),
            _ if value.unsigned_abs() <= SAFE_INTEGER => Json::Number(value.to_string()),
            _ => Json::String(value.to_string()),
        },
        (Value::Float64(value), _) if value.is_nan() => Json::String("NaN".into()),
        (Value::Float64(value), _) if value.is_infinite() => {
            Json::String(if *value > 0.0 { "Infinity" } else { "-Infinity" }.into())
        }
        (Value::Float64(value), _) => Json::Number(short(*value)),
        (Value::Numeric(value), _) => decimal(numeric_text(*value), data_type, encoding)?,
        (Value::BigNumeric(value), _) => decimal(bignumeric_text(*value), data_type, encoding)?,
        (Value::String(value), _) => Json::String(value.to_string()),
        (Value::Bytes(value), _) => {
            let mut out = Vec::new();
            crate::function::string::to_base64(value, &mut out);
            Json::String(String::from_utf8(out).unwrap_or_default())
        }
        (Value::Json(value), _) => parse(value)?,
        (Value::Interval(value), _) => Json::String(iso_interval(*value)),
        (Value::Timestamp(_), _) => {
            let plain = format_value(value, data_type);
            Json::String(format!("{}Z", plain.trim_end_matches("+00").replacen(' ', "T", 1)))
        }
        (Value::Datetime(_), _) => Json::String(format_value(value, data_type).replacen(' ', "T", 1)),
        (Value::Array(elements), DataType::Array(element)) => {
            Json::Array(elements.iter().map(|value| encode(value, element, encoding)).collect::<Result<_>>()?)
        }
        (Value::Struct(values), DataType::Struct(fields)) => {
            let members = values.iter().zip(fields.iter());
            let members = members
                .map(|(value, field)| Ok((field.name.clone(), encode(value, &field.data_type, encoding)?)));
            let members = members.collect::<Result<Vec<_>>>()?;
            match encoding {
                Encoding::Text => Json::Object(members),
                Encoding::Value(_) => Json::object(members),
            }
        }
        (Value::Array(_) | Value::Struct(_), other) => return fail(format!("no JSON of {other}")),
        (value, _) => Json::String(format_value(value, data_type)),
    })
}

/// A finite float as the shortest number; whole ones without a point.
fn short(value: f64) -> String {
    if value.fract() == 0.0 && value.abs() < SAFE_INTEGER as f64 {
        return (value as i64).to_string();
    }
    float_text(value)
}

fn decimal(digits: String, data_type: &DataType, encoding: Encoding) -> Result<Json> {
    let float: f64 = digits.parse().unwrap_or(f64::NAN);
    let exact = is_exact(&digits, float);
    Ok(match encoding {
        _ if exact => Json::Number(digits),
        Encoding::Text | Encoding::Value(true) => Json::String(digits),
        Encoding::Value(false) => return fail(format!("Failed to convert type {data_type} to JSON")),
    })
}

/// An interval as ISO 8601 has it: `P1Y2M3DT4H5M6.7S`; each part has its own sign, and zero is `P0Y`.
fn iso_interval(interval: Interval) -> String {
    let mut text = String::from("P");
    let mut part = |value: i64, unit: char| {
        if value != 0 {
            text.push_str(&format!("{value}{unit}"));
        }
    };
    part(interval.months as i64 / 12, 'Y');
    part(interval.months as i64 % 12, 'M');
    part(interval.days as i64, 'D');
    if interval.micros != 0 {
        text.push('T');
        let (negative, micros) = (interval.micros < 0, interval.micros.unsigned_abs());
        let sign = if negative { "-" } else { "" };
        let seconds = micros / 1_000_000;
        for (value, unit) in [(seconds / 3_600, 'H'), (seconds / 60 % 60, 'M')] {
            if value != 0 {
                text.push_str(&format!("{sign}{value}{unit}"));
            }
        }
        let fraction = format!("{:06}", micros % 1_000_000);
        match (seconds % 60, fraction.trim_end_matches('0')) {
            (0, "") => {}
            (second, "") => text.push_str(&format!("{sign}{second}S")),
            (second, fraction) => text.push_str(&format!("{sign}{second}.{fraction}S")),
        }
    }
    if text == "P" { "P0Y".to_owned() } else { text }
}
