//! Batches to files of other formats: Parquet, CSV and newline-delimited JSON, on local disk and on S3.
//!
//! [`write`] is the door. Files appear whole at the end, or not at all when something fails. It is blocking work
//! for a thread that may block. Spellings of values follow BigQuery's exports; [`value_to_json`] and
//! [`value_to_text`] give them singly.

mod options;
mod output;
mod rows;
mod target;
#[cfg(test)]
mod tests;
mod value;

use canopy_format::{Batch, DataType};
use canopy_storage::OpenOptions;
use tokio::runtime::Handle;

pub use options::{Compression, ExportOptions};
pub use value::{float_text, value_to_csv, value_to_json, value_to_text};

use self::output::Output;
use self::target::Target;
use crate::error::{ErrorKind, Result, ServerError};
use crate::load::Format;

/// What an export has written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Exported {
    /// Rows in all files.
    pub rows: u64,
    /// Bytes of all files.
    pub bytes: u64,
    /// The files' paths or URIs, in the order of their rows.
    pub files: Vec<String>,
}

/// Writes the rows to `uri`: a path, `file:///path` or `s3://bucket/key`. A `*` in it stands for the number of a file, as
/// in BigQuery twelve digits from 0, and a file is closed when it holds [`ExportOptions::file_bytes_max`]; without one all
/// rows go to one file. There is at least one file, also for no rows.
///
/// Requests to S3 run on `runtime`, of which the calling thread must not be a worker.
///
/// # Errors
/// [`ErrorKind::Duplicate`] when a file is there and `overwrite` is unset, [`ErrorKind::Unsupported`] for types that the
/// format cannot carry, and what the batches or the store answer with.
pub fn write(
    format: Format,
    options: &ExportOptions,
    columns: &[(String, DataType)],
    batches: impl Iterator<Item = Result<Batch>>,
    uri: &str,
    storage: &OpenOptions,
    runtime: &Handle,
) -> Result<Exported> {
    options.check(format)?;
    check_columns(format, columns)?;
    let mut target = Target::open(uri, options, storage, runtime)?;
    let mut exported = Exported::default();
    let mut current: Option<Output> = None;
    for batch in batches {
        let batch = batch?.compact();
        if batch.rows() == 0 {
            continue;
        }
        let output = match &mut current {
            Some(output) => output,
            None => current.insert(Output::start(format, options, columns, target.next_file()?)?),
        };
        exported.rows += batch.rows() as u64;
        output.write(batch)?;
        if target.is_sharded()
            && output.bytes() >= options.file_bytes_max
            && let Some(full) = current.take()
        {
            target.keep(full.finish()?)?;
        }
    }
    if current.is_none() && target.is_empty() {
        current = Some(Output::start(format, options, columns, target.next_file()?)?);
    }
    if let Some(last) = current {
        target.keep(last.finish()?)?;
    }
    (exported.files, exported.bytes) = target.publish()?;
    Ok(exported)
}

fn check_columns(format: Format, columns: &[(String, DataType)]) -> Result<()> {
    let unsupported = |name: &str, data_type: &DataType, what: &str| {
        let message = format!("column {name}: {what} cannot carry {data_type}");
        Err(ServerError::new(ErrorKind::Unsupported, message))
    };
    if columns.is_empty() {
        return Err(ServerError::invalid("a result without columns cannot be exported"));
    }
    let mut seen = std::collections::HashSet::new();
    for (name, data_type) in columns {
        if format != Format::Csv && !seen.insert(name.to_ascii_lowercase()) {
            return Err(ServerError::invalid(format!(
                "duplicate column name {name} in the result to export"
            )));
        }
        match format {
            Format::Csv if !data_type.is_scalar() => return unsupported(name, data_type, "CSV"),
            // Parquet's interval has milliseconds only.
            Format::Parquet if data_type.holds(&|t| *t == DataType::Interval) => {
                return unsupported(name, data_type, "Parquet");
            }
            _ => {}
        }
    }
    Ok(())
}
