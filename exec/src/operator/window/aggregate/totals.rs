//! Counts and exact sums: each frame is the difference of two running totals.

use canopy_format::{BitmapBuilder, DataType, Values, Vector};

use crate::function::window::Frames;
use crate::{ExecError, Result};

/// Returns the values of COUNT, COUNTIF, and SUM and AVG over INT64; None for other calls.
pub(super) fn evaluate(
    name: &str,
    return_type: &DataType,
    arguments: &[Vector],
    frames: &Frames,
) -> Result<Option<Vector>> {
    match (name, arguments) {
        ("$count_star", []) => {
            let counts = frames.starts.iter().zip(&frames.ends).map(|(&start, &end)| (end - start) as i64);
            Ok(Some(int64(counts.collect())))
        }
        ("count", [argument]) if *return_type == DataType::Int64 => {
            Ok(Some(counted(argument.len(), |row| !argument.is_null(row), frames)))
        }
        ("countif", [argument]) => {
            let flat = argument.flatten();
            let Some((Values::Bool(values), validity)) = flat.as_flat() else { return Ok(None) };
            let is_true = |row: usize| values.get(row) && validity.is_none_or(|bits| bits.get(row));
            Ok(Some(counted(argument.len(), is_true, frames)))
        }
        ("sum" | "avg", [argument]) if *argument.data_type() == DataType::Int64 => {
            let flat = argument.flatten();
            let Some((Values::I64(values), validity)) = flat.as_flat() else { return Ok(None) };
            let present = |row: usize| validity.is_none_or(|bits| bits.get(row));
            let counts = totals(values.len(), |row| present(row) as u32 as u64);
            let sums = totals(values.len(), |row| if present(row) { values[row] as i128 } else { 0 });
            match (name, return_type) {
                ("sum", DataType::Int64) => sum(&counts, &sums, frames).map(Some),
                ("avg", DataType::Float64) => Ok(Some(average(&counts, &sums, frames))),
                _ => Ok(None),
            }
        }
        _ => Ok(None),
    }
}

fn int64(values: Vec<i64>) -> Vector {
    Vector::from_i64(values[..].into())
}

/// `totals[i]` is the sum of the values before row `i`.
fn totals<T: Copy + Default + std::ops::Add<Output = T>>(rows: usize, value: impl Fn(usize) -> T) -> Vec<T> {
    let mut total = T::default();
    let mut totals = Vec::with_capacity(rows + 1);
    totals.push(total);
    for row in 0..rows {
        total = total + value(row);
        totals.push(total);
    }
    totals
}

fn counted(rows: usize, counts: impl Fn(usize) -> bool, frames: &Frames) -> Vector {
    let totals = totals(rows, |row| counts(row) as i64);
    let count = |(&start, &end): (&u32, &u32)| totals[end as usize] - totals[start as usize];
    int64(frames.starts.iter().zip(&frames.ends).map(count).collect())
}

fn sum(counts: &[u64], sums: &[i128], frames: &Frames) -> Result<Vector> {
    let mut present = BitmapBuilder::default();
    let mut values = Vec::with_capacity(frames.starts.len());
    for (&start, &end) in frames.starts.iter().zip(&frames.ends) {
        let (start, end) = (start as usize, end as usize);
        present.push(counts[end] > counts[start]);
        let value = i64::try_from(sums[end] - sums[start]);
        values.push(value.map_err(|_| ExecError::Evaluation("int64 overflow".into()))?);
    }
    Ok(Vector::flat(DataType::Int64, Values::I64(values[..].into()), Some(present.finish())))
}

fn average(counts: &[u64], sums: &[i128], frames: &Frames) -> Vector {
    let mut present = BitmapBuilder::default();
    let mut values = Vec::with_capacity(frames.starts.len());
    for (&start, &end) in frames.starts.iter().zip(&frames.ends) {
        let (start, end) = (start as usize, end as usize);
        let count = counts[end] - counts[start];
        present.push(count > 0);
        values.push((sums[end] - sums[start]) as f64 / count.max(1) as f64);
    }
    Vector::flat(DataType::Float64, Values::F64(values[..].into()), Some(present.finish()))
}
