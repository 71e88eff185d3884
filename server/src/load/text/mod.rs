//! Scalars from text, as CSV fields and JSON strings spell them.

mod time;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use canopy_exec::function::datetime::civil;
use canopy_exec::function::{cast, json};
use canopy_format::{DataType, RangeElement, RangeValue, Value};

pub(super) use time::{date, datetime, time_of_day, timestamp};

/// Returns the value that `text` spells, or None when it spells none of the type. Spaces around it are ignored
/// but for STRING.
///
/// | type | text |
/// |---|---|
/// | BOOL | true/false, t/f, yes/no, y/n, 1/0, without case |
/// | INT64, FLOAT64 | decimal digits; also exponents, `inf`, `nan` |
/// | NUMERIC, BIGNUMERIC | digits with exponent; rounded half away from zero |
/// | BYTES | base64 |
/// | DATE, TIME | `2001-2-3` or `2001/2/3`; `4:05:06.7` |
/// | DATETIME | a DATE, then optionally `T` or a space and a TIME |
/// | TIMESTAMP | as DATETIME, then optionally `Z`, `UTC` or an offset; or seconds since the epoch |
/// | INTERVAL | `1-2 3 4:5:6.789` |
/// | RANGE | `[2001-02-03, UNBOUNDED)` |
/// | JSON | JSON |
pub(super) fn parse(text: &str, data_type: &DataType) -> Option<Value> {
    if *data_type == DataType::String {
        return Some(Value::String(text.into()));
    }
    let text = text.trim();
    Some(match data_type {
        DataType::Bool => Value::Bool(boolean(text)?),
        DataType::Int64 => Value::Int64(text.parse().ok()?),
        DataType::Float64 => Value::Float64(float(text)?),
        DataType::Numeric => Value::Numeric(cast::parse_numeric(text).ok()?),
        DataType::BigNumeric => Value::BigNumeric(cast::parse_bignumeric(text).ok()?),
        DataType::Bytes => Value::Bytes(STANDARD.decode(text).ok()?.into()),
        DataType::Date => Value::Date(date(text)?),
        DataType::Time => Value::Time(time_of_day(text)?),
        DataType::Datetime => Value::Datetime(datetime(text)?),
        DataType::Timestamp => Value::Timestamp(timestamp(text).or_else(|| epoch_seconds(text))?),
        DataType::Interval => Value::Interval(cast::parse_interval(text).ok()?),
        DataType::Range(element) => Value::Range(range(text, *element)?),
        DataType::Json => json::canonical_rounded(text).ok()?,
        DataType::String | DataType::Array(_) | DataType::Struct(_) => return None,
    })
}

/// Two bounds in `[start, end)`, each as its type is spelled, or `UNBOUNDED`.
fn range(text: &str, element: RangeElement) -> Option<RangeValue> {
    let (start, end) = text.strip_prefix('[')?.strip_suffix(')')?.split_once(',')?;
    let bound = |text: &str| {
        if text.trim().eq_ignore_ascii_case("UNBOUNDED") {
            return Some(None);
        }
        match parse(text, &element.data_type())? {
            Value::Date(days) => Some(Some(i64::from(days))),
            Value::Datetime(micros) | Value::Timestamp(micros) => Some(Some(micros)),
            _ => None,
        }
    };
    RangeValue::new(bound(start)?, bound(end)?)
}

/// Base64 of the standard alphabet with padding.
pub(crate) fn base64_encode(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

fn boolean(text: &str) -> Option<bool> {
    let any = |words: &[&str]| words.iter().any(|word| text.eq_ignore_ascii_case(word));
    match () {
        () if any(&["true", "t", "yes", "y", "1"]) => Some(true),
        () if any(&["false", "f", "no", "n", "0"]) => Some(false),
        () => None,
    }
}

/// Digits too large for FLOAT64 are refused, not read as infinity.
pub(super) fn float(text: &str) -> Option<f64> {
    let value: f64 = text.parse().ok()?;
    let overflowed = value.is_infinite() && text.bytes().any(|byte| byte.is_ascii_digit());
    (!overflowed).then_some(value)
}

/// Whether NUMERIC holds the number without rounding.
pub(super) fn is_exact_numeric(text: &str) -> bool {
    cast::parse_exact(text, 9).is_some()
}

/// Microseconds since the epoch of a number of seconds with at most six digits after the point.
fn epoch_seconds(text: &str) -> Option<i64> {
    let micros = cast::parse_exact(text, 6)?;
    i64::try_from(micros).ok().filter(|micros| civil::in_range(*micros))
}
