//! Every type, mode and encoding of version 1.0.

use canopy_format::{DataType, Field, I256, Interval, Mode, STRIPE_ROWS, Schema, Value};

use super::{Golden, columns};

/// More than a stripe, so that the second one is there.
const ROWS: usize = STRIPE_ROWS + 1_500;

pub fn golden() -> Golden {
    Golden {
        name: "v1_0",
        uuid: *b"golden file 1.0.",
        schema: schema(),
        columns: columns(ROWS, row),
        encodings: &[0, 1, 2, 4, 5, 13, 14, 18],
    }
}

fn schema() -> Schema {
    let scalar = |id, name: &str, data_type, mode| Field::scalar(id, name, data_type, mode);
    let nullable = |id, name: &str, data_type| scalar(id, name, data_type, Mode::Nullable);
    let language =
        vec![scalar(21, "code", DataType::String, Mode::Required), nullable(22, "country", DataType::String)];
    let name = vec![
        Field::structure(20, "language", Mode::Repeated, language),
        nullable(23, "url", DataType::String),
    ];
    Schema {
        fields: vec![
            scalar(1, "id", DataType::Int64, Mode::Required),
            nullable(2, "flag", DataType::Bool),
            nullable(3, "score", DataType::Float64),
            nullable(4, "price", DataType::Numeric),
            nullable(5, "huge", DataType::BigNumeric),
            nullable(6, "status", DataType::String),
            nullable(7, "comment", DataType::String),
            nullable(8, "blob", DataType::Bytes),
            nullable(9, "day", DataType::Date),
            nullable(10, "time", DataType::Time),
            nullable(11, "local", DataType::Datetime),
            nullable(12, "at", DataType::Timestamp),
            nullable(13, "span", DataType::Interval),
            nullable(14, "extra", DataType::Json),
            nullable(15, "constant", DataType::Int64),
            nullable(16, "nothing", DataType::String),
            scalar(17, "tags", DataType::Int64, Mode::Repeated),
            Field::structure(19, "name", Mode::Repeated, name),
        ],
        next_field_id: 30,
    }
}

fn row(i: usize) -> Vec<Value> {
    let n = i as i64;
    let hash = (i as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 20;
    // The long tail is mostly NULL, so that the file stays small.
    let rare = |value: Value| if i < 200 || i.is_multiple_of(1_000) { value } else { Value::Null };
    let language = |j: usize| {
        let country = if j.is_multiple_of(2) { "us".into() } else { Value::Null };
        Value::Struct(vec![["en", "en-gb"][j % 2].into(), country])
    };
    let name = |j: usize| match j % 4 {
        3 => Value::Null,
        k => Value::Struct(vec![
            Value::Array((0..k).map(language).collect()),
            format!("http://{j}").as_str().into(),
        ]),
    };
    vec![
        n.into(),
        (i / 300).is_multiple_of(2).into(),
        rare((n as f64 / 7.0).into()),
        rare(Value::Numeric((hash % 1_000_000) as i128 * 10_000_000)),
        rare(Value::BigNumeric(I256::from(n) << 150)),
        if i.is_multiple_of(10) {
            Value::Null
        } else {
            ["open", "closed", "waiting for the customer"][i % 3].into()
        },
        rare(format!("comment number {hash:x}").as_str().into()),
        rare(Value::Bytes(vec![i as u8; i % 30].into())),
        Value::Date(19_000 + (i / 500) as i32),
        rare(Value::Time(n * 1_000)),
        rare(Value::Datetime(n * 1_000_000_007)),
        Value::Timestamp(1_700_000_000_000_000 + if i % 700 == 3 { 1 << 50 } else { n % 8 }),
        rare(Value::Interval(Interval { months: i as i32 % 20 - 5, days: -3, micros: n })),
        rare(Value::Json(format!("{{\"n\":{n}}}").into())),
        42.into(),
        Value::Null,
        rare(match i % 4 {
            0 => Value::Array(vec![]),
            1 => Value::Array(vec![Value::Null]),
            k => Value::Array((0..k as i64).map(Value::from).collect()),
        }),
        rare(Value::Array((0..i % 5).map(|j| name(i + j)).collect())),
    ]
}
