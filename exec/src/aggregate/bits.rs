//! BIT_AND, BIT_OR and BIT_XOR over INT64.

use canopy_format::{DataType, Values, Vector};

use super::input::{Groups, column, int64};
use super::{AggregateFunction, AggregateStates, no_signature};
use crate::Result;
use crate::function::Function;

pub(super) fn functions() -> Vec<Function> {
    let make = |name, factory, doc, examples| {
        Function::aggregate(name, &["INT64 -> INT64"], factory).doc(doc).examples(examples)
    };
    vec![
        make(
            "bit_and",
            |arguments| bits("bit_and", arguments, -1, |a, b| a & b),
            "Returns the bits set in every non-NULL value, NULL when there are none.",
            &[("(SELECT BIT_AND(x) FROM UNNEST([12, 10]) AS x)", "8")],
        ),
        make(
            "bit_or",
            |arguments| bits("bit_or", arguments, 0, |a, b| a | b),
            "Returns the bits set in any value, NULL when all are NULL.",
            &[("(SELECT BIT_OR(x) FROM UNNEST([12, 10]) AS x)", "14")],
        ),
        make(
            "bit_xor",
            |arguments| bits("bit_xor", arguments, 0, |a, b| a ^ b),
            "Returns the bits set in an odd number of values, NULL when all are NULL.",
            &[("(SELECT BIT_XOR(x) FROM UNNEST([12, 10]) AS x)", "6")],
        ),
    ]
}

fn bits(
    name: &str,
    arguments: &[DataType],
    neutral: i64,
    combine: fn(i64, i64) -> i64,
) -> Result<Box<dyn AggregateFunction>> {
    match arguments {
        [DataType::Int64] => Ok(Box::new(Bits { neutral, combine })),
        _ => Err(no_signature(name, arguments)),
    }
}

struct Bits {
    neutral: i64,
    combine: fn(i64, i64) -> i64,
}

impl AggregateFunction for Bits {
    fn return_type(&self) -> DataType {
        DataType::Int64
    }

    fn state_type(&self) -> DataType {
        DataType::Int64
    }

    fn new_states(&self) -> Box<dyn AggregateStates> {
        Box::new(States {
            neutral: self.neutral,
            combine: self.combine,
            values: Vec::new(),
            present: Vec::new(),
        })
    }
}

struct States {
    neutral: i64,
    combine: fn(i64, i64) -> i64,
    values: Vec<i64>,
    present: Vec<bool>,
}

impl AggregateStates for States {
    fn resize(&mut self, groups: usize) {
        self.values.resize(groups, self.neutral);
        self.present.resize(groups, false);
    }

    fn update(&mut self, arguments: &[Vector], groups: &[u32]) -> Result<()> {
        let (values, validity) = int64(&arguments[0])?;
        let (combine, kept, present) = (self.combine, &mut self.values[..], &mut self.present[..]);
        Groups::Each(groups).for_each_value(&values, validity.as_ref(), |group, value| {
            kept[group] = combine(kept[group], value);
            present[group] = true;
        });
        Ok(())
    }

    fn merge(&mut self, states: &Vector, groups: &[u32]) -> Result<()> {
        self.update(std::slice::from_ref(states), groups)
    }

    fn states(&self, first: usize, count: usize) -> Result<Vector> {
        let values = Values::I64(self.values[first..first + count].into());
        Ok(column(DataType::Int64, values, &self.present[first..first + count]))
    }

    fn finish(&self, first: usize, count: usize) -> Result<Vector> {
        self.states(first, count)
    }

    fn byte_size(&self) -> usize {
        self.values.capacity() * 9
    }
}
