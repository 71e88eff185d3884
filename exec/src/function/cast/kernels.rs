//! Kernels of casts between scalar types.

use canopy_format::vector::pow10;
use canopy_format::{Buffer, DataType, I256, Value, Values, Vector};

use super::number::{self, float_of_bignumeric, float_of_numeric};
use super::text;
use crate::Result;
use crate::function::call::{Call, Column, Decimals, fail};
use crate::function::datetime::{civil, zone};
use crate::kernel::decimal::divide_half_away;

pub(super) fn identity(call: &Call<'_>) -> Result<Vector> {
    Ok(call.arguments[0].clone())
}

pub(super) fn int64_to_bool(call: &Call<'_>) -> Result<Vector> {
    let input = call.i64s(0);
    call.bool_rows(|row| Ok(input.get(row) != 0))
}

pub(super) fn bool_to_int64(call: &Call<'_>) -> Result<Vector> {
    let input = call.bools(0);
    call.i64_rows(|row| Ok(input.get(row) as i64))
}

pub(super) fn int64_to_float64(call: &Call<'_>) -> Result<Vector> {
    let input = call.i64s(0);
    let out: Buffer<f64> = (0..call.rows).map(|row| input.get(row) as f64).collect();
    Ok(call.result(Values::F64(out), call.validity.clone()))
}

/// Integers are NUMERICs of scale 0: the buffer is shared.
pub(super) fn int64_to_numeric(call: &Call<'_>) -> Result<Vector> {
    if let Some((Values::I64(values), validity)) = call.arguments[0].as_flat() {
        let values = Values::Decimal64 { values: values.clone(), scale: 0 };
        return Ok(call.result(values, validity.cloned()));
    }
    let input = call.i64s(0);
    call.numeric_rows(|row| Ok(input.get(row) as i128 * pow10(9)))
}

pub(super) fn int64_to_bignumeric(call: &Call<'_>) -> Result<Vector> {
    let input = call.i64s(0);
    let unit = I256::from(10i128.pow(38));
    call.bignumeric_rows(|row| Ok(I256::from(input.get(row)) * unit))
}

pub(super) fn float64_to_int64(call: &Call<'_>) -> Result<Vector> {
    let input = call.f64s(0);
    call.i64_rows(|row| number::int64_of_float(input.get(row)))
}

pub(super) fn float64_to_numeric(call: &Call<'_>) -> Result<Vector> {
    let input = call.f64s(0);
    call.numeric_rows(|row| number::numeric_of_float(input.get(row)))
}

pub(super) fn float64_to_bignumeric(call: &Call<'_>) -> Result<Vector> {
    let input = call.f64s(0);
    call.bignumeric_rows(|row| number::bignumeric_of_float(input.get(row)))
}

pub(super) fn numeric_to_int64(call: &Call<'_>) -> Result<Vector> {
    let input = call.decimals(0);
    let unit = pow10(input.scale());
    call.i64_rows(|row| {
        let rounded = divide_half_away(input.unscaled(row), unit);
        i64::try_from(rounded)
            .or_else(|_| fail(format!("int64 out of range: {}", number::numeric_text(input.get(row)))))
    })
}

pub(super) fn numeric_to_float64(call: &Call<'_>) -> Result<Vector> {
    let input = call.decimals(0);
    if let Decimals::Narrow(values, scale) = input {
        let unit = pow10(scale) as f64;
        let exact = |value: i64| value.unsigned_abs() < 1 << 53;
        if values.iter().all(|&value| exact(value)) {
            let out: Buffer<f64> = values.iter().map(|&value| value as f64 / unit).collect();
            return Ok(call.result(Values::F64(out), call.validity.clone()));
        }
    }
    call.f64_rows(|row| Ok(float_of_numeric(input.get(row))))
}

pub(super) fn numeric_to_bignumeric(call: &Call<'_>) -> Result<Vector> {
    let input = call.decimals(0);
    call.bignumeric_rows(|row| Ok(number::widen(input.get(row))))
}

pub(super) fn bignumeric_to_int64(call: &Call<'_>) -> Result<Vector> {
    let input = call.bignumerics(0);
    let unit = I256::from(10i128.pow(38));
    call.i64_rows(|row| {
        let rounded = crate::kernel::decimal::divide_half_away_256(input.get(row), unit);
        i64::try_from(rounded)
            .or_else(|_| fail(format!("int64 out of range: {}", number::bignumeric_text(input.get(row)))))
    })
}

pub(super) fn bignumeric_to_float64(call: &Call<'_>) -> Result<Vector> {
    let input = call.bignumerics(0);
    call.f64_rows(|row| Ok(float_of_bignumeric(input.get(row))))
}

pub(super) fn bignumeric_to_numeric(call: &Call<'_>) -> Result<Vector> {
    let input = call.bignumerics(0);
    call.numeric_rows(|row| number::numeric_of_bignumeric(input.get(row)))
}

/// STRING and BYTES share their form.
pub(super) fn string_to_bytes(call: &Call<'_>) -> Result<Vector> {
    match call.arguments[0].as_flat() {
        Some((values, validity)) => Ok(call.result(values.clone(), validity.cloned())),
        None => {
            let input = call.bytes(0);
            call.strings(|row, out| {
                out.extend(input.get(row));
                Ok(true)
            })
        }
    }
}

pub(super) fn bytes_to_string(call: &Call<'_>) -> Result<Vector> {
    let input = call.bytes(0);
    call.strings(|row, out| {
        if std::str::from_utf8(input.get(row)).is_err() {
            let shown = input.get(row)[..input.get(row).len().min(64)].escape_ascii();
            return fail(format!("Invalid cast of bytes to UTF8 string: b\"{shown}\""));
        }
        out.extend(input.get(row));
        Ok(true)
    })
}

pub(super) fn from_string(call: &Call<'_>) -> Result<Vector> {
    let input = call.bytes(0);
    match call.return_type {
        DataType::Bool => call.bool_rows(|row| text::parse_bool(input.text(row))),
        DataType::Int64 => call.i64_rows(|row| number::parse_int64(input.text(row))),
        DataType::Float64 => call.f64_rows(|row| number::parse_float64(input.text(row))),
        DataType::Numeric => call.numeric_rows(|row| number::parse_numeric(input.text(row))),
        DataType::BigNumeric => call.bignumeric_rows(|row| number::parse_bignumeric(input.text(row))),
        DataType::Date => call.date_rows(|row| text::parse_date(input.text(row))),
        DataType::Time => call.i64_rows(|row| text::parse_time(input.text(row))),
        DataType::Datetime => call.i64_rows(|row| text::parse_datetime(input.text(row))),
        DataType::Timestamp => {
            call.i64_rows(|row| text::parse_timestamp(input.text(row), &call.context.time_zone))
        }
        DataType::Range(element) => call.range_options(|row| {
            super::parse_range(input.text(row), *element, &call.context.time_zone).map(Some)
        }),
        _ => call.interval_rows(|row| text::parse_interval(input.text(row))),
    }
}

pub(super) fn to_string(call: &Call<'_>) -> Result<Vector> {
    use std::io::Write;
    let input = &call.arguments[0];
    let zone = &call.context.time_zone;
    if *input.data_type() == DataType::Int64 {
        let input = call.i64s(0);
        return call.strings(|row, out| Ok(write!(out, "{}", input.get(row)).is_ok()));
    }
    call.strings(|row, out| {
        let value: Value = input.value(row);
        out.extend(super::format_in_zone(&value, input.data_type(), zone).as_bytes());
        Ok(true)
    })
}

pub(super) fn date_to_datetime(call: &Call<'_>) -> Result<Vector> {
    let input = call.dates(0);
    let out: Buffer<i64> = match input {
        Column::Many(days) => days.iter().map(|&day| civil::midnight(day)).collect(),
        Column::One(day) => std::iter::repeat_n(civil::midnight(day), call.rows).collect(),
    };
    Ok(call.result(Values::I64(out), call.validity.clone()))
}

pub(super) fn date_to_timestamp(call: &Call<'_>) -> Result<Vector> {
    let input = call.dates(0);
    call.i64_rows(|row| zone::to_timestamp(&call.context.time_zone, civil::midnight(input.get(row))))
}

pub(super) fn datetime_to_date(call: &Call<'_>) -> Result<Vector> {
    let input = call.i64s(0);
    call.date_rows(|row| Ok(civil::split(input.get(row)).0 as i32))
}

pub(super) fn datetime_to_time(call: &Call<'_>) -> Result<Vector> {
    let input = call.i64s(0);
    call.i64_rows(|row| Ok(civil::split(input.get(row)).1))
}

pub(super) fn datetime_to_timestamp(call: &Call<'_>) -> Result<Vector> {
    let input = call.i64s(0);
    call.i64_rows(|row| zone::to_timestamp(&call.context.time_zone, input.get(row)))
}

pub(super) fn timestamp_to_date(call: &Call<'_>) -> Result<Vector> {
    let input = call.i64s(0);
    call.date_rows(|row| Ok(civil::split(zone::to_civil(&call.context.time_zone, input.get(row))).0 as i32))
}

pub(super) fn timestamp_to_datetime(call: &Call<'_>) -> Result<Vector> {
    let input = call.i64s(0);
    call.i64_rows(|row| Ok(zone::to_civil(&call.context.time_zone, input.get(row))))
}

pub(super) fn timestamp_to_time(call: &Call<'_>) -> Result<Vector> {
    let input = call.i64s(0);
    call.i64_rows(|row| Ok(civil::split(zone::to_civil(&call.context.time_zone, input.get(row))).1))
}
