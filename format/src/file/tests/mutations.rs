//! Fuzzing without a fuzzer: bodies that take any bytes, run over seeded mutations of good files in each test run.
//!
//! A mutation changes, repeats, cuts or moves bytes, then makes the checksums right again, as a hostile writer would: else
//! only the checksums would be tested. `CANOPY_MUTATIONS` sets how many are tried of each file, `CANOPY_SEED` where
//! they begin; a failure prints the seed that repeats it.

use super::{Numbers, now, whole};
use crate::cursor::checksum;
use crate::file::{TAIL_BYTES, WriteOptions};
use crate::{
    Batch, ColumnTest, Comparison, DataType, Field, FileReader, FileWriter, Mode, Schema, Value, Vector,
    WrittenFile,
};

/// Columns that take every encoding between them.
pub(super) fn files() -> Vec<WrittenFile> {
    let scalar = |id, name: &str, data_type| Field::scalar(id, name, data_type, Mode::Nullable);
    let tags = Field::structure(20, "tags", Mode::Repeated, vec![scalar(21, "n", DataType::Int64)]);
    let schema = Schema {
        fields: vec![
            scalar(1, "key", DataType::String),
            scalar(2, "prose", DataType::String),
            scalar(3, "path", DataType::String),
            scalar(4, "n", DataType::Int64),
            scalar(5, "x", DataType::Float64),
            scalar(6, "price", DataType::Numeric),
            scalar(7, "day", DataType::Date),
            scalar(8, "flag", DataType::Bool),
            tags,
        ],
        next_field_id: 30,
    };
    let words = ["furiously", "quick", "deposits", "sleep", "bold", "accounts", "haggle", "the", "né"];
    [300usize, 2_500]
        .into_iter()
        .map(|rows| {
            let mut numbers = Numbers(0xf11e + rows as u64);
            let mut columns = vec![Vec::new(); schema.fields.len()];
            for i in 0..rows as i64 {
                let prose: Vec<&str> =
                    (0..numbers.below(9)).map(|_| words[numbers.below(9) as usize]).collect();
                let element = |n: i64| Value::Struct(vec![n.into()]);
                let row = [
                    format!("id-{:06}", i * 7).as_str().into(),
                    prose.join(" ").as_str().into(),
                    format!("/catalogue/section/{:05}", i).as_str().into(),
                    Value::Int64(if numbers.below(40) == 0 {
                        i64::MAX
                    } else {
                        i * 3 + numbers.below(5) as i64
                    }),
                    Value::Float64(numbers.below(100_000) as f64 / 100.0),
                    if i % 11 == 0 { Value::Null } else { Value::Numeric(i as i128 * 10_000_000) },
                    Value::Date(19_000 + i as i32 / 9),
                    Value::Bool(i / 70 % 2 == 0),
                    Value::Array((0..i % 4).map(element).collect()),
                ];
                columns.iter_mut().zip(row).for_each(|(column, value)| column.push(value));
            }
            let vectors: Vec<Vector> = schema
                .fields
                .iter()
                .zip(&columns)
                .map(|(field, values)| Vector::from_values(&field.column_type(), values).unwrap())
                .collect();
            let mut writer = FileWriter::new(schema.clone(), WriteOptions::default()).unwrap();
            writer.write(&Batch::new(vectors, rows)).unwrap();
            writer.finish().unwrap()
        })
        .collect()
}

/// Opens, reads, filters and reports whatever the bytes are: an error or values.
fn open_and_read(bytes: &[u8]) {
    let Ok(reader) = FileReader::open_bytes("mutation", bytes.to_vec().into()) else { return };
    let _ = reader.statistics();
    let wanted = whole(reader.schema());
    let Ok(projection) = reader.projection(&wanted) else { return };
    for stripe in 0..reader.stripe_count() {
        let Ok(data) = now(reader.fetch_stripe(&projection, stripe)) else { continue };
        let mut decoder = data.decoder();
        let rows = decoder.rows();
        for (column, wanted) in wanted.iter().enumerate() {
            let read = decoder.read(column, 0, rows);
            for test in tests_of(&wanted.data_type) {
                let mut mask = vec![u64::MAX; rows.div_ceil(64)];
                let filtered = decoder.filter(column, &test, 0, rows, &mut mask);
                // Both ways of reading a damaged block must end; what they say may differ only by an error.
                if let (Ok(vector), Ok(())) = (&read, filtered) {
                    assert_eq!(vector.len(), rows);
                }
            }
            if let Ok(vector) = read {
                assert_eq!(vector.iter_values().count(), rows);
            }
        }
    }
}

fn tests_of(data_type: &DataType) -> Vec<ColumnTest> {
    let constant = match data_type {
        DataType::String => Value::from("the quick"),
        DataType::Int64 => Value::Int64(300),
        DataType::Float64 => Value::Float64(20.5),
        DataType::Numeric => Value::Numeric(1_000_000_000),
        DataType::Date => Value::Date(19_005),
        _ => return Vec::new(),
    };
    [Comparison::Equal, Comparison::NotEqual, Comparison::Less]
        .map(|comparison| ColumnTest::Compare(comparison, constant.clone()))
        .to_vec()
}

/// Changes some bytes of the file; where is drawn evenly over the parts, or small ones would never be met.
fn mutate(bytes: &mut [u8], numbers: &mut Numbers) {
    let tail = bytes.len() - TAIL_BYTES;
    let metadata = u64::from_le_bytes(bytes[tail + 24..tail + 32].try_into().unwrap()) as usize;
    for _ in 0..1 + numbers.below(3) {
        let (start, end) = match numbers.below(4) {
            0 => (metadata, tail),
            1 => (tail, bytes.len()),
            _ => (64, metadata),
        };
        let at = start + numbers.below((end - start) as u64) as usize;
        let len = (1 + numbers.below(8) as usize).min(end - at);
        match numbers.below(5) {
            0 => bytes[at] = numbers.next() as u8,
            1 => bytes[at] ^= 1 << numbers.below(8),
            2 => bytes[at..at + len].fill([0, 0xff][numbers.below(2) as usize]),
            3 => {
                let from = start + numbers.below((end - start - len + 1) as u64) as usize;
                bytes.copy_within(from..from + len, at);
            }
            _ => bytes[at] = bytes[at].wrapping_add(1),
        }
    }
}

/// Makes the checksums of the footer, the metadata and the tail right again, as far as they can be found.
fn reseal(bytes: &mut [u8]) {
    let tail = bytes.len() - TAIL_BYTES;
    let number = |bytes: &[u8], at: usize, len: usize| {
        bytes[at..at + len].iter().rev().fold(0u64, |n, &b| n << 8 | b as u64) as usize
    };
    let (footer, footer_bytes) = (number(bytes, tail + 32, 8), number(bytes, tail + 40, 4));
    if footer.checked_add(footer_bytes) == Some(tail) && footer_bytes >= 20 {
        let (nodes, streams) = (number(bytes, footer, 4), number(bytes, footer + 4, 4));
        for stream in 0..streams.min(1_000) {
            let at = footer.saturating_add(20).saturating_add(nodes.saturating_mul(36)) + stream * 16;
            if at + 16 > tail {
                break;
            }
            let (offset, len) = (number(bytes, at, 8), number(bytes, at + 8, 4));
            if let Some(section) = offset.checked_add(len).and_then(|end| bytes.get(offset..end)) {
                let crc = checksum(section).to_le_bytes();
                bytes[at + 12..at + 16].copy_from_slice(&crc);
            }
        }
        let crc = checksum(&bytes[footer..tail]).to_le_bytes();
        bytes[tail + 44..tail + 48].copy_from_slice(&crc);
    }
    let crc = checksum(&bytes[..tail]).to_le_bytes();
    bytes[tail + 56..tail + 60].copy_from_slice(&crc);
    let crc = checksum(&bytes[tail + 4..]).to_le_bytes();
    bytes[tail..tail + 4].copy_from_slice(&crc);
}

fn setting(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

#[test]
fn whatever_the_bytes_there_are_values_or_an_error() {
    let (count, first) = (setting("CANOPY_MUTATIONS", 400), setting("CANOPY_SEED", 1));
    for (index, file) in files().iter().enumerate() {
        open_and_read(&file.bytes);
        for seed in first..first + count {
            let mut bytes = file.bytes.to_vec();
            mutate(&mut bytes, &mut Numbers(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1));
            reseal(&mut bytes);
            let outcome = std::panic::catch_unwind(|| open_and_read(&bytes));
            assert!(outcome.is_ok(), "file {index} with CANOPY_SEED={seed} CANOPY_MUTATIONS=1 panics");
        }
    }
}
