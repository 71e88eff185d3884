//! Spellings of values in text files, as BigQuery's exports have them.
//!
//! | type | CSV, and text in JSON | JSON |
//! |---|---|---|
//! | BOOL, FLOAT64 | `true`, `1.5`, `1e+20`, `NaN`, `Infinity` | boolean, number; text where it is none |
//! | INT64, NUMERIC, BIGNUMERIC | digits | text, as readers of JSON lose digits of numbers |
//! | BYTES | base64 | text |
//! | DATE, TIME, DATETIME | `2001-02-03`, `04:05:06.7`, `2001-02-03T04:05:06.7` | text |
//! | TIMESTAMP | `2001-02-03 04:05:06.7 UTC` | text |
//! | INTERVAL | `1-2 3 4:5:6.789` | text |
//! | RANGE | `[2001-02-03, UNBOUNDED)`, bounds as their type is spelled | object of `start` and `end` |
//! | JSON | its text | the value itself |
//! | ARRAY, STRUCT | not in CSV | array, object |

use std::fmt::Write;

use canopy_format::{DataType, I256, Interval, RangeValue, Value};
use serde_json::Value as Json;

use crate::load::base64_encode;
use canopy_exec::function::datetime::civil;

const SECOND: i64 = 1_000_000;
const DAY: i64 = 86_400 * SECOND;

/// Returns a value of the type as JSON.
pub fn value_to_json(value: &Value, data_type: &DataType) -> Json {
    match (value, data_type) {
        (Value::Null, _) => Json::Null,
        (Value::Bool(flag), _) => Json::Bool(*flag),
        (Value::Float64(number), _) => match serde_json::Number::from_f64(*number) {
            Some(number) => Json::Number(number),
            None => Json::String(float_text(*number)),
        },
        (Value::Range(range), DataType::Range(element)) => {
            let [start, end] =
                range.bounds(*element).map(|bound| value_to_json(&bound, &element.data_type()));
            Json::Object([("start".to_owned(), start), ("end".to_owned(), end)].into_iter().collect())
        }
        (Value::Json(text), _) => serde_json::from_str(text).unwrap_or_else(|_| Json::from(&**text)),
        (Value::Array(values), DataType::Array(element)) => {
            values.iter().map(|value| value_to_json(value, element)).collect()
        }
        (Value::Struct(values), DataType::Struct(fields)) => {
            let names = fields.iter().enumerate().map(|(index, field)| field_name(&field.name, index));
            let parts =
                values.iter().zip(fields.iter()).map(|(value, field)| value_to_json(value, &field.data_type));
            Json::Object(names.zip(parts).collect())
        }
        _ => value_to_text(value, data_type).map_or(Json::Null, Json::String),
    }
}

/// Returns a value as a field of a CSV line, quoted where that is needed; NULL is the empty text.
pub fn value_to_csv(value: &Value, data_type: &DataType) -> String {
    let mut out = Vec::new();
    super::rows::csv_field(value_to_text(value, data_type).as_deref(), b',', &mut out);
    String::from_utf8_lossy(&out).into_owned()
}

/// Returns a value as plain text; None for NULL. ARRAY and STRUCT are spelled as JSON.
pub fn value_to_text(value: &Value, data_type: &DataType) -> Option<String> {
    Some(match value {
        Value::Null => return None,
        Value::Bool(flag) => flag.to_string(),
        Value::Int64(number) => number.to_string(),
        Value::Float64(number) => float_text(*number),
        Value::Numeric(number) => decimal_text(I256::from(*number), 9),
        Value::BigNumeric(number) => decimal_text(*number, 38),
        Value::String(text) | Value::Json(text) => text.to_string(),
        Value::Bytes(bytes) => base64_encode(bytes),
        Value::Date(days) => date_text(i64::from(*days)),
        Value::Time(micros) => time_text(*micros),
        Value::Datetime(micros) => moment_text(*micros, 'T'),
        Value::Timestamp(micros) => format!("{} UTC", moment_text(*micros, ' ')),
        Value::Interval(interval) => interval_text(interval),
        Value::Range(range) => range_text(*range, data_type)?,
        Value::Array(_) | Value::Struct(_) => value_to_json(value, data_type).to_string(),
    })
}

/// Returns the shortest text that reads back as the same FLOAT64.
pub fn float_text(number: f64) -> String {
    let magnitude = number.abs();
    match () {
        () if number.is_nan() => "NaN".to_owned(),
        () if number.is_infinite() => if number > 0.0 { "Infinity" } else { "-Infinity" }.to_owned(),
        () if magnitude != 0.0 && !(1e-5..1e15).contains(&magnitude) => {
            let text = format!("{number:e}");
            if text.contains("e-") { text } else { text.replace('e', "e+") }
        }
        () => format!("{number:?}"),
    }
}

/// An integer scaled by `10^scale` without zeros at the end.
fn decimal_text(scaled: I256, scale: usize) -> String {
    let negative = scaled < I256::ZERO;
    // The smallest value has no positive twin; its digits are those of its text.
    let digits = scaled.to_string();
    let digits = digits.trim_start_matches('-');
    let padded = format!("{digits:0>width$}", width = scale + 1);
    let (whole, fraction) = padded.split_at(padded.len() - scale);
    let fraction = fraction.trim_end_matches('0');
    let sign = if negative { "-" } else { "" };
    if fraction.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}.{fraction}") }
}

fn date_text(days: i64) -> String {
    let (year, month, day) = civil::from_days(days);
    format!("{year:04}-{month:02}-{day:02}")
}

fn time_text(micros: i64) -> String {
    let seconds = micros.div_euclid(SECOND);
    let mut text = format!("{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60);
    push_fraction(micros.rem_euclid(SECOND), &mut text);
    text
}

fn push_fraction(micros: i64, text: &mut String) {
    if micros != 0 {
        let digits = format!("{micros:06}");
        let _ = write!(text, ".{}", digits.trim_end_matches('0'));
    }
}

fn moment_text(micros: i64, separator: char) -> String {
    format!("{}{separator}{}", date_text(micros.div_euclid(DAY)), time_text(micros.rem_euclid(DAY)))
}

fn interval_text(interval: &Interval) -> String {
    let sign = |negative: bool| if negative { "-" } else { "" };
    let (months, micros) = (interval.months.unsigned_abs(), interval.micros.unsigned_abs());
    let seconds = micros / SECOND as u64;
    let mut text = format!(
        "{}{}-{} {} {}{}:{}:{}",
        sign(interval.months < 0),
        months / 12,
        months % 12,
        interval.days,
        sign(interval.micros < 0),
        seconds / 3600,
        seconds / 60 % 60,
        seconds % 60
    );
    push_fraction((micros % SECOND as u64) as i64, &mut text);
    text
}

/// None where the type is not RANGE.
fn range_text(range: RangeValue, data_type: &DataType) -> Option<String> {
    let DataType::Range(element) = data_type else { return None };
    let bound =
        |bound: &Value| value_to_text(bound, &element.data_type()).unwrap_or_else(|| "UNBOUNDED".to_owned());
    let [start, end] = &range.bounds(*element);
    Some(format!("[{}, {})", bound(start), bound(end)))
}

/// The name of a STRUCT's field; anonymous ones get BigQuery's `_field_1`.
fn field_name(name: &str, index: usize) -> String {
    if name.is_empty() { format!("_field_{}", index + 1) } else { name.to_owned() }
}

/// The type with a name for every field.
pub(super) fn named_type(data_type: &DataType) -> DataType {
    match data_type {
        DataType::Array(element) => DataType::array(named_type(element)),
        DataType::Struct(fields) => DataType::structure(
            fields
                .iter()
                .enumerate()
                .map(|(i, field)| (field_name(&field.name, i), named_type(&field.data_type))),
        ),
        other => other.clone(),
    }
}
