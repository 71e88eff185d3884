//! AVG: a sum and a count. INT64 and FLOAT64 average to FLOAT64; NUMERIC and BIGNUMERIC stay exact to
//! their digits, rounded half away from zero.

use canopy_format::vector::pow10;
use canopy_format::{DataType, I256, Values, Vector};

use super::input::{Groups, check_numeric, column, fields, int64, numeric_values};
use super::interval::OfIntervals;
use super::sums::{Sums, exact_total, float_mean};
use super::{AggregateFunction, AggregateStates, no_signature};
use crate::function::Function;
use crate::kernel::decimal::divide_half_away_256;
use crate::{ExecError, Result};

pub(super) fn functions() -> Vec<Function> {
    let signatures = [
        "INT64 -> FLOAT64",
        "NUMERIC -> NUMERIC",
        "BIGNUMERIC -> BIGNUMERIC",
        "FLOAT64 -> FLOAT64",
        "INTERVAL -> INTERVAL",
    ];
    vec![
        Function::aggregate("avg", &signatures, |arguments| match arguments {
            [argument] if argument.is_numeric() => Ok(Box::new(Avg(argument.clone()))),
            [DataType::Interval] => Ok(Box::new(OfIntervals { average: true })),
            _ => Err(no_signature("avg", arguments)),
        })
        .doc("Returns the average of the non-NULL values, NULL when there are none.")
        .examples(&[("(SELECT AVG(x) FROM UNNEST([1, NULL, 4]) AS x)", "2.5")]),
    ]
}

struct Avg(DataType);

impl AggregateFunction for Avg {
    fn return_type(&self) -> DataType {
        match self.0 {
            DataType::Int64 => DataType::Float64,
            ref other => other.clone(),
        }
    }

    fn state_type(&self) -> DataType {
        DataType::structure([("sum", Sums::state_type(&self.0)), ("count", DataType::Int64)])
    }

    fn new_states(&self) -> Box<dyn AggregateStates> {
        Box::new(States {
            sums: Sums::new(&self.0),
            counts: Vec::new(),
            return_type: self.return_type(),
            state_type: self.state_type(),
        })
    }
}

struct States {
    sums: Sums,
    counts: Vec<i64>,
    return_type: DataType,
    state_type: DataType,
}

impl States {
    fn add(&mut self, argument: &Vector, groups: Groups<'_>) -> Result<()> {
        let counts = &mut self.counts[..];
        match (argument.validity(), groups) {
            (None, Groups::One(rows)) => counts[0] += rows as i64,
            (validity, _) => groups.for_each(validity.as_ref(), |group, _| counts[group] += 1),
        }
        self.sums.add(argument, groups)
    }
}

impl AggregateStates for States {
    fn resize(&mut self, groups: usize) {
        self.sums.resize(groups);
        self.counts.resize(groups, 0);
    }

    fn update(&mut self, arguments: &[Vector], groups: &[u32]) -> Result<()> {
        self.add(&arguments[0], Groups::Each(groups))
    }

    fn update_one(&mut self, arguments: &[Vector], rows: usize) -> Result<()> {
        self.add(&arguments[0], Groups::One(rows))
    }

    fn merge(&mut self, states: &Vector, groups: &[u32]) -> Result<()> {
        let parts = fields(states)?;
        self.sums.add(&parts[0], Groups::Each(groups))?;
        let (values, validity) = int64(&parts[1])?;
        let counts = &mut self.counts[..];
        Groups::Each(groups)
            .for_each_value(&values, validity.as_ref(), |group, value| counts[group] += value);
        Ok(())
    }

    fn states(&self, first: usize, count: usize) -> Result<Vector> {
        let DataType::Struct(types) = &self.state_type else { unreachable!("states are STRUCTs") };
        let sums = Vector::flat(types[0].data_type.clone(), self.sums.values(first, count)?, None);
        let counts = Vector::from_i64(self.counts[first..first + count].into());
        Ok(Vector::flat(self.state_type.clone(), Values::Struct(vec![sums, counts]), None))
    }

    fn finish(&self, first: usize, count: usize) -> Result<Vector> {
        let counts = &self.counts[first..first + count];
        let present: Vec<bool> = counts.iter().map(|&count| count > 0).collect();
        // Groups without values divide by one; they are NULL anyway.
        let divisors = counts.iter().map(|&count| count.max(1));
        let values = match (&self.sums, &self.return_type) {
            (Sums::Exact { sums, scale: 0, .. }, DataType::Float64) => {
                let sums = &sums[first..first + count];
                Values::F64(sums.iter().zip(divisors).map(|(&sum, n)| sum as f64 / n as f64).collect())
            }
            (Sums::Exact { sums, carries, scale }, _) => {
                let factor = pow10(9 - scale);
                let average = |(group, n): (usize, i64)| match carries.of(group) {
                    0 => Ok(divide(sums[group], factor, n as i128)),
                    carry => divide_total(exact_total(sums[group], carry), factor, n),
                };
                let averages = (first..).zip(divisors).map(average).collect::<Result<Vec<i128>>>()?;
                check_numeric(&averages, 9)?;
                numeric_values(&averages, 9)
            }
            (Sums::Float { sums, carries }, _) => {
                let mean = |(group, n): (usize, i64)| float_mean(sums[group], carries.of(group), n as f64);
                Values::F64((first..).zip(divisors).map(mean).collect())
            }
            (Sums::Wide(sums), _) => {
                let sums = &sums[first..first + count];
                Values::Decimal256(sums.iter().zip(divisors).map(|(&sum, n)| divide_wide(sum, n)).collect())
            }
        };
        Ok(column(self.return_type.clone(), values, &present))
    }

    fn byte_size(&self) -> usize {
        self.sums.byte_size() + self.counts.capacity() * 8
    }
}

/// `sum * factor / n`, rounded half away from zero, without overflow: whole part and rest apart.
fn divide(sum: i128, factor: i128, n: i128) -> i128 {
    let (whole, rest) = (sum / n, sum % n);
    let scaled = rest * factor;
    let (mut quotient, rest) = (scaled / n, scaled % n);
    if rest.abs() * 2 >= n {
        quotient += rest.signum();
    }
    whole.saturating_mul(factor).saturating_add(quotient)
}

/// `sum * factor / n`, rounded half away from zero, of a sum past 128 bits.
fn divide_total(sum: I256, factor: i128, n: i64) -> Result<i128> {
    let average = sum.checked_mul(I256::from(factor)).map(|sum| divide_half_away_256(sum, I256::from(n)));
    let average = average.and_then(|average| i128::try_from(average).ok());
    average.ok_or_else(|| ExecError::Evaluation("numeric overflow".into()))
}

fn divide_wide(sum: I256, n: i64) -> I256 {
    let n = I256::from(n);
    let (quotient, rest) = (sum / n, sum % n);
    match rest.abs() * I256::from(2) >= n {
        true => quotient + rest.signum(),
        false => quotient,
    }
}

#[cfg(test)]
mod tests {
    use super::divide;

    #[test]
    fn halves_round_away_from_zero() {
        let check = |sum, factor, n, expected| assert_eq!(divide(sum, factor, n), expected);
        check(1, 10, 4, 3);
        check(-1, 10, 4, -3);
        check(10, 1, 3, 3);
        check(-20, 1, 3, -7);
        check(7, 100, 1, 700);
    }
}
