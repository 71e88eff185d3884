//! Columns into keys, a column at a time.

use canopy_format::vector::{Form, pow10};
use canopy_format::{Bitmap, Interval, Values, Vector};

use super::{EncodedKeys, KeyLayout, Keys, Nulls, hash, words_of};

/// What a NULL puts into its word; any value does.
const NULL_WORD: u64 = 0;

impl KeyLayout {
    /// Returns the keys of `rows` rows of the columns.
    pub(crate) fn encode(&self, columns: &[Vector], rows: usize) -> EncodedKeys {
        let flat: Vec<Vector> = columns.iter().map(Vector::flatten).collect();
        let mut out = EncodedKeys { keys: self.empty(), ..EncodedKeys::default() };
        match self.words {
            0 => self.encode_bytes(&flat, rows, &mut out),
            _ => self.encode_words(&flat, rows, &mut out),
        }
        for (column, vector) in flat.iter().enumerate() {
            if let Some(bits) = validity(vector).filter(|_| !self.null_is_value(column)) {
                let nulls = out.nulls.get_or_insert_with(|| vec![false; rows]);
                (0..rows).for_each(|row| nulls[row] |= !bits.get(row));
            }
            if let (Some((Values::F64(values), _)), false) = (vector.as_flat(), self.nan_is_value(column))
                && values.iter().any(|value| value.is_nan())
            {
                let unmatched = out.unmatched.get_or_insert_with(|| vec![false; rows]);
                values.iter().zip(unmatched).for_each(|(value, flag)| *flag |= value.is_nan());
            }
        }
        out.hashes = out.keys.hashes();
        out
    }

    fn encode_words(&self, columns: &[Vector], rows: usize, out: &mut EncodedKeys) {
        let stride = self.words;
        out.keys.fixed.resize(rows * stride, 0);
        let fixed = &mut out.keys.fixed[..];
        let mut offset = 0;
        for vector in columns {
            put_words(vector, fixed, stride, offset);
            if let Some(bits) = validity(vector).filter(|_| self.nulls != Nulls::Apart) {
                let width = words_of(vector.data_type()).unwrap_or(1);
                for row in (0..rows).filter(|&row| !bits.get(row)) {
                    fixed[row * stride + offset..row * stride + offset + width].fill(NULL_WORD);
                }
            }
            offset += words_of(vector.data_type()).unwrap_or(1);
        }
        if self.has_null_word() {
            for (column, vector) in columns.iter().enumerate() {
                if let Some(bits) = validity(vector) {
                    (0..rows).for_each(|row| {
                        fixed[row * stride + stride - 1] |= (!bits.get(row) as u64) << column;
                    });
                }
            }
        }
    }

    fn encode_bytes(&self, columns: &[Vector], rows: usize, out: &mut EncodedKeys) {
        let keys = &mut out.keys;
        keys.ends.reserve(rows);
        for row in 0..rows {
            columns.iter().for_each(|vector| put_value(&mut keys.bytes, vector, row));
            keys.ends.push(keys.bytes.len());
        }
    }
}

impl Keys {
    fn hashes(&self) -> Vec<u64> {
        match self.words {
            0 => (0..self.len()).map(|row| hash::bytes(self.bytes_of(row))).collect(),
            1 => self.fixed.iter().map(|&value| hash::word(value)).collect(),
            n => self.fixed.chunks_exact(n).map(hash::words).collect(),
        }
    }
}

fn validity(vector: &Vector) -> Option<&Bitmap> {
    match vector.form() {
        Form::Flat { validity, .. } => validity.as_ref(),
        _ => None,
    }
}

/// The bits by which floats are equal: one NaN, one zero.
#[inline(always)]
fn float_word(value: f64) -> u64 {
    if value.is_nan() {
        return f64::NAN.to_bits();
    }
    // Adding zero turns -0.0 into 0.0.
    (value + 0.0).to_bits()
}

fn interval_micros(value: Interval) -> i128 {
    (value.months as i128 * 30 + value.days as i128) * 86_400_000_000 + value.micros as i128
}

fn put_words(vector: &Vector, out: &mut [u64], stride: usize, offset: usize) {
    let Some((values, _)) = vector.as_flat() else { return };
    let mut slots = out.chunks_exact_mut(stride);
    let mut put_wide = |value: i128| {
        if let Some(slot) = slots.next() {
            slot[offset] = value as u64;
            slot[offset + 1] = (value >> 64) as u64;
        }
    };
    match values {
        Values::Decimal64 { values, scale } => {
            let factor = pow10(9 - scale);
            values.iter().for_each(|&value| put_wide((value as i128).wrapping_mul(factor)));
        }
        Values::Decimal128 { values, scale } => {
            let factor = pow10(9 - scale);
            values.iter().for_each(|&value| put_wide(value.wrapping_mul(factor)));
        }
        Values::Interval(values) => values.iter().for_each(|&value| put_wide(interval_micros(value))),
        Values::Range(values) => slots.zip(values.iter()).for_each(|(slot, value)| {
            slot[offset] = value.start as u64;
            slot[offset + 1] = value.end as u64;
        }),
        Values::I64(values) if stride == 1 => {
            slots.zip(values.iter()).for_each(|(slot, &value)| slot[0] = value as u64);
        }
        Values::I64(values) => {
            slots.zip(values.iter()).for_each(|(slot, &value)| slot[offset] = value as u64);
        }
        Values::I32(values) => {
            slots.zip(values.iter()).for_each(|(slot, &value)| slot[offset] = value as i64 as u64);
        }
        Values::F64(values) => {
            slots.zip(values.iter()).for_each(|(slot, &value)| slot[offset] = float_word(value));
        }
        Values::Bool(values) => {
            slots.zip(values.iter()).for_each(|(slot, value)| slot[offset] = value as u64);
        }
        Values::Decimal256(values) => slots.zip(values.iter()).for_each(|(slot, value)| {
            let bytes = value.to_le_bytes();
            for (word, chunk) in slot[offset..offset + 4].iter_mut().zip(bytes.chunks_exact(8)) {
                *word = chunk.iter().rev().fold(0, |word, &byte| word << 8 | byte as u64);
            }
        }),
        Values::String(_) | Values::List(_) | Values::Struct(_) => {
            unreachable!("types without a fixed width are encoded as bytes")
        }
    }
}

fn put_value(out: &mut Vec<u8>, vector: &Vector, row: usize) {
    if vector.is_null(row) {
        out.push(0);
        return;
    }
    out.push(1);
    let wide = |out: &mut Vec<u8>, value: i128| out.extend_from_slice(&value.to_le_bytes());
    match vector.as_flat() {
        Some((Values::Bool(v), _)) => out.push(v.get(row) as u8),
        Some((Values::I32(v), _)) => out.extend_from_slice(&v[row].to_le_bytes()),
        Some((Values::I64(v), _)) => out.extend_from_slice(&v[row].to_le_bytes()),
        Some((Values::F64(v), _)) => out.extend_from_slice(&float_word(v[row]).to_le_bytes()),
        Some((Values::Decimal64 { values, scale }, _)) => {
            wide(out, (values[row] as i128).wrapping_mul(pow10(9 - scale)));
        }
        Some((Values::Decimal128 { values, scale }, _)) => {
            wide(out, values[row].wrapping_mul(pow10(9 - scale)));
        }
        Some((Values::Decimal256(v), _)) => out.extend_from_slice(&v[row].to_le_bytes()),
        Some((Values::Interval(v), _)) => wide(out, interval_micros(v[row])),
        Some((Values::Range(v), _)) => {
            out.extend_from_slice(&v[row].start.to_le_bytes());
            out.extend_from_slice(&v[row].end.to_le_bytes());
        }
        Some((Values::String(v), _)) => {
            let bytes = v.bytes(row);
            out.extend_from_slice(&(bytes.len() as u32).to_le_bytes());
            out.extend_from_slice(bytes);
        }
        Some((Values::Struct(children), _)) => {
            children.iter().for_each(|child| put_value(out, &child.flatten(), row));
        }
        Some((Values::List(list), _)) => {
            let (first, end) = (list.offsets[row] as usize, list.offsets[row + 1] as usize);
            out.extend_from_slice(&((end - first) as u32).to_le_bytes());
            let elements = list.child.flatten();
            (first..end).for_each(|element| put_value(out, &elements, element));
        }
        None => unreachable!("key columns are flat"),
    }
}
