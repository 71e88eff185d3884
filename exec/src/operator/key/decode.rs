//! Keys back into columns: what a GROUP BY puts out.

use canopy_format::vector::{VectorBuilder, pow10};
use canopy_format::{Bitmap, DataType, I256, Interval, RangeValue, StringBuilder, Value, Values, Vector};

use super::{KeyLayout, Keys, words_of};

impl KeyLayout {
    /// Returns the columns of keys `first .. first + count`; `null_key` is the key that is NULL, where NULLs
    /// stand apart.
    pub(crate) fn decode(
        &self,
        keys: &Keys,
        first: usize,
        count: usize,
        null_key: Option<u32>,
    ) -> Vec<Vector> {
        match self.words {
            0 => self.decode_bytes(keys, first, count),
            _ => self.decode_words(keys, first, count, null_key),
        }
    }

    fn decode_words(&self, keys: &Keys, first: usize, count: usize, null_key: Option<u32>) -> Vec<Vector> {
        let stride = self.words;
        let rows = &keys.fixed[first * stride..(first + count) * stride];
        let mut offset = 0;
        let mut out = Vec::with_capacity(self.types.len());
        for (column, data_type) in self.types.iter().enumerate() {
            let present = |row: usize| match self.has_null_word() {
                true => rows[row * stride + stride - 1] >> column & 1 == 0,
                false => null_key != Some((first + row) as u32),
            };
            let validity = (!(0..count).all(present)).then(|| (0..count).map(present).collect::<Bitmap>());
            let values = words_to_values(data_type, rows, stride, offset);
            out.push(Vector::flat(data_type.clone(), values, validity));
            offset += words_of(data_type).unwrap_or(1);
        }
        out
    }

    fn decode_bytes(&self, keys: &Keys, first: usize, count: usize) -> Vec<Vector> {
        let mut positions: Vec<usize> =
            (first..first + count).map(|row| if row == 0 { 0 } else { keys.ends[row - 1] }).collect();
        self.types.iter().map(|data_type| read_column(data_type, &keys.bytes, &mut positions)).collect()
    }
}

fn words_to_values(data_type: &DataType, rows: &[u64], stride: usize, offset: usize) -> Values {
    let slots = rows.chunks_exact(stride);
    let wide = |slot: &[u64]| (slot[offset + 1] as i64 as i128) << 64 | slot[offset] as i128;
    match data_type {
        DataType::Bool => Values::Bool(slots.map(|slot| slot[offset] != 0).collect()),
        DataType::Date => Values::I32(slots.map(|slot| slot[offset] as i32).collect()),
        DataType::Float64 => Values::F64(slots.map(|slot| f64::from_bits(slot[offset])).collect()),
        DataType::Numeric => numeric(&slots.map(wide).collect::<Vec<_>>()),
        DataType::Interval => Values::Interval(slots.map(|slot| interval(wide(slot))).collect()),
        DataType::Range(_) => Values::Range(
            slots
                .map(|slot| RangeValue { start: slot[offset] as i64, end: slot[offset + 1] as i64 })
                .collect(),
        ),
        DataType::BigNumeric => Values::Decimal256(
            slots
                .map(|slot| {
                    let mut bytes = [0; 32];
                    for (chunk, word) in bytes.chunks_exact_mut(8).zip(&slot[offset..offset + 4]) {
                        chunk.copy_from_slice(&word.to_le_bytes());
                    }
                    I256::from_le_bytes(bytes)
                })
                .collect(),
        ),
        _ => Values::I64(slots.map(|slot| slot[offset] as i64).collect()),
    }
}

/// An INTERVAL of so many microseconds, in days and a rest.
fn interval(micros: i128) -> Interval {
    const DAY: i128 = 86_400_000_000;
    Interval { months: 0, days: (micros / DAY) as i32, micros: (micros % DAY) as i64 }
}

/// NUMERIC values (scaled by 10^9) at the least scale that keeps them, narrow where they fit.
fn numeric(values: &[i128]) -> Values {
    let mut scale = 0u8;
    for &value in values {
        while scale < 9 && value % pow10(9 - scale) != 0 {
            scale += 1;
        }
    }
    let factor = pow10(9 - scale);
    if values.iter().all(|&value| i64::try_from(value / factor).is_ok()) {
        return Values::Decimal64 {
            values: values.iter().map(|&value| (value / factor) as i64).collect(),
            scale,
        };
    }
    Values::Decimal128 { values: values.iter().map(|&value| value / factor).collect(), scale }
}

/// Reads one column of all keys; `positions` move past it.
fn read_column(data_type: &DataType, bytes: &[u8], positions: &mut [usize]) -> Vector {
    if matches!(data_type, DataType::String | DataType::Bytes) {
        return read_text(data_type, bytes, positions);
    }
    let mut builder = VectorBuilder::new(data_type);
    for position in positions {
        // Values come from keys of the same type, so the builder takes them.
        if builder.push(&read_value(data_type, bytes, position)).is_err() {
            unreachable!("keys hold values of their columns' types");
        }
    }
    builder.finish()
}

fn read_text(data_type: &DataType, bytes: &[u8], positions: &mut [usize]) -> Vector {
    let mut builder = StringBuilder::default();
    let mut present = Vec::with_capacity(positions.len());
    for position in positions {
        let text = take_text(bytes, position);
        present.push(text.is_some());
        builder.push(text.unwrap_or_default());
    }
    let validity = present.contains(&false).then(|| present.iter().copied().collect::<Bitmap>());
    Vector::flat(data_type.clone(), Values::String(builder.finish()), validity)
}

fn take<const N: usize>(bytes: &[u8], position: &mut usize) -> [u8; N] {
    let mut out = [0; N];
    out.copy_from_slice(&bytes[*position..*position + N]);
    *position += N;
    out
}

fn take_text<'a>(bytes: &'a [u8], position: &mut usize) -> Option<&'a [u8]> {
    let [flag] = take(bytes, position);
    if flag == 0 {
        return None;
    }
    let len = u32::from_le_bytes(take(bytes, position)) as usize;
    let text = &bytes[*position..*position + len];
    *position += len;
    Some(text)
}

fn read_value(data_type: &DataType, bytes: &[u8], position: &mut usize) -> Value {
    if let DataType::String | DataType::Bytes = data_type {
        return match take_text(bytes, position) {
            None => Value::Null,
            Some(text) if *data_type == DataType::Bytes => Value::Bytes(text.into()),
            Some(text) => Value::String(String::from_utf8_lossy(text).into()),
        };
    }
    let [flag] = take(bytes, position);
    if flag == 0 {
        return Value::Null;
    }
    match data_type {
        DataType::Bool => Value::Bool(take::<1>(bytes, position)[0] != 0),
        DataType::Date => Value::Date(i32::from_le_bytes(take(bytes, position))),
        DataType::Int64 => Value::Int64(i64::from_le_bytes(take(bytes, position))),
        DataType::Time => Value::Time(i64::from_le_bytes(take(bytes, position))),
        DataType::Datetime => Value::Datetime(i64::from_le_bytes(take(bytes, position))),
        DataType::Timestamp => Value::Timestamp(i64::from_le_bytes(take(bytes, position))),
        DataType::Float64 => Value::Float64(f64::from_le_bytes(take(bytes, position))),
        DataType::Numeric => Value::Numeric(i128::from_le_bytes(take(bytes, position))),
        DataType::BigNumeric => Value::BigNumeric(I256::from_le_bytes(take(bytes, position))),
        DataType::Interval => Value::Interval(interval(i128::from_le_bytes(take(bytes, position)))),
        DataType::Range(_) => Value::Range(RangeValue {
            start: i64::from_le_bytes(take(bytes, position)),
            end: i64::from_le_bytes(take(bytes, position)),
        }),
        DataType::Struct(fields) => {
            Value::Struct(fields.iter().map(|field| read_value(&field.data_type, bytes, position)).collect())
        }
        DataType::Array(element) => {
            let count = u32::from_le_bytes(take(bytes, position));
            Value::Array((0..count).map(|_| read_value(element, bytes, position)).collect())
        }
        DataType::String | DataType::Bytes | DataType::Json => Value::Null,
    }
}
