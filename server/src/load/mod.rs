//! Files of other formats to batches: Parquet, CSV and newline-delimited JSON.
//!
//! [`Source::resolve`] finds the files that URIs name, [`detect`] derives a table schema from them, and
//! [`open`] returns independent readers whose batches have exactly a schema's columns. All of it is
//! blocking work for threads that may block, in memory bounded by a batch, a line or a row group.
//! Conversions, detection and options follow BigQuery's load jobs.

mod column;
mod csv;
mod guess;
mod json;
mod lines;
mod name;
mod options;
mod parquet;
mod reader;
mod source;
#[cfg(test)]
pub(crate) mod tests;
mod text;

use canopy_format::Schema;

pub(crate) use options::delimiter;
pub use options::{Format, LoadOptions};
pub use reader::{BadRecords, BatchReader};
pub use source::Source;
pub(crate) use source::{io_error, local_path};
pub(crate) use text::base64_encode;

use crate::error::{Result, ServerError};

/// Rows of each file that schema detection looks at, as in BigQuery.
const SAMPLE_ROWS: usize = 500;
/// Deepest nesting of columns, as in BigQuery.
const NESTING_MAX: usize = 15;
/// Longest row or line that is read, as in BigQuery.
const ROW_BYTES_MAX: usize = 100 << 20;

/// What [`detect`] found out about files.
#[derive(Debug, Clone)]
pub struct Detected {
    /// The columns, with fresh field ids.
    pub schema: Schema,
    /// The options to open the files with: for CSV the delimiter and the header are settled.
    pub options: LoadOptions,
}

/// Derives a table schema from the files; columns are NULLABLE or REPEATED, as BigQuery makes them.
///
/// # Errors
/// When a file cannot be read or is malformed, or its columns have no GoogleSQL type; the message names the place.
pub fn detect(sources: &[Source], format: Format, options: &LoadOptions) -> Result<Detected> {
    if sources.is_empty() {
        return Err(ServerError::invalid("no files to detect a schema from"));
    }
    match format {
        Format::Parquet => {
            Ok(Detected { schema: parquet::detect(sources, options)?, options: options.clone() })
        }
        Format::NewlineJson => {
            Ok(Detected { schema: json::detect(sources, options)?, options: options.clone() })
        }
        Format::Csv => csv::detect(sources, options),
    }
}

/// Returns readers that together hold every row of the files once, each in the order of its file. They can run
/// on threads of their own: one a file, for local and remote Parquet one a row group.
///
/// Batches have the schema's columns in order. Parquet and JSON match columns by name without case, CSV by position.
///
/// # Errors
/// When a file cannot be opened or does not fit the schema. What is wrong with rows shows while reading.
pub fn open(
    sources: &[Source],
    format: Format,
    options: &LoadOptions,
    schema: &Schema,
) -> Result<Vec<BatchReader>> {
    if schema.fields.is_empty() {
        return Err(ServerError::invalid("a table without columns cannot be loaded"));
    }
    let bad = BadRecords::new(options.max_bad_records);
    let schema = std::sync::Arc::new(schema.clone());
    match format {
        Format::Parquet => parquet::open(sources, options, &schema),
        Format::Csv => sources.iter().map(|s| csv::open(s, options, &schema, &bad)).collect(),
        Format::NewlineJson => sources.iter().map(|s| json::open(s, options, &schema, &bad)).collect(),
    }
}
