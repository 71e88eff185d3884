//! Loads of files written by the tests: values, detection and every error.

mod csv;
mod json;
mod parquet;
mod source;
mod text;

use std::path::PathBuf;

use canopy_format::{DataType, Field, Mode, Schema, Value};
use canopy_storage::OpenOptions;
use tempfile::TempDir;

use super::*;

/// A directory with files, and a runtime for sources.
pub(crate) struct Files {
    folder: TempDir,
    runtime: tokio::runtime::Runtime,
}

impl Files {
    pub fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
            runtime: tokio::runtime::Builder::new_current_thread().build().unwrap(),
        }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn write(&self, name: &str, bytes: impl AsRef<[u8]>) -> &Self {
        std::fs::write(self.path(name), bytes).unwrap();
        self
    }

    pub fn resolve(&self, pattern: &str) -> Result<Vec<Source>> {
        let uri = self.path(pattern).display().to_string();
        Source::resolve(&[uri], &OpenOptions::default(), self.runtime.handle())
    }

    pub fn handle(&self) -> &tokio::runtime::Handle {
        self.runtime.handle()
    }

    /// The message without the folder's name.
    pub fn message(&self, error: &ServerError) -> String {
        error.to_string().replace(&format!("{}/", self.folder.path().display()), "")
    }

    /// All rows of the files.
    pub fn rows(
        &self,
        pattern: &str,
        options: &LoadOptions,
        schema: &Schema,
    ) -> Result<Vec<Vec<Value>>, String> {
        let format = Format::from_uri(pattern).unwrap();
        let read = || {
            let mut rows = Vec::new();
            for reader in open(&self.resolve(pattern)?, format, options, schema)? {
                for batch in reader {
                    let batch = batch?;
                    assert!(batch.rows() > 0 && batch.rows() <= canopy_format::BATCH_ROWS);
                    for (column, field) in batch.columns().iter().zip(&schema.fields) {
                        assert_eq!(column.data_type(), &field.column_type());
                    }
                    for row in 0..batch.rows() {
                        rows.push(batch.columns().iter().map(|column| column.value(row)).collect());
                    }
                }
            }
            Ok(rows)
        };
        read().map_err(|error: ServerError| self.message(&error))
    }

    /// The detected columns as `name TYPE, ...`, and the options to load with.
    pub fn detect(&self, pattern: &str, options: &LoadOptions) -> Result<(String, Detected), String> {
        let found =
            self.resolve(pattern).and_then(|s| detect(&s, Format::from_uri(pattern).unwrap(), options));
        let found = found.map_err(|error| self.message(&error))?;
        assert!(found.schema.fields.iter().all(|field| field.mode != Mode::Required));
        let columns = found.schema.fields.iter().map(|f| format!("{} {}", f.name, f.column_type()));
        Ok((columns.collect::<Vec<_>>().join(", "), found))
    }
}

/// A schema of nullable columns.
pub(crate) fn schema(columns: &[(&str, DataType)]) -> Schema {
    Schema::from_types(columns.iter().map(|(name, data_type)| (*name, data_type, Mode::Nullable))).unwrap()
}

/// The same with its first column REQUIRED.
fn required_first(mut schema: Schema) -> Schema {
    schema.fields[0] = Field { mode: Mode::Required, ..schema.fields[0].clone() };
    schema
}

#[test]
fn formats_by_name_and_extension() {
    let check = |uri: &str, expected: Option<Format>| assert_eq!(Format::from_uri(uri), expected, "{uri}");
    check("a/b.parquet", Some(Format::Parquet));
    check("s3://b/x.CSV.gz", Some(Format::Csv));
    check("x.tsv", Some(Format::Csv));
    check("x*.ndjson", Some(Format::NewlineJson));
    check("json", None);
    check("a.json/b", None);
    check("x.avro", None);
    assert_eq!(Format::from_name("newline_delimited_json").unwrap(), Format::NewlineJson);
    assert!(Format::from_name("AVRO").unwrap_err().to_string().contains("not supported"));
    assert!(Format::from_name("x").unwrap_err().to_string().contains("expected PARQUET"));
}

#[test]
fn options_by_name() {
    let mut options = LoadOptions::default();
    let check =
        |options: &mut LoadOptions, name: &str, value: Value, error: &str| match options.set(name, &value) {
            Ok(()) => assert_eq!(error, "", "{name}"),
            Err(found) => assert!(!error.is_empty() && found.to_string().contains(error), "{name}: {found}"),
        };
    check(&mut options, "SKIP_LEADING_ROWS", 2.into(), "");
    check(&mut options, "field_delimiter", "\\t".into(), "");
    check(&mut options, "quote", "".into(), "");
    check(&mut options, "null_marker", "NA".into(), "");
    check(&mut options, "encoding", "ISO-8859-1".into(), "encoding ISO-8859-1 is not supported");
    check(&mut options, "skip_leading_rows", Value::Int64(-1), "expected INT64 of 0 or more");
    check(&mut options, "quote", "ab".into(), "expected one ASCII character");
    check(&mut options, "field_delimiter", "ä".into(), "expected one ASCII character");
    check(&mut options, "allow_jagged_rows", 1.into(), "expected BOOL");
    check(&mut options, "enable_list_inference", false.into(), "not supported");
    check(&mut options, "hive", 1.into(), "unknown load option hive");
    assert_eq!(options.skip_leading_rows, Some(2));
    assert_eq!((options.field_delimiter, options.quote), (Some(b'\t'), None));
}
