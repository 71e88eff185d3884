//! A line for each value, for rows that are wider than a terminal.

use std::io::Write;

use canopy_format::Batch;
use canopy_proto::query::StatementFinished;
use unicode_width::UnicodeWidthStr;

use super::{Renderer, value};
use crate::results::Column;

/// Writes `name: value` lines under a line for each row.
#[derive(Default)]
pub(super) struct Vertical {
    rows: u64,
}

impl Renderer for Vertical {
    fn start(&mut self, _: &[Column], _: &mut dyn Write) -> std::io::Result<()> {
        Ok(())
    }

    fn batch(&mut self, columns: &[Column], batch: &Batch, out: &mut dyn Write) -> std::io::Result<()> {
        let widest = columns.iter().map(|column| column.name.width()).max().unwrap_or(0);
        for row in 0..batch.rows() {
            self.rows += 1;
            writeln!(out, "─── row {} ───", self.rows)?;
            for (index, column) in columns.iter().enumerate() {
                let padding = " ".repeat(widest - column.name.width());
                let text = value::text(&batch.column(index).value(row), &column.data_type);
                writeln!(out, "{padding}{}: {text}", column.name)?;
            }
        }
        Ok(())
    }

    fn finish(&mut self, _: &[Column], _: &StatementFinished, _: &mut dyn Write) -> std::io::Result<()> {
        Ok(())
    }
}
