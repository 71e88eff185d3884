//! The lengths and digits of parameterized types: what `CAST(x AS STRING(10))` does after the cast to STRING.
//!
//! Plans spell them as text with the shape of the type: `L10` is a longest length, `N10,2` a precision and scale,
//! `_` nothing, `A(...)` an ARRAY's elements, `S(...;...)` a STRUCT's fields. So `ARRAY<STRUCT<STRING(4), INT64>>` is
//! `A(S(L4;_))`.

use canopy_format::{DataType, I256, Value, Vector};

use super::number::bignumeric_text;
use crate::Result;
use crate::function::Function;
use crate::function::call::{Call, fail};
use crate::kernel::decimal::{divide_half_away, divide_half_away_256};

pub(super) fn functions() -> Vec<Function> {
    vec![
        Function::scalar("$constrain", &["T1, STRING -> T1"], constrain)
            .handles_nulls()
            .usages(&[
                "CAST(value AS type [FORMAT format [AT TIME ZONE zone]])",
                "SAFE_CAST(value AS type [FORMAT format [AT TIME ZONE zone]])",
            ])
            .doc(
                "The value as another type; SAFE_CAST gives NULL where it has none there. The type may have parameters: \
                 STRING(L) and BYTES(L) limit the length, NUMERIC(P, S) rounds and limits the digits. FORMAT says how \
                 dates, times, numbers and bytes are written as STRING or read from it.",
            )
            .examples(&[
                ("CAST('12.5' AS NUMERIC)", "NUMERIC '12.5'"),
                ("CAST('abc' AS INT64)", "ERROR: Bad int64 value: abc"),
                ("SAFE_CAST('abc' AS INT64)", "NULL"),
                ("CAST(NUMERIC '1.25' AS NUMERIC(5, 1))", "NUMERIC '1.3'"),
                ("CAST('abc' AS STRING(2))", "ERROR: STRING(2) has maximum length 2 but got a value with length 3"),
                ("CAST(DATE '2018-01-30' AS STRING FORMAT 'DD Mon YYYY')", "'30 Jan 2018'"),
                ("CAST('18-12-03' AS DATE FORMAT 'YY-MM-DD')", "DATE '2018-12-03'"),
                ("CAST(1234.5 AS STRING FORMAT '$9,999.99')", "' $1,234.50'"),
                ("CAST(b'\\x00\\xff' AS STRING FORMAT 'HEX')", "'00ff'"),
            ]),
    ]
}

/// What a value must keep to.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Limit {
    None,
    Length(u64),
    Decimal { precision: u32, scale: u32 },
    Array(Box<Limit>),
    Struct(Vec<Limit>),
}

/// How deep limits may nest, as types may.
const DEPTH_MAX: usize = 64;

fn compile(value: &Value) -> Result<Limit> {
    let Value::String(text) = value else { return fail("the limits of a type are no text") };
    match read(text, 0) {
        Some((limit, "")) => Ok(limit),
        _ => fail(format!("'{text}' are no limits of a type")),
    }
}

fn read(text: &str, depth: usize) -> Option<(Limit, &str)> {
    if depth > DEPTH_MAX {
        return None;
    }
    let number = |text: &str| {
        let end = text.bytes().take_while(u8::is_ascii_digit).count();
        text[..end].parse::<u64>().ok().map(|value| (value, end))
    };
    if let Some(rest) = text.strip_prefix('_') {
        return Some((Limit::None, rest));
    }
    if let Some(rest) = text.strip_prefix('L') {
        let (length, end) = number(rest)?;
        return Some((Limit::Length(length), &rest[end..]));
    }
    if let Some(rest) = text.strip_prefix('N') {
        let (precision, end) = number(rest)?;
        let rest = rest[end..].strip_prefix(',')?;
        let (scale, end) = number(rest)?;
        let limit = Limit::Decimal { precision: precision.try_into().ok()?, scale: scale.try_into().ok()? };
        let valid = matches!(limit, Limit::Decimal { precision, scale } if precision <= 76 && scale <= 38 && scale <= precision);
        return valid.then_some((limit, &rest[end..]));
    }
    if let Some(rest) = text.strip_prefix("A(") {
        let (element, rest) = read(rest, depth + 1)?;
        return Some((Limit::Array(Box::new(element)), rest.strip_prefix(')')?));
    }
    let mut rest = text.strip_prefix("S(")?;
    let mut fields = Vec::new();
    while !rest.starts_with(')') {
        let (field, after) = read(rest, depth + 1)?;
        fields.push(field);
        rest = after.strip_prefix(';').unwrap_or(after);
    }
    Some((Limit::Struct(fields), &rest[1..]))
}

fn constrain(call: &Call<'_>) -> Result<Vector> {
    let mut limit = call.prepared(1, compile);
    let data_type = call.arguments[0].data_type();
    if let DataType::String | DataType::Bytes = data_type {
        // Nothing to change: only to look at.
        let input = call.bytes(0);
        return call.strings(|row, out| {
            if call.is_null(0, row) {
                return Ok(false);
            }
            if let Limit::Length(most) = *limit.get(row)? {
                checked_length(input.get(row), data_type, most)?;
            }
            out.extend(input.get(row));
            Ok(true)
        });
    }
    call.values(|row| limited(call.arguments[0].value(row), data_type, &*limit.get(row)?))
}

fn checked_length(bytes: &[u8], data_type: &DataType, most: u64) -> Result<()> {
    let length = match data_type {
        DataType::String => String::from_utf8_lossy(bytes).chars().count(),
        _ => bytes.len(),
    };
    match length as u64 <= most {
        true => Ok(()),
        false => fail(format!(
            "{data_type}({most}) has maximum length {most} but got a value with length {length}"
        )),
    }
}

fn limited(value: Value, data_type: &DataType, limit: &Limit) -> Result<Value> {
    Ok(match (value, data_type, limit) {
        (Value::Numeric(value), _, Limit::Decimal { precision, scale }) if *scale <= 9 => {
            let unit = 10i128.pow(9 - scale);
            let rounded = divide_half_away(value, unit);
            let most = 10i128.pow((*precision).min(38));
            if rounded.abs() >= most {
                return out_of_range(data_type, *precision, *scale);
            }
            Value::Numeric(rounded * unit)
        }
        (Value::BigNumeric(value), _, Limit::Decimal { precision, scale }) => {
            let unit = power(38 - scale);
            let rounded = divide_half_away_256(value, unit);
            // Seventy-six digits are less than 2^255.
            if rounded.unsigned_abs() >= power(*precision).unsigned_abs() {
                return out_of_range(data_type, *precision, *scale);
            }
            match rounded.checked_mul(unit) {
                Some(value) => Value::BigNumeric(value),
                None => return fail(format!("BIGNUMERIC overflow: {}", bignumeric_text(value))),
            }
        }
        (Value::String(text), _, Limit::Length(most)) => {
            checked_length(text.as_bytes(), data_type, *most)?;
            Value::String(text)
        }
        (Value::Bytes(bytes), _, Limit::Length(most)) => {
            checked_length(&bytes, data_type, *most)?;
            Value::Bytes(bytes)
        }
        (Value::Array(elements), DataType::Array(element), Limit::Array(limit)) => Value::Array(
            elements.into_iter().map(|value| limited(value, element, limit)).collect::<Result<_>>()?,
        ),
        (Value::Struct(values), DataType::Struct(fields), Limit::Struct(limits))
            if limits.len() == fields.len() =>
        {
            let parts = values.into_iter().zip(fields.iter().zip(limits));
            let parts = parts.map(|(value, (field, limit))| limited(value, &field.data_type, limit));
            Value::Struct(parts.collect::<Result<_>>()?)
        }
        (value, _, _) => value,
    })
}

fn power(exponent: u32) -> I256 {
    (0..exponent).fold(I256::ONE, |value, _| value * I256::from(10))
}

fn out_of_range(data_type: &DataType, precision: u32, scale: u32) -> Result<Value> {
    let digits = "9".repeat(precision as usize);
    let (whole, fraction) = digits.split_at((precision - scale) as usize);
    let whole = if whole.is_empty() { "0" } else { whole };
    let most = if fraction.is_empty() { whole.to_owned() } else { format!("{whole}.{fraction}") };
    let name = match scale {
        0 => format!("{data_type}({precision})"),
        _ => format!("{data_type}({precision}, {scale})"),
    };
    fail(format!(
        "{name} has precision {precision} and scale {scale} but got a value that is not in range of [-{most}, {most}]"
    ))
}
