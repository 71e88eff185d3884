//! Values as JSON, as TO_JSON and TO_JSON_STRING encode them.

use canopy_format::{DataType, Value};
use serde_json::{Map, Number, Value as Json};

use crate::Result;
use crate::function::call::fail;
use crate::function::cast::{format_value, numeric_text};

/// Integers beyond this are strings in TO_JSON_STRING, because JavaScript could not hold them.
const SAFE_INTEGER: u64 = 1 << 53;

/// The JSON of a value; `text` when TO_JSON_STRING asks.
pub(super) fn to_json(value: &Value, data_type: &DataType, text: bool) -> Result<Json> {
    Ok(match (value, data_type) {
        (Value::Null, _) => Json::Null,
        (Value::Bool(value), _) => Json::Bool(*value),
        (Value::Int64(value), _) if text && value.unsigned_abs() > SAFE_INTEGER => {
            Json::String(value.to_string())
        }
        (Value::Int64(value), _) => Json::Number((*value).into()),
        (Value::Float64(value), _) => match (value.is_nan(), value.is_infinite()) {
            (true, _) => Json::String("NaN".into()),
            (_, true) => Json::String(if *value > 0.0 { "Infinity" } else { "-Infinity" }.into()),
            _ => float(*value),
        },
        (Value::Numeric(value), _) => {
            // Numbers that a float holds exactly stay numbers.
            let digits = numeric_text(*value);
            match digits.len() <= 15 || (digits.len() <= 17 && !digits.contains('.')) {
                true => digits.parse().map(float).unwrap_or(Json::String(digits)),
                false => Json::String(digits),
            }
        }
        (Value::String(value), _) => Json::String(value.to_string()),
        (Value::Bytes(value), _) => {
            let mut out = Vec::new();
            crate::function::string::to_base64(value, &mut out);
            Json::String(String::from_utf8(out).unwrap_or_default())
        }
        (Value::Json(value), _) => super::parse(value)?,
        (Value::Timestamp(_), _) => {
            let plain = format_value(value, data_type);
            Json::String(format!("{}Z", plain.trim_end_matches("+00").replacen(' ', "T", 1)))
        }
        (Value::Datetime(_), _) => Json::String(format_value(value, data_type).replacen(' ', "T", 1)),
        (Value::Array(elements), DataType::Array(element)) => {
            Json::Array(elements.iter().map(|value| to_json(value, element, text)).collect::<Result<_>>()?)
        }
        (Value::Struct(values), DataType::Struct(fields)) => {
            let mut object = Map::new();
            for (value, field) in values.iter().zip(fields.iter()) {
                // Of fields of one name the first counts.
                let json = to_json(value, &field.data_type, text)?;
                object.entry(field.name.clone()).or_insert(json);
            }
            Json::Object(object)
        }
        (Value::Array(_) | Value::Struct(_), other) => return fail(format!("no JSON of {other}")),
        (value, _) => Json::String(format_value(value, data_type)),
    })
}

/// A float as the shortest number; whole ones without a point.
fn float(value: f64) -> Json {
    if value.fract() == 0.0 && value.abs() < SAFE_INTEGER as f64 {
        return Json::Number((value as i64).into());
    }
    Number::from_f64(value).map_or(Json::Null, Json::Number)
}

/// The JSON with a line an element and two spaces an indent.
pub(super) fn pretty(json: &Json) -> String {
    serde_json::to_string_pretty(json).unwrap_or_else(|_| json.to_string())
}
