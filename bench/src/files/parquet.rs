//! Writing and scanning with the `parquet` crate.

use arrow_array::RecordBatch;
use bytes::Bytes;
use parquet::arrow::arrow_reader::{ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder};
use parquet::arrow::{ArrowWriter, ProjectionMask};
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::WriterProperties;

use super::Failure;

/// Rows a batch when reading: the reader's own default.
const READ_ROWS: usize = 8192;

/// zstd at level 3.
pub(super) fn zstd3() -> Compression {
    Compression::ZSTD(ZstdLevel::try_new(3).unwrap_or_default())
}

/// Returns the file of these rows; everything but the compression is the crate's default.
pub(super) fn write(batches: &[RecordBatch], compression: Compression) -> Result<Bytes, Failure> {
    let Some(first) = batches.first() else { return Err("no rows to write".into()) };
    let properties = WriterProperties::builder().set_compression(compression).build();
    let mut writer = ArrowWriter::try_new(Vec::new(), first.schema(), Some(properties))?;
    for batch in batches {
        writer.write(batch)?;
    }
    Ok(writer.into_inner()?.into())
}

/// Reads the columns named, by dotted path; all without names.
pub(super) fn reader(file: &Bytes, columns: &[&str]) -> Result<ParquetRecordBatchReader, Failure> {
    let builder = ParquetRecordBatchReaderBuilder::try_new(file.clone())?.with_batch_size(READ_ROWS);
    let mask = match columns {
        [] => ProjectionMask::all(),
        _ => ProjectionMask::columns(builder.parquet_schema(), columns.iter().copied()),
    };
    Ok(builder.with_projection(mask).build()?)
}

/// Decodes everything; returns the number of rows.
pub(super) fn decode(file: &Bytes, columns: &[&str]) -> Result<u64, Failure> {
    let mut rows = 0;
    for batch in reader(file, columns)? {
        rows += std::hint::black_box(batch?).num_rows() as u64;
    }
    Ok(rows)
}
