//! Concatenation of vectors of one type into one flat vector.

use std::sync::Arc;

use bytes::Bytes;

use super::{Form, ListVector, Values, Vector, pow10};
use crate::{BitmapBuilder, Buffer, BufferMut, DataType, Pod, StringVector, View};

/// Returns the rows of all `parts` in order, flat (a dictionary shared by all parts is kept).
///
/// # Panics
/// When a part is of another type.
pub fn concat(data_type: &DataType, parts: &[Vector]) -> Vector {
    if let [only] = parts {
        return only.clone();
    }
    if let Some(shared) = concat_shared_dictionary(parts) {
        return shared;
    }
    let flat: Vec<Vector> = parts.iter().map(Vector::flatten).collect();
    let len: usize = flat.iter().map(Vector::len).sum();
    if len == 0 {
        return super::VectorBuilder::new(data_type).finish();
    }
    let validity = flat.iter().any(|v| v.validity().is_some()).then(|| {
        let mut bits = BitmapBuilder::default();
        flat.iter()
            .for_each(|v| bits.extend_validity(v.as_flat().and_then(|(_, validity)| validity), v.len()));
        bits.finish()
    });
    let values: Vec<&Values> = flat.iter().filter_map(|v| v.as_flat().map(|(values, _)| values)).collect();
    Vector::flat(data_type.clone(), concat_values(data_type, &values), validity)
}

fn concat_shared_dictionary(parts: &[Vector]) -> Option<Vector> {
    let Form::Dictionary { dictionary: first, .. } = parts.first()?.form() else { return None };
    let mut all_codes = BufferMut::new();
    let mut bits = BitmapBuilder::default();
    let mut any_null = false;
    for part in parts {
        let Form::Dictionary { codes, validity, dictionary } = part.form() else { return None };
        if dictionary.id != first.id {
            return None;
        }
        all_codes.extend_from_slice(codes);
        any_null |= validity.is_some();
        bits.extend_validity(validity.as_ref(), codes.len());
    }
    Some(Vector::dictionary(all_codes.freeze(), any_null.then(|| bits.finish()), first.clone()))
}

/// Collects the buffers of one variant from all parts, in order.
macro_rules! joined {
    ($parts:expr, $variant:ident) => {
        join($parts.iter().map(|values| match values {
            Values::$variant(buffer) => &buffer[..],
            other => panic!("cannot concatenate {} with {}", stringify!($variant), other.kind()),
        }))
    };
}

fn concat_values(data_type: &DataType, parts: &[&Values]) -> Values {
    match parts[0] {
        Values::Bool(_) => {
            let mut bits = BitmapBuilder::default();
            for part in parts {
                if let Values::Bool(b) = part {
                    bits.extend(b);
                }
            }
            Values::Bool(bits.finish())
        }
        Values::I32(_) => Values::I32(joined!(parts, I32)),
        Values::I64(_) => Values::I64(joined!(parts, I64)),
        Values::F64(_) => Values::F64(joined!(parts, F64)),
        Values::Decimal64 { .. } | Values::Decimal128 { .. } => concat_decimals(parts),
        Values::Decimal256(_) => Values::Decimal256(joined!(parts, Decimal256)),
        Values::Interval(_) => Values::Interval(joined!(parts, Interval)),
        Values::Range(_) => Values::Range(joined!(parts, Range)),
        Values::String(_) => concat_strings(parts),
        Values::List(_) => concat_lists(data_type, parts),
        Values::Struct(_) => concat_structs(data_type, parts),
    }
}

fn join<'a, T: Pod>(parts: impl Iterator<Item = &'a [T]>) -> Buffer<T> {
    let mut out = BufferMut::new();
    parts.for_each(|part| out.extend_from_slice(part));
    out.freeze()
}

/// NUMERIC parts may differ in width and scale: the widest scale wins, and i64 stays where all fit.
fn concat_decimals(parts: &[&Values]) -> Values {
    let scale_of = |values: &Values| match values {
        Values::Decimal64 { scale, .. } | Values::Decimal128 { scale, .. } => *scale,
        other => panic!("cannot concatenate decimals with {}", other.kind()),
    };
    let scale = parts.iter().map(|values| scale_of(values)).max().unwrap_or(0);
    let mut narrow = BufferMut::<i64>::new();
    let mut wide = BufferMut::<i128>::new();
    let mut fits = true;
    for part in parts {
        let factor = pow10(scale - scale_of(part));
        match part {
            Values::Decimal64 { values, .. } if factor == 1 && fits => narrow.extend_from_slice(values),
            Values::Decimal64 { values, .. } => {
                for &value in values.iter() {
                    push_decimal(value as i128 * factor, &mut narrow, &mut wide, &mut fits);
                }
            }
            Values::Decimal128 { values, .. } => {
                for &value in values.iter() {
                    push_decimal(value * factor, &mut narrow, &mut wide, &mut fits);
                }
            }
            _ => unreachable!("scale_of has refused other forms"),
        }
    }
    if fits {
        Values::Decimal64 { values: narrow.freeze(), scale }
    } else {
        Values::Decimal128 { values: wide.freeze(), scale }
    }
}

fn push_decimal(value: i128, narrow: &mut BufferMut<i64>, wide: &mut BufferMut<i128>, fits: &mut bool) {
    if *fits {
        if let Ok(small) = i64::try_from(value) {
            narrow.push(small);
            return;
        }
        *fits = false;
        wide.extend(narrow.iter().map(|&v| v as i128));
    }
    wide.push(value);
}

fn concat_strings(parts: &[&Values]) -> Values {
    let mut views = BufferMut::<View>::new();
    let mut buffers: Vec<Bytes> = Vec::new();
    for part in parts {
        let Values::String(strings) = part else { panic!("cannot concatenate views with {}", part.kind()) };
        let base = buffers.len() as u32;
        buffers.extend(strings.buffers().iter().cloned());
        views.extend(strings.views().iter().map(|view| match view.is_inline() {
            true => *view,
            false => view.with_buffer(base + view.buffer_index() as u32),
        }));
    }
    Values::String(StringVector::new(views.freeze(), buffers.into()))
}

fn concat_lists(data_type: &DataType, parts: &[&Values]) -> Values {
    let element = data_type.element().expect("a list is of ARRAY type");
    let mut offsets = BufferMut::filled(0u32, 1);
    let mut children = Vec::new();
    for part in parts {
        let Values::List(list) = part else { panic!("cannot concatenate lists with {}", part.kind()) };
        let (first, last) = (list.offsets[0], list.offsets[list.offsets.len() - 1]);
        let base = offsets[offsets.len() - 1];
        offsets.extend(list.offsets[1..].iter().map(|offset| base + (offset - first)));
        children.push(list.child.slice(first as usize, (last - first) as usize));
    }
    Values::List(ListVector { offsets: offsets.freeze(), child: Arc::new(concat(element, &children)) })
}

fn concat_structs(data_type: &DataType, parts: &[&Values]) -> Values {
    let fields = data_type.fields().expect("a struct is of STRUCT type");
    let column = |index: usize| -> Vec<Vector> {
        parts
            .iter()
            .map(|part| match part {
                Values::Struct(children) => children[index].clone(),
                other => panic!("cannot concatenate structs with {}", other.kind()),
            })
            .collect()
    };
    Values::Struct(fields.iter().enumerate().map(|(i, field)| concat(&field.data_type, &column(i))).collect())
}
