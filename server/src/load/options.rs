//! Formats and options of loads, by the names that LOAD DATA and BigQuery's API give them.

use canopy_format::Value;

use crate::error::{ErrorKind, Result, ServerError};

/// A file format that can be loaded and exported.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Apache Parquet.
    Parquet,
    /// Delimited text.
    Csv,
    /// One JSON object a line.
    NewlineJson,
}

impl Format {
    /// Returns the format of this name, without case: PARQUET, CSV, JSON, NEWLINE_DELIMITED_JSON.
    ///
    /// # Errors
    /// [`ErrorKind::Unsupported`] for BigQuery's other formats, [`ErrorKind::Invalid`] for no format at all.
    pub fn from_name(name: &str) -> Result<Self> {
        match name.to_ascii_uppercase().as_str() {
            "PARQUET" => Ok(Format::Parquet),
            "CSV" => Ok(Format::Csv),
            "JSON" | "NEWLINE_DELIMITED_JSON" | "JSONL" | "NDJSON" => Ok(Format::NewlineJson),
            known @ ("AVRO" | "ORC" | "DATASTORE_BACKUP" | "GOOGLE_SHEETS" | "BIGTABLE" | "ICEBERG") => {
                Err(ServerError::new(ErrorKind::Unsupported, format!("format {known} is not supported")))
            }
            _ => Err(ServerError::invalid(format!(
                "unknown format {name:?}: expected PARQUET, CSV or NEWLINE_DELIMITED_JSON"
            ))),
        }
    }

    /// Returns the format that a file name's extension tells, `.gz` left out; None when it tells none.
    pub fn from_uri(uri: &str) -> Option<Self> {
        let lower = uri.to_ascii_lowercase();
        let stem = lower.strip_suffix(".gz").unwrap_or(&lower);
        match stem.rsplit(['/', '.']).next()? {
            extension if extension.len() == stem.len() => None,
            "parquet" | "parq" => Some(Format::Parquet),
            "csv" | "tsv" => Some(Format::Csv),
            "json" | "jsonl" | "ndjson" => Some(Format::NewlineJson),
            _ => None,
        }
    }
}

/// How files are read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoadOptions {
    /// CSV: rows at the start of each file that are no data. Unset means none, or a header where detection sees one.
    pub skip_leading_rows: Option<u64>,
    /// CSV: the byte between fields. Unset means a comma, a tab for `.tsv`, or what detection sees.
    pub field_delimiter: Option<u8>,
    /// CSV: the byte around fields; None for no quoting.
    pub quote: Option<u8>,
    /// CSV: the unquoted text that stands for NULL. Unset means the empty text.
    pub null_marker: Option<String>,
    /// CSV: rows that lack trailing columns are filled with NULLs.
    pub allow_jagged_rows: bool,
    /// CSV: a quoted field may hold line breaks.
    pub allow_quoted_newlines: bool,
    /// CSV: columns match by the names in the last skipped row, not by position.
    pub match_columns_by_name: bool,
    /// CSV and JSON: rows over all files that may be bad, and are left out.
    pub max_bad_records: u64,
    /// Values without a column are left out, not errors.
    pub ignore_unknown_values: bool,
}

impl Default for LoadOptions {
    fn default() -> Self {
        Self {
            skip_leading_rows: None,
            field_delimiter: None,
            quote: Some(b'"'),
            null_marker: None,
            allow_jagged_rows: false,
            allow_quoted_newlines: false,
            match_columns_by_name: false,
            max_bad_records: 0,
            ignore_unknown_values: false,
        }
    }
}

impl LoadOptions {
    /// Sets an option by its name in LOAD DATA; `format` and `uris` are not among them.
    ///
    /// # Errors
    /// When there is no such option, its value is of another type or out of range, or asks for what is not there yet.
    pub fn set(&mut self, name: &str, value: &Value) -> Result<()> {
        let name = name.to_ascii_lowercase();
        match name.as_str() {
            "skip_leading_rows" => self.skip_leading_rows = Some(count(&name, value)?),
            "field_delimiter" => self.field_delimiter = Some(delimiter(text(&name, value)?)?),
            "quote" => {
                self.quote = match text(&name, value)?.as_bytes() {
                    [] => None,
                    [byte] if byte.is_ascii() => Some(*byte),
                    _ => return Err(expected(&name, "one ASCII character, or none", value)),
                }
            }
            "null_marker" => self.null_marker = Some(text(&name, value)?.to_owned()),
            "allow_jagged_rows" => self.allow_jagged_rows = flag(&name, value)?,
            "allow_quoted_newlines" => self.allow_quoted_newlines = flag(&name, value)?,
            "max_bad_records" => self.max_bad_records = count(&name, value)?,
            "ignore_unknown_values" => self.ignore_unknown_values = flag(&name, value)?,
            "source_column_match" => {
                self.match_columns_by_name = match text(&name, value)?.to_ascii_uppercase().as_str() {
                    "NAME" => true,
                    "POSITION" => false,
                    _ => return Err(expected(&name, "'NAME' or 'POSITION'", value)),
                }
            }
            "encoding" => match text(&name, value)?.to_ascii_uppercase().as_str() {
                "UTF-8" | "UTF8" => {}
                other => {
                    return Err(unsupported(format!("encoding {other} is not supported; expected UTF-8")));
                }
            },
            // Files of these kinds are always recognised: by the bytes they start with, by their schema.
            "compression" => match text(&name, value)?.to_ascii_uppercase().as_str() {
                "GZIP" | "NONE" => {}
                other => {
                    return Err(unsupported(format!("compression {other} is not supported; expected GZIP")));
                }
            },
            "enable_list_inference" if !flag(&name, value)? => {
                return Err(unsupported(
                    "enable_list_inference = false is not supported: Parquet lists become ARRAY columns"
                        .into(),
                ));
            }
            "enable_list_inference" => {}
            _ => {
                return Err(ServerError::invalid(format!(
                    "unknown load option {name}: expected one of allow_jagged_rows, allow_quoted_newlines, \
                     compression, enable_list_inference, encoding, field_delimiter, format, ignore_unknown_values, \
                     max_bad_records, null_marker, quote, skip_leading_rows, source_column_match, uris"
                )));
            }
        }
        Ok(())
    }
}

/// The byte that a delimiter option names: one ASCII character, `\t` or `tab`.
pub(crate) fn delimiter(text: &str) -> Result<u8> {
    match text.as_bytes() {
        b"\\t" | b"tab" => Ok(b'\t'),
        [byte] if byte.is_ascii() && !matches!(byte, b'\n' | b'\r') => Ok(*byte),
        _ => Err(ServerError::invalid(format!(
            "option field_delimiter: expected one ASCII character that is no line break, found {text:?}"
        ))),
    }
}

fn unsupported(message: String) -> ServerError {
    ServerError::new(ErrorKind::Unsupported, message)
}

fn expected(name: &str, what: &str, value: &Value) -> ServerError {
    ServerError::invalid(format!("option {name}: expected {what}, found {value:?}"))
}

fn text<'a>(name: &str, value: &'a Value) -> Result<&'a str> {
    match value {
        Value::String(text) => Ok(text),
        _ => Err(expected(name, "STRING", value)),
    }
}

fn flag(name: &str, value: &Value) -> Result<bool> {
    match value {
        Value::Bool(flag) => Ok(*flag),
        _ => Err(expected(name, "BOOL", value)),
    }
}

fn count(name: &str, value: &Value) -> Result<u64> {
    match value {
        Value::Int64(count) if *count >= 0 => Ok(*count as u64),
        _ => Err(expected(name, "INT64 of 0 or more", value)),
    }
}
