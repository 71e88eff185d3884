//! Values as numbers and in order, as far as estimates and pruning need them.

use std::cmp::Ordering;

use canopy_format::Value;

/// Returns the order of two non-null values of one scalar type; None for NULL, NaN, and types without
/// an order that statistics share.
pub(crate) fn compare(a: &Value, b: &Value) -> Option<Ordering> {
    use Value::*;
    match (a, b) {
        (Bool(a), Bool(b)) => Some(a.cmp(b)),
        (Int64(a), Int64(b))
        | (Time(a), Time(b))
        | (Datetime(a), Datetime(b))
        | (Timestamp(a), Timestamp(b)) => Some(a.cmp(b)),
        (Float64(a), Float64(b)) => a.partial_cmp(b),
        (Numeric(a), Numeric(b)) => Some(a.cmp(b)),
        (BigNumeric(a), BigNumeric(b)) => Some(a.cmp(b)),
        (String(a), String(b)) => Some(a.as_bytes().cmp(b.as_bytes())),
        (Bytes(a), Bytes(b)) => Some(a.cmp(b)),
        (Date(a), Date(b)) => Some(a.cmp(b)),
        _ => None,
    }
}

/// Returns a number that keeps the order of values of one type, for the share of a range.
pub(super) fn as_number(value: &Value) -> Option<f64> {
    Some(match value {
        Value::Bool(v) => f64::from(u8::from(*v)),
        Value::Int64(v) | Value::Time(v) | Value::Datetime(v) | Value::Timestamp(v) => *v as f64,
        Value::Float64(v) if !v.is_nan() => *v,
        Value::Numeric(v) => *v as f64 / 1e9,
        Value::Date(v) => f64::from(*v),
        Value::String(v) => prefix_number(v.as_bytes()),
        Value::Bytes(v) => prefix_number(v),
        _ => return None,
    })
}

/// Whether neighbouring values differ by one, so that a range bounds the distinct values.
pub(super) fn is_discrete(value: &Value) -> bool {
    matches!(value, Value::Bool(_) | Value::Int64(_) | Value::Date(_))
}

/// Six bytes fit exactly in the 53 bits of a float.
fn prefix_number(bytes: &[u8]) -> f64 {
    let mut prefix = [0u8; 8];
    let length = bytes.len().min(6);
    prefix[2..2 + length].copy_from_slice(&bytes[..length]);
    u64::from_be_bytes(prefix) as f64
}
