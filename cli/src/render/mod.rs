//! Rows for people and programs.

mod arrow;
mod csv;
mod dry_run;
pub mod grid;
mod json;
mod table;
#[cfg(test)]
mod tests;
pub mod value;
mod vertical;

pub use dry_run::DryRun;

use std::io::Write;
use std::time::Instant;

use canopy_format::Batch;
use canopy_proto::query::{Progress, StatementFinished};

use crate::args::Format;
use crate::progress::ProgressLine;
use crate::results::{Column, Sink};

/// Writes one result at a time in one format.
pub trait Renderer {
    /// A result begins.
    fn start(&mut self, columns: &[Column], out: &mut dyn Write) -> std::io::Result<()>;
    /// Rows of it.
    fn batch(&mut self, columns: &[Column], batch: &Batch, out: &mut dyn Write) -> std::io::Result<()>;
    /// It ends.
    fn finish(
        &mut self,
        columns: &[Column],
        finished: &StatementFinished,
        out: &mut dyn Write,
    ) -> std::io::Result<()>;
}

/// The renderer of a format.
fn renderer(format: Format) -> Box<dyn Renderer + Send> {
    match format {
        Format::Table => Box::new(table::Table::default()),
        Format::Csv => Box::new(csv::Csv),
        Format::Json => Box::new(json::Objects::array()),
        Format::Jsonl => Box::new(json::Objects::lines()),
        Format::JsonFull => Box::new(json::Full::default()),
        Format::Arrow => Box::new(arrow::Arrow::default()),
        Format::Vertical => Box::new(vertical::Vertical::default()),
    }
}

/// Prints results on stdout and everything else on stderr.
pub struct Printer {
    format: Format,
    renderer: Box<dyn Renderer + Send>,
    columns: Option<Vec<Column>>,
    progress: ProgressLine,
    timing: bool,
    /// Say what a statement without rows did, and how long things took.
    chatty: bool,
}

impl Printer {
    /// A printer of a format. A chatty one tells a person what happened.
    pub fn new(format: Format, timing: bool, chatty: bool) -> Self {
        let renderer = renderer(format);
        Self { format, renderer, columns: None, progress: ProgressLine::start(), timing, chatty }
    }
}

/// The message of a result that could not be written; empty when its reader has gone.
pub fn failed(error: std::io::Error) -> String {
    match error.kind() {
        // The reader of a pipe has gone: there is nobody to complain to.
        std::io::ErrorKind::BrokenPipe => String::new(),
        _ => format!("cannot write the result: {error}"),
    }
}

impl Sink for Printer {
    fn start(&mut self, columns: Option<&[Column]>) -> Result<(), String> {
        self.columns = columns.map(<[Column]>::to_vec);
        self.progress = ProgressLine::start();
        if let Some(columns) = columns {
            self.renderer = renderer(self.format);
            self.renderer.start(columns, &mut std::io::stdout().lock()).map_err(failed)?;
        }
        Ok(())
    }

    fn batch(&mut self, batch: Batch) -> Result<(), String> {
        let Some(columns) = &self.columns else { return Ok(()) };
        self.progress.clear();
        self.renderer.batch(columns, &batch.compact(), &mut std::io::stdout().lock()).map_err(failed)
    }

    fn progress(&mut self, progress: &Progress) {
        self.progress.show(progress);
    }

    fn finish(
        &mut self,
        finished: &StatementFinished,
        statement: u32,
        started: Instant,
    ) -> Result<(), String> {
        self.progress.clear();
        let elapsed = started.elapsed();
        if let Some(columns) = &self.columns {
            let mut out = std::io::stdout().lock();
            self.renderer.finish(columns, finished, &mut out).and_then(|()| out.flush()).map_err(failed)?;
        }
        let statistics = finished.statistics.clone().unwrap_or_default();
        if self.timing {
            eprintln!(
                "{}",
                serde_json::json!({
                    "statement": statement + 1,
                    "rows": statistics.rows,
                    "elapsed_ms": (elapsed.as_secs_f64() * 1e6).round() / 1e3,
                    "bytes_processed": statistics.bytes_processed,
                    "bytes_fetched": statistics.bytes_fetched,
                    "slot_ms": statistics.slot_ms,
                    "planning_ms": statistics.planning_us as f64 / 1e3,
                    "tasks_retried": statistics.tasks_retried,
                })
            );
        }
        if self.chatty {
            if !finished.message.is_empty() {
                eprintln!("{} ({})", finished.message, value::duration(elapsed));
            } else if self.columns.is_some() {
                let rows = if statistics.rows == 1 { "row" } else { "rows" };
                eprintln!(
                    "{} {rows}, {}, {} processed",
                    statistics.rows,
                    value::duration(elapsed),
                    indicatif::HumanBytes(statistics.bytes_processed)
                );
            }
        }
        Ok(())
    }
}
