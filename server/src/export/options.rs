//! Options of exports, by the names that EXPORT DATA gives them.

use canopy_format::Value;

use crate::error::{ErrorKind, Result, ServerError};
use crate::load::{Format, delimiter};

/// How a file's bytes are made smaller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compression {
    /// Not at all.
    None,
    /// gzip, around CSV and JSON; of Parquet's pages.
    Gzip,
    /// Snappy, of Parquet's pages.
    Snappy,
    /// Zstandard, of Parquet's pages.
    Zstd,
}

/// How files are written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExportOptions {
    /// The compression. Unset means Zstandard for Parquet and none for text.
    pub compression: Option<Compression>,
    /// CSV: whether the first row holds the columns' names.
    pub header: bool,
    /// CSV: the byte between fields.
    pub field_delimiter: u8,
    /// Whether files that are there are replaced.
    pub overwrite: bool,
    /// Bytes after which the next file is begun, where the URI has a `*`.
    pub file_bytes_max: u64,
}

impl Default for ExportOptions {
    fn default() -> Self {
        Self {
            compression: None,
            header: true,
            field_delimiter: b',',
            overwrite: false,
            file_bytes_max: 256 << 20,
        }
    }
}

impl ExportOptions {
    /// Sets an option by its name in EXPORT DATA; `format` and `uri` are not among them.
    ///
    /// # Errors
    /// When there is no such option, or its value is of another type or not known.
    pub fn set(&mut self, name: &str, value: &Value) -> Result<()> {
        let name = name.to_ascii_lowercase();
        match (name.as_str(), value) {
            ("compression", Value::String(text)) => {
                self.compression = Some(match text.to_ascii_uppercase().as_str() {
                    "NONE" => Compression::None,
                    "GZIP" => Compression::Gzip,
                    "SNAPPY" => Compression::Snappy,
                    "ZSTD" => Compression::Zstd,
                    _ => {
                        let message = format!(
                            "compression {text} is not supported; expected NONE, GZIP, SNAPPY or ZSTD"
                        );
                        return Err(ServerError::new(ErrorKind::Unsupported, message));
                    }
                });
            }
            ("header", Value::Bool(flag)) => self.header = *flag,
            ("overwrite", Value::Bool(flag)) => self.overwrite = *flag,
            ("field_delimiter", Value::String(text)) => self.field_delimiter = delimiter(text)?,
            ("compression" | "field_delimiter", _) => return Err(mistyped(&name, "STRING", value)),
            ("header" | "overwrite", _) => return Err(mistyped(&name, "BOOL", value)),
            _ => {
                return Err(ServerError::invalid(format!(
                    "unknown export option {name}: expected one of compression, field_delimiter, format, header, \
                     overwrite, uri"
                )));
            }
        }
        Ok(())
    }

    /// Refuses a compression that the format does not have.
    pub(super) fn check(&self, format: Format) -> Result<()> {
        match (format, self.compression) {
            (Format::Csv | Format::NewlineJson, Some(Compression::Snappy | Compression::Zstd)) => {
                Err(ServerError::invalid("CSV and JSON are compressed with GZIP or NONE"))
            }
            _ => Ok(()),
        }
    }
}

fn mistyped(name: &str, expected: &str, value: &Value) -> ServerError {
    ServerError::invalid(format!("option {name}: expected {expected}, found {value:?}"))
}
