//! Newline-delimited JSON to batches: an object a line, blank lines aside.

mod convert;
mod detect;
mod parse;

use std::sync::Arc;

use canopy_exec::function::json::canonical_rounded;
use canopy_format::{BATCH_ROWS, Batch, Schema, Value};

use self::convert::Converter;
use self::parse::{Json, Node};
use super::column::{Cell, ColumnBuilder};
use super::lines::Lines;
use super::{BadRecords, BatchReader, LoadOptions, Source};
use crate::error::{Result, ServerError};

pub(super) use detect::detect;

/// Returns the reader of one file.
pub(super) fn open(
    source: &Source,
    options: &LoadOptions,
    schema: &Arc<Schema>,
    bad: &BadRecords,
) -> Result<BatchReader> {
    let reader = JsonReader {
        lines: JsonLines::open(source)?,
        schema: schema.clone(),
        converter: Converter { ignore_unknown: options.ignore_unknown_values },
        bad: bad.clone(),
    };
    Ok(BatchReader::new(&source.name, reader))
}

/// Reads one file.
struct JsonReader {
    lines: JsonLines,
    schema: Arc<Schema>,
    converter: Converter,
    bad: BadRecords,
}

impl Iterator for JsonReader {
    type Item = Result<Batch>;

    fn next(&mut self) -> Option<Self::Item> {
        self.read_batch().transpose()
    }
}

impl JsonReader {
    fn read_batch(&mut self) -> Result<Option<Batch>> {
        let mut builders: Vec<_> =
            self.schema.fields.iter().map(|field| ColumnBuilder::new(&field.column_type())).collect();
        let mut count = 0;
        while count < BATCH_ROWS && self.lines.advance()? {
            let row = self.lines.parse().and_then(|node| {
                let row = self.converter.row(&node, &self.schema.fields);
                row.map_err(|misfit| place(&self.lines, &misfit.path, misfit.offset, &misfit.reason))
            });
            match row {
                Ok(values) => {
                    for (builder, value) in builders.iter_mut().zip(values) {
                        builder.push(&Cell::Value(value))?;
                    }
                    count += 1;
                }
                Err(error) => self.bad.add(error)?,
            }
        }
        let columns = builders.into_iter().map(ColumnBuilder::finish).collect();
        Ok((count > 0).then(|| Batch::new(columns, count)))
    }
}

/// The lines of a file that are not blank.
struct JsonLines {
    name: String,
    lines: Lines,
    line: Vec<u8>,
}

impl JsonLines {
    fn open(source: &Source) -> Result<Self> {
        Ok(Self { name: source.name.clone(), lines: Lines::open(source)?, line: Vec::new() })
    }

    /// Reads the next line; false at the end of the file.
    fn advance(&mut self) -> Result<bool> {
        loop {
            self.line.clear();
            if !self.lines.append(&mut self.line)? {
                return Ok(false);
            }
            if !self.line.iter().all(u8::is_ascii_whitespace) {
                return Ok(true);
            }
        }
    }

    /// The value of the line read last.
    fn parse(&self) -> Result<Node<'_>> {
        let text = std::str::from_utf8(&self.line)
            .map_err(|error| place(self, "", error.valid_up_to(), "expected UTF-8, found other bytes"))?;
        parse::parse(text).map_err(|malformed| place(self, "", malformed.offset, &malformed.reason))
    }
}

/// The error of a value in the line read last.
fn place(lines: &JsonLines, path: &str, offset: usize, reason: &str) -> ServerError {
    let at = lines.lines.offset + offset as u64;
    let field = if path.is_empty() { String::new() } else { format!(", field {path}") };
    ServerError::invalid(format!("{} line {}{field}: {reason} (byte {at})", lines.name, lines.lines.number))
}

/// The value of type JSON, or None where its numbers do not fit.
fn canonical(value: &Json<'_>) -> Option<Value> {
    let mut text = String::new();
    write_value(value, &mut text);
    canonical_rounded(&text).ok()
}

fn write_value(value: &Json<'_>, out: &mut String) {
    match value {
        Json::Null => out.push_str("null"),
        Json::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
        Json::Number(text) => out.push_str(text),
        Json::String(text) => write_string(text, out),
        Json::Array(elements) => {
            out.push('[');
            for (index, element) in elements.iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                write_value(&element.value, out);
            }
            out.push(']');
        }
        Json::Object(members) => {
            out.push('{');
            for (index, (name, member)) in members.iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                write_string(name, out);
                out.push(':');
                write_value(&member.value, out);
            }
            out.push('}');
        }
    }
}

fn write_string(text: &str, out: &mut String) {
    out.push_str(&serde_json::Value::from(text).to_string());
}
