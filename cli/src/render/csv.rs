//! Comma-separated values with a header (RFC 4180); NULL is empty, the empty string is quoted.

use std::io::Write;

use canopy_format::{Batch, Value};
use canopy_proto::query::StatementFinished;

use super::{Renderer, value};
use crate::results::Column;

/// Writes CSV.
pub(super) struct Csv;

impl Renderer for Csv {
    fn start(&mut self, columns: &[Column], out: &mut dyn Write) -> std::io::Result<()> {
        let names: Vec<String> = columns.iter().map(|column| field(&column.name)).collect();
        writeln!(out, "{}", names.join(","))
    }

    fn batch(&mut self, columns: &[Column], batch: &Batch, out: &mut dyn Write) -> std::io::Result<()> {
        for row in 0..batch.rows() {
            for (index, column) in columns.iter().enumerate() {
                if index > 0 {
                    out.write_all(b",")?;
                }
                match batch.column(index).value(row) {
                    Value::Null => {}
                    value => out.write_all(field(&value::text(&value, &column.data_type)).as_bytes())?,
                }
            }
            out.write_all(b"\n")?;
        }
        Ok(())
    }

    fn finish(&mut self, _: &[Column], _: &StatementFinished, _: &mut dyn Write) -> std::io::Result<()> {
        Ok(())
    }
}

fn field(text: &str) -> String {
    match text.is_empty() || text.contains([',', '"', '\n', '\r']) {
        true => format!("\"{}\"", text.replace('"', "\"\"")),
        false => text.to_owned(),
    }
}
