//! The columns of an open file, each taken apart when it is first asked for.

use std::sync::OnceLock;

use super::footer::Footer;
use super::shape::{Shape, StreamKind};
use crate::encoding::{Checked, Flaw};
use crate::{Field, FieldId, Result, Schema};

/// A top-level field, its nodes and its streams.
#[derive(Debug)]
pub(super) struct Column {
    pub(super) field: Field,
    pub(super) shape: Shape,
}

/// The columns of a file. Streams are numbered through all of them.
#[derive(Debug)]
pub(super) struct Columns {
    footer: Footer,
    parsed: Vec<OnceLock<Box<Checked<Column>>>>,
    /// The file's name, for messages.
    name: String,
    schema: OnceLock<Schema>,
}

impl Columns {
    pub(super) fn new(footer: Footer, name: String) -> Self {
        let parsed = (0..footer.columns()).map(|_| OnceLock::new()).collect();
        Self { footer, parsed, name, schema: OnceLock::new() }
    }

    pub(super) fn footer(&self) -> &Footer {
        &self.footer
    }

    /// The whole schema, taken apart at first use.
    pub(super) fn schema(&self) -> &Schema {
        self.schema.get_or_init(|| self.footer.schema())
    }

    fn get(&self, column: usize) -> Result<&Column> {
        let parse = || {
            let field = self.footer.field(column);
            let shape = Shape::of_column(&field, self.footer.first_stream(column));
            let column = shape.map(|shape| Column { field, shape });
            Box::new(column.map_err(|error| Flaw::Damaged(error.to_string())))
        };
        let parsed = (**self.parsed[column].get_or_init(parse)).as_ref();
        parsed.map_err(|flaw| flaw.clone().at(&self.name, "footer's schema"))
    }

    /// All columns in order.
    pub(super) fn all(&self) -> impl Iterator<Item = Result<&Column>> {
        (0..self.parsed.len()).map(|column| self.get(column))
    }

    /// The column that a field is, or is below.
    pub(super) fn find(&self, field: FieldId) -> Result<Option<&Column>> {
        self.footer.column_of(field).map(|column| self.get(column)).transpose()
    }

    /// The column of a stream.
    pub(super) fn of_stream(&self, stream: usize) -> Result<&Column> {
        self.get(self.footer.column_of_stream(stream))
    }

    /// The streams of values.
    pub(super) fn value_streams(&self) -> Result<Vec<usize>> {
        let mut streams = Vec::new();
        for column in self.all() {
            let shape = &column?.shape;
            streams.extend(shape.numbers().filter(|&stream| shape.stream(stream).kind == StreamKind::Values));
        }
        Ok(streams)
    }

    /// A stream's name in messages.
    pub(super) fn place(&self, stream: usize) -> String {
        self.of_stream(stream)
            .map_or_else(|_| format!("stream {stream}"), |column| column.shape.place(stream))
    }
}
