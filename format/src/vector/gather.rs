//! Gathering: rows in a given order, each as often as asked.

use std::sync::Arc;

use super::{Form, ListVector, Values, Vector};
use crate::{Bitmap, BitmapBuilder, Buffer, BufferMut, Pod};

impl Vector {
    /// Returns row `rows[i]` as row `i`. Constants stay constant and dictionaries share their values.
    ///
    /// # Panics
    /// When a row is outside the vector.
    pub fn gather(&self, rows: &[u32]) -> Vector {
        let bits = |validity: &Option<Bitmap>| validity.as_ref().map(|v| gather_bits(v, rows));
        let form = match &self.form {
            Form::Flat { values, validity } => {
                Form::Flat { values: gather_values(values, rows), validity: bits(validity) }
            }
            Form::Constant(value) => {
                assert!(rows.iter().all(|&row| (row as usize) < self.len), "row outside vector");
                Form::Constant(value.clone())
            }
            Form::Dictionary { codes, validity, dictionary } => Form::Dictionary {
                codes: gather_fixed(codes, rows),
                validity: bits(validity),
                dictionary: dictionary.clone(),
            },
            Form::Sequence { start, step } => Form::Flat {
                values: Values::I64(rows.iter().map(|&row| start + step * row as i64).collect()),
                validity: None,
            },
        };
        Vector { data_type: self.data_type.clone(), len: rows.len(), form }
    }
}

fn gather_fixed<T: Pod>(values: &[T], rows: &[u32]) -> Buffer<T> {
    BufferMut::from_fn(rows.len(), |i| values[rows[i] as usize]).freeze()
}

fn gather_bits(bits: &Bitmap, rows: &[u32]) -> Bitmap {
    let words = BufferMut::from_fn(rows.len().div_ceil(64), |word| {
        let part = &rows[word * 64..rows.len().min(word * 64 + 64)];
        part.iter().enumerate().fold(0, |acc, (i, &row)| acc | (bits.get(row as usize) as u64) << i)
    });
    Bitmap::from_words(words.freeze(), rows.len())
}

/// Value `rows[i]` as value `i`.
pub(crate) fn gather_values(values: &Values, rows: &[u32]) -> Values {
    match values {
        Values::Bool(v) => Values::Bool(gather_bits(v, rows)),
        Values::I32(v) => Values::I32(gather_fixed(v, rows)),
        Values::I64(v) => Values::I64(gather_fixed(v, rows)),
        Values::F64(v) => Values::F64(gather_fixed(v, rows)),
        Values::Decimal64 { values, scale } => {
            Values::Decimal64 { values: gather_fixed(values, rows), scale: *scale }
        }
        Values::Decimal128 { values, scale } => {
            Values::Decimal128 { values: gather_fixed(values, rows), scale: *scale }
        }
        Values::Decimal256(v) => Values::Decimal256(gather_fixed(v, rows)),
        Values::String(v) => Values::String(v.with_views(gather_fixed(v.views(), rows))),
        Values::Interval(v) => Values::Interval(gather_fixed(v, rows)),
        Values::Range(v) => Values::Range(gather_fixed(v, rows)),
        Values::List(list) => Values::List(gather_lists(list, rows)),
        Values::Struct(children) => Values::Struct(children.iter().map(|child| child.gather(rows)).collect()),
    }
}

fn gather_lists(list: &ListVector, rows: &[u32]) -> ListVector {
    let mut offsets = BufferMut::with_capacity(rows.len() + 1);
    offsets.push(0);
    let mut elements = Vec::new();
    for &row in rows {
        elements.extend(list.offsets[row as usize]..list.offsets[row as usize + 1]);
        offsets.push(elements.len() as u32);
    }
    ListVector { offsets: offsets.freeze(), child: Arc::new(list.child.gather(&elements)) }
}

impl BitmapBuilder {
    /// Appends the validity of `len` rows, absent meaning all present.
    pub fn extend_validity(&mut self, validity: Option<&Bitmap>, len: usize) {
        match validity {
            Some(validity) => self.extend(validity),
            None => self.push_run(true, len),
        }
    }
}
