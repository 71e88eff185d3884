//! The file as a whole: what goes in comes out, what is damaged is refused, what is skipped could not match.

mod damage;
mod dremel;
mod filtering;
mod mutations;
mod oracle;
mod random;
mod reads;
mod roundtrip;

use std::future::Future;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use crate::{
    Batch, DataType, Field, FileReader, FileWriter, Mode, ProjectedColumn, Result, Schema, Value, Vector,
    WriteOptions, WrittenFile,
};

/// Runs a future that never waits: files in memory.
pub(crate) fn now<F: Future>(future: F) -> F::Output {
    let mut future = std::pin::pin!(future);
    match future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("a file in memory never waits"),
    }
}

/// A schema of one column.
pub(crate) fn one_column(data_type: &DataType) -> Schema {
    Schema::from_types([("c", data_type, Mode::Nullable)]).unwrap()
}

/// Writes columns of values.
pub(crate) fn write(schema: &Schema, columns: &[Vec<Value>]) -> Result<WrittenFile> {
    let rows = columns.first().map_or(0, Vec::len);
    let vectors: Vec<Vector> = schema
        .fields
        .iter()
        .zip(columns)
        .map(|(field, values)| Vector::from_values(&field.column_type(), values).unwrap())
        .collect();
    let mut writer = FileWriter::new(schema.clone(), WriteOptions { uuid: [7; 16], ..Default::default() })?;
    writer.write(&Batch::new(vectors, rows))?;
    writer.finish()
}

pub(crate) fn open(file: &WrittenFile) -> Arc<FileReader> {
    FileReader::open_bytes("test.cnpy", file.bytes.clone()).unwrap()
}

/// Reads all rows of the wanted columns, `step` at a time.
pub(crate) fn read_rows(
    reader: &Arc<FileReader>,
    wanted: &[ProjectedColumn],
    step: usize,
) -> Result<Vec<Vec<Value>>> {
    let projection = reader.projection(wanted)?;
    let mut out = vec![Vec::new(); wanted.len()];
    for stripe in 0..reader.stripe_count() {
        let mut decoder = now(reader.fetch_stripe(&projection, stripe))?.decoder();
        for start in (0..decoder.rows()).step_by(step) {
            let len = step.min(decoder.rows() - start);
            for (column, out) in out.iter_mut().enumerate() {
                let vector = decoder.read(column, start, len)?;
                assert_eq!(vector.len(), len);
                assert_eq!(vector.data_type(), &wanted[column].data_type);
                out.extend(vector.iter_values());
            }
        }
    }
    Ok(out)
}

pub(crate) fn whole(schema: &Schema) -> Vec<ProjectedColumn> {
    schema.fields.iter().map(ProjectedColumn::whole).collect()
}

/// Writes and reads back, in several step sizes.
pub(crate) fn check_roundtrip(schema: &Schema, columns: &[Vec<Value>]) -> WrittenFile {
    let file = write(schema, columns).unwrap();
    let reader = open(&file);
    assert_eq!(reader.schema().fields, schema.fields);
    assert_eq!(reader.statistics().unwrap(), file.statistics);
    for step in [65_536, 2_048, 1_000] {
        let read = read_rows(&reader, &whole(schema), step).unwrap();
        for (read, written) in read.iter().zip(columns) {
            assert!(read == written, "step {step}: {:?} differs", schema.fields[0].name);
        }
    }
    assert_eq!(write(schema, columns).unwrap().bytes, file.bytes, "same input, same bytes");
    file
}

/// A deterministic stream of numbers (xorshift, Marsaglia 2003).
pub(crate) struct Numbers(pub(crate) u64);

impl Numbers {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    pub(crate) fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }
}

/// A field without the trouble of ids.
pub(crate) fn required(id: u32, name: &str, data_type: DataType) -> Field {
    Field::scalar(id, name, data_type, Mode::Required)
}
