//! JSON: an array of row objects, a row object a line, or one object with schema, rows and statistics.

use std::io::Write;

use canopy_format::Batch;
use canopy_proto::query::StatementFinished;
use serde_json::{Map, json};

use super::{Renderer, value};
use crate::results::Column;

/// Row objects.
pub(super) struct Objects {
    lines: bool,
    first: bool,
}

impl Objects {
    pub(super) fn array() -> Self {
        Self { lines: false, first: true }
    }

    pub(super) fn lines() -> Self {
        Self { lines: true, first: true }
    }
}

impl Renderer for Objects {
    fn start(&mut self, _: &[Column], out: &mut dyn Write) -> std::io::Result<()> {
        if self.lines { Ok(()) } else { out.write_all(b"[") }
    }

    fn batch(&mut self, columns: &[Column], batch: &Batch, out: &mut dyn Write) -> std::io::Result<()> {
        for row in 0..batch.rows() {
            let mut object = Map::new();
            for (index, column) in columns.iter().enumerate() {
                let value = value::json_object(&batch.column(index).value(row), &column.data_type);
                object.insert(column.name.clone(), value);
            }
            let text = serde_json::Value::Object(object).to_string();
            match (self.lines, std::mem::take(&mut self.first)) {
                (true, _) => writeln!(out, "{text}")?,
                (false, true) => write!(out, "\n{text}")?,
                (false, false) => write!(out, ",\n{text}")?,
            }
        }
        Ok(())
    }

    fn finish(&mut self, _: &[Column], _: &StatementFinished, out: &mut dyn Write) -> std::io::Result<()> {
        match (self.lines, self.first) {
            (true, _) => Ok(()),
            (false, true) => out.write_all(b"]\n"),
            (false, false) => out.write_all(b"\n]\n"),
        }
    }
}

/// `{"schema":[{"name","type"}],"rows":[[...]],"statistics":{...}}`.
#[derive(Default)]
pub(super) struct Full {
    rows: u64,
}

impl Renderer for Full {
    fn start(&mut self, columns: &[Column], out: &mut dyn Write) -> std::io::Result<()> {
        let schema: Vec<_> =
            columns.iter().map(|c| json!({"name": c.name, "type": c.data_type.to_string()})).collect();
        write!(out, "{{\"schema\":{},\"rows\":[", serde_json::Value::Array(schema))
    }

    fn batch(&mut self, columns: &[Column], batch: &Batch, out: &mut dyn Write) -> std::io::Result<()> {
        for row in 0..batch.rows() {
            let values = columns.iter().enumerate();
            let values = values.map(|(i, c)| value::json_full(&batch.column(i).value(row), &c.data_type));
            let comma = if self.rows == 0 { "" } else { "," };
            write!(out, "{comma}\n{}", serde_json::Value::Array(values.collect()))?;
            self.rows += 1;
        }
        Ok(())
    }

    fn finish(
        &mut self,
        _: &[Column],
        finished: &StatementFinished,
        out: &mut dyn Write,
    ) -> std::io::Result<()> {
        let s = finished.statistics.clone().unwrap_or_default();
        let statistics = json!({
            "rows": s.rows,
            "bytes_processed": s.bytes_processed,
            "bytes_fetched": s.bytes_fetched,
            "slot_ms": s.slot_ms,
            "elapsed_ms": s.elapsed_us as f64 / 1e3,
            "planning_ms": s.planning_us as f64 / 1e3,
            "peak_memory_bytes": s.peak_memory_bytes,
            "snapshot_seq": s.snapshot_seq,
            "tasks_retried": s.tasks_retried,
        });
        writeln!(out, "],\"statistics\":{statistics}}}")
    }
}
