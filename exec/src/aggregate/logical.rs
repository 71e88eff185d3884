//! LOGICAL_AND and LOGICAL_OR.

use canopy_format::{DataType, Vector};

use super::input::{Groups, bool_column, bools};
use super::{AggregateFunction, AggregateStates, no_signature};
use crate::Result;
use crate::function::Function;

pub(super) fn functions() -> Vec<Function> {
    vec![
        Function::aggregate("logical_and", &["BOOL -> BOOL"], |arguments| match arguments {
            [DataType::Bool] => Ok(Box::new(Logical { neutral: true })),
            _ => Err(no_signature("logical_and", arguments)),
        })
        .doc("Returns TRUE when all non-NULL values are, NULL when there are none.")
        .examples(&[("(SELECT LOGICAL_AND(x) FROM UNNEST([TRUE, NULL, FALSE]) AS x)", "FALSE")]),
        Function::aggregate("logical_or", &["BOOL -> BOOL"], |arguments| match arguments {
            [DataType::Bool] => Ok(Box::new(Logical { neutral: false })),
            _ => Err(no_signature("logical_or", arguments)),
        })
        .doc("Returns TRUE when a value is, NULL when all are NULL.")
        .examples(&[("(SELECT LOGICAL_OR(x) FROM UNNEST([TRUE, NULL, FALSE]) AS x)", "TRUE")]),
    ]
}

struct Logical {
    /// The value that changes nothing: TRUE for AND.
    neutral: bool,
}

impl AggregateFunction for Logical {
    fn return_type(&self) -> DataType {
        DataType::Bool
    }

    fn state_type(&self) -> DataType {
        DataType::Bool
    }

    fn new_states(&self) -> Box<dyn AggregateStates> {
        Box::new(States { neutral: self.neutral, values: Vec::new(), present: Vec::new() })
    }
}

struct States {
    neutral: bool,
    values: Vec<bool>,
    present: Vec<bool>,
}

impl AggregateStates for States {
    fn resize(&mut self, groups: usize) {
        self.values.resize(groups, self.neutral);
        self.present.resize(groups, false);
    }

    fn update(&mut self, arguments: &[Vector], groups: &[u32]) -> Result<()> {
        let (values, validity) = bools(&arguments[0])?;
        let (neutral, kept, present) = (self.neutral, &mut self.values[..], &mut self.present[..]);
        Groups::Each(groups).for_each(validity.as_ref(), |group, row| {
            present[group] = true;
            if values.get(row) != neutral {
                kept[group] = !neutral;
            }
        });
        Ok(())
    }

    fn merge(&mut self, states: &Vector, groups: &[u32]) -> Result<()> {
        self.update(std::slice::from_ref(states), groups)
    }

    fn states(&self, first: usize, count: usize) -> Result<Vector> {
        Ok(bool_column(&self.values[first..first + count], &self.present[first..first + count]))
    }

    fn finish(&self, first: usize, count: usize) -> Result<Vector> {
        self.states(first, count)
    }

    fn byte_size(&self) -> usize {
        self.values.capacity() * 2
    }
}
