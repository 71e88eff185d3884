//! Values as bytes that are equal exactly when the values are, for tables of values of any type.

use canopy_format::Value;

use super::interval_key;

/// Returns bytes that are equal for values that [`super::compare_values`] finds equal, and only for those;
/// both of one type.
pub fn value_key(value: &Value) -> Vec<u8> {
    let mut out = Vec::new();
    put(&mut out, value);
    out
}

fn put(out: &mut Vec<u8>, value: &Value) {
    if value.is_null() {
        out.push(0);
        return;
    }
    out.push(1);
    match value {
        Value::Null => {}
        Value::Bool(v) => out.push(*v as u8),
        Value::Int64(v) | Value::Time(v) | Value::Datetime(v) | Value::Timestamp(v) => {
            out.extend_from_slice(&v.to_le_bytes());
        }
        Value::Date(v) => out.extend_from_slice(&v.to_le_bytes()),
        // One NaN, one zero.
        Value::Float64(v) if v.is_nan() => out.extend_from_slice(&f64::NAN.to_bits().to_le_bytes()),
        Value::Float64(v) => out.extend_from_slice(&(v + 0.0).to_bits().to_le_bytes()),
        Value::Numeric(v) => out.extend_from_slice(&v.to_le_bytes()),
        Value::BigNumeric(v) => out.extend_from_slice(&v.to_le_bytes()),
        Value::Interval(v) => out.extend_from_slice(&interval_key(*v).to_le_bytes()),
        Value::Range(v) => {
            out.extend_from_slice(&v.start.to_le_bytes());
            out.extend_from_slice(&v.end.to_le_bytes());
        }
        Value::String(v) | Value::Json(v) => put_bytes(out, v.as_bytes()),
        Value::Bytes(v) => put_bytes(out, v),
        Value::Array(parts) | Value::Struct(parts) => {
            out.extend_from_slice(&(parts.len() as u64).to_le_bytes());
            parts.iter().for_each(|part| put(out, part));
        }
    }
}

fn put_bytes(out: &mut Vec<u8>, bytes: &[u8]) {
    out.extend_from_slice(&(bytes.len() as u64).to_le_bytes());
    out.extend_from_slice(bytes);
}

#[cfg(test)]
mod tests {
    use canopy_format::Interval;

    use super::*;

    #[test]
    fn keys_are_equal_as_values_are() {
        let month = Value::Interval(Interval { months: 1, ..Interval::default() });
        let days = Value::Interval(Interval { days: 30, ..Interval::default() });
        assert_eq!(value_key(&month), value_key(&days));
        assert_eq!(value_key(&Value::Float64(-0.0)), value_key(&Value::Float64(0.0)));
        assert_ne!(value_key(&Value::Null), value_key(&Value::from("")));
        let pair = |a: &str, b: &str| value_key(&Value::Array(vec![Value::from(a), Value::from(b)]));
        assert_ne!(pair("a", "bc"), pair("ab", "c"));
    }
}
