//! Arrow arrays to vectors.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{
    ArrowDictionaryKeyType, Int8Type, Int16Type, Int32Type, Int64Type, UInt8Type, UInt16Type, UInt32Type,
    UInt64Type,
};
use arrow_array::{Array, DictionaryArray, RecordBatch, StructArray};
use arrow_buffer::{ArrowNativeType, BooleanBuffer, NullBuffer};
use arrow_schema::DataType as ArrowType;

use super::import_scalar::import_scalar;
use super::range;
use crate::{
    Batch, Bitmap, Buffer, BufferMut, DataType, Dictionary, FormatError, ListVector, Result, Values, Vector,
};

/// Returns a record batch's columns as vectors of the given types, in order.
///
/// # Errors
/// As [`array_to_vector`], the column named.
pub fn record_batch_to_batch(batch: &RecordBatch, types: &[DataType]) -> Result<Batch> {
    if batch.num_columns() != types.len() {
        return Err(FormatError::Schema(format!(
            "expected {} columns, found {} in the Arrow batch",
            types.len(),
            batch.num_columns()
        )));
    }
    let schema = batch.schema();
    let mut columns = Vec::with_capacity(types.len());
    for ((array, field), data_type) in batch.columns().iter().zip(schema.fields()).zip(types) {
        columns.push(array_to_vector(array, data_type, field.name())?);
    }
    Ok(Batch::new(columns, batch.num_rows()))
}

/// Returns an Arrow array as a vector of `target`; `column` is its name for messages.
///
/// # Errors
/// [`FormatError::Value`] when the Arrow type cannot become `target`, or a value does not fit it.
pub fn array_to_vector(array: &dyn Array, target: &DataType, column: &str) -> Result<Vector> {
    match (array.data_type(), target) {
        (ArrowType::Null, _) => Ok(Vector::nulls(target.clone(), array.len())),
        (ArrowType::Dictionary(key, _), _) => match &**key {
            ArrowType::Int8 => dictionary(array.as_dictionary::<Int8Type>(), target, column),
            ArrowType::Int16 => dictionary(array.as_dictionary::<Int16Type>(), target, column),
            ArrowType::Int32 => dictionary(array.as_dictionary::<Int32Type>(), target, column),
            ArrowType::Int64 => dictionary(array.as_dictionary::<Int64Type>(), target, column),
            ArrowType::UInt8 => dictionary(array.as_dictionary::<UInt8Type>(), target, column),
            ArrowType::UInt16 => dictionary(array.as_dictionary::<UInt16Type>(), target, column),
            ArrowType::UInt32 => dictionary(array.as_dictionary::<UInt32Type>(), target, column),
            _ => dictionary(array.as_dictionary::<UInt64Type>(), target, column),
        },
        (ArrowType::List(_), DataType::Array(element)) => {
            let list = array.as_list::<i32>();
            let offsets = offsets(list.value_offsets(), column)?;
            finish_list(offsets, list.values(), list.nulls(), target, element, column)
        }
        (ArrowType::LargeList(_), DataType::Array(element)) => {
            let list = array.as_list::<i64>();
            let offsets = offsets(list.value_offsets(), column)?;
            finish_list(offsets, list.values(), list.nulls(), target, element, column)
        }
        (ArrowType::FixedSizeList(_, size), DataType::Array(element)) => {
            let list = array.as_fixed_size_list();
            let all: Vec<i64> = (0..=list.len() as i64).map(|row| row * *size as i64).collect();
            finish_list(offsets(&all, column)?, list.values(), list.nulls(), target, element, column)
        }
        (ArrowType::Map(_, _), DataType::Array(element)) => {
            let map = array.as_map();
            let offsets = offsets(map.value_offsets(), column)?;
            finish_list(offsets, map.entries(), map.nulls(), target, element, column)
        }
        (ArrowType::Struct(_), DataType::Range(element)) => {
            range::from_array(array.as_struct(), *element, column)
        }
        (ArrowType::Struct(_), DataType::Struct(_)) => structure(array.as_struct(), target, column),
        _ => {
            let values = import_scalar(array, target, column)?;
            Ok(Vector::flat(target.clone(), values, validity(array.nulls())))
        }
    }
}

/// The error of a value in a column.
pub(super) fn wrong(column: &str, reason: String) -> FormatError {
    FormatError::Value { column: column.to_owned(), reason }
}

/// Our validity of Arrow's; None when no value is NULL.
pub(super) fn validity(nulls: Option<&NullBuffer>) -> Option<Bitmap> {
    nulls.filter(|n| n.null_count() > 0).map(|n| bitmap(n.inner()))
}

/// Our bits of Arrow's.
pub(super) fn bitmap(bits: &BooleanBuffer) -> Bitmap {
    let chunks = bits.bit_chunks();
    let mut words: BufferMut<u64> = chunks.iter().collect();
    if chunks.remainder_len() > 0 {
        words.push(chunks.remainder_bits());
    }
    Bitmap::from_words(words.freeze(), bits.len())
}

fn dictionary<K: ArrowDictionaryKeyType>(
    array: &DictionaryArray<K>,
    target: &DataType,
    column: &str,
) -> Result<Vector> {
    let entries = array_to_vector(array.values(), target, column)?;
    let len = array.len();
    if entries.is_empty() {
        return Ok(Vector::nulls(target.clone(), len));
    }
    let mut codes = BufferMut::<u32>::with_capacity(len);
    for (row, key) in array.keys().values().iter().enumerate() {
        // Keys under a NULL may be anything.
        codes.push(if array.is_valid(row) { key.as_usize() as u32 } else { 0 });
    }
    Ok(Vector::dictionary(codes.freeze(), validity(array.nulls()), Dictionary::new(entries)))
}

fn offsets<O: Copy + TryInto<u32>>(offsets: &[O], column: &str) -> Result<Buffer<u32>> {
    let mut out = BufferMut::with_capacity(offsets.len());
    for &offset in offsets {
        let offset =
            offset.try_into().map_err(|_| wrong(column, "more than 2^32 array elements in one batch".into()));
        out.push(offset?);
    }
    Ok(out.freeze())
}

fn finish_list(
    offsets: Buffer<u32>,
    elements: &dyn Array,
    nulls: Option<&NullBuffer>,
    target: &DataType,
    element: &DataType,
    column: &str,
) -> Result<Vector> {
    let child = array_to_vector(elements, element, column)?;
    let list = ListVector { offsets, child: Arc::new(child) };
    Ok(Vector::flat(target.clone(), Values::List(list), validity(nulls)))
}

/// Fields go by name without case, of several alike by position; anonymous target fields go by position.
/// A missing field is all NULL.
fn structure(array: &StructArray, target: &DataType, column: &str) -> Result<Vector> {
    let fields = target.fields().unwrap_or_default();
    let mut used = vec![false; array.num_columns()];
    let mut children = Vec::with_capacity(fields.len());
    for (position, field) in fields.iter().enumerate() {
        let is_named = |at: usize| array.fields()[at].name().eq_ignore_ascii_case(&field.name);
        let own = (position < array.num_columns()).then_some(position);
        let found = match own.filter(|&own| field.name.is_empty() || is_named(own)) {
            None if !field.name.is_empty() => (0..array.num_columns()).find(|&at| is_named(at)),
            own => own,
        };
        let path = format!("{column}.{}", field.name);
        children.push(match found {
            Some(index) => {
                used[index] = true;
                array_to_vector(array.column(index), &field.data_type, &path)?
            }
            None => Vector::nulls(field.data_type.clone(), array.len()),
        });
    }
    if let Some(extra) = used.iter().position(|used| !used) {
        let name = array.fields()[extra].name();
        return Err(wrong(column, format!("field {name} of the Arrow struct is not in {target}")));
    }
    if children.is_empty() {
        return Err(wrong(column, "a STRUCT without fields cannot be imported".into()));
    }
    Ok(Vector::flat(target.clone(), Values::Struct(children), validity(array.nulls())))
}
