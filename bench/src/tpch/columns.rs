//! Columns that grow row by row: the fast path of the generator.

use canopy_format::{BufferMut, DataType, StringBuilder, Values, Vector};

/// A column without NULLs.
pub(super) enum Column {
    Int64(BufferMut<i64>),
    /// NUMERIC with two digits after the point.
    Money(BufferMut<i64>),
    Date(BufferMut<i32>),
    Text(StringBuilder),
}

impl Column {
    /// An empty column of a type that TPC-H has.
    pub(super) fn new(data_type: &DataType) -> Self {
        match data_type {
            DataType::Int64 => Column::Int64(BufferMut::new()),
            DataType::Numeric => Column::Money(BufferMut::new()),
            DataType::Date => Column::Date(BufferMut::new()),
            _ => Column::Text(StringBuilder::default()),
        }
    }

    pub(super) fn int(&mut self, value: i64) {
        match self {
            Column::Int64(column) => column.push(value),
            _ => unreachable!("the generator follows the schema"),
        }
    }

    pub(super) fn money(&mut self, cents: i64) {
        match self {
            Column::Money(column) => column.push(cents),
            _ => unreachable!("the generator follows the schema"),
        }
    }

    pub(super) fn date(&mut self, days: i32) {
        match self {
            Column::Date(column) => column.push(days),
            _ => unreachable!("the generator follows the schema"),
        }
    }

    pub(super) fn text(&mut self, value: &str) {
        match self {
            Column::Text(column) => column.push(value.as_bytes()),
            _ => unreachable!("the generator follows the schema"),
        }
    }

    pub(super) fn finish(self) -> Vector {
        match self {
            Column::Int64(column) => Vector::from_i64(column.freeze()),
            Column::Money(column) => {
                Vector::flat(DataType::Numeric, Values::Decimal64 { values: column.freeze(), scale: 2 }, None)
            }
            Column::Date(column) => Vector::flat(DataType::Date, Values::I32(column.freeze()), None),
            Column::Text(column) => Vector::flat(DataType::String, Values::String(column.finish()), None),
        }
    }
}
