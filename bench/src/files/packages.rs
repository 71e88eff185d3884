//! Data sets that Python packages ship: real rows, which nobody made up for a benchmark.

use std::path::Path;
use std::process::Command;

use bytes::Bytes;
use canopy_format::{DataType, Field, arrow};

use super::dataset::Dataset;
use super::{Failure, Options, parquet};

/// The data sets that this Python has packages for; none without a Python.
pub(super) fn datasets(options: &Options) -> Result<Vec<Dataset>, Failure> {
    let Some(python) = &options.python else { return Ok(Vec::new()) };
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("files/packages.py");
    let output = Command::new(python).arg(script).arg(&options.work).output()?;
    if !output.status.success() {
        return Err(format!("packages.py: {}", String::from_utf8_lossy(&output.stderr)).into());
    }
    String::from_utf8_lossy(&output.stdout).lines().map(|path| dataset(Path::new(path))).collect()
}

fn dataset(path: &Path) -> Result<Dataset, Failure> {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let bytes = Bytes::from(std::fs::read(path)?);
    let reader = parquet::reader(&bytes, &[])?;
    let schema = arrow::schema_from_arrow(&arrow_array::RecordBatchReader::schema(&reader))?;
    let types: Vec<DataType> = schema.fields.iter().map(Field::column_type).collect();
    let batches = reader
        .map(|batch| Ok(arrow::record_batch_to_batch(&batch?, &types)?))
        .collect::<Result<Vec<_>, Failure>>()?;
    Ok(Dataset { name: name.trim_end_matches(".source.parquet").to_owned(), schema, batches })
}
