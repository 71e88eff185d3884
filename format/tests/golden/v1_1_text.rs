//! The encodings of text that came with version 1.1.

use canopy_format::{DataType, Field, Mode, Schema, Value};

use super::{Golden, columns};

const ROWS: usize = 20_000;
const WORDS: [&str; 24] = [
    "furiously",
    "quick",
    "deposits",
    "sleep",
    "bold",
    "accounts",
    "haggle",
    "the",
    "among",
    "express",
    "requests",
    "carefully",
    "pending",
    "ideas",
    "blithely",
    "final",
    "packages",
    "regular",
    "instructions",
    "ironic",
    "theodolites",
    "über",
    "nag",
    "slyly",
];

pub fn golden() -> Golden {
    Golden {
        name: "v1_1_text",
        uuid: *b"golden text 1.1.",
        schema: schema(),
        columns: columns(ROWS, row),
        encodings: &[11, 15, 19],
    }
}

fn schema() -> Schema {
    Schema {
        fields: vec![
            Field::scalar(1, "comment", DataType::String, Mode::Required),
            Field::scalar(2, "uuid", DataType::String, Mode::Nullable),
            Field::scalar(3, "path", DataType::String, Mode::Required),
        ],
        next_field_id: 4,
    }
}

fn hash(i: usize, salt: u64) -> u64 {
    let mixed = (i as u64 + salt).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    (mixed ^ mixed >> 29).wrapping_mul(0xbf58_476d_1ce4_e5b9) >> 8
}

fn row(i: usize) -> Vec<Value> {
    // The tail is mostly empty, so that the file stays small.
    let rare = i < 4_000;
    let count = if rare { 3 + hash(i, 1) % 6 } else { 0 };
    let words: Vec<&str> =
        (0..count).map(|n| WORDS[(hash(i, 7 + n * 1_000_003) % WORDS.len() as u64) as usize]).collect();
    let uuid = match i % 97 {
        5 => Value::from("no uuid"),
        _ if rare => {
            let (a, b) = (hash(i, 2), hash(i, 3));
            let (a, b, c) = (a as u32, (b >> 32) as u16, b & 0xffff_ffff_ffff);
            Value::from(
                format!("{a:08x}-{b:04x}-4{:03x}-8{:03x}-{c:012x}", i % 4_096, i * 7 % 4_096).as_str(),
            )
        }
        _ => Value::Null,
    };
    vec![
        Value::from(words.join(" ").as_str()),
        uuid,
        Value::from(format!("/warehouse/main/table/part-{:08}/{}", i / 3, WORDS[i % 3]).as_str()),
    ]
}
