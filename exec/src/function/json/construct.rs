//! Making JSON: PARSE_JSON, TO_JSON, TO_JSON_STRING, JSON_ARRAY, JSON_OBJECT.

use canopy_format::{DataType, Value, Vector};

use super::document::{Json, parse};
use super::encode::{Encoding, encode};
use super::number::{Wide, canonical};
use crate::function::Function;
use crate::function::call::{Call, fail};
use crate::{ExecError, Result};

pub(super) fn functions() -> Vec<Function> {
    vec![
        Function::scalar("parse_json", &["STRING -> JSON"], |call| {
            let (input, mode) = (call.bytes(0), call.bytes(1));
            call.strings(|row, out| {
                let wide = Wide::of(mode.text(row))?;
                canonical(parse(input.text(row))?, wide)?.write(out);
                Ok(true)
            })
        })
        .named("wide_number_mode", DataType::String, Value::from("exact"))
        .doc(
            "The JSON value of a text. Numbers that neither a 64-bit integer nor a FLOAT64 holds are errors, or \
             rounded with `wide_number_mode => 'round'`.",
        )
        .examples(&[
            ("PARSE_JSON('{\"b\": 2, \"a\": 1, \"a\": 3}')", "JSON '{\"a\":1,\"b\":2}'"),
            (
                "PARSE_JSON('922337203685477580701', wide_number_mode => 'round')",
                "JSON '9.223372036854776e+20'",
            ),
            ("PARSE_JSON('922337203685477580701')", "ERROR: cannot round-trip"),
            ("PARSE_JSON('{\"a\":')", "ERROR: unexpected end of input"),
        ]),
        Function::scalar("to_json", &["* -> JSON"], to_json)
            .handles_nulls()
            .reads_context()
            .named("stringify_wide_numbers", DataType::Bool, Value::Bool(false))
            .doc(
                "Any value as JSON. With `stringify_wide_numbers => TRUE`, numbers that no FLOAT64 holds become \
                 strings.",
            )
            .examples(&[
                ("TO_JSON(STRUCT(1 AS b, [TRUE] AS a))", "JSON '{\"a\":[true],\"b\":1}'"),
                ("TO_JSON(9007199254740993, stringify_wide_numbers => TRUE)", "JSON '\"9007199254740993\"'"),
            ]),
        Function::scalar("to_json_string", &["*, BOOL? -> STRING"], to_json_string)
            .handles_nulls()
            .reads_context()
            .doc("Any value as JSON text; the second argument asks for lines and indents.")
            .examples(&[
                ("TO_JSON_STRING(STRUCT(1 AS a, 'x' AS b))", "'{\"a\":1,\"b\":\"x\"}'"),
                ("TO_JSON_STRING([1, 2], TRUE)", "'[\\n  1,\\n  2\\n]'"),
            ]),
        Function::scalar("json_array", &["*... -> JSON"], json_array)
            .handles_nulls()
            .doc("The JSON array of the arguments, each as TO_JSON encodes it.")
            .examples(&[("JSON_ARRAY(10, 'foo', NULL, [1, 2])", "JSON '[10,\"foo\",null,[1,2]]'")]),
        Function::scalar("json_object", &["STRING..., *... -> JSON", "ARRAY<STRING>, ARRAY<T1> -> JSON"], json_object)
            .handles_nulls()
            .doc(
                "The JSON object of names and values in turn, or of an array of names and one of values. Of equal \
                 names the first counts.",
            )
            .examples(&[
                ("JSON_OBJECT('foo', 10, 'bar', TRUE)", "JSON '{\"bar\":true,\"foo\":10}'"),
                ("JSON_OBJECT(['a', 'b'], [10, NULL])", "JSON '{\"a\":10,\"b\":null}'"),
                ("JSON_OBJECT(CAST(NULL AS STRING), 1)", "ERROR: A key cannot be NULL"),
            ]),
    ]
}

fn to_json(call: &Call<'_>) -> Result<Vector> {
    let input = &call.arguments[0];
    let stringify = call.bools(1);
    call.strings(|row, out| {
        if call.is_null(1, row) {
            return Ok(false);
        }
        encode(&input.value(row), input.data_type(), Encoding::Value(stringify.get(row)))?.write(out);
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
        let json = encode(&input.value(row), input.data_type(), Encoding::Text)?;
        match pretty.as_ref().is_some_and(|pretty| pretty.get(row)) {
            true => json.write_pretty(0, out),
            false => json.write(out),
        }
        Ok(true)
    })
}

/// The argument's value as JSON.
fn argument(call: &Call<'_>, index: usize, row: usize) -> Result<Json> {
    let input = &call.arguments[index];
    encode(&input.value(row), input.data_type(), Encoding::Value(false))
}

fn json_array(call: &Call<'_>) -> Result<Vector> {
    call.strings(|row, out| {
        let elements = (0..call.len()).map(|index| argument(call, index, row)).collect::<Result<_>>();
        elements.map(Json::Array).map_err(|error| of_function("JSON_ARRAY", error))?.write(out);
        Ok(true)
    })
}

fn of_function(function: &str, error: ExecError) -> ExecError {
    match error {
        ExecError::Evaluation(message) => {
            ExecError::Evaluation(format!("Invalid input to {function}: {message}"))
        }
        other => other,
    }
}

fn json_object(call: &Call<'_>) -> Result<Vector> {
    let of_arrays =
        call.arguments.first().is_some_and(|first| matches!(first.data_type(), DataType::Array(_)));
    call.strings(|row, out| {
        let members = if of_arrays { array_members(call, row) } else { members(call, row) };
        Json::object(members.map_err(|error| of_function("JSON_OBJECT", error))?).write(out);
        Ok(true)
    })
}

fn members(call: &Call<'_>, row: usize) -> Result<Vec<(String, Json)>> {
    (0..call.len() / 2)
        .map(|pair| Ok((name(&call.arguments[2 * pair].value(row))?, argument(call, 2 * pair + 1, row)?)))
        .collect()
}

fn name(value: &Value) -> Result<String> {
    match value {
        Value::String(name) => Ok(name.to_string()),
        _ => fail("A key cannot be NULL"),
    }
}

fn array_members(call: &Call<'_>, row: usize) -> Result<Vec<(String, Json)>> {
    let element = call.arguments[1].data_type().element().cloned().unwrap_or(DataType::Int64);
    match (call.arguments[0].value(row), call.arguments[1].value(row)) {
        (Value::Array(names), Value::Array(values)) if names.len() == values.len() => names
            .iter()
            .zip(&values)
            .map(|(key, value)| Ok((name(key)?, encode(value, &element, Encoding::Value(false))?)))
            .collect(),
        (Value::Array(_), Value::Array(_)) => fail("The number of keys and values must match"),
        (Value::Null, _) => fail("The keys array cannot be NULL"),
        _ => fail("The values array cannot be NULL"),
    }
}
