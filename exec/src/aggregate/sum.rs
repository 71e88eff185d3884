//! SUM: the running sums of [`Sums`], narrowed to the argument's type at the end.

use canopy_format::{Buffer, DataType, Values, Vector};

use super::input::{Groups, column};
use super::interval::OfIntervals;
use super::sums::Sums;
use super::{AggregateFunction, AggregateStates, no_signature};
use crate::function::Function;
use crate::{ExecError, Result};

pub(super) fn functions() -> Vec<Function> {
    let signatures = [
        "INT64 -> INT64",
        "NUMERIC -> NUMERIC",
        "BIGNUMERIC -> BIGNUMERIC",
        "FLOAT64 -> FLOAT64",
        "INTERVAL -> INTERVAL",
    ];
    vec![
        Function::aggregate("sum", &signatures, |arguments| match arguments {
            [argument] if argument.is_numeric() => Ok(Box::new(Sum(argument.clone()))),
            [DataType::Interval] => Ok(Box::new(OfIntervals { average: false })),
            _ => Err(no_signature("sum", arguments)),
        })
        .doc("Returns the sum of the non-NULL values, NULL when there are none. A sum that does not fit its type fails.")
        .examples(&[("(SELECT SUM(x) FROM UNNEST([1, NULL, 3]) AS x)", "4")]),
    ]
}

struct Sum(DataType);

impl AggregateFunction for Sum {
    fn return_type(&self) -> DataType {
        self.0.clone()
    }

    fn state_type(&self) -> DataType {
        Sums::state_type(&self.0)
    }

    fn new_states(&self) -> Box<dyn AggregateStates> {
        Box::new(States { sums: Sums::new(&self.0), data_type: self.0.clone(), present: Vec::new() })
    }
}

struct States {
    sums: Sums,
    data_type: DataType,
    /// Groups with a value.
    present: Vec<bool>,
}

impl States {
    fn mark(&mut self, argument: &Vector, groups: Groups<'_>) {
        let present = &mut self.present[..];
        match (argument.validity(), groups) {
            (None, Groups::One(rows)) => present[0] |= rows > 0,
            (validity, _) => groups.for_each(validity.as_ref(), |group, _| present[group] = true),
        }
    }
}

impl AggregateStates for States {
    fn resize(&mut self, groups: usize) {
        self.sums.resize(groups);
        self.present.resize(groups, false);
    }

    fn update(&mut self, arguments: &[Vector], groups: &[u32]) -> Result<()> {
        self.mark(&arguments[0], Groups::Each(groups));
        self.sums.add(&arguments[0], Groups::Each(groups))
    }

    fn update_one(&mut self, arguments: &[Vector], rows: usize) -> Result<()> {
        self.mark(&arguments[0], Groups::One(rows));
        self.sums.add(&arguments[0], Groups::One(rows))
    }

    fn merge(&mut self, states: &Vector, groups: &[u32]) -> Result<()> {
        self.mark(states, Groups::Each(groups));
        self.sums.add(states, Groups::Each(groups))
    }

    fn states(&self, first: usize, count: usize) -> Result<Vector> {
        let values = self.sums.values(first, count)?;
        Ok(column(Sums::state_type(&self.data_type), values, &self.present[first..first + count]))
    }

    fn finish(&self, first: usize, count: usize) -> Result<Vector> {
        let values = match (&self.sums, &self.data_type) {
            (Sums::Exact { sums, .. }, DataType::Int64) => {
                let narrowed: Option<Buffer<i64>> = sums[first..first + count]
                    .iter()
                    .map(|&sum| i64::try_from(sum).ok())
                    .collect::<Option<Vec<i64>>>()
                    .map(|values| values[..].into());
                Values::I64(narrowed.ok_or_else(|| ExecError::Evaluation("int64 overflow".into()))?)
            }
            _ => self.sums.values(first, count)?,
        };
        Ok(column(self.data_type.clone(), values, &self.present[first..first + count]))
    }

    fn byte_size(&self) -> usize {
        self.sums.byte_size() + self.present.capacity()
    }
}
