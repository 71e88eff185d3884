//! Weights of APPROX_TOP_SUM: numbers of any type that add up with a check.

use canopy_format::{I256, Value};

use crate::function::cast::{bignumeric_text, float64_text, numeric_text};
use crate::{ExecError, Result};

/// Returns the weight.
///
/// # Errors
/// When it is negative or NaN.
pub(super) fn checked(weight: Value) -> Result<Value> {
    let text = match &weight {
        Value::Int64(v) if *v < 0 => v.to_string(),
        Value::Numeric(v) if *v < 0 => numeric_text(*v),
        Value::BigNumeric(v) if *v < I256::ZERO => bignumeric_text(*v),
        Value::Float64(v) if v.is_nan() || *v < 0.0 => float64_text(*v),
        _ => return Ok(weight),
    };
    Err(ExecError::Evaluation(format!(
        "APPROX_TOP_SUM does not support negative or NaN weights in the second argument; got {text}"
    )))
}

/// Returns the sum of two weights of one type; NULL adds nothing.
///
/// # Errors
/// When it does not fit the type.
pub(super) fn add(a: &Value, b: &Value) -> Result<Value> {
    let overflow =
        |name: &str, a: String, b: String| ExecError::Evaluation(format!("{name} overflow: {a} + {b}"));
    let limit = 10i128.pow(38);
    Ok(match (a, b) {
        (Value::Null, other) | (other, Value::Null) => other.clone(),
        (Value::Int64(a), Value::Int64(b)) => {
            Value::Int64(a.checked_add(*b).ok_or_else(|| overflow("int64", a.to_string(), b.to_string()))?)
        }
        (Value::Numeric(a), Value::Numeric(b)) => Value::Numeric(
            a.checked_add(*b)
                .filter(|sum| *sum < limit)
                .ok_or_else(|| overflow("numeric", numeric_text(*a), numeric_text(*b)))?,
        ),
        (Value::BigNumeric(a), Value::BigNumeric(b)) => Value::BigNumeric(
            a.checked_add(*b)
                .ok_or_else(|| overflow("bignumeric", bignumeric_text(*a), bignumeric_text(*b)))?,
        ),
        (Value::Float64(a), Value::Float64(b)) => Value::Float64(a + b),
        (other, _) => return Err(ExecError::InvalidPlan(format!("{other:?} is no weight"))),
    })
}
