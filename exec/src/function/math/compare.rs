//! GREATEST, LEAST and RANGE_BUCKET.

use std::cmp::Ordering;

use canopy_format::vector::concat;
use canopy_format::{Value, Vector};

use crate::Result;
use crate::function::Function;
use crate::function::call::{Call, fail};
use crate::kernel::compare::{compare_rows, compare_values};

const ALIKE: &[&str] = &["<T1, T1... -> T1"];

pub(super) fn functions() -> Vec<Function> {
    vec![
        Function::scalar("greatest", ALIKE, |call| extreme(call, Ordering::Greater))
            .doc("The greatest argument; NULL if one is NULL, NaN if one is NaN.")
            .examples(&[("GREATEST(3, 5, 1)", "5")]),
        Function::scalar("least", ALIKE, |call| extreme(call, Ordering::Less))
            .doc("The least argument; NULL if one is NULL, NaN if one is NaN.")
            .examples(&[("LEAST(3, 5, 1)", "1")]),
        Function::scalar("range_bucket", &["<T1, ARRAY<T1> -> INT64"], range_bucket)
            .doc("Number of bounds, in a sorted array, that are not above the value.")
            .examples(&[("RANGE_BUCKET(20, [0, 10, 20, 30, 40])", "3")]),
    ]
}

fn extreme(call: &Call<'_>, wanted: Ordering) -> Result<Vector> {
    let nan = |vector: &Vector, row: usize| matches!(vector.value(row), Value::Float64(v) if v.is_nan());
    let floats = *call.return_type == canopy_format::DataType::Float64;
    let (rows, arguments) = (call.rows, call.arguments);
    // All arguments one after the other; a row picks from one of them.
    let picks: Vec<u32> = (0..rows)
        .map(|row| {
            let mut best = 0;
            for index in 1..arguments.len() {
                let order = compare_rows(&arguments[index], row, &arguments[best], row);
                let better = match floats && (nan(&arguments[best], row) || nan(&arguments[index], row)) {
                    true => nan(&arguments[index], row),
                    false => order == wanted,
                };
                if better {
                    best = index;
                }
            }
            (best * rows + row) as u32
        })
        .collect();
    let picked = concat(call.return_type, arguments).gather(&picks);
    Ok(crate::function::structure::masked(&picked, call.validity.as_ref()))
}

fn range_bucket(call: &Call<'_>) -> Result<Vector> {
    let [point, bounds] = call.arguments else { return fail("RANGE_BUCKET takes two arguments") };
    call.i64_options(|row| {
        let (point, Value::Array(bounds)) = (point.value(row), bounds.value(row)) else { return Ok(None) };
        if matches!(point, Value::Float64(value) if value.is_nan()) {
            return Ok(None);
        }
        let sorted = bounds.windows(2).all(|pair| compare_values(&pair[0], &pair[1]).is_le());
        if !sorted || bounds.iter().any(Value::is_null) {
            return fail("Elements in input array to RANGE_BUCKET must be in ascending order and not NULL");
        }
        Ok(Some(bounds.partition_point(|bound| compare_values(bound, &point).is_le()) as i64))
    })
}
