//! Query parameters from text, as a command line gives them.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use canopy_exec::convert;
use canopy_exec::function::cast;
use canopy_format::{DataType, StructField, Value};
use canopy_proto::query::QueryParameter;
use serde_json::Value as Json;

use crate::error::{Result, ServerError};

/// Returns the parameter of a name (empty for a positional one), a type as GoogleSQL spells it, and a value.
///
/// Values of scalar types are written as CAST AS STRING writes them, BYTES in base64; an ARRAY is a JSON
/// array and a STRUCT a JSON object of its fields, or an array in their order. `NULL` is NULL.
///
/// # Errors
/// When there is no such type, or the value is not one of it.
pub fn parameter(name: &str, type_text: &str, value_text: &str) -> Result<QueryParameter> {
    let data_type = canopy_planner::bind::parse_type(type_text)
        .map_err(|error| ServerError::invalid(format!("type {type_text:?}: {}", error.message)))?;
    let value = match value_text {
        "NULL" => Value::Null,
        text if data_type.is_scalar() => scalar(text, &data_type)?,
        text => {
            let json = serde_json::from_str(text)
                .map_err(|error| ServerError::invalid(format!("expected JSON of {data_type}: {error}")))?;
            of_json(&json, &data_type)?
        }
    };
    Ok(QueryParameter {
        name: name.to_owned(),
        r#type: Some(convert::type_to_proto(&data_type)),
        value: Some(convert::value_to_proto(&value)),
    })
}

fn scalar(text: &str, data_type: &DataType) -> Result<Value> {
    Ok(match data_type {
        DataType::String => Value::from(text),
        DataType::Bool => Value::Bool(cast::parse_bool(text)?),
        DataType::Int64 => Value::Int64(cast::parse_int64(text)?),
        DataType::Float64 => Value::Float64(cast::parse_float64(text)?),
        DataType::Numeric => Value::Numeric(cast::parse_numeric(text)?),
        DataType::BigNumeric => Value::BigNumeric(cast::parse_bignumeric(text)?),
        DataType::Date => Value::Date(cast::parse_date(text)?),
        DataType::Time => Value::Time(cast::parse_time(text)?),
        DataType::Datetime => Value::Datetime(cast::parse_datetime(text)?),
        DataType::Timestamp => Value::Timestamp(cast::parse_timestamp(text, &jiff::tz::TimeZone::UTC)?),
        DataType::Interval => Value::Interval(cast::parse_interval(text)?),
        DataType::Range(element) => {
            Value::Range(cast::parse_range(text, *element, &jiff::tz::TimeZone::UTC)?)
        }
        DataType::Bytes => {
            let bytes = BASE64.decode(text);
            let bytes = bytes.map_err(|error| ServerError::invalid(format!("expected base64: {error}")))?;
            Value::Bytes(bytes.into())
        }
        DataType::Json => {
            let json: Json = serde_json::from_str(text)
                .map_err(|error| ServerError::invalid(format!("expected JSON: {error}")))?;
            Value::Json(json.to_string().into())
        }
        DataType::Array(_) | DataType::Struct(_) => return Err(expected(&Json::from(text), data_type)),
    })
}

fn of_json(json: &Json, data_type: &DataType) -> Result<Value> {
    match (json, data_type) {
        (Json::Null, _) => Ok(Value::Null),
        (Json::Array(elements), DataType::Array(element)) => {
            Ok(Value::Array(elements.iter().map(|json| of_json(json, element)).collect::<Result<_>>()?))
        }
        (Json::Array(parts), DataType::Struct(fields)) if parts.len() == fields.len() => {
            let parts = parts.iter().zip(fields.iter());
            let parts = parts.map(|(json, field)| of_json(json, &field.data_type));
            Ok(Value::Struct(parts.collect::<Result<_>>()?))
        }
        (Json::Object(given), DataType::Struct(fields)) => structure(given, fields),
        (Json::String(text), _) if data_type.is_scalar() => scalar(text, data_type),
        (json, DataType::Json) => Ok(Value::Json(json.to_string().into())),
        (Json::Bool(_) | Json::Number(_), _) if data_type.is_scalar() => scalar(&json.to_string(), data_type),
        _ => Err(expected(json, data_type)),
    }
}

/// A field that is not given is NULL; one that the type does not have is an error.
fn structure(given: &serde_json::Map<String, Json>, fields: &Arc<[StructField]>) -> Result<Value> {
    if let Some(unknown) = given.keys().find(|key| !fields.iter().any(|field| field.name == **key)) {
        let names: Vec<&str> = fields.iter().map(|field| field.name.as_str()).collect();
        return Err(ServerError::invalid(format!(
            "unknown field {unknown:?}; the struct has {}",
            names.join(", ")
        )));
    }
    let part = |field: &StructField| match given.get(&field.name) {
        Some(json) => of_json(json, &field.data_type),
        None => Ok(Value::Null),
    };
    Ok(Value::Struct(fields.iter().map(part).collect::<Result<_>>()?))
}

fn expected(json: &Json, data_type: &DataType) -> ServerError {
    ServerError::invalid(format!("expected {data_type}, found {json}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(type_text: &str, text: &str) -> Result<Value> {
        let made = parameter("p", type_text, text)?;
        let data_type = convert::type_from_proto(&made.r#type.unwrap())?;
        Ok(convert::value_from_proto(&made.value.unwrap(), &data_type)?)
    }

    #[test]
    fn values_of_each_type() {
        let check = |type_text: &str, text: &str, expected: Value| {
            assert_eq!(value(type_text, text).unwrap(), expected, "{type_text} {text}");
        };
        check("INT64", "-5", Value::Int64(-5));
        check("int64", "NULL", Value::Null);
        check("STRING", "a:b", Value::from("a:b"));
        check("BOOL", "true", Value::Bool(true));
        check("NUMERIC", "1.5", Value::Numeric(1_500_000_000));
        check("DATE", "1970-01-02", Value::Date(1));
        check("TIMESTAMP", "1970-01-01 00:00:01+00", Value::Timestamp(1_000_000));
        check("BYTES", "YWI=", Value::Bytes(b"ab".as_slice().into()));
        check("ARRAY<INT64>", "[1, null]", Value::Array(vec![Value::Int64(1), Value::Null]));
        let structure = Value::Struct(vec![Value::Int64(1), Value::from("x")]);
        check("STRUCT<a INT64, b STRING>", r#"{"b": "x", "a": 1}"#, structure.clone());
        check("STRUCT<a INT64, b STRING>", r#"[1, "x"]"#, structure);
    }

    #[test]
    fn errors_say_what_is_wrong() {
        let check = |type_text: &str, text: &str, expected: &str| {
            let message = value(type_text, text).unwrap_err().message;
            assert!(message.contains(expected), "{message}");
        };
        check("INT46", "1", "Type not found: INT46");
        check("INT64", "x", "x");
        check("ARRAY<INT64>", "1, 2", "expected JSON of ARRAY<INT64>");
        check("ARRAY<INT64>", "{}", "expected ARRAY<INT64>");
        check("STRUCT<a INT64>", r#"{"b": 1}"#, "unknown field \"b\"; the struct has a");
    }
}
