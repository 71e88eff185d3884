//! GoogleSQL's logical types. The physical form of a column is chosen separately, in [`crate::Values`].

use std::fmt;
use std::sync::Arc;

/// A GoogleSQL type, without the parameters of STRING(L) or NUMERIC(P, S).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum DataType {
    /// BOOL.
    Bool,
    /// INT64.
    Int64,
    /// FLOAT64.
    Float64,
    /// NUMERIC: 38 digits, at most 9 after the point.
    Numeric,
    /// BIGNUMERIC: at least 76 digits, at most 38 after the point.
    BigNumeric,
    /// STRING: UTF-8.
    String,
    /// BYTES.
    Bytes,
    /// DATE: days since 1970-01-01.
    Date,
    /// TIME: microseconds since midnight.
    Time,
    /// DATETIME: microseconds since 1970-01-01 00:00:00, without a zone.
    Datetime,
    /// TIMESTAMP: microseconds since the epoch, UTC.
    Timestamp,
    /// INTERVAL: months, days and microseconds, kept apart.
    Interval,
    /// JSON: canonical text.
    Json,
    /// RANGE of dates or moments: a start that is in it and an end that is not, either may be unbounded.
    Range(RangeElement),
    /// ARRAY of an element type, which is never itself an ARRAY.
    Array(Arc<DataType>),
    /// STRUCT with ordered, possibly anonymous fields.
    Struct(Arc<[StructField]>),
}

/// What the bounds of a RANGE are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RangeElement {
    /// RANGE<DATE>.
    Date,
    /// RANGE<DATETIME>.
    Datetime,
    /// RANGE<TIMESTAMP>.
    Timestamp,
}

impl RangeElement {
    /// The type of a bound.
    pub fn data_type(self) -> DataType {
        match self {
            RangeElement::Date => DataType::Date,
            RangeElement::Datetime => DataType::Datetime,
            RangeElement::Timestamp => DataType::Timestamp,
        }
    }

    /// The element of ranges with bounds of the type; None where there are no such ranges.
    pub fn of(bound: &DataType) -> Option<Self> {
        match bound {
            DataType::Date => Some(RangeElement::Date),
            DataType::Datetime => Some(RangeElement::Datetime),
            DataType::Timestamp => Some(RangeElement::Timestamp),
            _ => None,
        }
    }
}

/// One field of a STRUCT type.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct StructField {
    /// The field's name; empty when anonymous.
    pub name: String,
    /// The field's type.
    pub data_type: DataType,
}

impl DataType {
    /// Every type without parts.
    pub const SCALARS: [DataType; 16] = [
        DataType::Bool,
        DataType::Int64,
        DataType::Float64,
        DataType::Numeric,
        DataType::BigNumeric,
        DataType::String,
        DataType::Bytes,
        DataType::Date,
        DataType::Time,
        DataType::Datetime,
        DataType::Timestamp,
        DataType::Interval,
        DataType::Json,
        DataType::Range(RangeElement::Date),
        DataType::Range(RangeElement::Datetime),
        DataType::Range(RangeElement::Timestamp),
    ];

    /// ARRAY<element>.
    pub fn array(element: DataType) -> Self {
        DataType::Array(Arc::new(element))
    }

    /// STRUCT with the named fields; an empty name makes an anonymous field.
    pub fn structure<N: Into<String>>(fields: impl IntoIterator<Item = (N, DataType)>) -> Self {
        DataType::Struct(
            fields
                .into_iter()
                .map(|(name, data_type)| StructField { name: name.into(), data_type })
                .collect(),
        )
    }

    /// The element type of an ARRAY.
    pub fn element(&self) -> Option<&DataType> {
        match self {
            DataType::Array(element) => Some(element),
            _ => None,
        }
    }

    /// The fields of a STRUCT.
    pub fn fields(&self) -> Option<&[StructField]> {
        match self {
            DataType::Struct(fields) => Some(fields),
            _ => None,
        }
    }

    /// True for INT64, FLOAT64, NUMERIC and BIGNUMERIC.
    pub fn is_numeric(&self) -> bool {
        matches!(self, DataType::Int64 | DataType::Float64 | DataType::Numeric | DataType::BigNumeric)
    }

    /// True where the type has no parts: neither ARRAY nor STRUCT.
    pub fn is_scalar(&self) -> bool {
        !matches!(self, DataType::Array(_) | DataType::Struct(_))
    }

    /// True where this type is a wanted one, or one of its parts is.
    pub fn holds(&self, wanted: &impl Fn(&DataType) -> bool) -> bool {
        wanted(self)
            || match self {
                DataType::Array(element) => element.holds(wanted),
                DataType::Struct(fields) => fields.iter().any(|field| field.data_type.holds(wanted)),
                _ => false,
            }
    }
}

impl fmt::Display for DataType {
    /// Spells the type as GoogleSQL does: `ARRAY<STRUCT<a INT64, STRING>>`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match self {
            DataType::Bool => "BOOL",
            DataType::Int64 => "INT64",
            DataType::Float64 => "FLOAT64",
            DataType::Numeric => "NUMERIC",
            DataType::BigNumeric => "BIGNUMERIC",
            DataType::String => "STRING",
            DataType::Bytes => "BYTES",
            DataType::Date => "DATE",
            DataType::Time => "TIME",
            DataType::Datetime => "DATETIME",
            DataType::Timestamp => "TIMESTAMP",
            DataType::Interval => "INTERVAL",
            DataType::Json => "JSON",
            DataType::Range(element) => return write!(f, "RANGE<{}>", element.data_type()),
            DataType::Array(element) => return write!(f, "ARRAY<{element}>"),
            DataType::Struct(fields) => {
                f.write_str("STRUCT<")?;
                for (i, field) in fields.iter().enumerate() {
                    if i > 0 {
                        f.write_str(", ")?;
                    }
                    if !field.name.is_empty() {
                        write!(f, "{} ", field.name)?;
                    }
                    write!(f, "{}", field.data_type)?;
                }
                return f.write_str(">");
            }
        };
        f.write_str(name)
    }
}
