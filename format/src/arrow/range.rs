//! RANGE columns as Arrow structs of two bounds, and back. A NULL bound is unbounded.

use std::sync::Arc;

use arrow_array::{Array, ArrayRef, StructArray};
use arrow_buffer::NullBuffer;
use arrow_schema::DataType as ArrowType;

use super::export::{refused, vector_to_array};
use super::import::{array_to_vector, validity, wrong};
use super::schema::arrow_type;
use crate::{Bitmap, Buffer, BufferMut, DataType, RangeElement, RangeValue, Result, Value, Values, Vector};

/// Returns the ranges as an Arrow struct of their bounds.
pub(super) fn to_array(
    ranges: &[RangeValue],
    nulls: Option<NullBuffer>,
    data_type: &DataType,
) -> Result<ArrayRef> {
    let (DataType::Range(element), ArrowType::Struct(fields)) = (data_type, arrow_type(data_type)) else {
        unreachable!("ranges are of RANGE type")
    };
    let starts = bounds(*element, ranges.iter().map(|range| range.first()));
    let ends = bounds(*element, ranges.iter().map(|range| range.after()));
    let arrays = vec![vector_to_array(&starts)?, vector_to_array(&ends)?];
    Ok(Arc::new(StructArray::try_new_with_length(fields, arrays, nulls, ranges.len()).map_err(refused)?))
}

fn bounds(element: RangeElement, bounds: impl Iterator<Item = Option<i64>> + Clone) -> Vector {
    let bits: Bitmap = bounds.clone().map(|bound| bound.is_some()).collect();
    let values = bounds.map(Option::unwrap_or_default);
    let values = match element {
        // As with every DATE, days fit 32 bits.
        RangeElement::Date => Values::I32(values.map(|days| days as i32).collect()),
        RangeElement::Datetime | RangeElement::Timestamp => Values::I64(values.collect()),
    };
    Vector::flat(element.data_type(), values, Some(bits))
}

/// Returns the Arrow struct's first two fields as ranges.
///
/// # Errors
/// [`crate::FormatError::Value`] for another number of fields, bounds of other types, or a range that holds
/// nothing.
pub(super) fn from_array(array: &StructArray, element: RangeElement, column: &str) -> Result<Vector> {
    let data_type = DataType::Range(element);
    if array.num_columns() != 2 {
        return Err(wrong(column, format!("expected the two bounds of {data_type}")));
    }
    let bound = |index: usize| array_to_vector(array.column(index), &element.data_type(), column);
    let (starts, ends) = (bound(0)?, bound(1)?);
    let present = validity(array.nulls());
    let mut out = BufferMut::with_capacity(array.len());
    for row in 0..array.len() {
        let range = RangeValue::new(number(starts.value(row)), number(ends.value(row)));
        let missing = present.as_ref().is_some_and(|bits| !bits.get(row));
        out.push(match range {
            _ if missing => RangeValue::default(),
            Some(range) => range,
            None => {
                let reason = format!("row {row}: the start of a {data_type} is not before its end");
                return Err(wrong(column, reason));
            }
        });
    }
    let ranges: Buffer<RangeValue> = out.freeze();
    Ok(Vector::flat(data_type, Values::Range(ranges), present))
}

fn number(bound: Value) -> Option<i64> {
    match bound {
        Value::Date(days) => Some(i64::from(days)),
        Value::Datetime(micros) | Value::Timestamp(micros) => Some(micros),
        _ => None,
    }
}
