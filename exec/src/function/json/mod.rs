//! JSON: text in a canonical form, parsed where it is looked into.

mod path;
mod write;

use std::sync::Arc;

use canopy_format::{DataType, Value, Vector};
use serde_json::Value as Json;

use self::path::JsonPath;
use super::Function;
use super::call::{Call, fail};
use crate::Result;

const SCALAR: &[&str] = &["STRING, STRING? -> STRING", "JSON, STRING? -> STRING"];
const PART: &[&str] = &["STRING, STRING? -> STRING", "JSON, STRING? -> JSON"];

pub(super) fn functions() -> Vec<Function> {
    vec![
        Function::scalar("parse_json", &["STRING -> JSON"], |call| {
            let input = call.bytes(0);
            call.strings(|row, out| {
                out.extend(parse(input.text(row))?.to_string().as_bytes());
                Ok(true)
            })
        })
        .doc("The JSON value of a text.")
        .examples(&[("TO_JSON_STRING(PARSE_JSON('{\"a\": 1}'))", "'{\"a\":1}'")]),
        Function::scalar("to_json", &["* -> JSON"], to_json)
            .handles_nulls()
            .reads_context()
            .doc("Any value as JSON.")
            .examples(&[("TO_JSON_STRING(TO_JSON([1, 2]))", "'[1,2]'")]),
        Function::scalar("to_json_string", &["*, BOOL? -> STRING"], to_json_string)
            .handles_nulls()
            .reads_context()
            .doc("Any value as JSON text; the second argument asks for lines and indents.")
            .examples(&[("TO_JSON_STRING(STRUCT(1 AS a, 'x' AS b))", "'{\"a\":1,\"b\":\"x\"}'")]),
        Function::scalar("json_value", SCALAR, |call| scalar(call, JsonPath::standard))
            .doc("The scalar at a path, as a STRING; NULL when there is none.")
            .examples(&[("JSON_VALUE('{\"a\": {\"b\": 5}}', '$.a.b')", "'5'")]),
        Function::scalar("json_extract_scalar", SCALAR, |call| scalar(call, JsonPath::legacy))
            .doc("As JSON_VALUE, with the older path syntax.")
            .examples(&[("JSON_EXTRACT_SCALAR('{\"a\": \"x\"}', '$.a')", "'x'")]),
        Function::scalar("json_query", PART, |call| part(call, JsonPath::standard))
            .doc("The value at a path.")
            .examples(&[("JSON_QUERY('{\"a\": [1, 2]}', '$.a')", "'[1,2]'")]),
        Function::scalar("json_extract", PART, |call| part(call, JsonPath::legacy))
            .doc("As JSON_QUERY, with the older path syntax.")
            .examples(&[("JSON_EXTRACT('{\"a\": [1, 2]}', '$.a')", "'[1,2]'")]),
        Function::scalar(
            "json_value_array",
            &["STRING, STRING? -> ARRAY<STRING>", "JSON, STRING? -> ARRAY<STRING>"],
            |call| {
                array(call, |element| match element {
                    Json::Null => Some(Value::Null),
                    element => scalar_text(element).map(|text| Value::String(text.into())),
                })
            },
        )
        .doc("The scalars of the array at a path; NULL when it holds others.")
        .examples(&[("JSON_VALUE_ARRAY('[\"a\", \"b\"]')", "['a', 'b']")]),
        Function::scalar(
            "json_query_array",
            &["STRING, STRING? -> ARRAY<STRING>", "JSON, STRING? -> ARRAY<JSON>"],
            |call| {
                let json = *call.return_type == DataType::array(DataType::Json);
                array(call, |element| {
                    let text: Arc<str> = element.to_string().into();
                    Some(if json { Value::Json(text) } else { Value::String(text) })
                })
            },
        )
        .doc("The elements of the array at a path.")
        .examples(&[("JSON_QUERY_ARRAY('[1, {\"a\": 2}]')", "['1', '{\"a\":2}']")]),
        Function::scalar("json_type", &["JSON -> STRING"], |call| {
            let input = call.bytes(0);
            call.strings(|row, out| {
                let name = match parse(input.text(row))? {
                    Json::Null => "null",
                    Json::Bool(_) => "boolean",
                    Json::Number(_) => "number",
                    Json::String(_) => "string",
                    Json::Array(_) => "array",
                    Json::Object(_) => "object",
                };
                out.extend(name.as_bytes());
                Ok(true)
            })
        })
        .doc("The kind of a JSON value: object, array, string, number, boolean or null.")
        .examples(&[("JSON_TYPE(JSON '[1]')", "'array'")]),
        Function::scalar("bool", &["JSON -> BOOL"], |call| {
            let input = call.bytes(0);
            call.bool_rows(|row| match parse(input.text(row))? {
                Json::Bool(value) => Ok(value),
                _ => fail("The provided JSON input is not a boolean"),
            })
        })
        .doc("The BOOL of a JSON boolean.")
        .examples(&[("BOOL(JSON 'true')", "TRUE")]),
        Function::scalar("int64", &["JSON -> INT64"], |call| {
            let input = call.bytes(0);
            call.i64_rows(|row| match parse(input.text(row))? {
                Json::Number(number) => {
                    let whole =
                        number.as_f64().filter(|v| v.fract() == 0.0 && v.abs() < 9e15).map(|v| v as i64);
                    match number.as_i64().or(whole) {
                        Some(value) => Ok(value),
                        None => fail(format!(
                            "The provided JSON number: {number} cannot be converted to an int64"
                        )),
                    }
                }
                _ => fail("The provided JSON input is not a number"),
            })
        })
        .doc("The INT64 of a JSON number.")
        .examples(&[("INT64(JSON '10')", "10")]),
        Function::scalar("float64", &["JSON -> FLOAT64"], |call| {
            let input = call.bytes(0);
            call.f64_rows(|row| match parse(input.text(row))? {
                Json::Number(number) => Ok(number.as_f64().unwrap_or(f64::NAN)),
                _ => fail("The provided JSON input is not a number"),
            })
        })
        .doc("The FLOAT64 of a JSON number.")
        .examples(&[("FLOAT64(JSON '9.8')", "9.8")]),
        Function::scalar(
            "string",
            &[
                "TIMESTAMP, STRING? -> STRING",
                "DATE -> STRING",
                "DATETIME -> STRING",
                "TIME -> STRING",
                "JSON -> STRING",
            ],
            string,
        )
        .reads_context()
        .doc("The text of a JSON string, or of a date or time; a timestamp's in a zone.")
        .examples(&[
            ("STRING(JSON '\"purple\"')", "'purple'"),
            ("STRING(DATE '2024-01-02')", "'2024-01-02'"),
        ]),
    ]
}

/// Parses JSON text.
///
/// # Errors
/// Where it is not JSON, or nested too deeply.
pub(super) fn parse(text: &str) -> Result<Json> {
    serde_json::from_str(text).or_else(|error| fail(format!("syntax error while parsing value - {error}")))
}

/// The JSON of a literal or of a cast, in the canonical form that JSON values are held in.
///
/// # Errors
/// As PARSE_JSON's.
pub fn canonical(text: &str) -> Result<Value> {
    Ok(Value::Json(parse(text)?.to_string().into()))
}

fn scalar_text(json: &Json) -> Option<String> {
    match json {
        Json::String(text) => Some(text.clone()),
        Json::Number(_) | Json::Bool(_) => Some(json.to_string()),
        _ => None,
    }
}

/// Runs `take` on the part of each row's JSON that the path argument leads to. Text that is not JSON has
/// no parts.
fn at_path<'a>(
    call: &'a Call<'_>,
    compile: fn(&Value) -> Result<JsonPath>,
) -> impl FnMut(usize) -> Result<Option<Json>> + 'a {
    let input = call.bytes(0);
    let mut path = (call.len() > 1).then(|| call.prepared(1, compile));
    move |row| {
        let path = match &mut path {
            Some(path) => path.get(row)?,
            None => Arc::new(JsonPath::root()),
        };
        Ok(serde_json::from_str::<Json>(input.text(row)).ok().and_then(|json| path.take(json)))
    }
}

fn scalar(call: &Call<'_>, compile: fn(&Value) -> Result<JsonPath>) -> Result<Vector> {
    let mut part = at_path(call, compile);
    call.strings(|row, out| {
        let Some(text) = part(row)?.as_ref().and_then(scalar_text) else { return Ok(false) };
        out.extend(text.as_bytes());
        Ok(true)
    })
}

fn part(call: &Call<'_>, compile: fn(&Value) -> Result<JsonPath>) -> Result<Vector> {
    let of_text = *call.return_type == DataType::String;
    let mut part = at_path(call, compile);
    call.strings(|row, out| match part(row)? {
        // A JSON null of text is NULL; of JSON it is JSON null.
        Some(Json::Null) if of_text => Ok(false),
        Some(json) => {
            out.extend(json.to_string().as_bytes());
            Ok(true)
        }
        None => Ok(false),
    })
}

fn array(call: &Call<'_>, element: impl Fn(&Json) -> Option<Value>) -> Result<Vector> {
    let mut part = at_path(call, JsonPath::standard);
    call.values(|row| {
        let Some(Json::Array(elements)) = part(row)? else { return Ok(Value::Null) };
        let values: Option<Vec<Value>> = elements.iter().map(&element).collect();
        Ok(values.map_or(Value::Null, Value::Array))
    })
}

/// `json['name']` and `json[0]`: NULL where there is no such part.
pub(super) fn subscript(call: &Call<'_>) -> Result<Vector> {
    let input = call.bytes(0);
    let index = &call.arguments[1];
    call.strings(|row, out| {
        let json = parse(input.text(row))?;
        let part = match index.value(row) {
            Value::String(name) => json.get(&*name),
            Value::Int64(position) => usize::try_from(position).ok().and_then(|position| json.get(position)),
            _ => None,
        };
        let Some(part) = part else { return Ok(false) };
        out.extend(part.to_string().as_bytes());
        Ok(true)
    })
}

fn to_json(call: &Call<'_>) -> Result<Vector> {
    let input = &call.arguments[0];
    call.strings(|row, out| {
        let json = write::to_json(&input.value(row), input.data_type(), false)?;
        out.extend(json.to_string().as_bytes());
        Ok(true)
    })
}

fn to_json_string(call: &Call<'_>) -> Result<Vector> {
    let input = &call.arguments[0];
    let pretty = (call.len() > 1).then(|| call.bools(1));
    call.strings(|row, out| {
        if call.len() > 1 && call.is_null(1, row) {
            return Ok(false);
        }
        let json = write::to_json(&input.value(row), input.data_type(), true)?;
        match pretty.as_ref().is_some_and(|pretty| pretty.get(row)) {
            true => out.extend(write::pretty(&json).as_bytes()),
            false => out.extend(json.to_string().as_bytes()),
        }
        Ok(true)
    })
}

fn string(call: &Call<'_>) -> Result<Vector> {
    let input = &call.arguments[0];
    let mut zone = (call.len() > 1).then(|| {
        call.prepared(1, |value| match value {
            Value::String(name) => crate::function::datetime::zone::find(name),
            _ => fail("Invalid time zone"),
        })
    });
    call.strings(|row, out| {
        let value = input.value(row);
        let text = match (&value, &mut zone) {
            (Value::Json(text), _) => match parse(text)? {
                Json::String(text) => text,
                _ => return fail("The provided JSON input is not a string"),
            },
            (Value::Timestamp(micros), Some(zone)) => {
                crate::function::cast::timestamp_text(*micros, &*zone.get(row)?)
            }
            _ => crate::function::cast::format_in_zone(&value, input.data_type(), &call.context.time_zone),
        };
        out.extend(text.as_bytes());
        Ok(true)
    })
}
