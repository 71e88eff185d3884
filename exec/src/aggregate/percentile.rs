//! PERCENTILE_CONT and PERCENTILE_DISC over a group: its values in order, and the one (or the point between
//! two) where the percentile falls. NULL comes first in order; calls leave NULLs out unless they say RESPECT
//! NULLS, which is the caller's doing.

use canopy_format::vector::{VectorBuilder, pow10};
use canopy_format::{DataType, I256, Value, Values, Vector};

use super::array::Lists;
use super::{AggregateFunction, AggregateStates, no_signature};
use crate::function::Function;
use crate::kernel::decimal::{big, divide_half_away_256};
use crate::operator::sort::key::{Direction, SortKeys, check_orderable};
use crate::{ExecError, Result};

pub(super) fn functions() -> Vec<Function> {
    let continuous = [
        "FLOAT64, FLOAT64 -> FLOAT64",
        "NUMERIC, NUMERIC -> NUMERIC",
        "BIGNUMERIC, BIGNUMERIC -> BIGNUMERIC",
    ];
    let discrete = ["<T1, FLOAT64 -> T1", "<T1, NUMERIC -> T1", "<T1, BIGNUMERIC -> T1"];
    vec![
        Function::aggregate("percentile_cont", &continuous, |arguments| match arguments {
            [DataType::Float64, DataType::Float64]
            | [DataType::Numeric, DataType::Numeric]
            | [DataType::BigNumeric, DataType::BigNumeric] => Ok(percentile(arguments, true)),
            _ => Err(no_signature("percentile_cont", arguments)),
        })
        .doc("Returns the value at a percentile from 0 to 1, interpolated between the two nearest.")
        .examples(&[("(SELECT PERCENTILE_CONT(x, 0.5) FROM UNNEST([1.0, 2.0, 4.0, 5.0]) AS x)", "3.0")]),
        Function::aggregate("percentile_disc", &discrete, |arguments| match arguments {
            [value, DataType::Float64 | DataType::Numeric | DataType::BigNumeric] => {
                check_orderable(value)?;
                Ok(percentile(arguments, false))
            }
            _ => Err(no_signature("percentile_disc", arguments)),
        })
        .doc("Returns the first value of which at least the part given, from 0 to 1, is not greater.")
        .examples(&[("(SELECT PERCENTILE_DISC(x, 0.5) FROM UNNEST(['a', 'b', 'c', 'd']) AS x)", "'b'")]),
    ]
}

fn percentile(arguments: &[DataType], continuous: bool) -> Box<dyn AggregateFunction> {
    let [value, fraction] = arguments else { unreachable!("both factories have checked the arguments") };
    Box::new(Percentile { value: value.clone(), fraction: fraction.clone(), continuous })
}

#[derive(Clone)]
struct Percentile {
    value: DataType,
    fraction: DataType,
    continuous: bool,
}

impl AggregateFunction for Percentile {
    fn return_type(&self) -> DataType {
        self.value.clone()
    }

    /// The values so far, and the percentile of the call.
    fn state_type(&self) -> DataType {
        DataType::structure([
            ("values", DataType::array(self.value.clone())),
            ("fraction", self.fraction.clone()),
        ])
    }

    fn new_states(&self) -> Box<dyn AggregateStates> {
        let lists = Lists::new(DataType::array(self.value.clone()));
        Box::new(States { function: self.clone(), lists, fraction: Value::Null })
    }
}

struct States {
    function: Percentile,
    lists: Lists,
    fraction: Value,
}

impl States {
    fn set_fraction(&mut self, fraction: Value) -> Result<()> {
        let name = if self.function.continuous { "PERCENTILE_CONT" } else { "PERCENTILE_DISC" };
        let inside = match &fraction {
            Value::Float64(v) => (0.0..=1.0).contains(v),
            Value::Numeric(v) => (0..=pow10(9)).contains(v),
            Value::BigNumeric(v) => (I256::ZERO..=one()).contains(v),
            _ => false,
        };
        if !inside {
            return Err(ExecError::Evaluation(format!(
                "The second argument to {name} must be between 0 and 1"
            )));
        }
        self.fraction = fraction;
        Ok(())
    }
}

fn one() -> I256 {
    I256::from(10i128.pow(38))
}

impl AggregateStates for States {
    fn resize(&mut self, groups: usize) {
        self.lists.resize(groups);
    }

    fn update(&mut self, arguments: &[Vector], groups: &[u32]) -> Result<()> {
        if !groups.is_empty() {
            self.set_fraction(arguments[1].value(0))?;
        }
        self.lists.add_values(arguments[0].clone(), groups.to_vec());
        Ok(())
    }

    fn merge(&mut self, states: &Vector, groups: &[u32]) -> Result<()> {
        let parts = super::input::fields(states)?;
        if let Some(row) = (0..groups.len()).find(|&row| !parts[1].is_null(row)) {
            self.set_fraction(parts[1].value(row))?;
        }
        self.lists.add_lists(&parts[0], groups);
        Ok(())
    }

    fn states(&self, first: usize, count: usize) -> Result<Vector> {
        let lists = self.lists.lists(first, count)?;
        let fraction = Vector::constant(self.function.fraction.clone(), self.fraction.clone(), count);
        Ok(Vector::flat(self.function.state_type(), Values::Struct(vec![lists, fraction]), None))
    }

    fn finish(&self, first: usize, count: usize) -> Result<Vector> {
        let lists = self.lists.lists(first, count)?;
        let Some((Values::List(list), _)) = lists.as_flat() else {
            return Err(ExecError::Internal("collected values are no list".into()));
        };
        let direction = Direction { descending: false, nulls_last: false };
        let keys = SortKeys::encode(std::slice::from_ref(&*list.child), &[direction], list.child.len());
        let mut builder = VectorBuilder::new(&self.function.value);
        for range in list.offsets.windows(2) {
            let mut rows: Vec<u32> = (range[0]..range[1]).collect();
            rows.sort_by(|&a, &b| keys.compare(a as usize, &keys, b as usize));
            let value = |at: usize| list.child.value(rows[at] as usize);
            builder.push(&match (rows.len(), self.function.continuous) {
                (0, _) => Value::Null,
                (count, true) => between(&self.fraction, count, value)?,
                (count, false) => value(first_at(&self.fraction, count)),
            })?;
        }
        Ok(builder.finish())
    }

    fn byte_size(&self) -> usize {
        self.lists.byte_size()
    }
}

/// The first position that covers the fraction of so many.
fn first_at(fraction: &Value, count: usize) -> usize {
    let at = match fraction {
        Value::Float64(v) => (v * count as f64).ceil() as usize,
        Value::Numeric(v) => (v.unsigned_abs() * count as u128).div_ceil(10u128.pow(9)) as usize,
        Value::BigNumeric(v) => {
            let product = *v * I256::from(count as i64);
            let up = I256::from((product % one() != I256::ZERO) as i64);
            (product / one() + up).as_usize()
        }
        _ => 0,
    };
    at.clamp(1, count) - 1
}

/// The value at `fraction` of the way from the first to the last of `count` values in order.
fn between(fraction: &Value, count: usize, value: impl Fn(usize) -> Value) -> Result<Value> {
    let last = count as i64 - 1;
    // Where it falls, and how much of the next value it takes.
    let (at, rest) = match fraction {
        Value::Float64(v) => {
            let place = v * last as f64;
            ((place.floor() as usize).min(count - 1), Value::Float64(place - place.floor()))
        }
        Value::Numeric(v) => {
            let place = v * last as i128;
            ((place / pow10(9)) as usize, Value::Numeric(place % pow10(9)))
        }
        Value::BigNumeric(v) => {
            let place = *v * I256::from(last);
            ((place / one()).as_usize(), Value::BigNumeric(place % one()))
        }
        _ => return Ok(Value::Null),
    };
    let low = value(at);
    if matches!(&rest, Value::Float64(0.0) | Value::Numeric(0)) || rest == Value::BigNumeric(I256::ZERO) {
        return Ok(low);
    }
    let high = value(at + 1);
    Ok(match (low, high, rest) {
        // Between a NULL and a value stands the value.
        (Value::Null, other, _) | (other, Value::Null, _) => other,
        (Value::Float64(low), Value::Float64(high), Value::Float64(rest)) => {
            Value::Float64(low * (1.0 - rest) + high * rest)
        }
        (Value::Numeric(low), Value::Numeric(high), Value::Numeric(rest)) => {
            let unit = pow10(9);
            let sum = I256::from(low) * I256::from(unit - rest) + I256::from(high) * I256::from(rest);
            // A mean of two NUMERICs is one.
            Value::Numeric(divide_half_away_256(sum, I256::from(unit)).as_i128())
        }
        (Value::BigNumeric(low), Value::BigNumeric(high), Value::BigNumeric(rest)) => {
            // One rounding, but where the difference is past BIGNUMERIC's range. A half is rounded away from
            // zero: up from the low value to what is positive, down from the high one to what is not.
            let apart = high.checked_sub(low);
            let up = apart.and_then(|apart| big::multiply(apart, rest)?.checked_add(low));
            let down = apart.and_then(|apart| high.checked_sub(big::multiply(apart, one() - rest)?));
            let sum = match (up, down) {
                (Some(up), _) if up > I256::ZERO => Some(up),
                (_, Some(down)) => Some(down),
                _ => big::multiply(low, one() - rest)
                    .zip(big::multiply(high, rest))
                    .and_then(|(low, high)| low.checked_add(high)),
            };
            Value::BigNumeric(sum.ok_or_else(|| ExecError::Evaluation("bignumeric overflow".into()))?)
        }
        (low, _, _) => low,
    })
}
