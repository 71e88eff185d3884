//! A table with lines around it. Long results show their first and last rows; wide values are cut.

use std::collections::VecDeque;
use std::io::Write;

use canopy_format::Batch;
use canopy_proto::query::StatementFinished;

use super::grid::{self, Head};
use super::{Renderer, value};
use crate::results::Column;

/// Rows shown at the top, and at the bottom of a longer result.
const HEAD_ROWS: usize = 200;
const TAIL_ROWS: usize = 20;

/// Collects what is shown and prints it at the end, when the widths are known.
#[derive(Default)]
pub(super) struct Table {
    head: Vec<Vec<String>>,
    tail: VecDeque<Vec<String>>,
    rows: usize,
}

impl Renderer for Table {
    fn start(&mut self, _: &[Column], _: &mut dyn Write) -> std::io::Result<()> {
        Ok(())
    }

    fn batch(&mut self, columns: &[Column], batch: &Batch, _: &mut dyn Write) -> std::io::Result<()> {
        for row in 0..batch.rows() {
            self.rows += 1;
            let is_head = self.head.len() < HEAD_ROWS;
            // Only rows that may still be shown are worth their text.
            if !is_head && row + TAIL_ROWS < batch.rows() {
                continue;
            }
            let cells = columns.iter().enumerate();
            let cells = cells.map(|(i, c)| value::text(&batch.column(i).value(row), &c.data_type)).collect();
            if is_head {
                self.head.push(cells);
            } else {
                self.tail.push_back(cells);
                if self.tail.len() > TAIL_ROWS {
                    self.tail.pop_front();
                }
            }
        }
        Ok(())
    }

    fn finish(
        &mut self,
        columns: &[Column],
        _: &StatementFinished,
        out: &mut dyn Write,
    ) -> std::io::Result<()> {
        if columns.is_empty() {
            return Ok(());
        }
        let heads: Vec<Head> = columns.iter().map(|c| Head::new(&c.name, c.data_type.is_numeric())).collect();
        let hidden = self.rows - self.head.len() - self.tail.len();
        let gap_at = (hidden > 0).then_some(self.head.len());
        let mut rows = std::mem::take(&mut self.head);
        rows.extend(self.tail.drain(..));
        let columns_hidden = grid::write(out, &heads, &rows, gap_at, grid::terminal_width())?;
        if columns_hidden > 0 {
            writeln!(
                out,
                "{columns_hidden} of {} columns are not shown; --format vertical (\\G at the prompt) shows all",
                columns.len()
            )?;
        }
        if hidden > 0 {
            writeln!(out, "{hidden} of {} rows are not shown; --format csv prints all", self.rows)?;
        }
        Ok(())
    }
}
