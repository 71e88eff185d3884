//! COUNT(x), COUNT(*) and COUNTIF: rows, present values and true values.

use canopy_format::{DataType, Vector};

use super::input::{Groups, bools, int64};
use super::{AggregateFunction, AggregateStates, no_signature};
use crate::Result;
use crate::function::Function;

pub(super) fn functions() -> Vec<Function> {
    vec![
        Function::aggregate("count", &["* -> INT64"], |arguments| match arguments {
            [_] => Ok(Box::new(Count(Counted::Present))),
            _ => Err(no_signature("count", arguments)),
        })
        .doc("Returns the number of rows whose argument is not NULL.")
        .examples(&[("(SELECT COUNT(x) FROM UNNEST([1, NULL, 3]) AS x)", "2")]),
        Function::aggregate("$count_star", &["-> INT64"], |arguments| match arguments {
            [] => Ok(Box::new(Count(Counted::Rows))),
            _ => Err(no_signature("$count_star", arguments)),
        })
        .doc("Returns the number of rows.")
        .examples(&[("(SELECT COUNT(*) FROM UNNEST([1, NULL, 3]) AS x)", "3")]),
        Function::aggregate("countif", &["BOOL -> INT64"], |arguments| match arguments {
            [DataType::Bool] => Ok(Box::new(Count(Counted::True))),
            _ => Err(no_signature("countif", arguments)),
        })
        .doc("Returns the number of rows whose argument is TRUE.")
        .examples(&[("(SELECT COUNTIF(x > 1) FROM UNNEST([1, 2, 3]) AS x)", "2")]),
    ]
}

#[derive(Clone, Copy)]
enum Counted {
    Rows,
    Present,
    True,
}

struct Count(Counted);

impl AggregateFunction for Count {
    fn return_type(&self) -> DataType {
        DataType::Int64
    }

    fn state_type(&self) -> DataType {
        DataType::Int64
    }

    fn new_states(&self) -> Box<dyn AggregateStates> {
        Box::new(States { counted: self.0, counts: Vec::new() })
    }
}

struct States {
    counted: Counted,
    counts: Vec<i64>,
}

impl States {
    fn add(&mut self, arguments: &[Vector], groups: Groups<'_>) -> Result<()> {
        let counts = &mut self.counts[..];
        match self.counted {
            Counted::Rows => match groups {
                Groups::One(rows) => counts[0] += rows as i64,
                Groups::Each(_) => groups.for_each(None, |group, _| counts[group] += 1),
            },
            Counted::Present => match (groups, arguments[0].validity()) {
                (Groups::One(rows), validity) => {
                    counts[0] += validity.map_or(rows, |bits| bits.count_ones()) as i64;
                }
                (_, validity) => groups.for_each(validity.as_ref(), |group, _| counts[group] += 1),
            },
            Counted::True => {
                let (values, validity) = bools(&arguments[0])?;
                let taken = match validity {
                    Some(validity) => values.and(&validity),
                    None => values,
                };
                groups.for_each(Some(&taken), |group, _| counts[group] += 1);
            }
        }
        Ok(())
    }
}

impl AggregateStates for States {
    fn resize(&mut self, groups: usize) {
        self.counts.resize(groups, 0);
    }

    fn update(&mut self, arguments: &[Vector], groups: &[u32]) -> Result<()> {
        self.add(arguments, Groups::Each(groups))
    }

    fn update_one(&mut self, arguments: &[Vector], rows: usize) -> Result<()> {
        self.add(arguments, Groups::One(rows))
    }

    fn merge(&mut self, states: &Vector, groups: &[u32]) -> Result<()> {
        let (values, validity) = int64(states)?;
        let counts = &mut self.counts[..];
        Groups::Each(groups)
            .for_each_value(&values, validity.as_ref(), |group, value| counts[group] += value);
        Ok(())
    }

    fn states(&self, first: usize, count: usize) -> Result<Vector> {
        Ok(Vector::from_i64(self.counts[first..first + count].into()))
    }

    fn finish(&self, first: usize, count: usize) -> Result<Vector> {
        self.states(first, count)
    }

    fn byte_size(&self) -> usize {
        self.counts.capacity() * 8
    }
}
