//! The encodings of numbers that came with version 1.1.

use canopy_format::{DataType, Field, I256, Interval, Mode, Schema, Value};

use super::{Golden, columns};

const ROWS: usize = 20_000;

pub fn golden() -> Golden {
    Golden {
        name: "v1_1_numbers",
        uuid: *b"golden file 1.1.",
        schema: schema(),
        columns: columns(ROWS, row),
        encodings: &[3, 6, 7, 8, 9, 10, 14, 20],
    }
}

fn schema() -> Schema {
    let nullable = |id, name: &str, data_type| Field::scalar(id, name, data_type, Mode::Nullable);
    Schema {
        fields: vec![
            Field::scalar(1, "sequence", DataType::Int64, Mode::Required),
            Field::scalar(2, "rising", DataType::Timestamp, Mode::Required),
            nullable(3, "whole_seconds", DataType::Timestamp),
            nullable(4, "mostly_zero", DataType::Int64),
            nullable(5, "price", DataType::Float64),
            nullable(6, "noise", DataType::Float64),
            Field::scalar(7, "pattern", DataType::Int64, Mode::Required),
            nullable(8, "huge", DataType::BigNumeric),
            nullable(9, "wide", DataType::Numeric),
            nullable(10, "span", DataType::Interval),
            Field::scalar(11, "day", DataType::Date, Mode::Required),
        ],
        next_field_id: 20,
    }
}

fn row(i: usize) -> Vec<Value> {
    let n = i as i64;
    let hash = |salt: u64| (i as u64 + salt).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 11;
    // The tail is mostly NULL, so that the file stays small.
    let rare = |value: Value| if i < 2_500 || i.is_multiple_of(1_000) { value } else { Value::Null };
    let odd = [f64::NAN, -0.0, f64::INFINITY, f64::NEG_INFINITY, 5e-324];
    let period = (i % 500) as u64;
    vec![
        (1_000 + 3 * n).into(),
        Value::Timestamp(1_700_000_000_000_000 + n * 50 + (hash(1) % 40) as i64),
        rare(Value::Timestamp((hash(2) % 100_000_000) as i64 * 1_000_000)),
        if i.is_multiple_of(77) { ((hash(3) % 1_000) as i64).into() } else { 0.into() },
        rare(match i % 200 {
            7 => odd[i / 200 % 5].into(),
            _ => ((hash(4) % 100_000) as f64 / 100.0).into(),
        }),
        rare((1.0 + hash(5) as f64 / (1u64 << 53) as f64).into()),
        ((period.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 56) as i64).into(),
        rare(Value::BigNumeric(I256::from(n * 7 + 1) * I256::from(1i64 << 60) * I256::new(10).pow(6))),
        rare(Value::Numeric(n as i128 * 1_000_000_000_000)),
        rare(Value::Interval(Interval { months: 0, days: 0, micros: (hash(6) % 1_000) as i64 })),
        Value::Date(18_000 + (i / 7) as i32),
    ]
}
