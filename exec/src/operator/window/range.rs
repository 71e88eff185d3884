//! RANGE frames with offsets: ends by distance in the one numeric sort key.
//!
//! Rows with a NULL key have the NULL rows as their frame's end, rows with NaN those with NaN; values that
//! overflow stand beyond all others. Ends only move forward with the rows, so they are found by two pointers.

use std::cmp::Ordering;
use std::ops::Range;

use canopy_format::vector::pow10;
use canopy_format::{DataType, I256, Value, Values, Vector};

use super::frame::Bound;
use crate::function::window::RowOrder;
use crate::{ExecError, Result};

/// The sort key of a RANGE frame.
pub(super) struct RangeKey {
    data_type: DataType,
    /// Where its values are among the kept columns.
    pub(super) slot: usize,
    descending: bool,
}

impl RangeKey {
    /// # Errors
    /// [`ExecError::InvalidPlan`] for keys that are not numeric.
    pub(super) fn new(data_type: DataType, slot: usize, descending: bool) -> Result<Self> {
        match data_type {
            DataType::Int64 | DataType::Float64 | DataType::Numeric | DataType::BigNumeric => {
                Ok(Self { data_type, slot, descending })
            }
            other => Err(ExecError::InvalidPlan(format!("a RANGE frame with offsets over {other}"))),
        }
    }
}

/// The keys of all rows, None for NULL and NaN.
pub(super) enum Keys {
    /// INT64, and NUMERIC scaled by 10^9.
    Exact(Vec<Option<i128>>),
    Float(Vec<Option<f64>>),
    Wide(Vec<Option<I256>>),
}

/// Returns the keys of a column.
pub(super) fn keys(key: &RangeKey, column: &Vector) -> Result<Keys> {
    let flat = column.flatten();
    let Some((values, validity)) = flat.as_flat() else {
        return Err(ExecError::Internal("flatten gives flat vectors".into()));
    };
    let present = |row: usize| validity.is_none_or(|bits| bits.get(row));
    fn all<T>(rows: usize, value: impl Fn(usize) -> Option<T>) -> Vec<Option<T>> {
        (0..rows).map(value).collect()
    }
    let rows = flat.len();
    Ok(match values {
        Values::I64(v) => Keys::Exact(all(rows, |row| present(row).then(|| v[row] as i128))),
        Values::Decimal64 { values, scale } => {
            let factor = pow10(9 - scale);
            Keys::Exact(all(rows, |row| present(row).then(|| values[row] as i128 * factor)))
        }
        Values::Decimal128 { values, scale } => {
            let factor = pow10(9 - scale);
            Keys::Exact(all(rows, |row| present(row).then(|| values[row].saturating_mul(factor))))
        }
        Values::F64(v) => Keys::Float(all(rows, |row| (present(row) && !v[row].is_nan()).then(|| v[row]))),
        Values::Decimal256(v) => Keys::Wide(all(rows, |row| present(row).then(|| v[row]))),
        other => {
            let text = format!("sort key of type {} is carried as {}", key.data_type, other.kind());
            return Err(ExecError::InvalidPlan(text));
        }
    })
}

/// Appends the frame's start (or `end`) of each row; `bound` has an offset.
pub(super) fn bounds(
    key: &RangeKey,
    keys: &Keys,
    bound: &Bound<Value>,
    end: bool,
    order: &RowOrder,
    out: &mut Vec<u32>,
) -> Result<()> {
    let (offset, following) = match bound {
        Bound::Preceding(offset) => (offset, false),
        Bound::Following(offset) => (offset, true),
        Bound::Partition { .. } | Bound::Current => return Ok(()),
    };
    // Where the rows ascend, FOLLOWING is a larger key.
    let add = following != key.descending;
    let search = Search { descending: key.descending, end, order };
    match (keys, offset) {
        (Keys::Exact(keys), Value::Int64(offset)) => {
            let offset = *offset as i128;
            search.run(keys, |key| Ok(moved(key, offset, add)), i128::cmp, out)
        }
        (Keys::Exact(keys), Value::Numeric(offset)) => {
            search.run(keys, |key| Ok(moved(key, *offset, add)), i128::cmp, out)
        }
        (Keys::Float(keys), Value::Float64(offset)) => {
            let target = |key: f64| {
                let target = if add { key + offset } else { key - offset };
                match target.is_nan() {
                    true => Err(infinite(key, following, search.descending)),
                    // Beyond all that is finite, and not yet at infinity.
                    false if key.is_finite() && offset.is_finite() => Ok(target.clamp(f64::MIN, f64::MAX)),
                    false => Ok(target),
                }
            };
            search.run(keys, target, |a, b| a.partial_cmp(b).unwrap_or(Ordering::Equal), out)
        }
        (Keys::Wide(keys), Value::BigNumeric(offset)) => {
            let keys: Vec<Option<Wide>> = keys.iter().map(|key| key.map(Wide::Value)).collect();
            let target = |key: Wide| {
                let Wide::Value(key) = key else { return Ok(key) };
                Ok(match add {
                    true => key.checked_add(*offset).map_or(Wide::Above, Wide::Value),
                    false => key.checked_sub(*offset).map_or(Wide::Below, Wide::Value),
                })
            };
            search.run(&keys, target, Wide::cmp, out)
        }
        _ => Err(ExecError::InvalidPlan("a RANGE frame's offset is not of the sort key's type".into())),
    }
}

/// A BIGNUMERIC key, or a target that overflows: its keys fill the 256 bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Wide {
    Below,
    Value(I256),
    Above,
}

fn moved(key: i128, offset: i128, add: bool) -> i128 {
    if add { key.saturating_add(offset) } else { key.saturating_sub(offset) }
}

fn infinite(key: f64, following: bool, descending: bool) -> ExecError {
    let sign = if key > 0.0 { "positive" } else { "negative" };
    let side = if following { "FOLLOWING" } else { "PRECEDING" };
    let direction = if descending { "a descending" } else { "an ascending" };
    ExecError::Evaluation(format!(
        "Offset value cannot be positive infinity when there exists a {sign} infinity order key for an offset \
         {side} on {direction} partition"
    ))
}

struct Search<'a> {
    descending: bool,
    end: bool,
    order: &'a RowOrder,
}

impl Search<'_> {
    fn run<T: Copy>(
        &self,
        keys: &[Option<T>],
        target: impl Fn(T) -> Result<T>,
        compare: impl Fn(&T, &T) -> Ordering,
        out: &mut Vec<u32>,
    ) -> Result<()> {
        let mut peers = self.order.peers();
        for partition in self.order.partitions() {
            let values = present(keys, partition.clone());
            let mut at = values.start;
            for row in partition {
                let own = peers.next().unwrap_or(row..row + 1);
                let Some(key) = keys[row] else {
                    out.push(if self.end { own.end } else { own.start } as u32);
                    continue;
                };
                let wanted = target(key)?;
                // A start is the first row not before the target; an end is the first row beyond it.
                while at < values.end
                    && keys[at].is_some_and(|other| {
                        let order = compare(&other, &wanted);
                        let order = if self.descending { order.reverse() } else { order };
                        order == Ordering::Less || (self.end && order == Ordering::Equal)
                    })
                {
                    at += 1;
                }
                out.push(at as u32);
            }
        }
        Ok(())
    }
}

/// The rows of the partition that have a key: NULLs and NaNs stand before or after them.
fn present<T>(keys: &[Option<T>], partition: Range<usize>) -> Range<usize> {
    let first = partition.clone().find(|&row| keys[row].is_some()).unwrap_or(partition.end);
    let last = (first..partition.end).rev().find(|&row| keys[row].is_some()).map_or(first, |row| row + 1);
    first..last
}
