//! A test over decoded values, a bit for each.

use super::super::bounds::compare;
use super::encoded::decimal_range;
use super::kernel::compare_words;
use crate::vector::pow10;
use crate::{ColumnTest, Comparison, DataType, StringVector, Value, Values, Vector};

/// Whether a value passes; None when the test does not apply.
pub(super) fn evaluate_value(value: &Value, test: &ColumnTest) -> Option<bool> {
    use Comparison::*;
    Some(match test {
        ColumnTest::Compare(comparison, constant) => {
            let order = match (value, constant) {
                (Value::Float64(a), Value::Float64(b)) => a.partial_cmp(b),
                _ => Some(compare(value, constant)?),
            };
            match comparison {
                Equal => order.is_some_and(|o| o.is_eq()),
                NotEqual => order.is_none_or(|o| o.is_ne()),
                Less => order.is_some_and(|o| o.is_lt()),
                LessOrEqual => order.is_some_and(|o| o.is_le()),
                Greater => order.is_some_and(|o| o.is_gt()),
                GreaterOrEqual => order.is_some_and(|o| o.is_ge()),
            }
        }
        ColumnTest::In(constants) => {
            constants.iter().any(|constant| compare(value, constant).is_some_and(|o| o.is_eq()))
        }
        ColumnTest::StartsWith(prefix) => match value {
            Value::String(text) => text.as_bytes().starts_with(prefix),
            Value::Bytes(bytes) => bytes.starts_with(prefix),
            _ => return None,
        },
        ColumnTest::IsNull => value.is_null(),
        ColumnTest::IsNotNull => !value.is_null(),
        ColumnTest::MayContain(_) => return None,
    })
}

/// A bit for each value that passes; validity is the caller's. None when the test does not apply.
pub(super) fn evaluate(values: &Values, data_type: &DataType, test: &ColumnTest) -> Option<Vec<u64>> {
    match (values, test) {
        (Values::I64(v), ColumnTest::Compare(op, constant)) => {
            Some(compare_words(v, *op, integer(constant)?))
        }
        (Values::I64(v), ColumnTest::In(constants)) => {
            Some(in_words(v, constants.iter().map(integer).collect::<Option<_>>()?))
        }
        (Values::I32(v), ColumnTest::In(constants)) => {
            let days = |constant: &Value| match constant {
                Value::Date(days) => Some(*days),
                _ => None,
            };
            Some(in_words(v, constants.iter().map(days).collect::<Option<_>>()?))
        }
        (Values::Decimal64 { values, scale }, ColumnTest::In(constants)) => {
            Some(in_words(values, decimals_at_scale(constants, *scale)?))
        }
        (Values::String(v), ColumnTest::In(constants)) if *data_type != DataType::Json => {
            let constants: Vec<&[u8]> = constants.iter().map(text).collect::<Option<_>>()?;
            Some(pack(v.len(), |row| constants.binary_search(&v.bytes(row)).is_ok()))
        }
        (Values::I32(v), ColumnTest::Compare(op, Value::Date(days))) => Some(compare_words(v, *op, *days)),
        (Values::F64(v), ColumnTest::Compare(op, Value::Float64(c))) => Some(compare_words(v, *op, *c)),
        (Values::Decimal64 { values, scale }, ColumnTest::Compare(op, Value::Numeric(constant))) => {
            Some(decimal_words(values, *scale, *op, *constant))
        }
        (Values::String(v), ColumnTest::Compare(op, constant)) if *data_type != DataType::Json => {
            Some(text_words(v, *op, text(constant)?))
        }
        (Values::String(v), ColumnTest::StartsWith(prefix)) if *data_type != DataType::Json => {
            Some(pack(v.len(), |row| v.bytes(row).starts_with(prefix)))
        }
        _ => {
            let vector = Vector::flat(data_type.clone(), values.clone(), None);
            let mut applies = true;
            let words = pack(vector.len(), |row| {
                evaluate_value(&vector.value(row), test).unwrap_or_else(|| {
                    applies = false;
                    false
                })
            });
            applies.then_some(words)
        }
    }
}

fn integer(constant: &Value) -> Option<i64> {
    match constant {
        Value::Int64(v) | Value::Time(v) | Value::Datetime(v) | Value::Timestamp(v) => Some(*v),
        _ => None,
    }
}

fn text(constant: &Value) -> Option<&[u8]> {
    match constant {
        Value::String(v) => Some(v.as_bytes()),
        Value::Bytes(v) => Some(v),
        _ => None,
    }
}

/// Packs a bit for each index.
#[inline]
fn pack(len: usize, mut test: impl FnMut(usize) -> bool) -> Vec<u64> {
    (0..len.div_ceil(64))
        .map(|word| {
            let end = len.min(word * 64 + 64);
            (word * 64..end).fold(0, |bits, i| bits | (test(i) as u64) << (i % 64))
        })
        .collect()
}

/// Packs the test of each value; whole words go through a loop of fixed length that compilers vectorise.
#[inline]
fn pack_values<T: Copy>(values: &[T], test: impl Fn(T) -> bool) -> Vec<u64> {
    let (whole, rest) = values.as_chunks::<64>();
    let mut words = Vec::with_capacity(values.len().div_ceil(64));
    for chunk in whole {
        let mut word = 0u64;
        for (bit, value) in chunk.iter().enumerate() {
            word |= (test(*value) as u64) << bit;
        }
        words.push(word);
    }
    if !rest.is_empty() {
        words.push(rest.iter().enumerate().fold(0, |word, (bit, value)| word | (test(*value) as u64) << bit));
    }
    words
}

/// Compares decimals with a constant scaled by 10^9.
fn decimal_words(values: &[i64], scale: u8, comparison: Comparison, constant: i128) -> Vec<u64> {
    let range = decimal_range(scale, comparison, constant);
    pack_values(values, |v| range.holds(v))
}

/// The constants (scaled by 10^9) that values of this scale can equal, in the values' own scale, ascending.
fn decimals_at_scale(constants: &[Value], scale: u8) -> Option<Vec<i64>> {
    let factor = pow10(9 - scale);
    let mut scaled = Vec::with_capacity(constants.len());
    for constant in constants {
        let Value::Numeric(constant) = constant else { return None };
        if constant % factor == 0
            && let Ok(value) = i64::try_from(constant / factor)
        {
            scaled.push(value);
        }
    }
    Some(scaled)
}

/// Whether each value is among the constants, which ascend.
fn in_words<T: Copy + Ord>(values: &[T], constants: Vec<T>) -> Vec<u64> {
    match constants.len() {
        0..=8 => pack_values(values, |v| constants.iter().fold(false, |hit, &c| hit | (c == v))),
        _ => pack_values(values, |v| constants.binary_search(&v).is_ok()),
    }
}

fn text_words(values: &StringVector, comparison: Comparison, constant: &[u8]) -> Vec<u64> {
    use Comparison::*;
    let order = |row: usize| values.bytes(row).cmp(constant);
    match comparison {
        Equal => pack(values.len(), |row| {
            values.views()[row].len() == constant.len() && values.bytes(row) == constant
        }),
        NotEqual => pack(values.len(), |row| values.bytes(row) != constant),
        Less => pack(values.len(), |row| order(row).is_lt()),
        LessOrEqual => pack(values.len(), |row| order(row).is_le()),
        Greater => pack(values.len(), |row| order(row).is_gt()),
        GreaterOrEqual => pack(values.len(), |row| order(row).is_ge()),
    }
}
