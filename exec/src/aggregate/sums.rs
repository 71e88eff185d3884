//! The running sums of SUM and AVG.
//!
//! They are wider than what comes of them, as in GoogleSQL's reference, so that the order of rows does not decide
//! whether a query fails: INT64 is summed in 128 bits, NUMERIC at the scale that its columns carry. Where 128 bits
//! or a FLOAT64 are not enough, which is rare, the sum goes on from the far end and [`Carries`] keeps count. Of
//! partial sums only those that their state type holds are passed on.

use std::collections::HashMap;

use canopy_format::vector::pow10;
use canopy_format::{Bitmap, DataType, I256, Values, Vector};

use super::input::{Groups, check_numeric, flat, numeric_values, unexpected};
use crate::{ExecError, Result};

/// Half of what a carry of a FLOAT64 sum stands for, 2^1024; that is past the type's range itself.
const FLOAT_HALF_CARRY: f64 = f64::from_bits(0x7fe0_0000_0000_0000);

/// One running sum a group.
pub(super) enum Sums {
    /// INT64 (scale 0) and NUMERIC: `(sum + carry * 2^128) / 10^scale`.
    Exact { sums: Vec<i128>, carries: Carries, scale: u8 },
    /// FLOAT64: `sum + carry * 2^1024`. A sum that is not finite comes of values that are not.
    Float { sums: Vec<f64>, carries: Carries },
    /// BIGNUMERIC.
    Wide(Vec<I256>),
}

/// How often each group's sum went past its width, upwards less downwards: nearly always never.
#[derive(Default)]
pub(super) struct Carries(HashMap<usize, i64>);

impl Carries {
    /// Returns the group's count.
    pub(super) fn of(&self, group: usize) -> i64 {
        self.0.get(&group).copied().unwrap_or(0)
    }

    /// True when no sum ever went past its width.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    #[cold]
    fn add(&mut self, group: usize, count: i64) {
        *self.0.entry(group).or_insert(0) += count;
    }

    /// True when one of the groups is past its width now.
    fn any(&self, first: usize, count: usize) -> bool {
        !self.is_empty() && (first..first + count).any(|group| self.of(group) != 0)
    }
}

impl Sums {
    pub(super) fn new(data_type: &DataType) -> Self {
        match data_type {
            DataType::Float64 => Sums::Float { sums: Vec::new(), carries: Carries::default() },
            DataType::BigNumeric => Sums::Wide(Vec::new()),
            _ => Sums::Exact { sums: Vec::new(), carries: Carries::default(), scale: 0 },
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
            Sums::Float { sums, .. } => sums.resize(groups, 0.0),
            Sums::Wide(sums) => sums.resize(groups, I256::ZERO),
        }
    }

    pub(super) fn add(&mut self, argument: &Vector, groups: Groups<'_>) -> Result<()> {
        let (values, validity) = flat(argument);
        let validity = validity.as_ref();
        match (self, &values) {
            // 2^64 rows of INT64 fit 128 bits.
            (Sums::Exact { sums, .. }, Values::I64(values)) => {
                fold(sums, groups, values, validity, |sum, value, _| sum + value as i128);
            }
            (Sums::Exact { sums, carries, scale }, Values::Decimal64 { values, scale: carried }) => {
                match align(sums, carries, scale, *carried)? {
                    1 => fold(sums, groups, values, validity, |sum, value, group| {
                        add_exact(sum, value as i128, carries, group)
                    }),
                    factor => fold(sums, groups, values, validity, |sum, value, group| {
                        add_exact(sum, value as i128 * factor as i128, carries, group)
                    }),
                }
            }
            (Sums::Exact { sums, carries, scale }, Values::Decimal128 { values, scale: carried }) => {
                let factor = align(sums, carries, scale, *carried)? as i128;
                let mut overflow = false;
                fold(sums, groups, values, validity, |sum, value, group| match value.checked_mul(factor) {
                    Some(value) => add_exact(sum, value, carries, group),
                    None => {
                        overflow = true;
                        sum
                    }
                });
                if overflow {
                    return Err(ExecError::Evaluation("numeric overflow".into()));
                }
            }
            (Sums::Float { sums, carries }, Values::F64(values)) => {
                fold(sums, groups, values, validity, |sum, value, group| match sum + value {
                    plain if plain.is_finite() => plain,
                    _ => add_past_range(sum, value, carries, group),
                });
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
    ///
    /// # Errors
    /// When one does not fit the type.
    pub(super) fn values(&self, first: usize, count: usize) -> Result<Values> {
        Ok(match self {
            Sums::Exact { sums, carries, scale } => {
                if carries.any(first, count) {
                    return Err(ExecError::Evaluation("numeric overflow".into()));
                }
                let sums = &sums[first..first + count];
                check_numeric(sums, *scale)?;
                numeric_values(sums, *scale)
            }
            Sums::Float { sums, carries } if carries.any(first, count) => {
                let sum = |group: usize| float_total(sums[group], carries.of(group));
                Values::F64((first..first + count).map(sum).collect::<Result<Vec<f64>>>()?[..].into())
            }
            Sums::Float { sums, .. } => Values::F64(sums[first..first + count].into()),
            Sums::Wide(sums) => Values::Decimal256(sums[first..first + count].into()),
        })
    }

    pub(super) fn byte_size(&self) -> usize {
        match self {
            Sums::Exact { sums, carries, .. } => sums.capacity() * 16 + carries.0.capacity() * 16,
            Sums::Float { sums, carries } => sums.capacity() * 8 + carries.0.capacity() * 16,
            Sums::Wide(sums) => sums.capacity() * 32,
        }
    }
}

/// Returns `sum + carry * 2^128`.
pub(super) fn exact_total(sum: i128, carry: i64) -> I256 {
    I256::from(sum) + (I256::from(carry) << 128)
}

/// Returns `(sum + carry * 2^1024) / n`, which is in range: it is the mean of `n` FLOAT64s.
pub(super) fn float_mean(sum: f64, carry: i64, n: f64) -> f64 {
    match carry {
        0 => sum / n,
        _ if !sum.is_finite() => sum,
        // The mean of the greatest values may round up past them.
        carry => (sum / n + carry as f64 * (FLOAT_HALF_CARRY / n) * 2.0).clamp(f64::MIN, f64::MAX),
    }
}

/// Returns `sum + carry * 2^1024`.
fn float_total(sum: f64, carry: i64) -> Result<f64> {
    if carry == 0 || !sum.is_finite() {
        return Ok(sum);
    }
    let total = (sum / 2.0 + carry as f64 * FLOAT_HALF_CARRY) * 2.0;
    match total.is_finite() {
        true => Ok(total),
        false => Err(ExecError::Evaluation("double overflow".into())),
    }
}

/// Makes each present value's sum `step(sum, value, group)`; one group's is kept in a register.
#[inline(always)]
fn fold<S: Copy, T: Copy>(
    sums: &mut [S],
    groups: Groups<'_>,
    values: &[T],
    validity: Option<&Bitmap>,
    mut step: impl FnMut(S, T, usize) -> S,
) {
    match (groups, sums) {
        (Groups::One(_), [first, ..]) => {
            let mut sum = *first;
            groups.for_each_value(values, validity, |group, value| sum = step(sum, value, group));
            *first = sum;
        }
        (_, sums) => groups.for_each_value(values, validity, |group, value| {
            sums[group] = step(sums[group], value, group);
        }),
    }
}

#[inline(always)]
fn add_exact(sum: i128, value: i128, carries: &mut Carries, group: usize) -> i128 {
    let (total, overflow) = sum.overflowing_add(value);
    if overflow {
        carries.add(group, if value > 0 { 1 } else { -1 });
    }
    total
}

/// Adds a value where the plain sum is not finite: an infinity or NaN stays, else a carry is set aside.
#[cold]
fn add_past_range(sum: f64, value: f64, carries: &mut Carries, group: usize) -> f64 {
    if !sum.is_finite() || !value.is_finite() {
        return sum + value;
    }
    let half = FLOAT_HALF_CARRY.copysign(value);
    carries.add(group, if value > 0.0 { 1 } else { -1 });
    (sum - half) + (value - half)
}

/// Raises the sums' scale to `carried` where that is higher; returns what values at `carried` are multiplied by.
fn align(sums: &mut [i128], carries: &mut Carries, scale: &mut u8, carried: u8) -> Result<i64> {
    if carried > *scale {
        let factor = pow10(carried - *scale);
        for (group, sum) in sums.iter_mut().enumerate() {
            match sum.checked_mul(factor) {
                Some(raised) if carries.is_empty() => *sum = raised,
                _ => raise(sum, factor, carries, group)?,
            }
        }
        *scale = carried;
    }
    Ok(pow10(*scale - carried) as i64)
}

/// Multiplies a sum that went past 128 bits, or goes now.
#[cold]
fn raise(sum: &mut i128, factor: i128, carries: &mut Carries, group: usize) -> Result<()> {
    let carry = carries.of(group);
    let raised = exact_total(*sum, carry).checked_mul(I256::from(factor));
    let raised = raised.ok_or_else(|| ExecError::Evaluation("numeric overflow".into()))?;
    *sum = raised.as_i128();
    let above: I256 = (raised - I256::from(*sum)) >> 128;
    carries.add(group, above.as_i64() - carry);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_past_their_width_come_back() {
        let mut sum = [i128::MAX - 5, 3];
        let mut carries = Carries::default();
        sum[0] = add_exact(sum[0], 10, &mut carries, 0);
        assert_eq!(exact_total(sum[0], carries.of(0)), I256::from(i128::MAX) + I256::from(5));
        let mut scale = 0;
        assert_eq!(align(&mut sum, &mut carries, &mut scale, 2).ok(), Some(1));
        let raised = (I256::from(i128::MAX) + I256::from(5)) * I256::from(100);
        assert_eq!(exact_total(sum[0], carries.of(0)), raised);
        assert_eq!((sum[1], carries.of(1)), (300, 0));
        assert!(carries.any(0, 2) && !carries.any(1, 1));
    }

    #[test]
    fn floats_past_their_range_come_back() {
        let mut carries = Carries::default();
        let mut sum = f64::MAX;
        for value in [f64::MAX, 1e307, -f64::MAX] {
            sum = add(sum, value, &mut carries);
        }
        let greatest = float_total(sum, carries.of(0));
        assert!(greatest.is_err(), "{greatest:?}");
        let mean = float_mean(sum, carries.of(0), 4.0);
        assert!((mean / (f64::MAX / 4.0 + 0.25e307) - 1.0).abs() < 1e-12, "{mean}");
        sum = add(sum, -f64::MAX, &mut carries);
        let total = float_total(sum, carries.of(0)).unwrap();
        assert!((total / 1e307 - 1.0).abs() < 1e-12, "{total}");
    }

    fn add(sum: f64, value: f64, carries: &mut Carries) -> f64 {
        match sum + value {
            plain if plain.is_finite() => plain,
            _ => add_past_range(sum, value, carries, 0),
        }
    }
}
