//! Whether a value is the one that a case spells.

use canopy_format::{DataType, Interval, Value};
use canopy_server::text::format_value;
use serde_json::Value as Json;

/// How far floats may be apart, relative to the larger one.
#[derive(Debug, Clone, Copy)]
pub struct Tolerance(pub f64);

/// The absolute difference of floats that never counts.
const ABSOLUTE: f64 = 1e-12;

/// Whether `found`, of a type, is the expected value.
pub fn matches(expected: &Json, found: &Value, data_type: &DataType, tolerance: Tolerance) -> bool {
    match (expected, found, data_type) {
        (expected, found, DataType::Array(element)) => {
            let empty = Vec::new();
            let found = match found {
                Value::Array(found) => found,
                Value::Null => &empty,
                _ => return false,
            };
            let same = |expected: &Json, found: &Value| matches(expected, found, element, tolerance);
            match expected {
                Json::Null => found.is_empty(),
                Json::Array(expected) => all_match(expected, found, true, same),
                Json::Object(object) => match object.get("unordered") {
                    Some(Json::Array(expected)) => all_match(expected, found, false, same),
                    _ => false,
                },
                _ => false,
            }
        }
        (Json::Null, found, _) => found.is_null(),
        (_, Value::Null, _) => false,
        (Json::Array(expected), Value::Struct(found), DataType::Struct(fields)) => {
            let types = fields.iter().map(|field| &field.data_type);
            expected.len() == found.len()
                && fields.len() == found.len()
                && (expected.iter().zip(found).zip(types)).all(|((e, f), t)| matches(e, f, t, tolerance))
        }
        (Json::Object(expected), Value::Range(found), DataType::Range(element)) => {
            let bound_type = element.data_type();
            let [start, end] = found.bounds(*element);
            let same = |name: &str, found: &Value| {
                matches(expected.get(name).unwrap_or(&Json::Null), found, &bound_type, tolerance)
            };
            same("start", &start) && same("end", &end)
        }
        (Json::Bool(expected), Value::Bool(found), _) => expected == found,
        (Json::Number(expected), Value::Int64(found), _) => expected.as_i64() == Some(*found),
        (expected, Value::Float64(found), _) => {
            float(expected).is_some_and(|expected| near(expected, *found, tolerance))
        }
        (Json::String(expected), found, data_type) => text_matches(expected, found, data_type),
        _ => false,
    }
}

/// Whether two lists match, in order or as multisets.
pub fn all_match<E, F>(expected: &[E], found: &[F], ordered: bool, same: impl Fn(&E, &F) -> bool) -> bool {
    if expected.len() != found.len() {
        return false;
    }
    if ordered {
        return expected.iter().zip(found).all(|(expected, found)| same(expected, found));
    }
    let mut left: Vec<&F> = found.iter().collect();
    expected.iter().all(|expected| match left.iter().position(|found| same(expected, found)) {
        Some(at) => {
            left.swap_remove(at);
            true
        }
        None => false,
    })
}

fn float(expected: &Json) -> Option<f64> {
    match expected {
        Json::Number(number) => number.as_f64(),
        Json::String(text) => match text.as_str() {
            "NaN" => Some(f64::NAN),
            "Infinity" => Some(f64::INFINITY),
            "-Infinity" => Some(f64::NEG_INFINITY),
            _ => None,
        },
        _ => None,
    }
}

fn near(expected: f64, found: f64, Tolerance(relative): Tolerance) -> bool {
    if expected.is_nan() || expected.is_infinite() || !found.is_finite() {
        return expected.is_nan() && found.is_nan() || expected == found;
    }
    let apart = (expected - found).abs();
    apart <= ABSOLUTE || apart <= relative * expected.abs().max(found.abs())
}

fn text_matches(expected: &str, found: &Value, data_type: &DataType) -> bool {
    let text = || format_value(found, data_type);
    match found {
        Value::String(found) => **found == *expected,
        Value::Bytes(found) => base64(found) == expected,
        Value::Numeric(_) | Value::BigNumeric(_) => decimal(expected) == decimal(&text()),
        Value::Date(_) => text() == expected,
        Value::Time(_) => without_zeros(&text()) == without_zeros(expected),
        Value::Datetime(_) => without_zeros(&text().replacen(' ', "T", 1)) == without_zeros(expected),
        Value::Timestamp(_) => {
            let found = text();
            let found = found.trim_end_matches("+00").replacen(' ', "T", 1);
            without_zeros(&found) == without_zeros(expected.trim_end_matches('Z'))
        }
        Value::Interval(found) => interval(expected).as_ref() == Some(found),
        Value::Json(found) => {
            let parse = serde_json::from_str::<Json>;
            matches!((parse(expected), parse(found)), (Ok(a), Ok(b)) if json_equal(&a, &b))
        }
        _ => false,
    }
}

/// A decimal number without what does not change its value.
fn decimal(text: &str) -> String {
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => ("-", digits),
        None => ("", text.trim_start_matches('+')),
    };
    let digits =
        if digits.contains('.') { digits.trim_end_matches('0').trim_end_matches('.') } else { digits };
    match digits.trim_start_matches('0') {
        "" => "0".to_owned(),
        digits => format!("{sign}{digits}"),
    }
}

/// A time without the zeros at the end of its fraction.
fn without_zeros(text: &str) -> &str {
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { text }
}

/// Reads `Y-M D H:M:S.F`; each part has a sign of its own.
fn interval(text: &str) -> Option<Interval> {
    let mut parts = text.split(' ');
    let (months, days, time) = (parts.next()?, parts.next()?, parts.next()?);
    let signed = |text: &str| match text.strip_prefix('-') {
        Some(rest) => (-1, rest.to_owned()),
        None => (1, text.to_owned()),
    };
    let (sign, months) = signed(months);
    let (years, rest) = months.split_once('-')?;
    let months = sign * (years.parse::<i64>().ok()? * 12 + rest.parse::<i64>().ok()?);
    let (sign, time) = signed(time);
    let mut units = time.split(':');
    let (hours, minutes, seconds) = (units.next()?, units.next()?, units.next()?);
    let (seconds, fraction) = seconds.split_once('.').unwrap_or((seconds, ""));
    let micros = format!("{fraction:0<6}");
    let seconds = hours.parse::<i64>().ok()? * 3600
        + minutes.parse::<i64>().ok()? * 60
        + seconds.parse::<i64>().ok()?;
    let micros = sign * (seconds * 1_000_000 + micros.get(..6)?.parse::<i64>().ok()?);
    Some(Interval { months: i32::try_from(months).ok()?, days: days.parse().ok()?, micros })
}

fn json_equal(a: &Json, b: &Json) -> bool {
    match (a, b) {
        (Json::Number(x), Json::Number(y)) => x == y || x.as_f64() == y.as_f64(),
        (Json::Array(x), Json::Array(y)) => {
            x.len() == y.len() && x.iter().zip(y).all(|(x, y)| json_equal(x, y))
        }
        (Json::Object(x), Json::Object(y)) => {
            x.len() == y.len() && x.iter().all(|(key, x)| y.get(key).is_some_and(|y| json_equal(x, y)))
        }
        _ => a == b,
    }
}

fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let mut word = [0; 4];
        word[1..=chunk.len()].copy_from_slice(chunk);
        let word = u32::from_be_bytes(word);
        for digit in 0..4 {
            let bits = (word >> (18 - 6 * digit)) & 63;
            text.push(if digit <= chunk.len() { DIGITS[bits as usize] as char } else { '=' });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn check(expected: Json, found: Value, data_type: DataType, is_match: bool) {
        let tolerance = Tolerance(1e-9);
        assert_eq!(matches(&expected, &found, &data_type, tolerance), is_match, "{expected} {found:?}");
    }

    #[test]
    fn values_of_every_type() {
        check(json!(1), Value::Int64(1), DataType::Int64, true);
        check(json!(1), Value::Int64(2), DataType::Int64, false);
        check(json!(null), Value::Int64(0), DataType::Int64, false);
        check(json!("NaN"), Value::Float64(f64::NAN), DataType::Float64, true);
        check(json!("-Infinity"), Value::Float64(f64::INFINITY), DataType::Float64, false);
        check(json!(0.3), Value::Float64(0.1 + 0.2), DataType::Float64, true);
        check(json!("1.50"), Value::Numeric(1_500_000_000), DataType::Numeric, true);
        check(json!("-0"), Value::Numeric(0), DataType::Numeric, true);
        check(json!("YWI="), Value::Bytes(b"ab".as_slice().into()), DataType::Bytes, true);
        check(json!("1970-01-01T00:00:01.5Z"), Value::Timestamp(1_500_000), DataType::Timestamp, true);
        check(json!("04:05:06.7"), Value::Time(14_706_700_000), DataType::Time, true);
        let interval = Interval { months: 14, days: 3, micros: -14_706_789_000 };
        check(json!("1-2 3 -4:5:6.789"), Value::Interval(interval), DataType::Interval, true);
        check(json!("{\"a\":1.0}"), Value::Json("{\"a\":1}".into()), DataType::Json, true);
    }

    #[test]
    fn arrays_in_order_or_not() {
        let array = || Value::Array(vec![Value::Int64(1), Value::Int64(2)]);
        let integers = || DataType::array(DataType::Int64);
        check(json!([2, 1]), array(), integers(), false);
        check(json!({"unordered": [2, 1]}), array(), integers(), true);
        check(json!({"unordered": [2, 2]}), array(), integers(), false);
        check(json!(null), Value::Array(vec![]), integers(), true);
        check(json!([]), Value::Null, integers(), true);
    }
}
