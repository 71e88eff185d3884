//! Giving a vector the declared type where only the names of STRUCT fields differ.

use std::sync::Arc;

use canopy_format::vector::Form;
use canopy_format::{DataType, Dictionary, ListVector, Values, Vector};

/// The same rows under a type of the same shape.
pub(super) fn retype(vector: Vector, data_type: &DataType) -> Vector {
    if vector.data_type() == data_type {
        return vector;
    }
    let len = vector.len();
    match vector.form() {
        Form::Constant(value) => Vector::constant(data_type.clone(), value.clone(), len),
        Form::Dictionary { codes, validity, dictionary } => {
            let values = retype(dictionary.values.clone(), data_type);
            Vector::dictionary(codes.clone(), validity.clone(), Dictionary::new(values))
        }
        Form::Sequence { .. } => vector,
        Form::Flat { values, validity } => {
            let values = match (values, data_type) {
                (Values::List(list), DataType::Array(element)) => Values::List(ListVector {
                    offsets: list.offsets.clone(),
                    child: Arc::new(retype((*list.child).clone(), element)),
                }),
                (Values::Struct(children), DataType::Struct(fields)) => {
                    let pairs = children.iter().zip(fields.iter());
                    Values::Struct(pairs.map(|(c, f)| retype(c.clone(), &f.data_type)).collect())
                }
                (other, _) => other.clone(),
            };
            Vector::flat(data_type.clone(), values, validity.clone())
        }
    }
}
