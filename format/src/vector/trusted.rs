//! Doors for this crate's own readers and writers, which have checked what the public ones check again.

use std::sync::Arc;

use super::{Dictionary, Form, ListVector, Values, Vector, pow10};
use crate::{Bitmap, Buffer, DataType, Pod, StringVector};

impl Vector {
    /// Rows of shared values; every code is known to be below the dictionary's length.
    pub(crate) fn dictionary_unchecked(
        codes: Buffer<u32>,
        validity: Option<Bitmap>,
        dictionary: Arc<Dictionary>,
    ) -> Self {
        Self {
            data_type: dictionary.values.data_type.clone(),
            len: codes.len(),
            form: Form::Dictionary { codes, validity, dictionary },
        }
    }

    /// The same values under another validity; a constant or sequence keeps its own.
    pub(crate) fn with_validity(mut self, bits: Bitmap) -> Self {
        assert_eq!(bits.len(), self.len, "validity of another length than the values");
        match &mut self.form {
            Form::Flat { validity, .. } | Form::Dictionary { validity, .. } => *validity = Some(bits),
            Form::Constant(_) | Form::Sequence { .. } => {}
        }
        self
    }

    /// The same rows under a type that differs in the names of struct fields only.
    pub(crate) fn cast_names(self, data_type: &DataType) -> Self {
        if self.data_type == *data_type {
            return self;
        }
        let form = match self.form {
            Form::Flat { values, validity } => {
                Form::Flat { values: cast_values(values, data_type), validity }
            }
            Form::Dictionary { codes, validity, dictionary } => {
                let values = dictionary.values.clone().cast_names(data_type);
                Form::Dictionary { codes, validity, dictionary: Dictionary::new(values) }
            }
            other => other,
        };
        Self { data_type: data_type.clone(), len: self.len, form }
    }
}

fn cast_values(values: Values, data_type: &DataType) -> Values {
    match (values, data_type) {
        (Values::List(list), DataType::Array(element)) => {
            let child = (*list.child).clone().cast_names(element);
            Values::List(ListVector { offsets: list.offsets, child: Arc::new(child) })
        }
        (Values::Struct(children), DataType::Struct(fields)) => Values::Struct(
            children.into_iter().zip(fields.iter()).map(|(c, f)| c.cast_names(&f.data_type)).collect(),
        ),
        (values, _) => values,
    }
}

/// Whether two flat scalar vectors hold the same NULLs and, elsewhere, the same bits (decimals: the same
/// numbers).
pub(crate) fn identical(a: &Vector, b: &Vector) -> bool {
    let (Some((a_values, a_validity)), Some((b_values, b_validity))) = (a.as_flat(), b.as_flat()) else {
        return false;
    };
    if a.len() != b.len() {
        return false;
    }
    let bits = match (a_validity, b_validity) {
        (None, None) => None,
        _ => {
            let full = || Bitmap::filled(true, a.len());
            let valid = a_validity.cloned().unwrap_or_else(full);
            if !valid.iter_words().eq(b_validity.cloned().unwrap_or_else(full).iter_words()) {
                return false;
            }
            Some(valid)
        }
    };
    let bits = bits.as_ref();
    match (a_values, b_values) {
        (Values::Bool(a), Values::Bool(b)) => {
            let valid = |index: usize| bits.map_or(u64::MAX, |bits| bits.word(index));
            a.iter_words().zip(b.iter_words()).enumerate().all(|(i, (a, b))| (a ^ b) & valid(i) == 0)
        }
        (Values::I32(a), Values::I32(b)) => same_bytes(a, b, bits),
        (Values::I64(a), Values::I64(b)) => same_bytes(a, b, bits),
        (Values::F64(a), Values::F64(b)) => same_bytes(a, b, bits),
        (Values::Decimal256(a), Values::Decimal256(b)) => same_bytes(a, b, bits),
        (Values::Interval(a), Values::Interval(b)) => same(a.len(), bits, |i| a[i] == b[i]),
        (Values::Range(a), Values::Range(b)) => same(a.len(), bits, |i| a[i] == b[i]),
        (Values::String(a), Values::String(b)) => same_text(a, b, bits),
        (
            Values::Decimal64 { values: a, scale: a_scale },
            Values::Decimal64 { values: b, scale: b_scale },
        ) if a_scale == b_scale => same_bytes(a, b, bits),
        (a, b) => match (decimal(a), decimal(b)) {
            (Some((x, a_scale)), Some((y, b_scale))) => {
                let (a_factor, b_factor) = (pow10(9 - a_scale), pow10(9 - b_scale));
                same(a.len(), bits, |i| x(i).checked_mul(a_factor) == y(i).checked_mul(b_factor))
            }
            _ => false,
        },
    }
}

/// Whether values have the same bytes where they are valid: all at once, and one by one only if that fails.
fn same_bytes<T: Pod>(a: &Buffer<T>, b: &Buffer<T>, valid: Option<&Bitmap>) -> bool {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    let width = size_of::<T>();
    let equal = |i: usize| a[i * width..(i + 1) * width] == b[i * width..(i + 1) * width];
    a == b || valid.is_some_and(|bits| bits.iter_ones().all(equal))
}

/// Reads a decimal column as wide integers, and its scale.
type WideDecimals<'a> = (Box<dyn Fn(usize) -> i128 + 'a>, u8);

fn decimal(values: &Values) -> Option<WideDecimals<'_>> {
    match values {
        Values::Decimal64 { values, scale } => Some((Box::new(|i| values[i] as i128), *scale)),
        Values::Decimal128 { values, scale } => Some((Box::new(|i| values[i]), *scale)),
        _ => None,
    }
}

fn same(len: usize, valid: Option<&Bitmap>, equal: impl Fn(usize) -> bool) -> bool {
    match valid {
        None => (0..len).all(equal),
        Some(bits) => (0..len).all(|i| !bits.get(i) || equal(i)),
    }
}

fn same_text(a: &StringVector, b: &StringVector, valid: Option<&Bitmap>) -> bool {
    let equal = |i: usize| {
        // Short values are their views; only what differs there is looked at byte by byte.
        let (x, y) = (&a.views()[i], &b.views()[i]);
        x.is_inline() && x.as_u128() == y.as_u128() || a.bytes(i) == b.bytes(i)
    };
    same(a.len(), valid, equal)
}
