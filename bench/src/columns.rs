//! Columns that grow row by row: the fast path of the generators.

use canopy_format::{Batch, BitmapBuilder, BufferMut, DataType, StringBuilder, Values, Vector};

/// A column without NULLs.
enum Column {
    /// INT64 and TIMESTAMP.
    Int(BufferMut<i64>, DataType),
    Float(BufferMut<f64>),
    Bool(BitmapBuilder),
    /// NUMERIC with two digits after the point.
    Money(BufferMut<i64>),
    Date(BufferMut<i32>),
    Text(StringBuilder),
}

impl Column {
    /// An empty column of a type that a generator has.
    fn new(data_type: &DataType) -> Self {
        match data_type {
            DataType::Int64 | DataType::Timestamp => Column::Int(BufferMut::new(), data_type.clone()),
            DataType::Float64 => Column::Float(BufferMut::new()),
            DataType::Bool => Column::Bool(BitmapBuilder::default()),
            DataType::Numeric => Column::Money(BufferMut::new()),
            DataType::Date => Column::Date(BufferMut::new()),
            _ => Column::Text(StringBuilder::default()),
        }
    }

    fn finish(self) -> Vector {
        let (data_type, values) = match self {
            Column::Int(column, data_type) => (data_type, Values::I64(column.freeze())),
            Column::Float(column) => (DataType::Float64, Values::F64(column.freeze())),
            Column::Bool(column) => (DataType::Bool, Values::Bool(column.finish())),
            Column::Money(column) => {
                (DataType::Numeric, Values::Decimal64 { values: column.freeze(), scale: 2 })
            }
            Column::Date(column) => (DataType::Date, Values::I32(column.freeze())),
            Column::Text(column) => (DataType::String, Values::String(column.finish())),
        };
        Vector::flat(data_type, values, None)
    }
}

/// A batch in the making: values are given in the order of its columns.
///
/// # Panics
/// Its methods panic when a value does not suit the next column: generators follow their schemas.
pub(crate) struct Rows {
    columns: Vec<Column>,
    next: usize,
    text: String,
}

impl Rows {
    pub(crate) fn new<'a>(types: impl IntoIterator<Item = &'a DataType>) -> Self {
        Self { columns: types.into_iter().map(Column::new).collect(), next: 0, text: String::new() }
    }

    /// Begins a row.
    pub(crate) fn start(&mut self) -> &mut Self {
        self.next = 0;
        self
    }

    fn column(&mut self) -> &mut Column {
        let index = self.next;
        self.next += 1;
        &mut self.columns[index]
    }

    /// INT64, or microseconds of a TIMESTAMP.
    pub(crate) fn int(&mut self, value: i64) -> &mut Self {
        match self.column() {
            Column::Int(column, _) => column.push(value),
            _ => unreachable!("the generator follows the schema"),
        }
        self
    }

    pub(crate) fn float(&mut self, value: f64) -> &mut Self {
        match self.column() {
            Column::Float(column) => column.push(value),
            _ => unreachable!("the generator follows the schema"),
        }
        self
    }

    pub(crate) fn bool(&mut self, value: bool) -> &mut Self {
        match self.column() {
            Column::Bool(column) => column.push(value),
            _ => unreachable!("the generator follows the schema"),
        }
        self
    }

    pub(crate) fn money(&mut self, cents: i64) -> &mut Self {
        match self.column() {
            Column::Money(column) => column.push(cents),
            _ => unreachable!("the generator follows the schema"),
        }
        self
    }

    pub(crate) fn date(&mut self, days: i32) -> &mut Self {
        match self.column() {
            Column::Date(column) => column.push(days),
            _ => unreachable!("the generator follows the schema"),
        }
        self
    }

    pub(crate) fn text(&mut self, value: &str) -> &mut Self {
        match self.column() {
            Column::Text(column) => column.push(value.as_bytes()),
            _ => unreachable!("the generator follows the schema"),
        }
        self
    }

    /// The text of a value that is made when it is shown.
    pub(crate) fn show(&mut self, value: impl std::fmt::Display) -> &mut Self {
        use std::fmt::Write;
        let mut text = std::mem::take(&mut self.text);
        text.clear();
        let _ = write!(text, "{value}");
        self.text(&text);
        self.text = text;
        self
    }

    /// The batch of so many rows.
    pub(crate) fn finish(self, rows: usize) -> Batch {
        Batch::new(self.columns.into_iter().map(Column::finish).collect(), rows)
    }
}
