//! What a dry run tells: whether the statements are right, and how many bytes they would read.

use std::io::Write;
use std::time::Instant;

use canopy_format::Batch;
use canopy_proto::query::{Progress, StatementFinished};
use indicatif::HumanBytes;
use serde_json::json;

use crate::args::Format;
use crate::results::{Column, Sink};

/// Prints a line a statement; a JSON object for the JSON formats.
pub struct DryRun {
    is_json: bool,
    columns: Option<Vec<Column>>,
}

impl DryRun {
    /// A printer for a format.
    pub fn new(format: Format) -> Self {
        let is_json = matches!(format, Format::Json | Format::Jsonl | Format::JsonFull);
        Self { is_json, columns: None }
    }
}

impl Sink for DryRun {
    fn start(&mut self, columns: Option<&[Column]>) -> Result<(), String> {
        self.columns = columns.map(<[Column]>::to_vec);
        Ok(())
    }

    fn batch(&mut self, _: Batch) -> Result<(), String> {
        Ok(())
    }

    fn progress(&mut self, _: &Progress) {}

    fn finish(&mut self, finished: &StatementFinished, statement: u32, _: Instant) -> Result<(), String> {
        let bytes = finished.statistics.as_ref().map_or(0, |statistics| statistics.bytes_processed);
        let mut out = std::io::stdout().lock();
        let written = match self.is_json {
            true => {
                let schema = self.columns.iter().flatten();
                let schema: Vec<_> =
                    schema.map(|c| json!({"name": c.name, "type": c.data_type.to_string()})).collect();
                let line = json!({"statement": statement + 1, "bytes_processed": bytes, "schema": schema});
                writeln!(out, "{line}")
            }
            false => writeln!(
                out,
                "statement {} is valid and would process {bytes} bytes ({})",
                statement + 1,
                HumanBytes(bytes)
            ),
        };
        written.map_err(super::failed)
    }
}
