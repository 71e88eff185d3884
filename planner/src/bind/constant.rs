//! Literals as values of other types, and the texts of typed literals.

use canopy_format::{DataType, I256, Value};

/// NUMERIC's scale factor.
const NUMERIC_ONE: i128 = 1_000_000_000;
/// The largest NUMERIC, scaled.
const NUMERIC_MAX: i128 = 99_999_999_999_999_999_999_999_999_999_999_999_999;

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

/// Returns the value that a text stands for; None when it stands for none, or for one that only the
/// executor's cast can read.
pub(super) fn parse(text: &str, data_type: &DataType) -> Option<Value> {
    match data_type {
        DataType::Date => parse_date(text).map(Value::Date),
        DataType::Numeric => parse_numeric(text).map(|(value, _)| Value::Numeric(value)),
        DataType::BigNumeric => match parse_numeric(text) {
            Some((value, true)) => Some(Value::BigNumeric(widen(value))),
            _ => None,
        },
        _ => None,
    }
}

fn parse_date(text: &str) -> Option<i32> {
    let mut parts = text.trim().splitn(3, '-');
    let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
    let number =
        |text: &str, most: usize| match text.len() <= most && text.bytes().all(|b| b.is_ascii_digit()) {
            true => text.parse::<i16>().ok(),
            false => None,
        };
    let (year, month, day) = (number(year, 4)?, number(month, 2)?, number(day, 2)?);
    if year < 1 {
        return None;
    }
    let date = jiff::civil::Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()?;
    let epoch = jiff::civil::Date::constant(1970, 1, 1);
    Some(epoch.until(date).ok()?.get_days())
}

/// Reads a decimal, rounding half away from zero at the ninth digit after the point; false when it had to.
fn parse_numeric(text: &str) -> Option<(i128, bool)> {
    let text = text.trim();
    let (negative, rest) = match text.as_bytes().first()? {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    let (mantissa, exponent) = match rest.find(['e', 'E']) {
        Some(at) => (&rest[..at], rest[at + 1..].parse::<i32>().ok()?),
        None => (rest, 0),
    };
    let (whole, part) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits: Vec<u8> = whole.bytes().chain(part.bytes()).collect();
    if digits.is_empty() || digits.iter().any(|b| !b.is_ascii_digit()) {
        return None;
    }
    // How many of the digits stand before the ninth digit after the point, that one included.
    let kept = i64::try_from(whole.len()).ok()? + i64::from(exponent) + 9;
    let mut value: i128 = 0;
    let kept_digits = usize::try_from(kept).unwrap_or(0).min(digits.len());
    for digit in &digits[..kept_digits] {
        value = value.checked_mul(10)?.checked_add(i128::from(digit - b'0'))?;
    }
    if kept > digits.len() as i64 && value != 0 {
        let zeros = u32::try_from(kept - digits.len() as i64).ok()?;
        value = value.checked_mul(10i128.checked_pow(zeros)?)?;
    }
    let exact = digits[kept_digits..].iter().all(|digit| *digit == b'0');
    let first_dropped = if kept < 0 { None } else { digits.get(kept_digits) };
    if first_dropped.is_some_and(|digit| *digit >= b'5') {
        value += 1;
    }
    let value = if negative { -value } else { value };
    (value.abs() <= NUMERIC_MAX).then_some((value, exact))
}
