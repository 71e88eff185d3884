//! Schemas to and from Arrow's.

use std::collections::HashMap;
use std::sync::Arc;

use arrow_schema::{DataType as ArrowType, Field as ArrowField, Fields, IntervalUnit, TimeUnit};

use crate::{DataType, Field, FieldId, FormatError, Mode, RangeElement, Result, Schema};

/// Metadata key under which Arrow names extension types.
const EXTENSION_NAME: &str = "ARROW:extension:name";
/// The canonical extension name of JSON text.
const JSON_EXTENSION: &str = "arrow.json";
/// The extension name of a struct of two bounds that is a RANGE.
const RANGE_EXTENSION: &str = "canopy.range";
/// Metadata key that Parquet writers take field ids from.
const FIELD_ID: &str = "PARQUET:field_id";

/// Returns the Arrow type that carries `data_type`.
pub fn arrow_type(data_type: &DataType) -> ArrowType {
    match data_type {
        DataType::Bool => ArrowType::Boolean,
        DataType::Int64 => ArrowType::Int64,
        DataType::Float64 => ArrowType::Float64,
        DataType::Numeric => ArrowType::Decimal128(38, 9),
        DataType::BigNumeric => ArrowType::Decimal256(76, 38),
        DataType::String | DataType::Json => ArrowType::Utf8View,
        DataType::Bytes => ArrowType::BinaryView,
        DataType::Date => ArrowType::Date32,
        DataType::Time => ArrowType::Time64(TimeUnit::Microsecond),
        DataType::Datetime => ArrowType::Timestamp(TimeUnit::Microsecond, None),
        DataType::Timestamp => ArrowType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
        DataType::Interval => ArrowType::Interval(IntervalUnit::MonthDayNano),
        DataType::Array(element) => ArrowType::List(Arc::new(arrow_field("item", element, true))),
        DataType::Range(element) => {
            let bound = |name| arrow_field(name, &element.data_type(), true);
            ArrowType::Struct([bound("start"), bound("end")].into_iter().collect())
        }
        DataType::Struct(fields) => {
            ArrowType::Struct(fields.iter().map(|f| arrow_field(&f.name, &f.data_type, true)).collect())
        }
    }
}

/// Returns the Arrow field of a column; JSON and RANGE carry their extension names.
pub fn arrow_field(name: &str, data_type: &DataType, nullable: bool) -> ArrowField {
    ArrowField::new(name, arrow_type(data_type), nullable).with_metadata(extension(data_type))
}

/// The metadata that tells a type from others of its Arrow type.
fn extension(data_type: &DataType) -> HashMap<String, String> {
    let name = match data_type {
        DataType::Json => JSON_EXTENSION,
        DataType::Range(_) => RANGE_EXTENSION,
        _ => return HashMap::new(),
    };
    HashMap::from([(EXTENSION_NAME.to_owned(), name.to_owned())])
}

/// Returns the Arrow schema of result columns: every field nullable.
pub fn types_to_arrow<'a>(
    columns: impl IntoIterator<Item = (&'a str, &'a DataType)>,
) -> arrow_schema::Schema {
    arrow_schema::Schema::new(
        columns.into_iter().map(|(name, data_type)| arrow_field(name, data_type, true)).collect::<Vec<_>>(),
    )
}

/// Returns the Arrow schema of a table: modes become nullability, and ids ride along as Parquet field ids.
pub fn arrow_schema(schema: &Schema) -> arrow_schema::Schema {
    arrow_schema::Schema::new(schema.fields.iter().map(table_field).collect::<Vec<_>>())
}

fn table_field(field: &Field) -> ArrowField {
    let value_type = match field.children.is_empty() {
        true => arrow_type(&field.data_type),
        false => ArrowType::Struct(field.children.iter().map(table_field).collect::<Fields>()),
    };
    let mut metadata = HashMap::from([(FIELD_ID.to_owned(), field.id.0.to_string())]);
    if field.mode == Mode::Repeated {
        let item = ArrowField::new("item", value_type, true).with_metadata(extension(&field.data_type));
        return ArrowField::new(&field.name, ArrowType::List(Arc::new(item)), true).with_metadata(metadata);
    }
    metadata.extend(extension(&field.data_type));
    ArrowField::new(&field.name, value_type, field.mode == Mode::Nullable).with_metadata(metadata)
}

/// Returns the GoogleSQL type that an Arrow field's values become.
///
/// # Errors
/// [`FormatError::Schema`] for types without a counterpart: unions, durations, run-end encoding,
/// decimals beyond BIGNUMERIC, a list directly in a list.
pub fn type_from_arrow(field: &ArrowField) -> Result<DataType> {
    let unsupported = |why: &str| {
        FormatError::Schema(format!("column {}: Arrow type {} {why}", field.name(), field.data_type()))
    };
    Ok(match field.data_type() {
        ArrowType::Boolean => DataType::Bool,
        t if t.is_integer() => DataType::Int64,
        ArrowType::Float16 | ArrowType::Float32 | ArrowType::Float64 => DataType::Float64,
        ArrowType::Decimal32(p, s)
        | ArrowType::Decimal64(p, s)
        | ArrowType::Decimal128(p, s)
        | ArrowType::Decimal256(p, s) => decimal_type(*p as i32, *s as i32)
            .ok_or_else(|| unsupported("has more digits than BIGNUMERIC holds"))?,
        ArrowType::Utf8 | ArrowType::LargeUtf8 | ArrowType::Utf8View => {
            match field.metadata().get(EXTENSION_NAME).map(String::as_str) {
                Some(JSON_EXTENSION) => DataType::Json,
                _ => DataType::String,
            }
        }
        // A column of which only NULLs were seen: STRING, as in BigQuery's schema detection.
        ArrowType::Null => DataType::String,
        ArrowType::Binary
        | ArrowType::LargeBinary
        | ArrowType::BinaryView
        | ArrowType::FixedSizeBinary(_) => DataType::Bytes,
        ArrowType::Date32 | ArrowType::Date64 => DataType::Date,
        ArrowType::Time32(_) | ArrowType::Time64(_) => DataType::Time,
        ArrowType::Timestamp(_, None) => DataType::Datetime,
        ArrowType::Timestamp(_, Some(_)) => DataType::Timestamp,
        ArrowType::Interval(_) => DataType::Interval,
        ArrowType::Dictionary(_, values) => {
            let inner = ArrowField::new(field.name(), (**values).clone(), true);
            type_from_arrow(&inner.with_metadata(field.metadata().clone()))?
        }
        ArrowType::List(item)
        | ArrowType::LargeList(item)
        | ArrowType::FixedSizeList(item, _)
        | ArrowType::Map(item, _) => match type_from_arrow(item)? {
            DataType::Array(_) => return Err(unsupported("is an array of arrays, which has no ARRAY type")),
            element => DataType::array(element),
        },
        ArrowType::Struct(fields)
            if field.metadata().get(EXTENSION_NAME).is_some_and(|name| name == RANGE_EXTENSION) =>
        {
            let [start, _end] = &fields[..] else { return Err(unsupported("is a range of not two bounds")) };
            match RangeElement::of(&type_from_arrow(start)?) {
                Some(element) => DataType::Range(element),
                None => return Err(unsupported("is a range of neither dates nor moments")),
            }
        }
        ArrowType::Struct(fields) => {
            let mut parts = Vec::with_capacity(fields.len());
            for part in fields {
                parts.push((part.name().clone(), type_from_arrow(part)?));
            }
            DataType::structure(parts)
        }
        _ => return Err(unsupported("has no GoogleSQL counterpart")),
    })
}

/// NUMERIC where the digits fit, else BIGNUMERIC, else None.
fn decimal_type(precision: i32, scale: i32) -> Option<DataType> {
    let whole = precision - scale;
    match scale {
        ..=9 if whole <= 29 => Some(DataType::Numeric),
        ..=38 if whole <= 38 => Some(DataType::BigNumeric),
        _ => None,
    }
}

/// Returns a table schema with fresh ids for an Arrow schema; non-nullable fields become REQUIRED.
///
/// # Errors
/// As [`type_from_arrow`], and for column names that repeat or are empty.
pub fn schema_from_arrow(schema: &arrow_schema::Schema) -> Result<Schema> {
    let mut next = 1;
    let fields = fields_from_arrow("table", schema.fields(), &mut next)?;
    Ok(Schema { fields, next_field_id: next })
}

fn fields_from_arrow(owner: &str, fields: &Fields, next: &mut u32) -> Result<Vec<Field>> {
    let mut seen = std::collections::HashSet::new();
    let mut out = Vec::with_capacity(fields.len());
    for field in fields {
        if field.name().is_empty() || !seen.insert(field.name().to_ascii_lowercase()) {
            return Err(FormatError::Schema(format!(
                "empty or duplicate column name {:?} in {owner}",
                field.name()
            )));
        }
        out.push(field_from_arrow(field, next)?);
    }
    Ok(out)
}

fn field_from_arrow(field: &ArrowField, next: &mut u32) -> Result<Field> {
    let column_type = type_from_arrow(field)?;
    let mode = match (&column_type, field.is_nullable()) {
        (DataType::Array(_), _) => Mode::Repeated,
        (_, true) => Mode::Nullable,
        (_, false) => Mode::Required,
    };
    let value_type = column_type.element().cloned().unwrap_or(column_type);
    let id = *next;
    *next += 1;
    match (&value_type, struct_fields(field.data_type())) {
        (DataType::Struct(_), Some(parts)) => {
            Ok(Field::structure(id, field.name(), mode, fields_from_arrow(field.name(), parts, next)?))
        }
        _ => Ok(Field { id: FieldId(id), ..Field::scalar(id, field.name(), value_type, mode) }),
    }
}

/// The fields of a struct, or of the struct elements of a list.
fn struct_fields(data_type: &ArrowType) -> Option<&Fields> {
    match data_type {
        ArrowType::Struct(fields) => Some(fields),
        ArrowType::List(item)
        | ArrowType::LargeList(item)
        | ArrowType::FixedSizeList(item, _)
        | ArrowType::Map(item, _) => struct_fields(item.data_type()),
        _ => None,
    }
}
