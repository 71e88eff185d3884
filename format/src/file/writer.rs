//! Writing a file: rows are buffered a stripe at a time, encoded, and laid out column by column at the end.

use std::sync::Arc;

use bytes::Bytes;

use super::block::{self, EncodedBlock, StreamMemory};
use super::bounds::Bounds;
use super::check::{check_batch, check_values};
use super::footer::{self, Entry, Tail};
use super::metadata::{BlockEntry, Chunk, StreamMetadata};
use super::shape::{Shape, StreamKind};
use super::shred::{Payload, StreamInput, shred};
use super::{
    FILE_BYTES_MAX, MAGIC, SECTION_ALIGNMENT, SLOTS_MAX, STRIPE_ROWS, STRIPES_MAX, TAIL_BYTES, summary,
};
use crate::cursor::checksum;
use crate::encoding::{BLOCK_VALUES, TEXT_RAW_BYTES_MAX, VECTOR_VALUES, choose};
use crate::vector::concat;
use crate::{
    Batch, Bitmap, ColumnStatistics, DataType, FileStatistics, FormatError, Result, Schema, TypeParameters,
    Values, Vector, sketch,
};

/// Raw bytes of text after which a block is closed.
const BLOCK_RAW_BYTES: usize = 8 << 20;
/// Bytes in memory after which a stripe is closed before it has all its rows.
const STRIPE_RAW_BYTES: usize = 128 << 20;

/// What the choice of encodings favours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Preset {
    /// Files read from memory or local disk: decoding time counts most.
    Hot,
    /// Files read from an object store.
    #[default]
    ObjectStore,
    /// Files seldom read: only bytes count.
    Cold,
}

impl Preset {
    /// What a byte costs against a nanosecond of decoding.
    pub(super) fn cost(self) -> choose::Cost {
        match self {
            Preset::Hot => choose::Cost::HOT,
            Preset::ObjectStore => choose::Cost::OBJECT_STORE,
            Preset::Cold => choose::Cost::COLD,
        }
    }
}

/// How a file is written.
#[derive(Debug, Clone, Default)]
pub struct WriteOptions {
    /// The file's identity; the writer reads neither clock nor randomness, so the caller draws it.
    pub uuid: [u8; 16],
    /// What the choice of encodings favours.
    pub preset: Preset,
}

/// A finished file.
#[derive(Debug, Clone)]
pub struct WrittenFile {
    /// All bytes of the file.
    pub bytes: Bytes,
    /// What the log remembers of it.
    pub statistics: FileStatistics,
}

/// Builds one file in memory. The same batches and options give the same bytes.
#[derive(Debug)]
pub struct FileWriter {
    schema: Schema,
    shape: Arc<Shape>,
    options: WriteOptions,
    cost: choose::Cost,
    pending: Vec<Vec<Vector>>,
    pending_rows: usize,
    pending_bytes: usize,
    stripe_rows: Vec<u32>,
    streams: Vec<StreamState>,
    encoded_bytes: u64,
    raw_bytes: u64,
    rows: u64,
}

/// What has been encoded of a stream.
#[derive(Debug, Default)]
struct StreamState {
    metadata: StreamMetadata,
    bytes: Vec<u8>,
    memory: StreamMemory,
    bounded: u64,
}

impl FileWriter {
    /// Returns a writer of rows of the schema.
    ///
    /// # Errors
    /// [`FormatError::Schema`] and [`FormatError::Limit`] when the schema cannot be stored.
    pub fn new(schema: Schema, options: WriteOptions) -> Result<Self> {
        let shape = Arc::new(Shape::new(&schema)?);
        let cost = options.preset.cost();
        let streams = shape.numbers().map(|number| {
            let stream = shape.stream(number);
            let sketch = match stream.kind {
                StreamKind::Values => vec![0; sketch::REGISTERS],
                StreamKind::Structure => Vec::new(),
            };
            // A declared scale is kept in every block that can; so kernels meet one scale a column.
            let scale = match shape.nodes[stream.node].parameters {
                Some(TypeParameters::Decimal { scale, .. }) => scale.min(9) as u8,
                _ => 0,
            };
            StreamState {
                metadata: StreamMetadata { sketch, ..Default::default() },
                memory: StreamMemory { scale, ..Default::default() },
                ..Default::default()
            }
        });
        Ok(Self {
            pending: vec![Vec::new(); schema.fields.len()],
            streams: streams.collect(),
            schema,
            shape,
            options,
            cost,
            pending_rows: 0,
            pending_bytes: 0,
            stripe_rows: Vec::new(),
            encoded_bytes: 0,
            raw_bytes: 0,
            rows: 0,
        })
    }

    /// Appends the rows of a batch, columns in schema order and of the fields' `column_type()`.
    ///
    /// # Errors
    /// [`FormatError::Value`] naming the dotted column when a type, mode or type parameter is violated;
    /// [`FormatError::Limit`] when the file outgrows its limits. The writer must not be used after an error.
    pub fn write(&mut self, batch: &Batch) -> Result<()> {
        check_batch(&self.schema, batch)?;
        let batch = batch.clone().compact();
        let mut start = 0;
        while start < batch.physical_rows() {
            let len = (batch.physical_rows() - start).min(STRIPE_ROWS - self.pending_rows);
            let mut node = 0;
            for (index, column) in batch.columns().iter().enumerate() {
                while self.shape.nodes[node].parent.is_some() {
                    node += 1;
                }
                let part = column.slice(start, len);
                check_values(&self.shape, node, &part)?;
                self.pending_bytes += part.byte_size();
                self.pending[index].push(part);
                node += 1;
            }
            self.pending_rows += len;
            self.rows += len as u64;
            start += len;
            if self.pending_rows == STRIPE_ROWS || self.pending_bytes >= STRIPE_RAW_BYTES {
                self.close_stripe()?;
            }
        }
        Ok(())
    }

    /// Rows written so far.
    pub fn row_count(&self) -> u64 {
        self.rows
    }

    /// Bytes of the values written so far, before encoding; rows of the open stripe are counted roughly.
    pub fn raw_bytes(&self) -> u64 {
        self.raw_bytes + self.pending_bytes as u64
    }

    /// Bytes encoded so far: the open stripe is not among them.
    pub fn encoded_bytes(&self) -> u64 {
        self.encoded_bytes
    }

    fn close_stripe(&mut self) -> Result<()> {
        if self.pending_rows == 0 {
            return Ok(());
        }
        limit("stripes of a file", self.stripe_rows.len() as u64 + 1, STRIPES_MAX as u64)?;
        let tops: Vec<usize> =
            (0..self.shape.nodes.len()).filter(|&n| self.shape.nodes[n].parent.is_none()).collect();
        for (index, node) in tops.into_iter().enumerate() {
            let parts = std::mem::take(&mut self.pending[index]);
            let column_type = self.schema.fields[index].column_type();
            let column = concat(&column_type, &unnamed(parts, &column_type));
            for input in shred(&self.shape, node, &column)? {
                self.encode_chunk(input)?;
            }
        }
        self.stripe_rows.push(self.pending_rows as u32);
        self.pending_rows = 0;
        self.pending_bytes = 0;
        limit("bytes of a file", self.encoded_bytes, FILE_BYTES_MAX)
    }

    fn encode_chunk(&mut self, input: StreamInput) -> Result<()> {
        let place = self.shape.place(input.stream);
        let data_type = self.shape.node_of(input.stream).data_type.clone();
        limit(&format!("slots of {place} in a stripe"), input.slots as u64, SLOTS_MAX as u64)?;
        let state = &mut self.streams[input.stream];
        let mut chunk =
            Chunk { offset: state.bytes.len() as u64, slots: input.slots as u32, ..Chunk::default() };
        let mut bounded = 0;
        let mut start = 0;
        while start < input.slots {
            let len = block_slots(&input.payload, start, input.slots);
            let planes: Vec<Option<Bitmap>> =
                input.planes.iter().map(|plane| plane.as_ref().map(|bits| bits.slice(start, len))).collect();
            let payload = match &input.payload {
                Payload::Lengths(lengths) => Payload::Lengths(lengths.slice(start, len)),
                Payload::Values(values) => Payload::Values(values.slice(start, len)),
            };
            let encoded =
                block::encode(&place, &data_type, &planes, len, &payload, &self.cost, &mut state.memory)?;
            let validity = planes.last().and_then(Option::as_ref);
            if let Payload::Values(values) = &payload {
                match &encoded.entries {
                    // Every entry of a dictionary is used, so the distinct values are at hand.
                    Some(entries) => summary::count_distinct(entries, None, &mut state.metadata.sketch),
                    None => summary::count_distinct(values, validity, &mut state.metadata.sketch),
                }
                let raw = summary::raw_bytes(values, len - encoded.nulls as usize);
                state.metadata.raw_bytes += raw;
                self.raw_bytes += raw;
            }
            let present = bounded_values(&encoded, &data_type);
            chunk.bounds.cover(bounded, &encoded.bounds, present);
            bounded += present;
            chunk.nulls += encoded.nulls;
            chunk.blocks.push(BlockEntry {
                bytes: limited("bytes of a block", encoded.bytes.len())?,
                header_bytes: encoded.header_bytes,
                header_crc: checksum(&encoded.bytes[..encoded.header_bytes as usize]),
                slots: encoded.slots,
                nulls: encoded.nulls,
            });
            state.bytes.extend_from_slice(&encoded.bytes);
            start += len;
        }
        limit(&format!("blocks of {place} in a stripe"), chunk.blocks.len() as u64, u16::MAX as u64)?;
        let metadata = &mut state.metadata;
        metadata.values += input.slots as u64;
        metadata.nulls += chunk.nulls as u64;
        metadata.encoded_bytes += chunk.bytes();
        metadata.bounds.cover(state.bounded, &chunk.bounds, bounded);
        state.bounded += bounded;
        let padded = state.bytes.len().next_multiple_of(SECTION_ALIGNMENT);
        self.encoded_bytes += padded as u64 - chunk.offset;
        state.bytes.resize(padded, 0);
        metadata.chunks.push(chunk);
        Ok(())
    }

    /// Closes the file.
    ///
    /// # Errors
    /// As [`FileWriter::write`].
    pub fn finish(mut self) -> Result<WrittenFile> {
        self.close_stripe()?;
        let mut file = Vec::with_capacity(self.encoded_bytes as usize + (64 << 10));
        file.extend_from_slice(&MAGIC);
        pad(&mut file);
        for state in &mut self.streams {
            let base = file.len() as u64;
            state.metadata.chunks.iter_mut().for_each(|chunk| chunk.offset += base);
            file.extend_from_slice(&std::mem::take(&mut state.bytes));
        }
        let metadata_offset = file.len() as u64;
        let mut directory = Vec::with_capacity(self.streams.len());
        let mut features = 0;
        for state in &mut self.streams {
            state.metadata.symbols = state.memory.symbols.used().cloned();
            let bytes = state.metadata.write();
            if state.metadata.symbols.is_some() {
                features |= super::FEATURE_COLUMN_SYMBOLS;
            }
            directory.push(Entry {
                offset: file.len() as u64,
                bytes: limited("bytes of a column's metadata", bytes.len())?,
                crc: checksum(&bytes),
            });
            file.extend_from_slice(&bytes);
            pad(&mut file);
        }
        let footer_offset = file.len() as u64;
        let footer = footer::write(&self.schema, &directory, &self.stripe_rows);
        file.extend_from_slice(&footer);
        let file_bytes = (file.len() + TAIL_BYTES) as u64;
        limit("bytes of a file", file_bytes, FILE_BYTES_MAX)?;
        let tail = Tail {
            features,
            metadata_offset,
            footer_offset,
            footer_bytes: footer.len() as u32,
            footer_crc: checksum(&footer),
            row_count: self.rows,
            body_crc: checksum(&file),
            uuid: self.options.uuid,
            file_bytes,
        };
        file.extend_from_slice(&tail.write());
        Ok(WrittenFile { bytes: Bytes::from(file), statistics: self.statistics(&tail) })
    }

    fn statistics(&self, tail: &Tail) -> FileStatistics {
        FileStatistics {
            row_count: self.rows,
            byte_size: tail.file_bytes,
            footer_offset: tail.metadata_offset,
            uuid: self.options.uuid,
            columns: (0..self.streams.len())
                .filter(|&stream| self.shape.stream(stream).kind == StreamKind::Values)
                .map(|stream| column_statistics(&self.shape, stream, &self.streams[stream].metadata))
                .collect(),
        }
    }
}

/// The log's view of a leaf's metadata.
pub(crate) fn column_statistics(shape: &Shape, stream: usize, metadata: &StreamMetadata) -> ColumnStatistics {
    ColumnStatistics {
        field_id: shape.node_of(stream).field,
        value_count: metadata.values,
        null_count: metadata.nulls,
        min: metadata.bounds.min.clone(),
        max: metadata.bounds.max.clone(),
        distinct_sketch: metadata.sketch.clone(),
        encoded_bytes: metadata.encoded_bytes,
        raw_bytes: metadata.raw_bytes,
    }
}

/// Parts under the field's own type, so that names of struct fields agree when they are joined.
fn unnamed(parts: Vec<Vector>, data_type: &DataType) -> Vec<Vector> {
    parts.into_iter().map(|part| part.cast_names(data_type)).collect()
}

/// Present values that bounds speak of; NaN alone leaves a FLOAT64 block without bounds.
fn bounded_values(encoded: &EncodedBlock, data_type: &DataType) -> u64 {
    match encoded.bounds == Bounds::default() && *data_type == DataType::Float64 {
        true => 0,
        false => (encoded.slots - encoded.nulls) as u64,
    }
}

/// Slots of the next block: as many as fit, fewer when text is long.
fn block_slots(payload: &Payload, start: usize, slots: usize) -> usize {
    let most = (slots - start).min(BLOCK_VALUES);
    let Payload::Values(Values::String(strings)) = payload else { return most };
    let mut bytes = 0;
    for (taken, view) in strings.views()[start..start + most].iter().enumerate() {
        bytes += view.len();
        // Blocks end at whole vectors, unless the values are so large that a page would outgrow its limit.
        let at_vector = taken % VECTOR_VALUES == 0 && bytes > BLOCK_RAW_BYTES;
        if taken > 0 && (at_vector || bytes > TEXT_RAW_BYTES_MAX / 2) {
            return taken;
        }
    }
    most
}

fn pad(file: &mut Vec<u8>) {
    file.resize(file.len().next_multiple_of(SECTION_ALIGNMENT), 0);
}

fn limit(what: &str, found: u64, limit: u64) -> Result<()> {
    match found <= limit {
        true => Ok(()),
        false => Err(FormatError::Limit { what: what.into(), found, limit }),
    }
}

fn limited(what: &str, found: usize) -> Result<u32> {
    u32::try_from(found).map_err(|_| FormatError::Limit {
        what: what.into(),
        found: found as u64,
        limit: u32::MAX as u64,
    })
}
