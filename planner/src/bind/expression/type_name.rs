//! Type names.

use canopy_format::{DataType, RangeElement, StructField};

use crate::bind::error::{BindError, Result};
use crate::syntax::ast::{self, DataTypeKind};

/// Returns the type that is written.
pub(in crate::bind) fn data_type(syntax: &ast::DataType) -> Result<DataType> {
    if let Some(collate) = &syntax.collate {
        return Err(BindError::unsupported("COLLATE", collate.span));
    }
    match &syntax.kind {
        DataTypeKind::Named(path) => named_type(path),
        DataTypeKind::Array(element) => match data_type(element)? {
            DataType::Array(_) => Err(BindError::new("Arrays of arrays are not supported", syntax.span)),
            element => Ok(DataType::array(element)),
        },
        DataTypeKind::Struct(fields) => {
            let field = |field: &ast::StructFieldType| -> Result<StructField> {
                let name = field.name.as_ref().map(|name| name.value.clone()).unwrap_or_default();
                Ok(StructField { name, data_type: data_type(&field.data_type)? })
            };
            Ok(DataType::Struct(fields.iter().map(field).collect::<Result<_>>()?))
        }
        DataTypeKind::Range(element) => range_type(data_type(element)?, syntax.span),
        DataTypeKind::Any(name) => {
            Err(BindError::unsupported(format!("Type ANY {}", name.value), syntax.span))
        }
    }
}

/// Returns the type of ranges with such bounds.
pub(in crate::bind) fn range_type(bound: DataType, span: ast::Span) -> Result<DataType> {
    match RangeElement::of(&bound) {
        Some(element) => Ok(DataType::Range(element)),
        None => Err(BindError::new(format!("Unsupported type: RANGE<{bound}>"), span)),
    }
}

/// Returns the scalar type of the name.
pub(in crate::bind) fn named_type(path: &ast::Path) -> Result<DataType> {
    let name = path.dotted();
    Ok(match name.to_ascii_uppercase().as_str() {
        "BOOL" | "BOOLEAN" => DataType::Bool,
        "INT64" | "INT" | "SMALLINT" | "INTEGER" | "BIGINT" | "TINYINT" | "BYTEINT" => DataType::Int64,
        "FLOAT64" => DataType::Float64,
        "NUMERIC" | "DECIMAL" => DataType::Numeric,
        "BIGNUMERIC" | "BIGDECIMAL" => DataType::BigNumeric,
        "STRING" => DataType::String,
        "BYTES" => DataType::Bytes,
        "DATE" => DataType::Date,
        "TIME" => DataType::Time,
        "DATETIME" => DataType::Datetime,
        "TIMESTAMP" => DataType::Timestamp,
        "INTERVAL" => DataType::Interval,
        "JSON" => DataType::Json,
        "GEOGRAPHY" => return Err(BindError::unsupported("Type GEOGRAPHY", path.span)),
        _ => return Err(BindError::new(format!("Type not found: {name}"), path.span)),
    })
}
