//! ANY_VALUE: some value of the group, a NULL only when there is no other.

use canopy_format::vector::VectorBuilder;
use canopy_format::{DataType, Value, Vector};

use super::input::Groups;
use super::{AggregateFunction, AggregateStates, no_signature};
use crate::Result;
use crate::function::Function;

pub(super) fn functions() -> Vec<Function> {
    vec![
        Function::aggregate("any_value", &["T1 -> T1"], |arguments| match arguments {
            [argument] => Ok(Box::new(AnyValue(argument.clone()))),
            _ => Err(no_signature("any_value", arguments)),
        })
        .doc("Returns the value of some row, NULL only when all are.")
        .examples(&[("(SELECT ANY_VALUE(x) FROM UNNEST([NULL, 7]) AS x)", "7")]),
    ]
}

struct AnyValue(DataType);

impl AggregateFunction for AnyValue {
    fn return_type(&self) -> DataType {
        self.0.clone()
    }

    fn state_type(&self) -> DataType {
        self.0.clone()
    }

    fn new_states(&self) -> Box<dyn AggregateStates> {
        Box::new(States { data_type: self.0.clone(), values: Vec::new(), bytes: 0 })
    }
}

struct States {
    data_type: DataType,
    values: Vec<Value>,
    bytes: usize,
}

impl AggregateStates for States {
    fn resize(&mut self, groups: usize) {
        self.values.resize(groups, Value::Null);
    }

    fn update(&mut self, arguments: &[Vector], groups: &[u32]) -> Result<()> {
        let argument = &arguments[0];
        let validity = argument.validity();
        Groups::Each(groups).for_each(validity.as_ref(), |group, row| {
            if self.values[group].is_null() {
                self.values[group] = argument.value(row);
                self.bytes += value_bytes(&self.values[group]);
            }
        });
        Ok(())
    }

    fn merge(&mut self, states: &Vector, groups: &[u32]) -> Result<()> {
        self.update(std::slice::from_ref(states), groups)
    }

    fn states(&self, first: usize, count: usize) -> Result<Vector> {
        let mut builder = VectorBuilder::new(&self.data_type);
        for value in &self.values[first..first + count] {
            builder.push(value)?;
        }
        Ok(builder.finish())
    }

    fn finish(&self, first: usize, count: usize) -> Result<Vector> {
        self.states(first, count)
    }

    fn byte_size(&self) -> usize {
        self.values.capacity() * size_of::<Value>() + self.bytes
    }
}

/// Bytes that a value holds outside itself.
pub(super) fn value_bytes(value: &Value) -> usize {
    match value {
        Value::String(text) | Value::Json(text) => text.len(),
        Value::Bytes(bytes) => bytes.len(),
        Value::Array(parts) | Value::Struct(parts) => {
            parts.iter().map(|part| size_of::<Value>() + value_bytes(part)).sum()
        }
        _ => 0,
    }
}
