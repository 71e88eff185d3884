//! Rows as a table keeps them, where GoogleSQL stores something else than it computes with: a NULL array
//! is stored empty, an array with a NULL element not at all, and a value of NUMERIC(P, S) with S digits.

use std::sync::Arc;

use canopy_format::{
    Batch, Bitmap, DataType, Field, I256, ListVector, Mode, Schema, TypeParameters, Value, Values, Vector,
};

use crate::error::{Result, ServerError};

/// Digits after the point that NUMERIC and BIGNUMERIC values are scaled by.
const NUMERIC_SCALE: u32 = 9;
const BIGNUMERIC_SCALE: u32 = 38;

/// Returns the rows as the schema's table keeps them.
///
/// # Errors
/// For an array with a NULL element; the column is named.
pub(crate) fn as_stored(batch: Batch, schema: &Schema) -> Result<Batch> {
    if !schema.fields.iter().any(differs) {
        return Ok(batch);
    }
    let rows = batch.rows();
    let columns = batch.columns().iter().zip(&schema.fields);
    let columns = columns.map(|(column, field)| match differs(field) {
        true => whole(column, field, &field.name),
        false => Ok(column.clone()),
    });
    Ok(Batch::new(columns.collect::<Result<_>>()?, rows))
}

/// Whether a field, or one within it, may be stored otherwise than it is computed with.
fn differs(field: &Field) -> bool {
    field.mode == Mode::Repeated
        || matches!(field.parameters, Some(TypeParameters::Decimal { .. }))
        || field.children.iter().any(differs)
}

/// A field's values, arrays where it is REPEATED.
fn whole(vector: &Vector, field: &Field, path: &str) -> Result<Vector> {
    if field.mode != Mode::Repeated {
        return single(vector, field, path);
    }
    let flat = vector.flatten();
    let Some((Values::List(list), validity)) = flat.as_flat() else { return Ok(flat) };
    let list = match validity.filter(|bits| bits.count_ones() < bits.len()) {
        Some(bits) => without_nulls(list, bits),
        None => list.clone(),
    };
    let (first, last) = (list.offsets[0] as usize, list.offsets[list.offsets.len() - 1] as usize);
    if list.child.slice(first, last - first).null_count() > 0 {
        return Err(ServerError::invalid(format!(
            "Array cannot have a null element; error in writing field {path}"
        )));
    }
    let child = Arc::new(single(&list.child, field, path)?);
    let values = Values::List(ListVector { offsets: list.offsets, child });
    Ok(Vector::flat(vector.data_type().clone(), values, None))
}

/// The lists, those that are NULL empty.
fn without_nulls(list: &ListVector, validity: &Bitmap) -> ListVector {
    let mut offsets = vec![0u32];
    let mut kept = Vec::new();
    for row in 0..validity.len() {
        if validity.get(row) {
            kept.extend(list.offsets[row]..list.offsets[row + 1]);
        }
        offsets.push(kept.len() as u32);
    }
    ListVector { offsets: offsets.into_iter().collect(), child: Arc::new(list.child.gather(&kept)) }
}

/// A field's values one by one, whatever its mode.
fn single(vector: &Vector, field: &Field, path: &str) -> Result<Vector> {
    if let Some(TypeParameters::Decimal { scale, .. }) = field.parameters {
        return rounded(vector, scale);
    }
    if !field.children.iter().any(differs) {
        return Ok(vector.clone());
    }
    let flat = vector.flatten();
    let Some((Values::Struct(children), validity)) = flat.as_flat() else { return Ok(flat) };
    let children = children.iter().zip(&field.children);
    let children = children.map(|(child, field)| whole(child, field, &format!("{path}.{}", field.name)));
    let values = Values::Struct(children.collect::<Result<_>>()?);
    Ok(Vector::flat(vector.data_type().clone(), values, validity.cloned()))
}

/// Decimals with so many digits after the point, halves away from zero.
fn rounded(vector: &Vector, scale: u32) -> Result<Vector> {
    if let Some((Values::Decimal64 { scale: own, .. } | Values::Decimal128 { scale: own, .. }, _)) =
        vector.as_flat()
        && u32::from(*own) <= scale
    {
        return Ok(vector.clone());
    }
    let values: Vec<Value> = vector.iter_values().map(|value| round(value, scale)).collect();
    let data_type: &DataType = vector.data_type();
    Ok(Vector::from_values(data_type, &values)?)
}

fn round(value: Value, scale: u32) -> Value {
    match value {
        Value::Numeric(scaled) => {
            let unit = 10i128.pow(NUMERIC_SCALE.saturating_sub(scale));
            // NUMERIC's largest value is well below i128's: half a unit more never overflows.
            Value::Numeric((scaled + scaled.signum() * (unit / 2)) / unit * unit)
        }
        Value::BigNumeric(scaled) => {
            let unit = I256::from(10).pow(BIGNUMERIC_SCALE.saturating_sub(scale));
            let half = scaled.signum() * (unit / 2);
            Value::BigNumeric(scaled.checked_add(half).map_or(scaled, |sum| sum / unit * unit))
        }
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(field: Field, value: Value, expected: Result<Value, &str>) {
        let data_type = field.column_type();
        let vector = Vector::from_values(&data_type, &[value, Value::Null]).unwrap();
        let is_list = field.mode == Mode::Repeated;
        let schema = Schema { fields: vec![field], next_field_id: 9 };
        let stored = as_stored(Batch::new(vec![vector], 2), &schema);
        match (stored, expected) {
            (Ok(batch), Ok(expected)) => {
                assert_eq!(batch.columns()[0].value(0), expected);
                let null = if is_list { Value::Array(Vec::new()) } else { Value::Null };
                assert_eq!(batch.columns()[0].value(1), null);
            }
            (Err(error), Err(expected)) => assert_eq!(error.to_string(), expected),
            (stored, expected) => panic!("expected {expected:?}, found {stored:?}"),
        }
    }

    fn integers(values: &[i64]) -> Value {
        Value::Array(values.iter().copied().map(Value::Int64).collect())
    }

    #[test]
    fn arrays_are_never_null_and_hold_none() {
        let field = || Field::scalar(1, "a", DataType::Int64, Mode::Repeated);
        check(field(), integers(&[1, 2]), Ok(integers(&[1, 2])));
        check(field(), Value::Array(vec![]), Ok(Value::Array(vec![])));
        let message = "Array cannot have a null element; error in writing field a";
        check(field(), Value::Array(vec![Value::Int64(1), Value::Null]), Err(message));
        let nested = Field::structure(2, "s", Mode::Nullable, vec![field()]);
        check(
            nested.clone(),
            Value::Struct(vec![Value::Null]),
            Ok(Value::Struct(vec![Value::Array(vec![])])),
        );
        let message = "Array cannot have a null element; error in writing field s.a";
        check(nested, Value::Struct(vec![Value::Array(vec![Value::Null])]), Err(message));
    }

    #[test]
    fn decimals_get_the_digits_of_their_column() {
        let parameters = Some(TypeParameters::Decimal { precision: 6, scale: 2 });
        let field = |data_type| Field { parameters, ..Field::scalar(1, "d", data_type, Mode::Nullable) };
        for (given, expected) in
            [(1_005_000_000, 1_010_000_000), (-1_005_000_000, -1_010_000_000), (4_999_999, 0)]
        {
            check(field(DataType::Numeric), Value::Numeric(given), Ok(Value::Numeric(expected)));
        }
        let big = |hundredths: i64, rest: i64| {
            I256::from(hundredths) * I256::from(10).pow(36) + I256::from(rest) * I256::from(10).pow(30)
        };
        check(
            field(DataType::BigNumeric),
            Value::BigNumeric(big(7, 500_000)),
            Ok(Value::BigNumeric(big(8, 0))),
        );
    }
}
