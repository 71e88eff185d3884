//! Taking parts of JSON: JSON_VALUE, JSON_QUERY, their arrays, and subscripts.

use std::sync::Arc;

use canopy_format::{DataType, Value, Vector};

use super::document::{Json, parse, parse_start};
use super::path::{JsonPath, Mode};
use crate::Result;
use crate::function::Function;
use crate::function::call::{Call, fail};

const SCALAR: &[&str] = &["STRING, STRING? -> STRING", "JSON, STRING? -> STRING"];
const PART: &[&str] = &["STRING, STRING? -> STRING", "JSON, STRING? -> JSON"];
const SCALARS: &[&str] = &["STRING, STRING? -> ARRAY<STRING>", "JSON, STRING? -> ARRAY<STRING>"];
const PARTS: &[&str] = &["STRING, STRING? -> ARRAY<STRING>", "JSON, STRING? -> ARRAY<JSON>"];

pub(super) fn functions() -> Vec<Function> {
    vec![
        Function::scalar("json_value", SCALAR, |call| scalar(call, JsonPath::standard))
            .doc("The scalar at a path (`$.a.b[0]`, `$.\"a b\"`), as a STRING; NULL when there is none.")
            .examples(&[
                ("JSON_VALUE('{\"a\": {\"b\": 5}}', '$.a.b')", "'5'"),
                ("JSON_VALUE(JSON '{\"a\": [true]}', '$.a[0]')", "'true'"),
                ("JSON_VALUE('{\"a\": [1]}', '$.a')", "CAST(NULL AS STRING)"),
            ]),
        Function::scalar("json_extract_scalar", SCALAR, |call| scalar(call, JsonPath::legacy))
            .doc("As JSON_VALUE, with the older path syntax `$['a b']`.")
            .examples(&[("JSON_EXTRACT_SCALAR('{\"a b\": \"x\"}', \"$['a b']\")", "'x'")]),
        Function::scalar("json_query", PART, |call| part(call, JsonPath::with_mode))
            .doc(
                "The value at a path. For JSON, the path may begin with `lax` (names look into the elements of an \
                 array, one value counts as an array) or `lax recursive` (also of arrays of arrays): then all \
                 matches, as an array.",
            )
            .examples(&[
                ("JSON_QUERY('{\"a\": [1, 2]}', '$.a')", "'[1,2]'"),
                ("JSON_QUERY(JSON '{\"a\": [{\"b\": 1}, {\"b\": 2}]}', 'lax $.a.b')", "JSON '[1,2]'"),
            ]),
        Function::scalar("json_extract", PART, |call| part(call, JsonPath::legacy))
            .doc("As JSON_QUERY, with the older path syntax `$['a b']`.")
            .examples(&[("JSON_EXTRACT('{\"a\": [1, 2]}', '$.a')", "'[1,2]'")]),
        Function::scalar("json_value_array", SCALARS, |call| scalars(call, JsonPath::standard))
            .doc("The scalars of the array at a path; NULL when it holds others.")
            .examples(&[("JSON_VALUE_ARRAY('[\"a\", \"b\"]')", "['a', 'b']")]),
        Function::scalar("json_extract_string_array", SCALARS, |call| scalars(call, JsonPath::legacy))
            .doc("As JSON_VALUE_ARRAY, with the older path syntax `$['a b']`.")
            .examples(&[("JSON_EXTRACT_STRING_ARRAY('{\"a\": [1, \"b\"]}', '$.a')", "['1', 'b']")]),
        Function::scalar("json_query_array", PARTS, |call| parts(call, JsonPath::standard))
            .doc("The elements of the array at a path.")
            .examples(&[("JSON_QUERY_ARRAY('[1, {\"a\": 2}]')", "['1', '{\"a\":2}']")]),
        Function::scalar("json_extract_array", PARTS, |call| parts(call, JsonPath::legacy))
            .doc("As JSON_QUERY_ARRAY, with the older path syntax `$['a b']`.")
            .examples(&[("JSON_EXTRACT_ARRAY('{\"a\": [1, \"b\"]}', '$.a')", "['1', '\"b\"']")]),
    ]
}

fn scalar_text(json: &Json) -> Option<String> {
    match json {
        Json::String(text) => Some(text.clone()),
        Json::Number(_) | Json::Bool(_) => Some(json.to_string()),
        _ => None,
    }
}

/// Finds the part of each row's JSON that the path argument leads to. Text is read as far as it is JSON.
fn at_path<'a>(
    call: &'a Call<'_>,
    compile: fn(&Value) -> Result<JsonPath>,
) -> impl FnMut(usize) -> Result<Option<Json>> + 'a {
    let input = call.bytes(0);
    let is_json = *call.arguments[0].data_type() == DataType::Json;
    let mut path = (call.len() > 1).then(|| call.prepared(1, compile));
    move |row| {
        let path = match &mut path {
            Some(path) => path.get(row)?,
            None => Arc::new(JsonPath::root()),
        };
        if path.mode != Mode::Strict {
            return match is_json {
                true => Ok(Some(path.take_lax(parse(input.text(row))?))),
                false => fail("A JSONPath with a lax mode needs a JSON value"),
            };
        }
        Ok(parse_start(input.text(row)).and_then(|(json, incomplete)| path.take(json, incomplete)))
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
            json.write(out);
            Ok(true)
        }
        None => Ok(false),
    })
}

fn scalars(call: &Call<'_>, compile: fn(&Value) -> Result<JsonPath>) -> Result<Vector> {
    array(call, compile, |element| match element {
        Json::Null => Some(Value::Null),
        element => scalar_text(element).map(|text| Value::String(text.into())),
    })
}

fn parts(call: &Call<'_>, compile: fn(&Value) -> Result<JsonPath>) -> Result<Vector> {
    let json = *call.return_type == DataType::array(DataType::Json);
    array(call, compile, |element| {
        let text: Arc<str> = element.to_string().into();
        Some(if json { Value::Json(text) } else { Value::String(text) })
    })
}

fn array(
    call: &Call<'_>,
    compile: fn(&Value) -> Result<JsonPath>,
    element: impl Fn(&Json) -> Option<Value>,
) -> Result<Vector> {
    let mut part = at_path(call, compile);
    call.values(|row| {
        let Some(Json::Array(elements)) = part(row)? else { return Ok(Value::Null) };
        let values: Option<Vec<Value>> = elements.iter().map(&element).collect();
        Ok(values.map_or(Value::Null, Value::Array))
    })
}

/// `json['name']` and `json[0]`: NULL where there is no such part.
pub(in crate::function) fn subscript(call: &Call<'_>) -> Result<Vector> {
    let input = call.bytes(0);
    let index = &call.arguments[1];
    call.strings(|row, out| {
        let mut json = parse(input.text(row))?;
        let part = match (index.value(row), &mut json) {
            (Value::String(name), json) => json.member_mut(&name),
            (Value::Int64(position), Json::Array(elements)) => {
                usize::try_from(position).ok().and_then(|position| elements.get_mut(position))
            }
            _ => None,
        };
        let Some(part) = part else { return Ok(false) };
        part.write(out);
        Ok(true)
    })
}
