//! An Arrow IPC stream a result.

use std::io::Write;

use arrow_ipc::writer::StreamWriter;
use arrow_schema::SchemaRef;
use canopy_format::{Batch, arrow};
use canopy_proto::query::StatementFinished;

use super::Renderer;
use crate::results::Column;

/// Writes Arrow IPC streams.
#[derive(Default)]
pub(super) struct Arrow {
    stream: Option<(SchemaRef, StreamWriter<Vec<u8>>)>,
}

impl Arrow {
    /// Hands over what the stream's writer has made so far.
    fn drain(&mut self, out: &mut dyn Write) -> std::io::Result<()> {
        let Some((_, writer)) = &mut self.stream else { return Ok(()) };
        let made = std::mem::take(writer.get_mut());
        out.write_all(&made)
    }
}

impl Renderer for Arrow {
    fn start(&mut self, columns: &[Column], out: &mut dyn Write) -> std::io::Result<()> {
        let schema: SchemaRef =
            arrow::types_to_arrow(columns.iter().map(|c| (c.name.as_str(), &c.data_type))).into();
        let writer = StreamWriter::try_new(Vec::new(), &schema).map_err(std::io::Error::other)?;
        self.stream = Some((schema, writer));
        self.drain(out)
    }

    fn batch(&mut self, _: &[Column], batch: &Batch, out: &mut dyn Write) -> std::io::Result<()> {
        if let Some((schema, writer)) = &mut self.stream {
            let record =
                arrow::batch_to_record_batch(batch.clone(), schema).map_err(std::io::Error::other)?;
            writer.write(&record).map_err(std::io::Error::other)?;
        }
        self.drain(out)
    }

    fn finish(&mut self, _: &[Column], _: &StatementFinished, out: &mut dyn Write) -> std::io::Result<()> {
        if let Some((_, writer)) = &mut self.stream {
            writer.finish().map_err(std::io::Error::other)?;
        }
        self.drain(out)
    }
}
