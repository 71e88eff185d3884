//! Statistics of values as they are written.

use crate::encoding::Isa;
use crate::file::bounds::{Bounds, shorten_max, shorten_min};
use crate::vector::pow10;
use crate::{Bitmap, DataType, StringVector, Value, Values, sketch};

/// Returns the bounds of the present values: NaN left out, both zeros covered where one is there.
pub(crate) fn bounds(values: &Values, validity: Option<&Bitmap>, data_type: &DataType) -> Bounds {
    let integer = |v: i64| match data_type {
        DataType::Time => Value::Time(v),
        DataType::Datetime => Value::Datetime(v),
        DataType::Timestamp => Value::Timestamp(v),
        _ => Value::Int64(v),
    };
    let (min, max) = match values {
        Values::Bool(bits) => extremes(bits.iter(), validity).map(|(a, b)| (Value::Bool(a), Value::Bool(b))),
        Values::I32(v) => extremes_of(v, validity).map(|(a, b)| (Value::Date(a), Value::Date(b))),
        Values::I64(v) => extremes_of(v, validity).map(|(a, b)| (integer(a), integer(b))),
        Values::F64(v) => return float_bounds(v, validity),
        Values::Decimal64 { values, scale } => {
            let factor = pow10(9 - scale);
            extremes_of(values, validity)
                .map(|(a, b)| (Value::Numeric(a as i128 * factor), Value::Numeric(b as i128 * factor)))
        }
        Values::Decimal128 { values, scale } => {
            let factor = pow10(9 - scale);
            extremes(values.iter().copied(), validity).map(|(a, b)| {
                (Value::Numeric(a.wrapping_mul(factor)), Value::Numeric(b.wrapping_mul(factor)))
            })
        }
        Values::Decimal256(v) => {
            extremes(v.iter().copied(), validity).map(|(a, b)| (Value::BigNumeric(a), Value::BigNumeric(b)))
        }
        Values::String(v) if *data_type != DataType::Json => return text_bounds(v, validity, data_type),
        _ => None,
    }
    .unzip();
    Bounds { min, max }
}

fn extremes<T: PartialOrd + Copy>(
    values: impl Iterator<Item = T>,
    validity: Option<&Bitmap>,
) -> Option<(T, T)> {
    match validity {
        None => values.fold(None, widen),
        Some(bits) => values.zip(bits.iter()).filter(|(_, valid)| *valid).map(|(v, _)| v).fold(None, widen),
    }
}

/// The same of a slice: stretches without a NULL go through a loop that compilers vectorise.
fn extremes_of<T: PartialOrd + Copy>(values: &[T], validity: Option<&Bitmap>) -> Option<(T, T)> {
    let Some(bits) = validity else { return stretch(values) };
    let mut found = None;
    for (part, word) in values.chunks(64).zip(bits.iter_words()) {
        let all = word.count_ones() as usize == part.len();
        let part = if all { stretch(part) } else { None }.or_else(|| {
            let valid = part.iter().enumerate().filter(|(i, _)| word >> i & 1 == 1);
            valid.map(|(_, v)| *v).fold(None, widen)
        });
        if let Some((min, max)) = part {
            found = widen(widen(found, min), max);
        }
    }
    found
}

fn stretch<T: PartialOrd + Copy>(values: &[T]) -> Option<(T, T)> {
    let first = *values.first()?;
    let bounds = Isa::detect().run(
        #[inline(always)]
        move || {
            let (mut min, mut max) = (first, first);
            for &value in values {
                min = if value < min { value } else { min };
                max = if value > max { value } else { max };
            }
            (min, max)
        },
    );
    Some(bounds)
}

fn widen<T: PartialOrd + Copy>(found: Option<(T, T)>, v: T) -> Option<(T, T)> {
    Some(match found {
        Some((min, max)) => (if v < min { v } else { min }, if v > max { v } else { max }),
        None => (v, v),
    })
}

fn float_bounds(values: &[f64], validity: Option<&Bitmap>) -> Bounds {
    let present =
        values.iter().enumerate().filter(|(i, v)| !v.is_nan() && validity.is_none_or(|bits| bits.get(*i)));
    let Some((min, max)) = extremes(present.map(|(_, v)| *v), None) else { return Bounds::default() };
    // -0.0 equals 0.0, whichever of them was seen.
    let min = if min == 0.0 { -0.0 } else { min };
    let max = if max == 0.0 { 0.0 } else { max };
    Bounds { min: Some(Value::Float64(min)), max: Some(Value::Float64(max)) }
}

fn text_bounds(values: &StringVector, validity: Option<&Bitmap>, data_type: &DataType) -> Bounds {
    let Some((min, max)) = text_extremes(values, validity) else { return Bounds::default() };
    let utf8 = *data_type == DataType::String;
    let value = |bytes: &[u8]| match utf8 {
        true => std::str::from_utf8(bytes).ok().map(|text| Value::String(text.into())),
        false => Some(Value::Bytes(bytes.into())),
    };
    Bounds { min: value(shorten_min(min, utf8)), max: shorten_max(max, utf8).and_then(|max| value(&max)) }
}

/// The least and greatest present text. Most comparisons end at the views' first four bytes.
fn text_extremes<'a>(values: &'a StringVector, validity: Option<&Bitmap>) -> Option<(&'a [u8], &'a [u8])> {
    let key = |row: usize| values.views()[row].prefix().swap_bytes();
    let mut present = (0..values.len()).filter(|&row| validity.is_none_or(|bits| bits.get(row)));
    let first = present.next()?;
    let (mut min, mut max) = ((key(first), values.bytes(first)), (key(first), values.bytes(first)));
    for row in present {
        let key = key(row);
        if key <= min.0 && (key < min.0 || values.bytes(row) < min.1) {
            min = (key, values.bytes(row));
        }
        if key >= max.0 && (key > max.0 || values.bytes(row) > max.1) {
            max = (key, values.bytes(row));
        }
    }
    Some((min.1, max.1))
}

/// Adds the present values to the registers of a sketch. NUMERIC counts by value, whatever its scale.
pub(crate) fn count_distinct(values: &Values, validity: Option<&Bitmap>, registers: &mut [u8]) {
    if validity.is_none() && count_distinct_of_all(values, registers) {
        return;
    }
    let wide = |v: u128| sketch::mix(sketch::mix(v as u64) ^ (v >> 64) as u64);
    match values {
        Values::Bool(v) => each(v.iter(), validity, |v| sketch::add(registers, sketch::mix(v as u64))),
        Values::I32(v) => {
            each(v.iter(), validity, |&v| sketch::add(registers, sketch::mix(v as i64 as u64)));
        }
        Values::I64(v) => each(v.iter(), validity, |&v| sketch::add(registers, sketch::mix(v as u64))),
        Values::F64(v) => each(v.iter(), validity, |&v| {
            let bits = if v == 0.0 { 0 } else { v.to_bits() };
            sketch::add(registers, sketch::mix(bits));
        }),
        Values::Decimal64 { values, scale } => {
            let factor = pow10(9 - scale);
            each(values.iter(), validity, |&v| sketch::add(registers, wide((v as i128 * factor) as u128)));
        }
        Values::Decimal128 { values, scale } => {
            let factor = pow10(9 - scale);
            each(values.iter(), validity, |&v| sketch::add(registers, wide(v.wrapping_mul(factor) as u128)));
        }
        Values::Decimal256(v) => each(v.iter(), validity, |v| {
            sketch::add(registers, sketch::hash_bytes(&v.to_le_bytes(), 0));
        }),
        Values::String(v) => each(0..v.len(), validity, |row| {
            sketch::add(registers, sketch::hash_bytes(v.bytes(row), 0));
        }),
        Values::Interval(v) => each(v.iter(), validity, |v| {
            let hash = sketch::mix(sketch::mix(v.months as u64) ^ v.days as u64);
            sketch::add(registers, sketch::mix(hash ^ v.micros as u64));
        }),
        Values::Range(v) => each(v.iter(), validity, |v| {
            sketch::add(registers, sketch::mix(sketch::mix(v.start as u64) ^ v.end as u64));
        }),
        Values::List(_) | Values::Struct(_) => {}
    }
}

/// Adds values of which none is NULL, a loop for each common form; false for other forms.
fn count_distinct_of_all(values: &Values, registers: &mut [u8]) -> bool {
    match values {
        Values::I32(v) => sketch::add_all(
            registers,
            v,
            #[inline(always)]
            move |v| sketch::mix(v as i64 as u64),
        ),
        Values::I64(v) => sketch::add_all(
            registers,
            v,
            #[inline(always)]
            move |v| sketch::mix(v as u64),
        ),
        Values::Decimal64 { values, scale } => {
            let factor = 10i64.pow(9 - *scale as u32);
            let most = i64::MAX / factor;
            if !extremes_of(values, None).is_some_and(|(min, max)| -most <= min && max <= most) {
                return false;
            }
            sketch::add_all(
                registers,
                values,
                // The high half of a number that fits 64 bits is its sign.
                #[inline(always)]
                move |v| sketch::mix(sketch::mix((v * factor) as u64) ^ (v >> 63) as u64),
            );
        }
        _ => return false,
    }
    true
}

fn each<T>(values: impl Iterator<Item = T>, validity: Option<&Bitmap>, mut visit: impl FnMut(T)) {
    match validity {
        None => values.for_each(visit),
        Some(bits) => values.zip(bits.iter()).filter(|(_, valid)| *valid).for_each(|(v, _)| visit(v)),
    }
}

/// Bytes of the present values as GoogleSQL counts them for "bytes processed".
pub(crate) fn raw_bytes(values: &Values, present: usize) -> u64 {
    let width = match values {
        Values::Bool(_) => 1,
        Values::I32(_) | Values::I64(_) | Values::F64(_) => 8,
        Values::Decimal64 { .. } | Values::Decimal128 { .. } | Values::Interval(_) | Values::Range(_) => 16,
        Values::Decimal256(_) => 32,
        Values::String(v) => {
            return 2 * present as u64 + v.views().iter().map(|view| view.len() as u64).sum::<u64>();
        }
        Values::List(_) | Values::Struct(_) => 0,
    };
    width * present as u64
}
