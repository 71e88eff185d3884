//! CAST between all types, with GoogleSQL's text formats; and the same as helpers for literals and output.

mod constrain;
mod format;
mod kernels;
mod nested;
mod number;
mod parse_decimal;
mod range;
mod text;

use canopy_format::{DataType, RangeElement, Value};
use jiff::tz::TimeZone;

pub use format::{formattable, takes_time_zone};
pub(crate) use number::{
    bignumeric_of_float, float_of_bignumeric, float_of_numeric, numeric_of_float, short_float,
};
pub use number::{
    bignumeric_text, float64_text, general_float, numeric_text, parse_bignumeric, parse_exact, parse_float64,
    parse_int64, parse_numeric,
};
pub(in crate::function) use range::EMPTY as EMPTY_RANGE;
pub use range::{parse_range, range_text};
pub use text::{
    date_text, datetime_text, interval_text, parse_bool, parse_date, parse_datetime, parse_interval,
    parse_interval_range, parse_time, parse_timestamp, time_text, timestamp_text,
};

use super::call::Kernel;
use super::{Nulls, ScalarFunction};

/// CAST with its parameters, and functions that convert.
pub(super) fn functions() -> Vec<super::Function> {
    [constrain::functions(), parse_decimal::functions()].into_iter().flatten().collect()
}

/// How `from` is cast to `to`; None when it cannot be.
pub(crate) fn find(from: &DataType, to: &DataType, formatted: bool) -> Option<ScalarFunction> {
    let run = if formatted { format::find(from, to)? } else { kernel(from, to)? };
    // Text of timestamps, and moments of dates, depend on the query's time zone.
    let reads_context = formatted || from.holds(&is_timestamp) || to.holds(&is_timestamp);
    let cheap = matches!(
        (from, to),
        (DataType::Int64, DataType::Numeric | DataType::Float64) | (DataType::Date, DataType::Datetime)
    );
    let nulls = if formatted || from.is_scalar() { Nulls::Propagate } else { Nulls::Handled };
    Some(ScalarFunction { run, nulls, cheap, reads_context })
}

/// True when `CAST(from AS to)` exists; for the binder.
pub fn castable(from: &DataType, to: &DataType) -> bool {
    kernel(from, to).is_some()
}

fn is_timestamp(data_type: &DataType) -> bool {
    matches!(data_type, DataType::Timestamp | DataType::Range(RangeElement::Timestamp))
}

fn kernel(from: &DataType, to: &DataType) -> Option<Kernel> {
    use DataType::*;
    Some(match (from, to) {
        _ if from == to => kernels::identity,
        (Int64, Bool) => kernels::int64_to_bool,
        (Int64, Float64) => kernels::int64_to_float64,
        (Int64, Numeric) => kernels::int64_to_numeric,
        (Int64, BigNumeric) => kernels::int64_to_bignumeric,
        (Bool, Int64) => kernels::bool_to_int64,
        (Float64, Int64) => kernels::float64_to_int64,
        (Float64, Numeric) => kernels::float64_to_numeric,
        (Float64, BigNumeric) => kernels::float64_to_bignumeric,
        (Numeric, Int64) => kernels::numeric_to_int64,
        (Numeric, Float64) => kernels::numeric_to_float64,
        (Numeric, BigNumeric) => kernels::numeric_to_bignumeric,
        (BigNumeric, Int64) => kernels::bignumeric_to_int64,
        (BigNumeric, Float64) => kernels::bignumeric_to_float64,
        (BigNumeric, Numeric) => kernels::bignumeric_to_numeric,
        (String, Bytes) => kernels::string_to_bytes,
        (Bytes, String) => kernels::bytes_to_string,
        (
            String,
            Bool | Int64 | Float64 | Numeric | BigNumeric | Date | Time | Datetime | Timestamp | Interval
            | Range(_),
        ) => kernels::from_string,
        (
            Bool | Int64 | Float64 | Numeric | BigNumeric | Date | Time | Datetime | Timestamp | Interval
            | Range(_),
            String,
        ) => kernels::to_string,
        (Date, Datetime) => kernels::date_to_datetime,
        (Date, Timestamp) => kernels::date_to_timestamp,
        (Datetime, Date) => kernels::datetime_to_date,
        (Datetime, Time) => kernels::datetime_to_time,
        (Datetime, Timestamp) => kernels::datetime_to_timestamp,
        (Timestamp, Date) => kernels::timestamp_to_date,
        (Timestamp, Datetime) => kernels::timestamp_to_datetime,
        (Timestamp, Time) => kernels::timestamp_to_time,
        (Array(from), Array(to)) => {
            kernel(from, to)?;
            nested::array
        }
        (Struct(from), Struct(to)) if from.len() == to.len() => {
            for (from, to) in from.iter().zip(to.iter()) {
                kernel(&from.data_type, &to.data_type)?;
            }
            nested::structure
        }
        _ => return None,
    })
}

/// Returns a value as text: scalars as CAST AS STRING gives them (timestamps in UTC), `NULL`, arrays as
/// `[1, 2]` and structs as `(1, a)`, as FORMAT's `%t` does.
pub fn format_value(value: &Value, data_type: &DataType) -> String {
    format_in_zone(value, data_type, &TimeZone::UTC)
}

/// As [`format_value`], timestamps in the zone.
pub fn format_in_zone(value: &Value, data_type: &DataType, time_zone: &TimeZone) -> String {
    match (value, data_type) {
        (Value::Null, _) => "NULL".to_owned(),
        (Value::Bool(v), _) => v.to_string(),
        (Value::Int64(v), _) => v.to_string(),
        (Value::Float64(v), _) => float64_text(*v),
        (Value::Numeric(v), _) => numeric_text(*v),
        (Value::BigNumeric(v), _) => bignumeric_text(*v),
        (Value::String(v) | Value::Json(v), _) => v.to_string(),
        (Value::Bytes(v), _) => String::from_utf8_lossy(v).into_owned(),
        (Value::Date(v), _) => date_text(*v),
        (Value::Time(v), _) => time_text(*v),
        (Value::Datetime(v), _) => datetime_text(*v),
        (Value::Timestamp(v), _) => timestamp_text(*v, time_zone),
        (Value::Interval(v), _) => interval_text(*v),
        (Value::Range(v), DataType::Range(element)) => range_text(*v, *element, time_zone),
        (Value::Array(elements), DataType::Array(element)) => {
            let parts: Vec<String> =
                elements.iter().map(|value| format_in_zone(value, element, time_zone)).collect();
            format!("[{}]", parts.join(", "))
        }
        (Value::Struct(values), DataType::Struct(fields)) => {
            let parts: Vec<String> = values
                .iter()
                .zip(fields.iter())
                .map(|(value, field)| format_in_zone(value, &field.data_type, time_zone))
                .collect();
            format!("({})", parts.join(", "))
        }
        (value, _) => format!("{value:?}"),
    }
}
