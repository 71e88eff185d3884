//! One Parquet file: its footer, checked, and the Arrow types that its columns are read as.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use arrow_schema::{DataType as ArrowType, Field as ArrowField, Fields, Schema as ArrowSchema, TimeUnit};
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions};
use parquet::basic::Type as PhysicalType;
use parquet::errors::{ParquetError, Result as ParquetResult};
use parquet::file::metadata::{ParquetMetaData, ParquetMetaDataReader};
use parquet::schema::types::SchemaDescriptor;

use crate::error::{ErrorKind, Result, ServerError};
use crate::load::Source;

/// Magic bytes, at the start and the end of a file.
const MAGIC: &[u8] = b"PAR1";
/// Magic bytes of a file with an encrypted footer.
const MAGIC_ENCRYPTED: &[u8] = b"PARE";
/// Length of the footer's length and the magic bytes after it.
const TAIL_BYTES: u64 = 8;
/// Largest footer that is read.
const FOOTER_BYTES_MAX: u64 = 256 << 20;

/// A file whose footer has been read.
#[derive(Debug, Clone)]
pub(super) struct ParquetFile {
    pub source: Source,
    pub metadata: ArrowReaderMetadata,
}

impl ParquetFile {
    /// Reads the footer.
    pub fn open(source: &Source) -> Result<Self> {
        let footer = read_footer(source)?;
        let metadata = guarded(&source.name, "footer", || {
            let metadata = Arc::new(ParquetMetaDataReader::decode_metadata(&footer)?);
            read_as(metadata)
        })?;
        Ok(Self { source: source.clone(), metadata })
    }

    /// The footer's contents.
    pub fn footer(&self) -> &ParquetMetaData {
        self.metadata.metadata()
    }

    /// The columns as they are read.
    pub fn schema(&self) -> &ArrowSchema {
        self.metadata.schema()
    }

    /// The bytes from the first to the last of a row group's columns.
    pub fn row_group_range(&self, row_group: usize) -> Result<std::ops::Range<u64>> {
        let damaged =
            || malformed(&self.source.name, &format!("row group {row_group} lies outside of the file"));
        let columns =
            self.footer().row_groups().get(row_group).map(|group| group.columns()).unwrap_or_default();
        let (mut start, mut end) = (u64::MAX, 0);
        for column in columns {
            let first = column.dictionary_page_offset().unwrap_or_else(|| column.data_page_offset());
            let first = first.min(column.data_page_offset());
            let first = u64::try_from(first).map_err(|_| damaged())?;
            let length = u64::try_from(column.compressed_size()).map_err(|_| damaged())?;
            start = start.min(first);
            end = end.max(first.checked_add(length).ok_or_else(damaged)?);
        }
        if end > self.source.size || start > end {
            return Err(damaged());
        }
        Ok(start..end)
    }
}

/// The error of a file that is no sound Parquet file.
fn malformed(name: &str, why: &str) -> ServerError {
    ServerError::invalid(format!("{name}: not a Parquet file: {why}"))
}

/// Returns the footer's bytes.
fn read_footer(source: &Source) -> Result<bytes::Bytes> {
    let size = source.size;
    if size < TAIL_BYTES + MAGIC.len() as u64 {
        return Err(malformed(&source.name, &format!("expected at least 12 bytes, found {size}")));
    }
    let tail = source.read_range(size - TAIL_BYTES..size)?;
    let (length, magic) = tail.split_at(tail.len().min(4));
    if magic == MAGIC_ENCRYPTED {
        let message = format!("{}: Parquet with an encrypted footer is not supported", source.name);
        return Err(ServerError::new(ErrorKind::Unsupported, message));
    }
    if magic != MAGIC {
        let why = format!("expected a footer that ends in \"PAR1\", found \"{}\"", magic.escape_ascii());
        return Err(malformed(&source.name, &why));
    }
    let length = u64::from(u32::from_le_bytes(length.try_into().unwrap_or_default()));
    let room = size - TAIL_BYTES - MAGIC.len() as u64;
    if length > room || length > FOOTER_BYTES_MAX {
        let why = format!("the footer claims {length} bytes, the file has room for {room}");
        return Err(malformed(&source.name, &why));
    }
    source.read_range(size - TAIL_BYTES - length..size - TAIL_BYTES)
}

/// Runs the Parquet library on bytes from outside: its errors, and its panics, become errors that name the place.
pub(super) fn guarded<T>(name: &str, place: &str, run: impl FnOnce() -> ParquetResult<T>) -> Result<T> {
    match catch_unwind(AssertUnwindSafe(run)) {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(ParquetError::NYI(what))) => {
            Err(ServerError::new(ErrorKind::Unsupported, format!("{name}: {place}: {what}")))
        }
        Ok(Err(error)) if place == "footer" => {
            Err(malformed(name, &format!("the footer is damaged: {error}")))
        }
        Ok(Err(error)) => Err(ServerError::invalid(format!("{name}: {place} is damaged: {error}"))),
        Err(_) => Err(ServerError::invalid(format!("{name}: {place} is damaged: its decoder failed"))),
    }
}

/// Chooses the Arrow types. A schema that an Arrow writer left in the file is not used: as in BigQuery, only the
/// Parquet types count.
fn read_as(metadata: Arc<ParquetMetaData>) -> ParquetResult<ArrowReaderMetadata> {
    let options = ArrowReaderOptions::new().with_skip_arrow_metadata(true);
    let plain = ArrowReaderMetadata::try_new(metadata.clone(), options)?;
    let mut leaf = 0;
    let fields: Fields = plain
        .schema()
        .fields()
        .iter()
        .map(|field| choose(field, plain.parquet_schema(), &mut leaf))
        .collect();
    let options = ArrowReaderOptions::new()
        .with_skip_arrow_metadata(true)
        .with_schema(Arc::new(ArrowSchema::new_with_metadata(fields, plain.schema().metadata().clone())));
    ArrowReaderMetadata::try_new(metadata, options)
}

/// The field read as views of text and bytes, which need no copy; as decimals of 64 bits where they are stored so;
/// and INT96 as TIMESTAMP. Leaves count in the order of the Parquet schema.
fn choose(field: &ArrowField, schema: &SchemaDescriptor, leaf: &mut usize) -> Arc<ArrowField> {
    let chosen = match field.data_type() {
        ArrowType::Struct(parts) => {
            ArrowType::Struct(parts.iter().map(|part| choose(part, schema, leaf)).collect())
        }
        ArrowType::List(item) => ArrowType::List(choose(item, schema, leaf)),
        ArrowType::Map(entry, sorted) => ArrowType::Map(choose(entry, schema, leaf), *sorted),
        scalar => {
            let physical = (*leaf < schema.num_columns()).then(|| schema.column(*leaf).physical_type());
            *leaf += 1;
            match (scalar, physical) {
                (ArrowType::Utf8, _) => ArrowType::Utf8View,
                (ArrowType::Binary, _) => ArrowType::BinaryView,
                (ArrowType::Decimal128(p, s), Some(PhysicalType::INT32 | PhysicalType::INT64))
                    if *p <= 18 =>
                {
                    ArrowType::Decimal64(*p, *s)
                }
                (_, Some(PhysicalType::INT96)) => {
                    ArrowType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()))
                }
                _ => scalar.clone(),
            }
        }
    };
    Arc::new(field.clone().with_data_type(chosen))
}
