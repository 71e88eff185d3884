//! Distances between vectors: arrays of floats, or sparse ones of (dimension, magnitude) pairs.

use std::collections::BTreeMap;

use canopy_format::{Value, Vector};

use crate::Result;
use crate::function::Function;
use crate::function::call::{Call, fail};

const VECTORS: &[&str] = &[
    "ARRAY<FLOAT64>, ARRAY<FLOAT64> -> FLOAT64",
    "SPARSE<INT64>, SPARSE<INT64> -> FLOAT64",
    "SPARSE<STRING>, SPARSE<STRING> -> FLOAT64",
];

pub(super) fn functions() -> Vec<Function> {
    vec![
        Function::scalar("cosine_distance", VECTORS, |call| {
            distance(call, "COSINE_DISTANCE", |pairs| {
                let sum = |product: fn(&(f64, f64)) -> f64| pairs.iter().map(product).sum::<f64>();
                let (a, b) = (sum(|(a, _)| a * a), sum(|(_, b)| b * b));
                if a == 0.0 || b == 0.0 {
                    return fail("Cannot compute cosine distance against zero vector");
                }
                Ok(1.0 - sum(|(a, b)| a * b) / (a.sqrt() * b.sqrt()))
            })
        })
        .doc("One minus the cosine of the angle between two vectors; sparse vectors are pairs of dimension and magnitude.")
        .examples(&[
            ("COSINE_DISTANCE([1.0, 0.0], [0.0, 1.0])", "1.0"),
            ("COSINE_DISTANCE([(1, 1.0)], [(1, 2.0)])", "0.0"),
            ("COSINE_DISTANCE([0.0], [1.0])", "ERROR: zero vector"),
        ]),
        Function::scalar("euclidean_distance", VECTORS, |call| {
            distance(call, "EUCLIDEAN_DISTANCE", |pairs| {
                Ok(pairs.iter().map(|(a, b)| (a - b) * (a - b)).sum::<f64>().sqrt())
            })
        })
        .doc("The length of the difference of two vectors; sparse vectors are pairs of dimension and magnitude.")
        .examples(&[
            ("EUCLIDEAN_DISTANCE([3.0, 0.0], [0.0, 4.0])", "5.0"),
            ("EUCLIDEAN_DISTANCE([('a', 3.0)], [('b', 4.0)])", "5.0"),
            ("EUCLIDEAN_DISTANCE([1.0], [1.0, 2.0])", "ERROR: same length"),
        ]),
    ]
}

/// Runs `measure` on the magnitudes of both vectors, dimension by dimension.
fn distance(call: &Call<'_>, name: &str, measure: fn(&[(f64, f64)]) -> Result<f64>) -> Result<Vector> {
    call.f64_rows(|row| {
        let (a, b) = (call.arguments[0].value(row), call.arguments[1].value(row));
        let (Value::Array(a), Value::Array(b)) = (a, b) else {
            return fail(format!("{name} needs two arrays"));
        };
        let sparse = a.iter().chain(&b).any(|element| matches!(element, Value::Struct(_)));
        if sparse {
            return measure(&matched(&a, &b, name)?);
        }
        if a.len() != b.len() {
            return fail(format!(
                "Array arguments to {name} must have the same length, but have {} and {}",
                a.len(),
                b.len()
            ));
        }
        let pairs: Result<Vec<_>> =
            a.iter().zip(&b).map(|(a, b)| Ok((float(a, name)?, float(b, name)?))).collect();
        measure(&pairs?)
    })
}

fn float(value: &Value, name: &str) -> Result<f64> {
    match value {
        Value::Float64(value) => Ok(*value),
        _ => fail(format!("Cannot use array with NULL elements when calling {name}")),
    }
}

#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Dimension {
    Number(i64),
    Name(std::sync::Arc<str>),
}

/// The magnitudes of two sparse vectors; zero where one has none.
fn matched(a: &[Value], b: &[Value], name: &str) -> Result<Vec<(f64, f64)>> {
    let mut found: BTreeMap<Dimension, (Option<f64>, Option<f64>)> = BTreeMap::new();
    for (elements, is_first) in [(a, true), (b, false)] {
        for element in elements {
            let (dimension, magnitude) = match element {
                Value::Struct(parts) => match parts.as_slice() {
                    [Value::Int64(number), magnitude] => {
                        (Dimension::Number(*number), float(magnitude, name)?)
                    }
                    [Value::String(text), magnitude] => {
                        (Dimension::Name(text.clone()), float(magnitude, name)?)
                    }
                    _ => return fail(format!("Cannot use a NULL dimension when calling {name}")),
                },
                _ => return fail(format!("Cannot use array with NULL elements when calling {name}")),
            };
            let pair = found.entry(dimension).or_default();
            let own = if is_first { &mut pair.0 } else { &mut pair.1 };
            if own.replace(magnitude).is_some() {
                return fail(format!("Duplicate dimension in a sparse vector when calling {name}"));
            }
        }
    }
    Ok(found.into_values().map(|(a, b)| (a.unwrap_or(0.0), b.unwrap_or(0.0))).collect())
}
