//! One file of any format.

use std::io::Write;
use std::sync::Arc;

use arrow_schema::SchemaRef;
use canopy_format::arrow::{batch_to_record_batch, types_to_arrow};
use canopy_format::{Batch, DataType};
use flate2::write::GzEncoder;
use parquet::arrow::ArrowWriter;
use parquet::basic::{GzipLevel, ZstdLevel};
use parquet::file::properties::WriterProperties;

use super::target::FileSink;
use super::value::named_type;
use super::{Compression, ExportOptions, rows};
use crate::error::{ErrorKind, Result, ServerError};
use crate::load::Format;

/// Bytes of encoded columns after which a row group is closed.
const ROW_GROUP_BYTES: usize = 64 << 20;

/// A file that rows are written to.
pub(super) enum Output {
    /// Parquet.
    Parquet { writer: Box<ArrowWriter<FileSink>>, schema: SchemaRef },
    /// CSV and JSON.
    Text {
        writer: Box<TextWriter>,
        format: Format,
        columns: Vec<(String, DataType)>,
        delimiter: u8,
        line: Vec<u8>,
    },
}

/// Text, or gzip around it.
pub(super) enum TextWriter {
    Plain(FileSink),
    Gzip(GzEncoder<FileSink>),
}

impl TextWriter {
    fn sink(&self) -> &FileSink {
        match self {
            Self::Plain(sink) => sink,
            Self::Gzip(encoder) => encoder.get_ref(),
        }
    }

    fn write(&mut self, bytes: &[u8]) -> Result<()> {
        let written = match self {
            Self::Plain(sink) => sink.write_all(bytes),
            Self::Gzip(encoder) => encoder.write_all(bytes),
        };
        written.map_err(|error| self.sink().failed(&error))
    }
}

impl Output {
    /// Begins a file: the header of a CSV file is written at once.
    pub fn start(
        format: Format,
        options: &ExportOptions,
        columns: &[(String, DataType)],
        sink: FileSink,
    ) -> Result<Self> {
        if format == Format::Parquet {
            return Self::start_parquet(options, columns, sink);
        }
        let mut writer = match options.compression {
            Some(Compression::Gzip) => TextWriter::Gzip(GzEncoder::new(sink, flate2::Compression::default())),
            _ => TextWriter::Plain(sink),
        };
        if format == Format::Csv && options.header {
            let mut line = Vec::new();
            rows::csv_header(columns, options.field_delimiter, &mut line);
            writer.write(&line)?;
        }
        let delimiter = options.field_delimiter;
        Ok(Self::Text {
            writer: Box::new(writer),
            format,
            columns: columns.to_vec(),
            delimiter,
            line: Vec::new(),
        })
    }

    fn start_parquet(
        options: &ExportOptions,
        columns: &[(String, DataType)],
        sink: FileSink,
    ) -> Result<Self> {
        let types: Vec<_> = columns.iter().map(|(_, data_type)| named_type(data_type)).collect();
        let schema = types_to_arrow(columns.iter().zip(&types).map(|((name, _), t)| (name.as_str(), t)));
        let schema: SchemaRef = Arc::new(schema);
        let compression = match options.compression.unwrap_or(Compression::Zstd) {
            Compression::None => parquet::basic::Compression::UNCOMPRESSED,
            Compression::Gzip => parquet::basic::Compression::GZIP(GzipLevel::default()),
            Compression::Snappy => parquet::basic::Compression::SNAPPY,
            Compression::Zstd => parquet::basic::Compression::ZSTD(ZstdLevel::default()),
        };
        let properties = WriterProperties::builder().set_compression(compression).build();
        let writer = ArrowWriter::try_new(sink, schema.clone(), Some(properties)).map_err(refused)?;
        Ok(Self::Parquet { writer: Box::new(writer), schema })
    }

    /// Appends rows.
    pub fn write(&mut self, batch: Batch) -> Result<()> {
        match self {
            Self::Parquet { writer, schema } => {
                writer.write(&batch_to_record_batch(batch, schema)?).map_err(refused)?;
                if writer.in_progress_size() >= ROW_GROUP_BYTES {
                    writer.flush().map_err(refused)?;
                }
                Ok(())
            }
            Self::Text { writer, format, columns, delimiter, line } => {
                line.clear();
                match format {
                    Format::Csv => rows::csv_rows(&batch, columns, *delimiter, line),
                    _ => rows::json_rows(&batch, columns, line),
                }
                writer.write(line)
            }
        }
    }

    /// Bytes so far, about.
    pub fn bytes(&self) -> u64 {
        match self {
            Self::Parquet { writer, .. } => (writer.bytes_written() + writer.in_progress_size()) as u64,
            Self::Text { writer, .. } => writer.sink().written(),
        }
    }

    /// Ends the file.
    pub fn finish(self) -> Result<FileSink> {
        match self {
            Self::Parquet { writer, .. } => writer.into_inner().map_err(refused),
            Self::Text { writer, .. } => match *writer {
                TextWriter::Plain(sink) => Ok(sink),
                TextWriter::Gzip(encoder) => encoder
                    .finish()
                    .map_err(|error| ServerError::new(ErrorKind::Unavailable, error.to_string())),
            },
        }
    }
}

/// The error of the Parquet library: one of our own, where a write failed, or its own words.
fn refused(error: parquet::errors::ParquetError) -> ServerError {
    if let parquet::errors::ParquetError::External(inner) = &error
        && let Some(io) = inner.downcast_ref::<std::io::Error>()
    {
        return crate::load::io_error("export", io);
    }
    ServerError::new(ErrorKind::Unavailable, format!("writing Parquet failed: {error}"))
}
