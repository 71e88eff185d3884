//! Files of every released version stay readable: one in `tests/golden/` for each, checked against the rows
//! they were made from.
//!
//! A file is made once, when its version is released, and never again:
//! `cargo test -p canopy-format --test golden -- --ignored make`.

mod v1_0;
mod v1_1;
mod v1_1_text;

use std::future::Future;
use std::path::PathBuf;
use std::task::{Context, Poll, Waker};

use canopy_format::{Batch, FileReader, FileWriter, ProjectedColumn, Schema, Value, Vector, WriteOptions};

fn path(version: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(format!("tests/golden/{version}.cnpy"))
}

fn now<F: Future>(future: F) -> F::Output {
    let mut future = std::pin::pin!(future);
    match future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("a file in memory never waits"),
    }
}

/// A file and the rows it was made from.
struct Golden {
    name: &'static str,
    uuid: [u8; 16],
    schema: Schema,
    columns: Vec<Vec<Value>>,
    /// Ids that the file must have to be of use.
    encodings: &'static [u8],
}

/// The rows by column.
fn columns(rows: usize, row: impl Fn(usize) -> Vec<Value>) -> Vec<Vec<Value>> {
    let mut columns: Vec<Vec<Value>> = row(0).into_iter().map(|_| Vec::with_capacity(rows)).collect();
    for i in 0..rows {
        columns.iter_mut().zip(row(i)).for_each(|(column, value)| column.push(value));
    }
    columns
}

fn check(golden: &Golden) -> std::sync::Arc<FileReader> {
    let bytes = std::fs::read(path(golden.name)).expect("the golden file is part of the source tree");
    let reader = FileReader::open_bytes(golden.name, bytes.into()).unwrap();
    assert_eq!(reader.schema().fields, golden.schema.fields);
    assert_eq!((reader.row_count(), reader.uuid()), (golden.columns[0].len() as u64, golden.uuid));
    let wanted: Vec<ProjectedColumn> = golden.schema.fields.iter().map(ProjectedColumn::whole).collect();
    let projection = reader.projection(&wanted).unwrap();
    let mut start = 0;
    for stripe in 0..reader.stripe_count() {
        let mut decoder = now(reader.fetch_stripe(&projection, stripe)).unwrap().decoder();
        for (column, field) in golden.schema.fields.iter().enumerate() {
            let vector = decoder.read(column, 0, decoder.rows()).unwrap();
            for (row, value) in vector.iter_values().enumerate() {
                let expected = &golden.columns[column][start + row];
                assert!(same(&value, expected), "{}, row {}: {value:?}", field.name, start + row);
            }
        }
        start += decoder.rows();
    }
    reader
}

/// Equal, and of floats the same bits.
fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Float64(a), Value::Float64(b)) => a.to_bits() == b.to_bits(),
        (a, b) => a == b,
    }
}

#[test]
fn version_1_0_stays_readable() {
    let golden = v1_0::golden();
    let id = &check(&golden).statistics().unwrap().columns[0];
    assert_eq!(id.min, golden.columns[0].first().cloned());
    assert_eq!(id.max, golden.columns[0].last().cloned());
}

#[test]
fn version_1_1_stays_readable() {
    check(&v1_1::golden());
    check(&v1_1_text::golden());
}

#[test]
#[ignore = "makes the golden files of the current version that are not there; run by hand when one is released"]
fn make() {
    [v1_1::golden(), v1_1_text::golden()]
        .into_iter()
        .filter(|golden| !path(golden.name).exists())
        .for_each(write);
}

fn write(golden: Golden) {
    let vectors = golden
        .schema
        .fields
        .iter()
        .zip(&golden.columns)
        .map(|(field, values)| Vector::from_values(&field.column_type(), values).unwrap());
    let batch = Batch::new(vectors.collect(), golden.columns[0].len());
    let options = WriteOptions { uuid: golden.uuid, ..Default::default() };
    let mut writer = FileWriter::new(golden.schema, options).unwrap();
    writer.write(&batch).unwrap();
    let file = writer.finish().unwrap();
    let reader = FileReader::open_bytes("golden", file.bytes.clone()).unwrap();
    let report = now(reader.report()).unwrap();
    let text = format!("{report:?}");
    for id in golden.encodings {
        assert!(text.contains(&format!("id: {id},")), "no encoding {id}");
    }
    std::fs::write(path(golden.name), file.bytes).unwrap();
}
