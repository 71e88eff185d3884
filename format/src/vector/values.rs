//! What can be asked of flat values whatever their form.

use super::{ListVector, Values, Vector, pow10};
use crate::{DataType, Value};

impl Values {
    /// Number of values.
    pub fn len(&self) -> usize {
        match self {
            Values::Bool(v) => v.len(),
            Values::I32(v) => v.len(),
            Values::I64(v) => v.len(),
            Values::F64(v) => v.len(),
            Values::Decimal64 { values, .. } => values.len(),
            Values::Decimal128 { values, .. } => values.len(),
            Values::Decimal256(v) => v.len(),
            Values::String(v) => v.len(),
            Values::Interval(v) => v.len(),
            Values::Range(v) => v.len(),
            Values::List(v) => v.offsets.len().saturating_sub(1),
            Values::Struct(children) => children.first().map_or(0, Vector::len),
        }
    }

    /// True when there are no values.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The name of the physical form, for messages.
    pub fn kind(&self) -> &'static str {
        match self {
            Values::Bool(_) => "bits",
            Values::I32(_) => "i32",
            Values::I64(_) => "i64",
            Values::F64(_) => "f64",
            Values::Decimal64 { .. } => "decimal64",
            Values::Decimal128 { .. } => "decimal128",
            Values::Decimal256(_) => "decimal256",
            Values::String(_) => "views",
            Values::Interval(_) => "interval",
            Values::Range(_) => "range",
            Values::List(_) => "list",
            Values::Struct(_) => "struct",
        }
    }

    /// True when values of `data_type` may be carried in this form.
    pub fn suits(&self, data_type: &DataType) -> bool {
        match (self, data_type) {
            (Values::Bool(_), DataType::Bool)
            | (Values::I32(_), DataType::Date)
            | (Values::I64(_), DataType::Int64 | DataType::Time | DataType::Datetime | DataType::Timestamp)
            | (Values::F64(_), DataType::Float64)
            | (Values::Decimal256(_), DataType::BigNumeric)
            | (Values::String(_), DataType::String | DataType::Bytes | DataType::Json)
            | (Values::Interval(_), DataType::Interval)
            | (Values::Range(_), DataType::Range(_)) => true,
            (Values::Decimal64 { scale, .. } | Values::Decimal128 { scale, .. }, DataType::Numeric) => {
                *scale <= 9
            }
            (Values::List(list), DataType::Array(element)) => list.child.data_type() == &**element,
            (Values::Struct(children), DataType::Struct(fields)) => {
                children.len() == fields.len()
                    && children.iter().zip(fields.iter()).all(|(c, f)| c.data_type() == &f.data_type)
            }
            _ => false,
        }
    }

    pub(super) fn value(&self, data_type: &DataType, row: usize) -> Value {
        match self {
            Values::Bool(v) => Value::Bool(v.get(row)),
            Values::I32(v) => Value::Date(v[row]),
            Values::I64(v) => match data_type {
                DataType::Time => Value::Time(v[row]),
                DataType::Datetime => Value::Datetime(v[row]),
                DataType::Timestamp => Value::Timestamp(v[row]),
                _ => Value::Int64(v[row]),
            },
            Values::F64(v) => Value::Float64(v[row]),
            Values::Decimal64 { values, scale } => Value::Numeric(values[row] as i128 * pow10(9 - scale)),
            Values::Decimal128 { values, scale } => Value::Numeric(values[row] * pow10(9 - scale)),
            Values::Decimal256(v) => Value::BigNumeric(v[row]),
            Values::String(v) => match data_type {
                DataType::Bytes => Value::Bytes(v.bytes(row).into()),
                DataType::Json => Value::Json(v.text(row).into()),
                _ => Value::String(v.text(row).into()),
            },
            Values::Interval(v) => Value::Interval(v[row]),
            Values::Range(v) => Value::Range(v[row]),
            Values::List(list) => {
                let range = list.offsets[row] as usize..list.offsets[row + 1] as usize;
                Value::Array(range.map(|element| list.child.value(element)).collect())
            }
            Values::Struct(children) => {
                Value::Struct(children.iter().map(|child| child.value(row)).collect())
            }
        }
    }

    /// The values from `offset`, `len` of them; no copy.
    pub fn slice(&self, offset: usize, len: usize) -> Self {
        match self {
            Values::Bool(v) => Values::Bool(v.slice(offset, len)),
            Values::I32(v) => Values::I32(v.slice(offset, len)),
            Values::I64(v) => Values::I64(v.slice(offset, len)),
            Values::F64(v) => Values::F64(v.slice(offset, len)),
            Values::Decimal64 { values, scale } => {
                Values::Decimal64 { values: values.slice(offset, len), scale: *scale }
            }
            Values::Decimal128 { values, scale } => {
                Values::Decimal128 { values: values.slice(offset, len), scale: *scale }
            }
            Values::Decimal256(v) => Values::Decimal256(v.slice(offset, len)),
            Values::String(v) => Values::String(v.slice(offset, len)),
            Values::Interval(v) => Values::Interval(v.slice(offset, len)),
            Values::Range(v) => Values::Range(v.slice(offset, len)),
            Values::List(list) => Values::List(ListVector {
                offsets: list.offsets.slice(offset, len + 1),
                child: list.child.clone(),
            }),
            Values::Struct(children) => {
                Values::Struct(children.iter().map(|c| c.slice(offset, len)).collect())
            }
        }
    }

    pub(super) fn byte_size(&self) -> usize {
        match self {
            Values::Bool(v) => v.len() / 8,
            Values::I32(v) => v.len() * 4,
            Values::I64(v) | Values::Decimal64 { values: v, .. } => v.len() * 8,
            Values::F64(v) => v.len() * 8,
            Values::Decimal128 { values, .. } => values.len() * 16,
            Values::Decimal256(v) => v.len() * 32,
            Values::String(v) => {
                v.len() * 16 + v.views().iter().filter(|w| !w.is_inline()).map(|w| w.len()).sum::<usize>()
            }
            Values::Interval(v) => v.len() * 16,
            Values::Range(v) => v.len() * 16,
            Values::List(list) => {
                // A sliced list still holds all elements: only its share of them counts.
                let (first, last) = (list.offsets[0] as usize, list.offsets[list.offsets.len() - 1] as usize);
                let elements = list.child.byte_size() as u64 * (last - first) as u64;
                list.offsets.len() * 4 + (elements / list.child.len().max(1) as u64) as usize
            }
            Values::Struct(children) => children.iter().map(Vector::byte_size).sum(),
        }
    }
}
