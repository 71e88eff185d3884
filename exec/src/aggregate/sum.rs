//! SUM, and the running sums that AVG shares.
//!
//! INT64 is summed in 128 bits and checked at the end, as GoogleSQL's reference does, so that the order
//! of rows never decides whether a query fails. NUMERIC is summed at the scale its columns carry.

use canopy_format::vector::pow10;
use canopy_format::{Buffer, DataType, I256, Values, Vector};

use super::input::{Groups, check_numeric, column, flat, numeric_values, unexpected};
use super::interval::OfIntervals;
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
        .doc("Returns the sum of the non-NULL values, NULL when there are none. An INT64 sum that does not fit fails.")
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

/// One running sum a group.
pub(super) enum Sums {
    /// INT64 (scale 0) and NUMERIC: `sum / 10^scale`.
    Exact { sums: Vec<i128>, scale: u8 },
    /// FLOAT64.
    Float(Vec<f64>),
    /// BIGNUMERIC.
    Wide(Vec<I256>),
}

impl Sums {
    pub(super) fn new(data_type: &DataType) -> Self {
        match data_type {
            DataType::Float64 => Sums::Float(Vec::new()),
            DataType::BigNumeric => Sums::Wide(Vec::new()),
            _ => Sums::Exact { sums: Vec::new(), scale: 0 },
        }
    }

    /// The column type of partial sums; INT64's need more than 64 bits.
    pub(super) fn state_type(data_type: &DataType) -> DataType {
        match data_type {
            DataType::Int64 => DataType::Numeric,
            other => other.clone(),
        }
    }

    pub(super) fn resize(&mut self, groups: usize) {
        match self {
            Sums::Exact { sums, .. } => sums.resize(groups, 0),
            Sums::Float(sums) => sums.resize(groups, 0.0),
            Sums::Wide(sums) => sums.resize(groups, I256::ZERO),
        }
    }

    pub(super) fn add(&mut self, argument: &Vector, groups: Groups<'_>) -> Result<()> {
        let (values, validity) = flat(argument);
        let validity = validity.as_ref();
        match (self, &values) {
            (Sums::Exact { sums, .. }, Values::I64(values)) => {
                groups.for_each_value(values, validity, |group, value| sums[group] += value as i128);
            }
            (Sums::Exact { sums, scale }, Values::Decimal64 { values, scale: carried }) => {
                let factor = align(sums, scale, *carried)?;
                match factor {
                    1 => groups.for_each_value(values, validity, |group, value| sums[group] += value as i128),
                    _ => groups.for_each_value(values, validity, |group, value| {
                        sums[group] += value as i128 * factor as i128;
                    }),
                }
            }
            (Sums::Exact { sums, scale }, Values::Decimal128 { values, scale: carried }) => {
                let factor = align(sums, scale, *carried)? as i128;
                let mut overflow = false;
                groups.for_each_value(values, validity, |group, value| {
                    let sum = value.checked_mul(factor).and_then(|value| sums[group].checked_add(value));
                    overflow |= sum.is_none();
                    sums[group] = sum.unwrap_or_default();
                });
                if overflow {
                    return Err(ExecError::Evaluation("numeric overflow".into()));
                }
            }
            (Sums::Float(sums), Values::F64(values)) => {
                groups.for_each_value(values, validity, |group, value| sums[group] += value);
            }
            (Sums::Wide(sums), Values::Decimal256(values)) => {
                let mut overflow = false;
                groups.for_each_value(values, validity, |group, value| {
                    let sum = sums[group].checked_add(value);
                    overflow |= sum.is_none();
                    sums[group] = sum.unwrap_or_default();
                });
                if overflow {
                    return Err(ExecError::Evaluation("bignumeric overflow".into()));
                }
            }
            (_, other) => return Err(unexpected(other)),
        }
        Ok(())
    }

    /// The sums as values of their state type.
    pub(super) fn values(&self, first: usize, count: usize) -> Result<Values> {
        Ok(match self {
            Sums::Exact { sums, scale } => {
                let sums = &sums[first..first + count];
                check_numeric(sums, *scale)?;
                numeric_values(sums, *scale)
            }
            Sums::Float(sums) => Values::F64(sums[first..first + count].into()),
            Sums::Wide(sums) => Values::Decimal256(sums[first..first + count].into()),
        })
    }

    pub(super) fn byte_size(&self) -> usize {
        match self {
            Sums::Exact { sums, .. } => sums.capacity() * 16,
            Sums::Float(sums) => sums.capacity() * 8,
            Sums::Wide(sums) => sums.capacity() * 32,
        }
    }
}

/// Raises the sums' scale to `carried` where that is higher; returns what values at `carried` are multiplied by.
fn align(sums: &mut [i128], scale: &mut u8, carried: u8) -> Result<i64> {
    if carried > *scale {
        let factor = pow10(carried - *scale);
        for sum in sums.iter_mut() {
            *sum = sum.checked_mul(factor).ok_or_else(|| ExecError::Evaluation("numeric overflow".into()))?;
        }
        *scale = carried;
    }
    Ok(pow10(*scale - carried) as i64)
}
