//! A report of a file for people and tools: what is where, how it is encoded, and how large it is.

use std::sync::Arc;

use serde::Serialize;

use super::ProjectedColumn;
use super::block::{Block, explain};
use super::reader::FileReader;
use super::shape::StreamKind;
use super::writer::Preset;
use crate::encoding::Node;
use crate::encoding::choose::{ChoiceReport, Cost};
use crate::{Mode, Result, Value, sketch};

/// A file.
#[derive(Debug, Clone, Serialize)]
pub struct FileReport {
    /// The file's name.
    pub name: String,
    /// The UUID in hexadecimal.
    pub uuid: String,
    /// Size in bytes.
    pub byte_size: u64,
    /// Rows.
    pub row_count: u64,
    /// Bytes of metadata, footer and tail.
    pub footer_bytes: u64,
    /// Stripes.
    pub stripes: Vec<StripeReport>,
    /// Streams, in the order of the schema.
    pub columns: Vec<ColumnReport>,
}

/// A stripe.
#[derive(Debug, Clone, Serialize)]
pub struct StripeReport {
    /// Rows.
    pub rows: usize,
}

/// A leaf's values, or the structure of a repeated field.
#[derive(Debug, Clone, Serialize)]
pub struct ColumnReport {
    /// The field id.
    pub field_id: u32,
    /// The dotted path.
    pub path: String,
    /// The type in GoogleSQL.
    pub data_type: String,
    /// NULLABLE, REQUIRED or REPEATED.
    pub mode: &'static str,
    /// `values` or `structure`.
    pub stream: &'static str,
    /// Values, NULLs included.
    pub values: u64,
    /// NULLs.
    pub nulls: u64,
    /// Bytes before encoding.
    pub raw_bytes: u64,
    /// Bytes in the file.
    pub encoded_bytes: u64,
    /// Raw over encoded bytes.
    pub ratio: f64,
    /// Lower bound, as text.
    pub min: Option<String>,
    /// Upper bound, as text.
    pub max: Option<String>,
    /// Estimated distinct values.
    pub distinct: Option<f64>,
    /// Highest repetition level.
    pub repetition_max: usize,
    /// Highest definition level, NULL arrays and elements counted.
    pub definition_max: usize,
    /// Blocks, stripe by stripe.
    pub blocks: Vec<BlockReport>,
}

/// A block.
#[derive(Debug, Clone, Serialize)]
pub struct BlockReport {
    /// The stripe.
    pub stripe: usize,
    /// Offset of the block in the file.
    pub offset: u64,
    /// Bytes, header included.
    pub bytes: u32,
    /// Bytes of the header.
    pub header_bytes: u32,
    /// Slots.
    pub slots: u32,
    /// NULL slots.
    pub nulls: u32,
    /// Whether NULLs take no place among the values.
    pub compacted: bool,
    /// Trees of the validity planes.
    pub validity: Vec<NodeReport>,
    /// Tree of the values or lengths; absent when every slot is NULL.
    pub values: Option<NodeReport>,
    /// The candidates for the values and what each would cost; absent unless asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub choice: Option<ChoiceReport>,
}

/// An encoding with its children.
#[derive(Debug, Clone, Serialize)]
pub struct NodeReport {
    /// The encoding's name.
    pub encoding: &'static str,
    /// Its id in the file.
    pub id: u8,
    /// Values.
    pub values: u32,
    /// Pages.
    pub pages: usize,
    /// Bytes of its own pages and parameters.
    pub bytes: usize,
    /// More about it: a scale, codecs, widths.
    pub detail: String,
    /// The children.
    pub children: Vec<NodeReport>,
}

impl FileReader {
    /// Returns a report of the whole file, reading it all.
    ///
    /// # Errors
    /// As [`FileReader::fetch_stripe`].
    pub async fn report(self: &Arc<Self>) -> Result<FileReport> {
        self.report_with(None).await
    }

    /// Returns a report with the candidates of each block under a preset, those that lost included. They are tried again,
    /// which takes as long as writing the file.
    ///
    /// # Errors
    /// As [`FileReader::fetch_stripe`].
    pub async fn explain(self: &Arc<Self>, preset: Preset) -> Result<FileReport> {
        self.report_with(Some(preset.cost())).await
    }

    async fn report_with(self: &Arc<Self>, cost: Option<Cost>) -> Result<FileReport> {
        let everything: Vec<ProjectedColumn> =
            self.schema().fields.iter().map(ProjectedColumn::whole).collect();
        let projection = self.projection(&everything)?;
        let mut columns = Vec::with_capacity(self.columns.footer().streams());
        for stream in 0..self.columns.footer().streams() {
            columns.push(self.column_report(stream)?);
        }
        for stripe in 0..self.stripe_count() {
            let data = self.fetch_stripe(&projection, stripe).await?;
            for (&stream, chunk) in &data.streams {
                let entry = &self.stream(stream)?.chunks[stripe];
                let mut offset = entry.offset;
                let shape = &self.columns.of_stream(stream)?.shape;
                let data_type = match shape.stream(stream).kind {
                    StreamKind::Values => Some(&shape.node_of(stream).data_type),
                    StreamKind::Structure => None,
                };
                for (index, (block, place)) in chunk.blocks.iter().zip(&entry.blocks).enumerate() {
                    let choice = cost.as_ref().map(|cost| explain(block, data_type, cost));
                    let choice = choice.transpose().map_err(|flaw| data.damaged(stream, index, flaw))?;
                    let (validity, values) = trees(block);
                    columns[stream].blocks.push(BlockReport {
                        stripe,
                        offset,
                        bytes: place.bytes,
                        header_bytes: place.header_bytes,
                        slots: place.slots,
                        nulls: place.nulls,
                        compacted: block.is_compacted(),
                        validity,
                        values,
                        choice,
                    });
                    offset += place.bytes as u64;
                }
            }
        }
        Ok(FileReport {
            name: self.name().to_owned(),
            uuid: self.uuid().iter().map(|byte| format!("{byte:02x}")).collect(),
            byte_size: self.byte_size(),
            row_count: self.row_count(),
            footer_bytes: self.byte_size() - self.statistics()?.footer_offset,
            stripes: (0..self.stripe_count()).map(|s| StripeReport { rows: self.stripe_rows(s) }).collect(),
            columns,
        })
    }

    fn column_report(&self, stream: usize) -> Result<ColumnReport> {
        let metadata = self.stream(stream)?;
        let shape = &self.columns.of_stream(stream)?.shape;
        let (column, node) = (shape.stream(stream), shape.node_of(stream));
        let text = |value: &Option<Value>| value.as_ref().map(|v| format!("{v:?}"));
        let scopes: Vec<usize> = std::iter::successors(Some(stream), |&s| shape.stream(s).scope).collect();
        let repeated = scopes.iter().filter(|&&s| shape.stream(s).kind == StreamKind::Structure).count();
        let steps: usize = scopes.iter().map(|&s| shape.stream(s).steps.len()).sum();
        Ok(ColumnReport {
            field_id: node.field.0,
            path: node.path.clone(),
            data_type: node.data_type.to_string(),
            mode: match node.mode {
                Mode::Nullable => "NULLABLE",
                Mode::Required => "REQUIRED",
                Mode::Repeated => "REPEATED",
            },
            stream: match column.kind {
                StreamKind::Values => "values",
                StreamKind::Structure => "structure",
            },
            values: metadata.values,
            nulls: metadata.nulls,
            raw_bytes: metadata.raw_bytes,
            encoded_bytes: metadata.encoded_bytes,
            ratio: metadata.raw_bytes as f64 / metadata.encoded_bytes.max(1) as f64,
            min: text(&metadata.bounds.min),
            max: text(&metadata.bounds.max),
            distinct: sketch::estimate(&metadata.sketch),
            repetition_max: repeated,
            definition_max: steps + repeated,
            blocks: Vec::new(),
        })
    }
}

fn trees(block: &Block) -> (Vec<NodeReport>, Option<NodeReport>) {
    let mut nodes = block.nodes();
    let values = (nodes.len() > block.plane_count()).then(|| nodes.pop()).flatten();
    (nodes.iter().map(node_report).collect(), values.as_ref().map(node_report))
}

fn node_report(node: &Node) -> NodeReport {
    NodeReport {
        encoding: node.encoding.name(),
        id: node.encoding as u8,
        values: node.len,
        pages: node.pages.len(),
        bytes: node.parameters.len() + node.pages.iter().map(|page| page.len()).sum::<usize>(),
        detail: node.detail(),
        children: node.children.iter().map(node_report).collect(),
    }
}
