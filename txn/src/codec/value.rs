//! Bytes of one [`Value`]: exact for every type, as minimum and maximum must be.
//!
//! A tag byte, then the value little endian; STRING, BYTES and JSON with a varint length before,
//! ARRAY and STRUCT with a varint count and their parts after it.

use std::sync::Arc;

use canopy_format::{I256, Interval, RangeValue, Value};

/// The deepest nesting of ARRAY and STRUCT that is read or written.
const DEPTH_MAX: usize = 32;

const NULL: u8 = 0;
const FALSE: u8 = 1;
const TRUE: u8 = 2;
const INT64: u8 = 3;
const FLOAT64: u8 = 4;
const NUMERIC: u8 = 5;
const BIGNUMERIC: u8 = 6;
const STRING: u8 = 7;
const BYTES: u8 = 8;
const DATE: u8 = 9;
const TIME: u8 = 10;
const DATETIME: u8 = 11;
const TIMESTAMP: u8 = 12;
const INTERVAL: u8 = 13;
const JSON: u8 = 14;
const ARRAY: u8 = 15;
const STRUCT: u8 = 16;
const RANGE: u8 = 17;

/// Appends the bytes of a value; false when it is nested too deep, with `out` in an undefined state.
pub(crate) fn encode_value(value: &Value, out: &mut Vec<u8>) -> bool {
    encode_nested(value, out, 0)
}

fn encode_nested(value: &Value, out: &mut Vec<u8>, depth: usize) -> bool {
    if depth > DEPTH_MAX {
        return false;
    }
    let mut fixed = |tag: u8, bytes: &[u8]| {
        out.push(tag);
        out.extend_from_slice(bytes);
    };
    match value {
        Value::Null => out.push(NULL),
        Value::Bool(value) => out.push(if *value { TRUE } else { FALSE }),
        Value::Int64(value) => fixed(INT64, &value.to_le_bytes()),
        Value::Float64(value) => fixed(FLOAT64, &value.to_bits().to_le_bytes()),
        Value::Numeric(value) => fixed(NUMERIC, &value.to_le_bytes()),
        Value::BigNumeric(value) => fixed(BIGNUMERIC, &value.to_le_bytes()),
        Value::Date(value) => fixed(DATE, &value.to_le_bytes()),
        Value::Time(value) => fixed(TIME, &value.to_le_bytes()),
        Value::Datetime(value) => fixed(DATETIME, &value.to_le_bytes()),
        Value::Timestamp(value) => fixed(TIMESTAMP, &value.to_le_bytes()),
        Value::Interval(value) => {
            fixed(INTERVAL, &value.months.to_le_bytes());
            out.extend_from_slice(&value.days.to_le_bytes());
            out.extend_from_slice(&value.micros.to_le_bytes());
        }
        Value::Range(value) => {
            fixed(RANGE, &value.start.to_le_bytes());
            out.extend_from_slice(&value.end.to_le_bytes());
        }
        Value::String(text) => encode_bytes(STRING, text.as_bytes(), out),
        Value::Json(text) => encode_bytes(JSON, text.as_bytes(), out),
        Value::Bytes(bytes) => encode_bytes(BYTES, bytes, out),
        Value::Array(parts) => return encode_parts(ARRAY, parts, out, depth),
        Value::Struct(parts) => return encode_parts(STRUCT, parts, out, depth),
    }
    true
}

fn encode_bytes(tag: u8, bytes: &[u8], out: &mut Vec<u8>) {
    out.push(tag);
    encode_varint(bytes.len() as u64, out);
    out.extend_from_slice(bytes);
}

fn encode_parts(tag: u8, parts: &[Value], out: &mut Vec<u8>, depth: usize) -> bool {
    out.push(tag);
    encode_varint(parts.len() as u64, out);
    parts.iter().all(|part| encode_nested(part, out, depth + 1))
}

fn encode_varint(mut value: u64, out: &mut Vec<u8>) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// Takes one value off the front of `bytes`; nothing when they are not a value.
pub(crate) fn decode_value(bytes: &mut &[u8]) -> Option<Value> {
    decode_nested(bytes, 0)
}

fn decode_nested(bytes: &mut &[u8], depth: usize) -> Option<Value> {
    if depth > DEPTH_MAX {
        return None;
    }
    Some(match take::<1>(bytes)?[0] {
        NULL => Value::Null,
        FALSE => Value::Bool(false),
        TRUE => Value::Bool(true),
        INT64 => Value::Int64(i64::from_le_bytes(take(bytes)?)),
        FLOAT64 => Value::Float64(f64::from_bits(u64::from_le_bytes(take(bytes)?))),
        NUMERIC => Value::Numeric(i128::from_le_bytes(take(bytes)?)),
        BIGNUMERIC => Value::BigNumeric(I256::from_le_bytes(take(bytes)?)),
        DATE => Value::Date(i32::from_le_bytes(take(bytes)?)),
        TIME => Value::Time(i64::from_le_bytes(take(bytes)?)),
        DATETIME => Value::Datetime(i64::from_le_bytes(take(bytes)?)),
        TIMESTAMP => Value::Timestamp(i64::from_le_bytes(take(bytes)?)),
        INTERVAL => Value::Interval(Interval {
            months: i32::from_le_bytes(take(bytes)?),
            days: i32::from_le_bytes(take(bytes)?),
            micros: i64::from_le_bytes(take(bytes)?),
        }),
        RANGE => Value::Range(RangeValue {
            start: i64::from_le_bytes(take(bytes)?),
            end: i64::from_le_bytes(take(bytes)?),
        }),
        STRING => Value::String(decode_text(bytes)?),
        JSON => Value::Json(decode_text(bytes)?),
        BYTES => Value::Bytes(decode_bytes(bytes)?.into()),
        ARRAY => Value::Array(decode_parts(bytes, depth)?),
        STRUCT => Value::Struct(decode_parts(bytes, depth)?),
        _ => return None,
    })
}

fn take<const N: usize>(bytes: &mut &[u8]) -> Option<[u8; N]> {
    let (head, rest) = bytes.split_first_chunk::<N>()?;
    *bytes = rest;
    Some(*head)
}

fn decode_bytes<'a>(bytes: &mut &'a [u8]) -> Option<&'a [u8]> {
    let length = usize::try_from(decode_varint(bytes)?).ok()?;
    let (head, rest) = bytes.split_at_checked(length)?;
    *bytes = rest;
    Some(head)
}

fn decode_text(bytes: &mut &[u8]) -> Option<Arc<str>> {
    std::str::from_utf8(decode_bytes(bytes)?).ok().map(Arc::from)
}

fn decode_parts(bytes: &mut &[u8], depth: usize) -> Option<Vec<Value>> {
    let count = usize::try_from(decode_varint(bytes)?).ok()?;
    // A part takes a byte at least, so a count beyond the bytes is a lie; grow as parts really come.
    if count > bytes.len() {
        return None;
    }
    (0..count).map(|_| decode_nested(bytes, depth + 1)).collect()
}

fn decode_varint(bytes: &mut &[u8]) -> Option<u64> {
    let mut value = 0;
    for shift in (0..64).step_by(7) {
        let byte = take::<1>(bytes)?[0];
        let part = u64::from(byte & 0x7f);
        if (part << shift) >> shift != part {
            return None;
        }
        value |= part << shift;
        if byte < 0x80 {
            return Some(value);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use canopy_format::{I256, Interval, RangeValue, Value};
    use proptest::prelude::*;

    use super::{decode_value, encode_value};

    fn check(value: &Value) {
        let mut bytes = Vec::new();
        assert!(encode_value(value, &mut bytes));
        let mut rest = bytes.as_slice();
        assert_eq!(decode_value(&mut rest).as_ref(), Some(value));
        assert!(rest.is_empty());
        for cut in 0..bytes.len() {
            assert_eq!(decode_value(&mut &bytes[..cut]), None, "{value:?} cut at {cut}");
        }
    }

    #[test]
    fn every_type_at_its_extremes() {
        let interval = Interval { months: i32::MIN, days: i32::MAX, micros: i64::MIN };
        for value in [
            Value::Null,
            Value::Bool(false),
            Value::Bool(true),
            Value::Int64(i64::MIN),
            Value::Float64(-0.0),
            Value::Float64(f64::NAN),
            Value::Float64(f64::from_bits(1)),
            Value::Numeric(i128::MIN),
            Value::BigNumeric(I256::MAX),
            Value::BigNumeric(I256::MIN),
            Value::from(""),
            Value::from("gr\u{fc}n\0"),
            Value::Bytes([0, 255].as_slice().into()),
            Value::Bytes(vec![7; 300].into()),
            Value::Date(i32::MIN),
            Value::Time(86_399_999_999),
            Value::Datetime(i64::MIN),
            Value::Timestamp(i64::MAX),
            Value::Interval(interval),
            Value::Range(RangeValue { start: i64::MIN, end: 5 }),
            Value::Json("{\"a\":1}".into()),
            Value::Array(vec![]),
            Value::Struct(vec![Value::Null, Value::Array(vec![Value::Int64(1), Value::from("x")])]),
        ] {
            check(&value);
        }
    }

    #[test]
    fn depth_is_bounded() {
        let deep = |levels| (0..levels).fold(Value::Null, |inner, _| Value::Array(vec![inner]));
        check(&deep(32));
        assert!(!encode_value(&deep(33), &mut Vec::new()));
        let mut bytes = [15, 1].repeat(100_000);
        bytes.push(0);
        assert_eq!(decode_value(&mut bytes.as_slice()), None);
    }

    proptest! {
        #[test]
        fn foreign_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
            let _ = decode_value(&mut bytes.as_slice());
        }
    }
}
