//! Vectors to Arrow arrays.

use std::sync::Arc;

use arrow_array::types::{
    Date32Type, Decimal128Type, Decimal256Type, Float64Type, Int64Type, IntervalMonthDayNanoType,
    Time64MicrosecondType, TimestampMicrosecondType,
};
use arrow_array::{
    Array, ArrayRef, BinaryViewArray, BooleanArray, ListArray, PrimitiveArray, RecordBatch,
    RecordBatchOptions, StringViewArray, StructArray,
};
use arrow_buffer::{
    BooleanBuffer, Buffer as ArrowBuffer, IntervalMonthDayNano, NullBuffer, OffsetBuffer, ScalarBuffer, i256,
};
use arrow_schema::{ArrowError, DataType as ArrowType, SchemaRef};

use super::range;
use super::schema::arrow_type;
use crate::vector::pow10;
use crate::{
    Batch, Bitmap, Buffer, DataType, FormatError, Interval, ListVector, Pod, Result, StringBuilder,
    StringVector, Values, Vector,
};

/// Returns the rows of a batch (its selection applied) under an Arrow schema from this module.
///
/// # Errors
/// [`FormatError::Value`] when a column does not suit its Arrow field, or a value does not fit Arrow.
pub fn batch_to_record_batch(batch: Batch, schema: &SchemaRef) -> Result<RecordBatch> {
    let batch = batch.compact();
    let mut arrays = Vec::with_capacity(batch.columns().len());
    for (index, column) in batch.columns().iter().enumerate() {
        let array = vector_to_array(column).map_err(|error| match (error, schema.fields().get(index)) {
            (FormatError::Value { reason, .. }, Some(field)) => {
                FormatError::Value { column: field.name().clone(), reason }
            }
            (error, _) => error,
        })?;
        arrays.push(match schema.fields().get(index) {
            Some(field) => with_type(array, field.data_type())?,
            None => array,
        });
    }
    let options = RecordBatchOptions::new().with_row_count(Some(batch.physical_rows()));
    RecordBatch::try_new_with_options(schema.clone(), arrays, &options).map_err(refused)
}

/// The same array with the nested names and metadata of `target`; layouts must agree.
fn with_type(array: ArrayRef, target: &ArrowType) -> Result<ArrayRef> {
    if array.data_type() == target {
        return Ok(array);
    }
    fn retype(data: arrow_data::ArrayData, target: &ArrowType) -> arrow_data::ArrayDataBuilder {
        let children = match target {
            ArrowType::List(item) => vec![item.data_type().clone()],
            ArrowType::Struct(fields) => fields.iter().map(|f| f.data_type().clone()).collect(),
            _ => Vec::new(),
        };
        let parts: Vec<_> = data.child_data().to_vec();
        let mut builder = data.into_builder().data_type(target.clone());
        if parts.len() == children.len() {
            let renamed = parts.into_iter().zip(&children).map(|(part, t)| {
                let fallback = part.clone();
                retype(part, t).build().unwrap_or(fallback)
            });
            builder = builder.child_data(renamed.collect());
        }
        builder
    }
    let data = retype(array.to_data(), target).build().map_err(refused)?;
    Ok(arrow_array::make_array(data))
}

pub(super) fn refused(error: ArrowError) -> FormatError {
    FormatError::Value { column: String::new(), reason: error.to_string() }
}

/// Returns the rows as an Arrow array of [`arrow_type`]. Primitives, lists and text share memory.
///
/// # Errors
/// [`FormatError::Value`] for an INTERVAL too long for nanoseconds in 64 bits, or a list of more than 2^31
/// elements.
pub fn vector_to_array(vector: &Vector) -> Result<ArrayRef> {
    let flat = vector.flatten();
    let Some((values, validity)) = flat.as_flat() else { unreachable!("flatten returns a flat vector") };
    let nulls = validity.map(|bits| NullBuffer::new(boolean_buffer(bits)));
    let data_type = flat.data_type();
    Ok(match values {
        Values::Bool(bits) => Arc::new(BooleanArray::new(boolean_buffer(bits), nulls)),
        Values::I32(v) => Arc::new(PrimitiveArray::<Date32Type>::new(scalars(v), nulls)),
        Values::I64(v) => match data_type {
            DataType::Time => Arc::new(PrimitiveArray::<Time64MicrosecondType>::new(scalars(v), nulls)),
            DataType::Datetime => {
                Arc::new(PrimitiveArray::<TimestampMicrosecondType>::new(scalars(v), nulls))
            }
            DataType::Timestamp => Arc::new(
                PrimitiveArray::<TimestampMicrosecondType>::new(scalars(v), nulls).with_timezone("UTC"),
            ),
            _ => Arc::new(PrimitiveArray::<Int64Type>::new(scalars(v), nulls)),
        },
        Values::F64(v) => Arc::new(PrimitiveArray::<Float64Type>::new(scalars(v), nulls)),
        Values::Decimal64 { values, scale } => {
            let factor = pow10(9 - scale);
            numeric(values.iter().map(|&v| v as i128 * factor).collect(), nulls)?
        }
        Values::Decimal128 { values, scale } => {
            let factor = pow10(9 - scale);
            // Values under a NULL are unspecified, so the product may wrap there.
            numeric(values.iter().map(|&v| v.wrapping_mul(factor)).collect(), nulls)?
        }
        Values::Decimal256(v) => {
            let wide: Vec<i256> = v.iter().map(|x| i256::from_le_bytes(x.to_le_bytes())).collect();
            let array = PrimitiveArray::<Decimal256Type>::new(wide.into(), nulls);
            Arc::new(array.with_precision_and_scale(76, 38).map_err(refused)?)
        }
        Values::String(strings) => strings_to_array(strings, nulls, data_type)?,
        Values::Interval(v) => intervals(v, nulls)?,
        Values::Range(v) => range::to_array(v, nulls, data_type)?,
        Values::List(list) => list_to_array(list, nulls, data_type)?,
        Values::Struct(children) => struct_to_array(children, nulls, data_type, flat.len())?,
    })
}

fn boolean_buffer(bits: &Bitmap) -> BooleanBuffer {
    BooleanBuffer::new(ArrowBuffer::from(bits.to_words().to_bytes()), 0, bits.len())
}

fn scalars<T: Pod + arrow_buffer::ArrowNativeType>(values: &Buffer<T>) -> ScalarBuffer<T> {
    ScalarBuffer::new(ArrowBuffer::from(values.to_bytes()), 0, values.len())
}

fn numeric(values: Vec<i128>, nulls: Option<NullBuffer>) -> Result<ArrayRef> {
    let array = PrimitiveArray::<Decimal128Type>::new(values.into(), nulls);
    Ok(Arc::new(array.with_precision_and_scale(38, 9).map_err(refused)?))
}

fn intervals(values: &[Interval], nulls: Option<NullBuffer>) -> Result<ArrayRef> {
    let mut out = Vec::with_capacity(values.len());
    for (row, value) in values.iter().enumerate() {
        let valid = nulls.as_ref().is_none_or(|n| n.is_valid(row));
        let nanos = match value.micros.checked_mul(1000) {
            Some(nanos) => nanos,
            None if !valid => 0,
            None => {
                return Err(FormatError::Value {
                    column: String::new(),
                    reason: format!(
                        "row {row}: INTERVAL of {} microseconds does not fit Arrow's 64-bit nanoseconds",
                        value.micros
                    ),
                });
            }
        };
        out.push(IntervalMonthDayNano::new(value.months, value.days, nanos));
    }
    Ok(Arc::new(PrimitiveArray::<IntervalMonthDayNanoType>::new(out.into(), nulls)))
}

fn strings_to_array(
    strings: &StringVector,
    nulls: Option<NullBuffer>,
    data_type: &DataType,
) -> Result<ArrayRef> {
    let strings = shed_unused(strings);
    let views: ScalarBuffer<u128> =
        ScalarBuffer::new(ArrowBuffer::from(strings.views().to_bytes()), 0, strings.len());
    let buffers: Vec<ArrowBuffer> = strings.buffers().iter().map(|b| ArrowBuffer::from(b.clone())).collect();
    Ok(match data_type {
        DataType::Bytes => Arc::new(BinaryViewArray::try_new(views, buffers, nulls).map_err(refused)?),
        _ => Arc::new(StringViewArray::try_new(views, buffers, nulls).map_err(refused)?),
    })
}

/// Copies the values together when less than half of the buffers' bytes are theirs: IPC would send it all.
fn shed_unused(strings: &StringVector) -> StringVector {
    let held: usize = strings.buffers().iter().map(|b| b.len()).sum();
    let used: usize = strings.views().iter().filter(|v| !v.is_inline()).map(|v| v.len()).sum();
    if used.saturating_mul(2) >= held {
        return strings.clone();
    }
    let mut builder = StringBuilder::default();
    (0..strings.len()).for_each(|row| builder.push(strings.bytes(row)));
    builder.finish()
}

fn list_to_array(list: &ListVector, nulls: Option<NullBuffer>, data_type: &DataType) -> Result<ArrayRef> {
    let last = list.offsets.last().copied().unwrap_or(0);
    if last > i32::MAX as u32 {
        return Err(FormatError::Limit {
            what: "elements of one Arrow list array".into(),
            found: last as u64,
            limit: i32::MAX as u64,
        });
    }
    let offsets: ScalarBuffer<i32> =
        ScalarBuffer::new(ArrowBuffer::from(list.offsets.to_bytes()), 0, list.offsets.len());
    let ArrowType::List(item) = arrow_type(data_type) else { unreachable!("a list is of ARRAY type") };
    let child = vector_to_array(&list.child)?;
    Ok(Arc::new(ListArray::try_new(item, OffsetBuffer::new(offsets), child, nulls).map_err(refused)?))
}

fn struct_to_array(
    children: &[Vector],
    nulls: Option<NullBuffer>,
    data_type: &DataType,
    len: usize,
) -> Result<ArrayRef> {
    let ArrowType::Struct(fields) = arrow_type(data_type) else { unreachable!("a struct is of STRUCT type") };
    let arrays = children.iter().map(vector_to_array).collect::<Result<Vec<_>>>()?;
    Ok(Arc::new(StructArray::try_new_with_length(fields, arrays, nulls, len).map_err(refused)?))
}
