//! Columns under construction: text goes in without a detour through values.

use canopy_format::vector::VectorBuilder;
use canopy_format::{BitmapBuilder, DataType, FormatError, StringBuilder, Value, Values, Vector};

/// A checked field of one row, not yet in its column.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Cell<'a> {
    /// The bytes of a STRING.
    Text(&'a [u8]),
    /// Anything else, NULL too.
    Value(Value),
}

/// Collects one column of a batch.
pub(super) enum ColumnBuilder {
    Text { strings: StringBuilder, validity: BitmapBuilder, has_nulls: bool },
    Other(VectorBuilder),
}

impl ColumnBuilder {
    /// Returns an empty column.
    pub fn new(data_type: &DataType) -> Self {
        match data_type {
            DataType::String => Self::Text {
                strings: StringBuilder::default(),
                validity: BitmapBuilder::default(),
                has_nulls: false,
            },
            other => Self::Other(VectorBuilder::new(other)),
        }
    }

    /// Appends a row's field.
    pub fn push(&mut self, cell: &Cell<'_>) -> Result<(), FormatError> {
        match (self, cell) {
            (Self::Other(builder), Cell::Value(value)) => builder.push(value),
            (Self::Other(builder), Cell::Text(text)) => {
                builder.push(&Value::String(String::from_utf8_lossy(text).into()))
            }
            (Self::Text { strings, validity, .. }, Cell::Text(text)) => {
                strings.push(text);
                validity.push(true);
                Ok(())
            }
            (Self::Text { strings, validity, .. }, Cell::Value(Value::String(text))) => {
                strings.push(text.as_bytes());
                validity.push(true);
                Ok(())
            }
            (Self::Text { strings, validity, has_nulls }, Cell::Value(Value::Null)) => {
                strings.push_empty();
                validity.push(false);
                *has_nulls = true;
                Ok(())
            }
            (Self::Text { .. }, Cell::Value(other)) => Err(FormatError::Value {
                column: String::new(),
                reason: format!("expected STRING, found {other:?}"),
            }),
        }
    }

    /// The finished column.
    pub fn finish(self) -> Vector {
        match self {
            Self::Other(builder) => builder.finish(),
            Self::Text { strings, validity, has_nulls } => {
                let validity = has_nulls.then(|| validity.finish());
                Vector::flat(DataType::String, Values::String(strings.finish()), validity)
            }
        }
    }
}
