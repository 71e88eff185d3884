//! Arrow arrays of scalars to values.

use arrow_array::cast::AsArray;
use arrow_array::types::*;
use arrow_array::{Array, ArrowPrimitiveType, GenericByteArray, PrimitiveArray};
use arrow_buffer::{ScalarBuffer, i256};
use arrow_schema::{DataType as ArrowType, IntervalUnit, TimeUnit};
use bytes::Bytes;

use super::import::{bitmap, wrong};
use crate::vector::narrow;
use crate::{
    Buffer, BufferMut, DataType, I256, Interval, Pod, Result, StringBuilder, StringVector, Values, View,
};

/// Returns the values of a scalar array as `target`; validity is the caller's.
pub(super) fn import_scalar(array: &dyn Array, target: &DataType, column: &str) -> Result<Values> {
    let values = match target {
        DataType::Bool => match array.data_type() {
            ArrowType::Boolean => Some(Values::Bool(bitmap(array.as_boolean().values()))),
            _ => None,
        },
        DataType::Int64 => integers(array, column)?.map(Values::I64),
        DataType::Float64 => floats(array, column)?.map(Values::F64),
        DataType::Numeric => numeric(array, column)?,
        DataType::BigNumeric => big_numeric(array, column)?,
        DataType::String | DataType::Json | DataType::Bytes => strings(array, target, column)?,
        DataType::Date => dates(array, column)?,
        DataType::Time => times(array).map(Values::I64),
        DataType::Datetime | DataType::Timestamp => timestamps(array, column)?.map(Values::I64),
        DataType::Interval => intervals(array, column)?,
        DataType::Range(_) | DataType::Array(_) | DataType::Struct(_) => None,
    };
    values.ok_or_else(|| wrong(column, format!("expected {target}, found Arrow type {}", array.data_type())))
}

/// Shares a primitive array's values.
fn share<T: ArrowPrimitiveType>(array: &dyn Array) -> Buffer<T::Native>
where
    T::Native: Pod,
{
    struct Held<N: arrow_buffer::ArrowNativeType>(ScalarBuffer<N>);
    impl<N: arrow_buffer::ArrowNativeType> AsRef<[u8]> for Held<N> {
        fn as_ref(&self) -> &[u8] {
            self.0.inner().as_slice()
        }
    }
    Buffer::from_bytes(Bytes::from_owner(Held(array.as_primitive::<T>().values().clone())))
}

/// Converts every value; rows that do not convert are errors unless they are NULL.
fn convert<T: ArrowPrimitiveType, V: Pod>(
    array: &dyn Array,
    column: &str,
    target: &str,
    convert: impl Fn(T::Native) -> Option<V>,
) -> Result<Buffer<V>> {
    let array: &PrimitiveArray<T> = array.as_primitive();
    let mut out = BufferMut::with_capacity(array.len());
    for (row, &value) in array.values().iter().enumerate() {
        match convert(value) {
            Some(value) => out.push(value),
            None if array.is_null(row) => out.push(V::default()),
            None => return Err(wrong(column, format!("row {row}: {value:?} does not fit {target}"))),
        }
    }
    Ok(out.freeze())
}

/// Maps every value by a total function.
fn map<T: ArrowPrimitiveType, V: Pod>(array: &dyn Array, map: impl Fn(T::Native) -> V) -> Buffer<V> {
    array.as_primitive::<T>().values().iter().map(|&value| map(value)).collect()
}

fn integers(array: &dyn Array, column: &str) -> Result<Option<Buffer<i64>>> {
    Ok(Some(match array.data_type() {
        ArrowType::Int64 => share::<Int64Type>(array),
        ArrowType::Int32 => map::<Int32Type, _>(array, i64::from),
        ArrowType::Int16 => map::<Int16Type, _>(array, i64::from),
        ArrowType::Int8 => map::<Int8Type, _>(array, i64::from),
        ArrowType::UInt32 => map::<UInt32Type, _>(array, i64::from),
        ArrowType::UInt16 => map::<UInt16Type, _>(array, i64::from),
        ArrowType::UInt8 => map::<UInt8Type, _>(array, i64::from),
        ArrowType::UInt64 => convert::<UInt64Type, _>(array, column, "INT64", |v| i64::try_from(v).ok())?,
        _ => return Ok(None),
    }))
}

fn floats(array: &dyn Array, column: &str) -> Result<Option<Buffer<f64>>> {
    Ok(Some(match array.data_type() {
        ArrowType::Float64 => share::<Float64Type>(array),
        ArrowType::Float32 => map::<Float32Type, _>(array, f64::from),
        ArrowType::Float16 => map::<Float16Type, _>(array, f64::from),
        _ => match integers(array, column)? {
            Some(values) => values.iter().map(|&v| v as f64).collect(),
            None => return Ok(None),
        },
    }))
}

/// NUMERIC from decimals: narrow ones go into i64 at their own scale without passing through i128.
fn numeric(array: &dyn Array, column: &str) -> Result<Option<Values>> {
    let fits = |p: u8, s: i8| p <= 18 && (0..=9).contains(&s);
    let narrow64 = |values, s: i8| Ok(Some(Values::Decimal64 { values, scale: s as u8 }));
    match array.data_type() {
        ArrowType::Decimal32(p, s) if fits(*p, *s) => narrow64(map::<Decimal32Type, _>(array, i64::from), *s),
        ArrowType::Decimal64(p, s) if fits(*p, *s) => narrow64(share::<Decimal64Type>(array), *s),
        ArrowType::Decimal128(p, s) if fits(*p, *s) => {
            narrow64(convert::<Decimal128Type, _>(array, column, "NUMERIC", |v| i64::try_from(v).ok())?, *s)
        }
        _ => {
            let Some(values) = scaled(array, 9, column, "NUMERIC")? else { return Ok(None) };
            let mut out = BufferMut::<i128>::with_capacity(values.len());
            for (row, value) in values.iter().enumerate() {
                let small = i128::try_from(*value).ok().filter(|v| v.unsigned_abs() < 10u128.pow(38));
                match small {
                    Some(value) => out.push(value),
                    None if array.is_null(row) => out.push(0),
                    None => return Err(wrong(column, format!("row {row}: the value does not fit NUMERIC"))),
                }
            }
            Ok(Some(narrow(out)))
        }
    }
}

fn big_numeric(array: &dyn Array, column: &str) -> Result<Option<Values>> {
    Ok(scaled(array, 38, column, "BIGNUMERIC")?.map(Values::Decimal256))
}

/// Decimals and integers as 256-bit integers scaled by `10^scale`.
fn scaled(array: &dyn Array, scale: i32, column: &str, name: &str) -> Result<Option<Buffer<I256>>> {
    let wide = |value: i256| I256::from_le_bytes(value.to_le_bytes());
    let (from, values): (i8, Buffer<I256>) = match array.data_type() {
        ArrowType::Decimal32(_, s) => (*s, map::<Decimal32Type, _>(array, I256::from)),
        ArrowType::Decimal64(_, s) => (*s, map::<Decimal64Type, _>(array, I256::from)),
        ArrowType::Decimal128(_, s) => (*s, map::<Decimal128Type, _>(array, I256::from)),
        ArrowType::Decimal256(_, s) => (*s, map::<Decimal256Type, _>(array, wide)),
        _ => match integers(array, column)? {
            Some(values) => (0, values.iter().map(|&v| I256::from(v)).collect()),
            None => return Ok(None),
        },
    };
    let shift = scale - from as i32;
    let power = I256::new(10).checked_pow(shift.unsigned_abs());
    let mut out = BufferMut::with_capacity(values.len());
    for (row, &value) in values.iter().enumerate() {
        let moved = match (power, shift >= 0) {
            (Some(power), true) => value.checked_mul(power),
            (Some(power), false) => (value % power == 0).then(|| value / power),
            (None, _) => (value == 0).then_some(I256::ZERO),
        };
        match moved {
            Some(value) => out.push(value),
            None if array.is_null(row) => out.push(I256::ZERO),
            None => {
                return Err(wrong(
                    column,
                    format!("row {row}: {value} with {from} digits after the point does not fit {name}"),
                ));
            }
        }
    }
    Ok(Some(out.freeze()))
}

fn strings(array: &dyn Array, target: &DataType, column: &str) -> Result<Option<Values>> {
    let binary = matches!(
        array.data_type(),
        ArrowType::Binary | ArrowType::LargeBinary | ArrowType::BinaryView | ArrowType::FixedSizeBinary(_)
    );
    let strings = match array.data_type() {
        ArrowType::Utf8 => from_offsets(array.as_string::<i32>()),
        ArrowType::LargeUtf8 => from_offsets(array.as_string::<i64>()),
        ArrowType::Binary => from_offsets(array.as_binary::<i32>()),
        ArrowType::LargeBinary => from_offsets(array.as_binary::<i64>()),
        ArrowType::Utf8View => {
            let view = array.as_string_view();
            from_views(view.views(), view.data_buffers())
        }
        ArrowType::BinaryView => {
            let view = array.as_binary_view();
            from_views(view.views(), view.data_buffers())
        }
        ArrowType::FixedSizeBinary(_) => {
            let fixed = array.as_fixed_size_binary();
            (0..fixed.len()).map(|row| fixed.value(row)).collect()
        }
        _ => return Ok(None),
    };
    if binary && *target != DataType::Bytes {
        for row in 0..strings.len() {
            if array.is_valid(row) && std::str::from_utf8(strings.bytes(row)).is_err() {
                return Err(wrong(
                    column,
                    format!("row {row}: the bytes are not UTF-8, as {target} must be"),
                ));
            }
        }
    }
    Ok(Some(Values::String(strings)))
}

/// Views over an offset-based array: long values point into its own buffer.
fn from_offsets<T: ByteArrayType>(array: &GenericByteArray<T>) -> StringVector {
    use arrow_buffer::ArrowNativeType;
    let data = Bytes::from_owner(array.values().clone());
    if data.len() > u32::MAX as usize {
        let mut builder = StringBuilder::default();
        for pair in array.value_offsets().windows(2) {
            builder.push(&data[pair[0].as_usize()..pair[1].as_usize()]);
        }
        return builder.finish();
    }
    let mut views = BufferMut::<View>::with_capacity(array.len());
    for pair in array.value_offsets().windows(2) {
        let start = pair[0].as_usize();
        let value = &data[start..pair[1].as_usize()];
        views.push(match value.len() <= crate::string_view::INLINE_MAX {
            true => View::inline(value),
            false => View::long(value, 0, start as u32),
        });
    }
    StringVector::new(views.freeze(), [data].into())
}

/// Arrow's views as ours: the layouts are the same. Views under a NULL may be anything, so they are checked.
fn from_views(views: &[u128], buffers: &[arrow_buffer::Buffer]) -> StringVector {
    let buffers: Vec<Bytes> = buffers.iter().map(|b| Bytes::from_owner(b.clone())).collect();
    let checked = views.iter().map(|&raw| {
        let view = View::from_le_bytes(raw.to_le_bytes());
        let inside = view.is_inline()
            || buffers.get(view.buffer_index()).is_some_and(|b| view.offset() + view.len() <= b.len());
        if inside { view } else { View::default() }
    });
    StringVector::new(checked.collect(), buffers.into())
}

fn dates(array: &dyn Array, column: &str) -> Result<Option<Values>> {
    const DAY_MS: i64 = 86_400_000;
    Ok(Some(Values::I32(match array.data_type() {
        ArrowType::Date32 => share::<Date32Type>(array),
        ArrowType::Date64 => {
            convert::<Date64Type, _>(array, column, "DATE", |ms| i32::try_from(ms.div_euclid(DAY_MS)).ok())?
        }
        _ => return Ok(None),
    })))
}

fn times(array: &dyn Array) -> Option<Buffer<i64>> {
    Some(match array.data_type() {
        ArrowType::Time32(TimeUnit::Second) => map::<Time32SecondType, _>(array, |v| v as i64 * 1_000_000),
        ArrowType::Time32(_) => map::<Time32MillisecondType, _>(array, |v| v as i64 * 1_000),
        ArrowType::Time64(TimeUnit::Microsecond) => share::<Time64MicrosecondType>(array),
        ArrowType::Time64(_) => map::<Time64NanosecondType, _>(array, |v| v.div_euclid(1_000)),
        _ => return None,
    })
}

fn timestamps(array: &dyn Array, column: &str) -> Result<Option<Buffer<i64>>> {
    let ArrowType::Timestamp(unit, _) = array.data_type() else { return Ok(None) };
    Ok(Some(match unit {
        TimeUnit::Second => {
            convert::<TimestampSecondType, _>(array, column, "TIMESTAMP", |v| v.checked_mul(1_000_000))?
        }
        TimeUnit::Millisecond => {
            convert::<TimestampMillisecondType, _>(array, column, "TIMESTAMP", |v| v.checked_mul(1_000))?
        }
        TimeUnit::Microsecond => share::<TimestampMicrosecondType>(array),
        TimeUnit::Nanosecond => map::<TimestampNanosecondType, _>(array, |v| v.div_euclid(1_000)),
    }))
}

fn intervals(array: &dyn Array, _column: &str) -> Result<Option<Values>> {
    let ArrowType::Interval(unit) = array.data_type() else { return Ok(None) };
    Ok(Some(Values::Interval(match unit {
        IntervalUnit::YearMonth => {
            map::<IntervalYearMonthType, _>(array, |months| Interval { months, days: 0, micros: 0 })
        }
        IntervalUnit::DayTime => map::<IntervalDayTimeType, _>(array, |v| Interval {
            months: 0,
            days: v.days,
            micros: v.milliseconds as i64 * 1_000,
        }),
        IntervalUnit::MonthDayNano => map::<IntervalMonthDayNanoType, _>(array, |v| Interval {
            months: v.months,
            days: v.days,
            micros: v.nanoseconds.div_euclid(1_000),
        }),
    })))
}
