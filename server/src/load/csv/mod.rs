//! CSV files to batches.

mod detect;
mod split;

use std::sync::Arc;

use canopy_format::{BATCH_ROWS, Batch, DataType, Mode, Schema, Value};

use self::split::{Dialect, FieldRange, Row, Rows};
use super::column::{Cell, ColumnBuilder};
use super::{BadRecords, BatchReader, LoadOptions, Source, text};
use crate::error::{ErrorKind, Result, ServerError};

pub(super) use detect::detect;

/// Returns the reader of one file.
pub(super) fn open(
    source: &Source,
    options: &LoadOptions,
    schema: &Arc<Schema>,
    bad: &BadRecords,
) -> Result<BatchReader> {
    for field in &schema.fields {
        let column_type = field.column_type();
        if !column_type.is_scalar() {
            let message = format!("{}: column {}: CSV cannot carry {column_type}", source.name, field.name);
            return Err(ServerError::new(ErrorKind::Unsupported, message));
        }
    }
    let mut rows = Rows::open(source, dialect(&source.name, options))?;
    let mut row = Row::default();
    let columns = skip_header(source, &mut rows, &mut row, options, schema)?;
    let reader = CsvReader {
        name: source.name.clone(),
        rows,
        row,
        schema: schema.clone(),
        columns,
        options: options.clone(),
        bad: bad.clone(),
    };
    Ok(BatchReader::new(&source.name, reader))
}

/// How a file is cut into fields.
fn dialect(name: &str, options: &LoadOptions) -> Dialect {
    let lower = name.to_ascii_lowercase();
    let tabs = lower.ends_with(".tsv") || lower.ends_with(".tsv.gz");
    Dialect {
        delimiter: options.field_delimiter.unwrap_or(if tabs { b'\t' } else { b',' }),
        quote: options.quote,
        quoted_newlines: options.allow_quoted_newlines,
    }
}

/// Skips the leading rows and returns where each of the schema's columns stands in a row; None for a missing one.
fn skip_header(
    source: &Source,
    rows: &mut Rows,
    row: &mut Row,
    options: &LoadOptions,
    schema: &Schema,
) -> Result<Vec<Option<usize>>> {
    let skip = options.skip_leading_rows.unwrap_or(0);
    if !options.match_columns_by_name {
        for _ in 0..skip {
            if !rows.skip_line()? {
                break;
            }
        }
        return Ok((0..schema.fields.len()).map(Some).collect());
    }
    let failed = |what: String| ServerError::invalid(format!("{}: {what}", source.name));
    if skip == 0 {
        return Err(failed("columns can match by name only with skip_leading_rows of 1 or more".into()));
    }
    for _ in 1..skip {
        rows.skip_line()?;
    }
    match rows.read(row)? {
        Some(Ok(())) => {}
        Some(Err(why)) => return Err(failed(format!("header in line {skip}: {why}"))),
        None => return Err(failed(format!("expected a header in line {skip}, found the file's end"))),
    }
    let names: Vec<String> = row.fields.iter().map(|field| row.lossy(*field)).collect();
    let same = |name: &str, column: &str| {
        name.trim().eq_ignore_ascii_case(column)
            || super::name::valid_name(name, "").eq_ignore_ascii_case(column)
    };
    let unknown = names.iter().find(|name| !schema.fields.iter().any(|field| same(name, &field.name)));
    if let Some(unknown) = unknown.filter(|_| !options.ignore_unknown_values) {
        return Err(failed(format!("column {unknown} of the header is not in the table")));
    }
    Ok(schema.fields.iter().map(|field| names.iter().position(|name| same(name, &field.name))).collect())
}

/// Reads one file.
struct CsvReader {
    name: String,
    rows: Rows,
    row: Row,
    schema: Arc<Schema>,
    columns: Vec<Option<usize>>,
    options: LoadOptions,
    bad: BadRecords,
}

impl Iterator for CsvReader {
    type Item = Result<Batch>;

    fn next(&mut self) -> Option<Self::Item> {
        self.read_batch().transpose()
    }
}

impl CsvReader {
    fn read_batch(&mut self) -> Result<Option<Batch>> {
        let mut builders: Vec<_> =
            self.schema.fields.iter().map(|field| ColumnBuilder::new(&field.data_type)).collect();
        let mut count = 0;
        while count < BATCH_ROWS {
            let checked = match self.rows.read(&mut self.row)? {
                None => break,
                // A blank line is a row only where it can be one: of a single column, NULL.
                Some(Ok(()))
                    if self.row.text.is_empty() && self.row.fields.len() == 1 && self.columns.len() > 1 =>
                {
                    if self.row.fields[0].quoted {
                        self.cells()
                    } else {
                        continue;
                    }
                }
                Some(Ok(())) => self.cells(),
                Some(Err(why)) => Err(why),
            };
            match checked {
                Ok(cells) => {
                    for (builder, cell) in builders.iter_mut().zip(&cells) {
                        builder.push(cell)?;
                    }
                    count += 1;
                }
                Err(why) => {
                    let separator = if why.starts_with("column ") { "," } else { ":" };
                    let message = format!("{} line {}{separator} {why}", self.name, self.row.line);
                    self.bad.add(ServerError::invalid(message))?;
                }
            }
        }
        let columns = builders.into_iter().map(ColumnBuilder::finish).collect();
        Ok((count > 0).then(|| Batch::new(columns, count)))
    }

    /// The fields of the row read last, checked against their columns.
    fn cells(&self) -> Result<Vec<Cell<'_>>, String> {
        let (found, expected) = (self.row.fields.len(), self.columns.len());
        let too_many =
            found > expected && !self.options.ignore_unknown_values && !self.options.match_columns_by_name;
        let too_few =
            found < expected && !self.options.allow_jagged_rows && !self.options.match_columns_by_name;
        if too_many || too_few {
            return Err(format!("expected {expected} columns, found {found}"));
        }
        let mut cells = Vec::with_capacity(expected);
        for (field, place) in self.schema.fields.iter().zip(&self.columns) {
            let range = place.and_then(|place| self.row.fields.get(place).copied());
            let cell = match range {
                Some(range) => self.cell(range, &field.data_type).ok_or_else(|| {
                    let found = abbreviate(&self.row.lossy(range));
                    format!("column {}: expected {}, found {found:?}", field.name, field.data_type)
                })?,
                None => Cell::Value(Value::Null),
            };
            if field.mode == Mode::Required && cell == Cell::Value(Value::Null) {
                return Err(format!(
                    "column {}: expected a value, as the column is REQUIRED, found NULL",
                    field.name
                ));
            }
            cells.push(cell);
        }
        Ok(cells)
    }

    /// A field as its column's type, or None. An unquoted null marker is NULL, and so is an empty field where the
    /// marker is unset, but for text in quotes.
    fn cell(&self, range: FieldRange, data_type: &DataType) -> Option<Cell<'_>> {
        let bytes = self.row.bytes(range);
        let marker = self.options.null_marker.as_deref().unwrap_or_default();
        let textual = matches!(data_type, DataType::String | DataType::Bytes);
        let empty_is_null =
            self.options.null_marker.is_none() && bytes.is_empty() && !(textual && range.quoted);
        if empty_is_null || (!range.quoted && bytes == marker.as_bytes()) {
            return Some(Cell::Value(Value::Null));
        }
        if *data_type == DataType::String {
            return Some(Cell::Text(bytes));
        }
        text::parse(std::str::from_utf8(bytes).ok()?, data_type).map(Cell::Value)
    }
}

/// The start of a text, for messages.
pub(super) fn abbreviate(text: &str) -> String {
    const CHARACTERS_MAX: usize = 60;
    match text.char_indices().nth(CHARACTERS_MAX) {
        Some((end, _)) => format!("{}...", &text[..end]),
        None => text.to_owned(),
    }
}
