//! Many batches' rows as one set of columns: what sorts and build sides hold.

use std::sync::Arc;

use canopy_format::vector::{Form, concat};
use canopy_format::{Batch, BitmapBuilder, BufferMut, DataType, ListVector, StringBuilder, Values, Vector};

/// Returns the rows of all batches (without selections), a flat column each. Text is copied together, so
/// that a few rows do not keep whole pages, and their buffers do not pile up.
pub(crate) fn concat_batches(types: &[DataType], batches: &[Batch]) -> Vec<Vector> {
    types
        .iter()
        .enumerate()
        .map(|(index, data_type)| {
            let parts: Vec<Vector> = batches.iter().map(|batch| batch.column(index).clone()).collect();
            concat_owned(data_type, &parts)
        })
        .collect()
}

/// Returns the rows of all parts, flat, with text of their own.
pub(crate) fn concat_owned(data_type: &DataType, parts: &[Vector]) -> Vector {
    let flat = || parts.iter().map(Vector::flatten).collect::<Vec<_>>();
    match data_type {
        DataType::String | DataType::Bytes | DataType::Json => concat_text(data_type, parts),
        DataType::Array(element) => {
            let parts = flat();
            let mut offsets = BufferMut::filled(0u32, 1);
            let mut children = Vec::with_capacity(parts.len());
            for part in &parts {
                let Some((Values::List(list), _)) = part.as_flat() else { continue };
                let (first, last) = (list.offsets[0], list.offsets[list.offsets.len() - 1]);
                let base = offsets[offsets.len() - 1];
                offsets.extend(list.offsets[1..].iter().map(|offset| base + (offset - first)));
                children.push(list.child.slice(first as usize, (last - first) as usize));
            }
            let child = Arc::new(concat_owned(element, &children));
            let values = Values::List(ListVector { offsets: offsets.freeze(), child });
            Vector::flat(data_type.clone(), values, validity(&parts))
        }
        DataType::Struct(fields) if !fields.is_empty() => {
            let parts = flat();
            let child = |index: usize| -> Vec<Vector> {
                parts
                    .iter()
                    .filter_map(|part| match part.as_flat() {
                        Some((Values::Struct(children), _)) => Some(children[index].clone()),
                        _ => None,
                    })
                    .collect()
            };
            let children =
                fields.iter().enumerate().map(|(i, f)| concat_owned(&f.data_type, &child(i))).collect();
            Vector::flat(data_type.clone(), Values::Struct(children), validity(&parts))
        }
        _ => concat(data_type, &flat()).flatten(),
    }
}

fn validity(parts: &[Vector]) -> Option<canopy_format::Bitmap> {
    parts.iter().any(|part| part.validity().is_some()).then(|| {
        let mut bits = BitmapBuilder::default();
        parts.iter().for_each(|part| bits.extend_validity(part.validity().as_ref(), part.len()));
        bits.finish()
    })
}

fn concat_text(data_type: &DataType, parts: &[Vector]) -> Vector {
    let mut builder = StringBuilder::default();
    for part in parts {
        let push = |builder: &mut StringBuilder, entries: &Vector, row: usize| match entries.as_flat() {
            Some((Values::String(text), _)) if !entries.is_null(row) => builder.push(text.bytes(row)),
            _ => builder.push_empty(),
        };
        match part.form() {
            Form::Dictionary { codes, .. } if codes.is_empty() => {}
            Form::Dictionary { codes, dictionary, .. } => {
                codes.iter().for_each(|&code| push(&mut builder, &dictionary.values, code as usize));
            }
            _ => {
                let flat = part.flatten();
                (0..flat.len()).for_each(|row| push(&mut builder, &flat, row));
            }
        }
    }
    Vector::flat(data_type.clone(), Values::String(builder.finish()), validity(parts))
}

/// The same rows with those NULL that are not in `present`.
pub(crate) fn mask(vector: &Vector, present: &canopy_format::Bitmap) -> Vector {
    match vector.form() {
        Form::Dictionary { codes, validity, dictionary } => {
            let validity = canopy_format::Bitmap::and_options(validity.as_ref(), Some(present));
            Vector::dictionary(codes.clone(), validity, dictionary.clone())
        }
        _ => {
            let flat = vector.flatten();
            match flat.as_flat() {
                Some((values, validity)) => {
                    let validity = canopy_format::Bitmap::and_options(validity, Some(present));
                    Vector::flat(flat.data_type().clone(), values.clone(), validity)
                }
                None => flat,
            }
        }
    }
}
