//! JSON to SQL values: BOOL, INT64, FLOAT64, STRING, strictly, and LAX_ forms of them.

use canopy_format::{DataType, Value, Vector};

use super::document::{Json, parse};
use super::number::{Wide, is_exact};
use crate::function::Function;
use crate::function::call::{Call, fail};
use crate::function::cast::{self, parse_bignumeric, parse_float64};
use crate::{ExecError, Result};

pub(super) fn functions() -> Vec<Function> {
    vec![
        Function::scalar("bool", &["JSON -> BOOL"], |call| {
            let input = call.bytes(0);
            call.bool_rows(|row| match parse(input.text(row))? {
                Json::Bool(value) => Ok(value),
                _ => fail("The provided JSON input is not a boolean"),
            })
        })
        .doc("The BOOL of a JSON boolean; other JSON is an error.")
        .examples(&[("BOOL(JSON 'true')", "TRUE"), ("BOOL(JSON '1')", "ERROR: is not a boolean")]),
        Function::scalar("int64", &["JSON -> INT64"], |call| {
            let input = call.bytes(0);
            call.i64_rows(|row| match parse(input.text(row))? {
                Json::Number(digits) => match int64(&digits) {
                    Some(value) => Ok(value),
                    None => {
                        fail(format!("The provided JSON number: {digits} cannot be converted to an int64"))
                    }
                },
                _ => fail("The provided JSON input is not an integer"),
            })
        })
        .doc("The INT64 of a JSON number; other JSON, and numbers with a fraction, are errors.")
        .examples(&[("INT64(JSON '10')", "10"), ("INT64(JSON '10.1')", "ERROR: cannot be converted to an int64")]),
        Function::scalar("float64", &["JSON -> FLOAT64"], float64)
            .named("wide_number_mode", DataType::String, Value::from("round"))
            .doc(
                "The FLOAT64 of a JSON number; other JSON is an error. Numbers that no FLOAT64 holds are rounded, \
                 or errors with `wide_number_mode => 'exact'`.",
            )
            .examples(&[
                ("FLOAT64(JSON '9.8')", "9.8"),
                ("FLOAT64(JSON '18446744073709551615', wide_number_mode => 'exact')", "ERROR: loss of precision"),
            ]),
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
            ("STRING(JSON '1')", "ERROR: is not a string"),
            ("STRING(DATE '2024-01-02')", "'2024-01-02'"),
            ("STRING(TIMESTAMP '2008-12-25 15:30:00+00', 'UTC')", "'2008-12-25 15:30:00+00'"),
        ]),
        Function::scalar("lax_bool", &["JSON -> BOOL"], |call| {
            let input = call.bytes(0);
            call.bool_options(|row| {
                Ok(match parse(input.text(row))? {
                    Json::Bool(value) => Some(value),
                    Json::String(text) => cast::parse_bool(&text).ok(),
                    Json::Number(digits) => digits.parse::<f64>().ok().map(|value| value != 0.0),
                    _ => None,
                })
            })
        })
        .doc("The BOOL of a JSON boolean, of the strings `true` and `false`, or of a number (0 is FALSE); else NULL.")
        .examples(&[("LAX_BOOL(JSON '\"TRUE\"')", "TRUE"), ("LAX_BOOL(JSON '0.0')", "FALSE"), ("LAX_BOOL(JSON '[]')", "NULL")]),
        Function::scalar("lax_int64", &["JSON -> INT64"], |call| {
            let input = call.bytes(0);
            call.i64_options(|row| {
                Ok(match parse(input.text(row))? {
                    Json::Bool(value) => Some(value as i64),
                    Json::String(digits) | Json::Number(digits) => rounded(&digits),
                    _ => None,
                })
            })
        })
        .doc("The INT64 of a JSON number, rounded, of a string that holds one, or of a boolean; else NULL.")
        .examples(&[("LAX_INT64(JSON '3.5')", "4"), ("LAX_INT64(JSON '\"1.1e2\"')", "110"), ("LAX_INT64(JSON '\"foo\"')", "NULL")]),
        Function::scalar("lax_float64", &["JSON -> FLOAT64"], |call| {
            let input = call.bytes(0);
            let (values, validity) = call.fixed(|row| {
                Ok(match parse(input.text(row))? {
                    Json::String(digits) | Json::Number(digits) => parse_float64(&digits).ok(),
                    _ => None,
                })
            })?;
            Ok(call.result(canopy_format::Values::F64(values.freeze()), validity))
        })
        .doc("The FLOAT64 of a JSON number, or of a string that holds one; else NULL.")
        .examples(&[("LAX_FLOAT64(JSON '9')", "9.0"), ("LAX_FLOAT64(JSON '\"+1.5\"')", "1.5"), ("LAX_FLOAT64(JSON 'true')", "NULL")]),
        Function::scalar("lax_string", &["JSON -> STRING"], |call| {
            let input = call.bytes(0);
            call.strings(|row, out| {
                match parse(input.text(row))? {
                    Json::String(text) => out.extend(text.as_bytes()),
                    Json::Number(digits) => out.extend(digits.trim_end_matches(".0").as_bytes()),
                    Json::Bool(value) => out.extend(value.to_string().as_bytes()),
                    _ => return Ok(false),
                }
                Ok(true)
            })
        })
        .doc("The STRING of a JSON string, number or boolean; else NULL.")
        .examples(&[("LAX_STRING(JSON '10.0')", "'10'"), ("LAX_STRING(JSON 'true')", "'true'"), ("LAX_STRING(JSON '[]')", "NULL")]),
    ]
}

/// The integer that the digits are.
fn int64(digits: &str) -> Option<i64> {
    if let Ok(value) = digits.parse() {
        return Some(value);
    }
    let value: f64 = digits.parse().ok()?;
    let whole =
        value.fract() == 0.0 && (-9_223_372_036_854_775_808.0..9_223_372_036_854_775_808.0).contains(&value);
    (whole && !digits.bytes().all(|byte| byte.is_ascii_digit())).then_some(value as i64)
}

/// The integer nearest to the digits, half away from zero.
fn rounded(digits: &str) -> Option<i64> {
    let one = canopy_format::I256::from(10i128.pow(38));
    let value = parse_bignumeric(digits).ok()?;
    i64::try_from(crate::kernel::decimal::divide_half_away_256(value, one)).ok()
}

fn float64(call: &Call<'_>) -> Result<Vector> {
    let (input, mode) = (call.bytes(0), call.bytes(1));
    call.f64_rows(|row| {
        let wide = Wide::of(mode.text(row))?;
        match parse(input.text(row))? {
            Json::Number(digits) => match digits.parse::<f64>() {
                Ok(value) if wide == Wide::Round || is_exact(&digits, value) => Ok(value),
                _ => fail(format!(
                    "JSON number: {digits} cannot be converted to FLOAT64 without loss of precision"
                )),
            },
            _ => fail("The provided JSON input is not a number"),
        }
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
                _ => return Err(ExecError::Evaluation("The provided JSON input is not a string".into())),
            },
            (Value::Timestamp(micros), Some(zone)) => cast::timestamp_text(*micros, &*zone.get(row)?),
            _ => cast::format_in_zone(&value, input.data_type(), &call.context.time_zone),
        };
        out.extend(text.as_bytes());
        Ok(true)
    })
}
