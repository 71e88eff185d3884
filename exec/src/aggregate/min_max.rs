//! MIN and MAX over every orderable type. A FLOAT64 NaN wins both, as GoogleSQL says; text is owned once
//! a group, replaced only by a better value.

use canopy_format::vector::pow10;
use canopy_format::{Buffer, DataType, I256, Interval, Pod, RangeValue, StringBuilder, Values, Vector};

use super::input::{Groups, column, flat, numeric_values, unexpected};
use super::{AggregateFunction, AggregateStates, no_signature};
use crate::Result;
use crate::function::Function;

pub(super) fn functions() -> Vec<Function> {
    vec![
        Function::aggregate("min", &["<T1 -> T1"], |arguments| make("min", arguments, false))
            .doc("Returns the least of the non-NULL values, NULL when there are none, NaN when one is NaN.")
            .examples(&[("(SELECT MIN(x) FROM UNNEST(['b', NULL, 'a']) AS x)", "'a'")]),
        Function::aggregate("max", &["<T1 -> T1"], |arguments| make("max", arguments, true))
            .doc(
                "Returns the greatest of the non-NULL values, NULL when there are none, NaN when one is NaN.",
            )
            .examples(&[("(SELECT MAX(x) FROM UNNEST([1, NULL, 3]) AS x)", "3")]),
    ]
}

fn make(name: &str, arguments: &[DataType], greatest: bool) -> Result<Box<dyn AggregateFunction>> {
    match arguments {
        [argument] if argument.is_scalar() && *argument != DataType::Json => {
            Ok(Box::new(Extreme { data_type: argument.clone(), greatest }))
        }
        _ => Err(no_signature(name, arguments)),
    }
}

struct Extreme {
    data_type: DataType,
    greatest: bool,
}

impl AggregateFunction for Extreme {
    fn return_type(&self) -> DataType {
        self.data_type.clone()
    }

    fn state_type(&self) -> DataType {
        self.data_type.clone()
    }

    fn new_states(&self) -> Box<dyn AggregateStates> {
        let best = match self.data_type {
            DataType::Bool => Best::Bool(Vec::new()),
            DataType::Date => Best::I32(Vec::new()),
            DataType::Float64 => Best::F64(Vec::new()),
            DataType::Numeric => Best::Decimal { values: Vec::new(), scale: 0 },
            DataType::BigNumeric => Best::Wide(Vec::new()),
            DataType::Interval => Best::Interval(Vec::new()),
            DataType::Range(_) => Best::Range(Vec::new()),
            DataType::String | DataType::Bytes => Best::Text(Vec::new()),
            _ => Best::I64(Vec::new()),
        };
        Box::new(States {
            data_type: self.data_type.clone(),
            greatest: self.greatest,
            best,
            present: Vec::new(),
        })
    }
}

/// The best value of each group, by how it is carried.
enum Best {
    Bool(Vec<bool>),
    I32(Vec<i32>),
    I64(Vec<i64>),
    F64(Vec<f64>),
    Decimal { values: Vec<i128>, scale: u8 },
    Wide(Vec<I256>),
    Interval(Vec<Interval>),
    Range(Vec<RangeValue>),
    Text(Vec<Box<[u8]>>),
}

struct States {
    data_type: DataType,
    greatest: bool,
    best: Best,
    present: Vec<bool>,
}

/// True when NaN is involved and `new` must win, or `new` is better.
fn better_float(new: f64, old: f64, greatest: bool) -> bool {
    !old.is_nan() && (new.is_nan() || if greatest { new > old } else { new < old })
}

/// An INTERVAL's length in microseconds, months of 30 days: how GoogleSQL compares them.
fn micros(interval: Interval) -> i128 {
    (interval.months as i128 * 30 + interval.days as i128) * 86_400_000_000 + interval.micros as i128
}

impl States {
    fn add(&mut self, argument: &Vector, groups: Groups<'_>) -> Result<()> {
        let (values, validity) = flat(argument);
        let validity = validity.as_ref();
        let (present, greatest) = (&mut self.present[..], self.greatest);
        match (&mut self.best, &values) {
            (Best::I32(best), Values::I32(values)) => {
                groups.for_each_value(values, validity, |group, value| {
                    keep(best, present, group, value, greatest)
                });
            }
            (Best::I64(best), Values::I64(values)) => {
                groups.for_each_value(values, validity, |group, value| {
                    keep(best, present, group, value, greatest)
                });
            }
            (Best::Wide(best), Values::Decimal256(values)) => {
                groups.for_each_value(values, validity, |group, value| {
                    keep(best, present, group, value, greatest)
                });
            }
            (Best::Range(best), Values::Range(values)) => {
                groups.for_each_value(values, validity, |group, value| {
                    keep(best, present, group, value, greatest)
                });
            }
            (Best::Bool(best), Values::Bool(values)) => {
                groups.for_each(validity, |group, row| keep(best, present, group, values.get(row), greatest));
            }
            (Best::F64(best), Values::F64(values)) => {
                groups.for_each_value(values, validity, |group, value| {
                    if !present[group] || better_float(value, best[group], greatest) {
                        (best[group], present[group]) = (value, true);
                    }
                });
            }
            (Best::Decimal { values: best, scale }, Values::Decimal64 { values, scale: carried }) => {
                let factor = align(best, scale, *carried);
                groups.for_each_value(values, validity, |group, value| {
                    keep(best, present, group, value as i128 * factor, greatest);
                });
            }
            (Best::Decimal { values: best, scale }, Values::Decimal128 { values, scale: carried }) => {
                let factor = align(best, scale, *carried);
                groups.for_each_value(values, validity, |group, value| {
                    keep(best, present, group, value * factor, greatest);
                });
            }
            (Best::Interval(best), Values::Interval(values)) => {
                groups.for_each_value(values, validity, |group, value| {
                    let (new, old) = (micros(value), micros(best[group]));
                    if !present[group] || if greatest { new > old } else { new < old } {
                        (best[group], present[group]) = (value, true);
                    }
                });
            }
            (Best::Text(best), Values::String(values)) => groups.for_each(validity, |group, row| {
                let (new, old) = (values.bytes(row), &best[group][..]);
                if !present[group] || if greatest { new > old } else { new < old } {
                    best[group] = new.into();
                    present[group] = true;
                }
            }),
            (_, other) => return Err(unexpected(other)),
        }
        Ok(())
    }
}

#[inline(always)]
fn keep<T: PartialOrd + Copy>(best: &mut [T], present: &mut [bool], group: usize, value: T, greatest: bool) {
    let wins = if greatest { value > best[group] } else { value < best[group] };
    if wins || !present[group] {
        best[group] = value;
        present[group] = true;
    }
}

/// Raises the values' scale to `carried`; returns what values at `carried` are multiplied by. Products
/// stay inside NUMERIC's range, because values do.
fn align(best: &mut [i128], scale: &mut u8, carried: u8) -> i128 {
    if carried > *scale {
        let factor = pow10(carried - *scale);
        best.iter_mut().for_each(|value| *value *= factor);
        *scale = carried;
    }
    pow10(*scale - carried)
}

impl AggregateStates for States {
    fn resize(&mut self, groups: usize) {
        self.present.resize(groups, false);
        match &mut self.best {
            Best::Bool(best) => best.resize(groups, false),
            Best::I32(best) => best.resize(groups, 0),
            Best::I64(best) => best.resize(groups, 0),
            Best::F64(best) => best.resize(groups, 0.0),
            Best::Decimal { values, .. } => values.resize(groups, 0),
            Best::Wide(best) => best.resize(groups, I256::ZERO),
            Best::Interval(best) => best.resize(groups, Interval::default()),
            Best::Range(best) => best.resize(groups, RangeValue::default()),
            Best::Text(best) => best.resize(groups, Box::default()),
        }
    }

    fn update(&mut self, arguments: &[Vector], groups: &[u32]) -> Result<()> {
        self.add(&arguments[0], Groups::Each(groups))
    }

    fn update_one(&mut self, arguments: &[Vector], rows: usize) -> Result<()> {
        self.add(&arguments[0], Groups::One(rows))
    }

    fn merge(&mut self, states: &Vector, groups: &[u32]) -> Result<()> {
        self.add(states, Groups::Each(groups))
    }

    fn states(&self, first: usize, count: usize) -> Result<Vector> {
        fn part<T: Pod>(best: &[T], first: usize, count: usize) -> Buffer<T> {
            best[first..first + count].into()
        }
        let values = match &self.best {
            Best::Bool(best) => Values::Bool(best[first..first + count].iter().copied().collect()),
            Best::I32(best) => Values::I32(part(best, first, count)),
            Best::I64(best) => Values::I64(part(best, first, count)),
            Best::F64(best) => Values::F64(part(best, first, count)),
            Best::Decimal { values, scale } => numeric_values(&values[first..first + count], *scale),
            Best::Wide(best) => Values::Decimal256(part(best, first, count)),
            Best::Interval(best) => Values::Interval(part(best, first, count)),
            Best::Range(best) => Values::Range(part(best, first, count)),
            Best::Text(best) => {
                let mut builder = StringBuilder::default();
                best[first..first + count].iter().for_each(|value| builder.push(value));
                Values::String(builder.finish())
            }
        };
        Ok(column(self.data_type.clone(), values, &self.present[first..first + count]))
    }

    fn finish(&self, first: usize, count: usize) -> Result<Vector> {
        self.states(first, count)
    }

    fn byte_size(&self) -> usize {
        let width = match &self.best {
            Best::Bool(_) => 1,
            Best::I32(_) => 4,
            Best::I64(_) | Best::F64(_) => 8,
            Best::Decimal { .. } | Best::Interval(_) | Best::Range(_) => 16,
            Best::Wide(_) => 32,
            Best::Text(best) => {
                16 + best.iter().take(64).map(|t| t.len()).sum::<usize>() / best.len().clamp(1, 64)
            }
        };
        self.present.capacity() * (width + 1)
    }
}
