//! STRUCTs: making them and taking a field.

use std::sync::Arc;

use canopy_format::{Bitmap, Value, Values, Vector};

use super::Function;
use super::call::Call;
use crate::Result;

pub(super) fn functions() -> Vec<Function> {
    vec![
        Function::scalar("$struct", &["*... -> STRUCT(*)"], structure)
            .handles_nulls()
            .usages(&[
                "STRUCT(value [AS name], ...)",
                "STRUCT<[name] type, ...>(value, ...)",
                "(value, value, ...)",
            ])
            .usages(&[
                "STRUCT(value [AS name], ...)",
                "STRUCT<[name] type, ...>(value, ...)",
                "(value, value, ...)",
            ])
            .doc("A STRUCT of the arguments.")
            .examples(&[("STRUCT(1, 'a')", "(1, 'a')")]),
    ]
}

fn structure(call: &Call<'_>) -> Result<Vector> {
    if call.len() == 0 {
        return Ok(Vector::constant(call.return_type.clone(), Value::Struct(Vec::new()), call.rows));
    }
    Ok(call.result(Values::Struct(call.arguments.to_vec()), None))
}

/// The field whose position is the second, constant argument; NULL of a NULL struct. Not a function of
/// the catalog: `a.b` is an expression of its own.
pub(crate) fn field(call: &Call<'_>) -> Result<Vector> {
    let index = call.i64s(1).get(0) as usize;
    let input = &call.arguments[0];
    match (input.as_flat(), input.as_constant()) {
        (Some((Values::Struct(children), validity)), _) => Ok(masked(&children[index], validity)),
        (_, Some(Value::Struct(values))) => {
            Ok(Vector::constant(call.return_type.clone(), values[index].clone(), call.rows))
        }
        _ => Ok(Vector::nulls(call.return_type.clone(), call.rows)),
    }
}

/// The vector with NULL where `validity` is unset.
pub(crate) fn masked(vector: &Vector, validity: Option<&Bitmap>) -> Vector {
    use canopy_format::vector::Form;
    let Some(outer) = validity else { return vector.clone() };
    if let Form::Dictionary { codes, validity, dictionary } = vector.form() {
        let both = Bitmap::and_options(validity.as_ref(), Some(outer));
        return Vector::dictionary(codes.clone(), both, Arc::clone(dictionary));
    }
    let flat = vector.flatten();
    match flat.as_flat() {
        Some((values, own)) => {
            Vector::flat(flat.data_type().clone(), values.clone(), Bitmap::and_options(own, Some(outer)))
        }
        None => flat.clone(),
    }
}
