//! What the file keeps of each stream: where its chunks are, and statistics of each and of all.
//!
//! ```text
//! metadata := chunks:u32 | chunk* | values:u64 | nulls:u64 | encoded bytes:u64 | raw bytes:u64 | min | max
//!             | sketch bytes:u32 | sketch (zstd, empty when unknown) | symbol table (nothing when not needed)
//! chunk    := offset:u64 | slots:u32 | nulls:u32 | min | max | blocks:u16 | block*
//! block    := bytes:u32 | header bytes:u32 | header crc:u32 | slots:u32 | nulls:u32
//! ```

use std::sync::Arc;

use super::bounds::Bounds;
use super::{FILE_BYTES_MAX, SLOTS_MAX, STRIPES_MAX};
use crate::cursor::Cursor;
use crate::encoding::fsst::SymbolTable;
use crate::encoding::{BLOCK_VALUES, Checked, Flaw};
use crate::{DataType, sketch};

/// A stream's metadata.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct StreamMetadata {
    pub(crate) chunks: Vec<Chunk>,
    pub(crate) values: u64,
    pub(crate) nulls: u64,
    pub(crate) encoded_bytes: u64,
    pub(crate) raw_bytes: u64,
    pub(crate) bounds: Bounds,
    pub(crate) sketch: Vec<u8>,
    /// The symbols of the column's text, where a block needs them.
    pub(crate) symbols: Option<Arc<SymbolTable>>,
}

/// A stream's part of a stripe.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Chunk {
    pub(crate) offset: u64,
    pub(crate) slots: u32,
    pub(crate) nulls: u32,
    pub(crate) bounds: Bounds,
    pub(crate) blocks: Vec<BlockEntry>,
}

/// Where a block lies in its chunk.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct BlockEntry {
    pub(crate) bytes: u32,
    pub(crate) header_bytes: u32,
    pub(crate) header_crc: u32,
    pub(crate) slots: u32,
    pub(crate) nulls: u32,
}

impl Chunk {
    /// Bytes of the blocks, padding left out.
    pub(crate) fn bytes(&self) -> u64 {
        self.blocks.iter().map(|block| block.bytes as u64).sum()
    }
}

impl StreamMetadata {
    pub(crate) fn write(&self) -> Vec<u8> {
        let mut out = Vec::new();
        out.extend((self.chunks.len() as u32).to_le_bytes());
        for chunk in &self.chunks {
            out.extend(chunk.offset.to_le_bytes());
            out.extend(chunk.slots.to_le_bytes());
            out.extend(chunk.nulls.to_le_bytes());
            chunk.bounds.write(&mut out);
            out.extend((chunk.blocks.len() as u16).to_le_bytes());
            for block in &chunk.blocks {
                for field in [block.bytes, block.header_bytes, block.header_crc, block.slots, block.nulls] {
                    out.extend(field.to_le_bytes());
                }
            }
        }
        for total in [self.values, self.nulls, self.encoded_bytes, self.raw_bytes] {
            out.extend(total.to_le_bytes());
        }
        self.bounds.write(&mut out);
        // Compression to memory can only fail to allocate; an empty sketch means unknown, so that is safe.
        let packed = match self.sketch.is_empty() {
            true => Vec::new(),
            false => zstd::bulk::compress(&self.sketch, 3).unwrap_or_default(),
        };
        out.extend((packed.len() as u32).to_le_bytes());
        out.extend_from_slice(&packed);
        if let Some(symbols) = &self.symbols {
            out.extend(symbols.pack());
        }
        out
    }

    /// Reads the metadata of a stream of a file that ends its chunks at `end`.
    pub(crate) fn read(bytes: &[u8], data_type: &DataType, stripes: usize, end: u64) -> Checked<Self> {
        let mut cursor = Cursor::new(bytes);
        let chunk_count = cursor.u32()? as usize;
        if chunk_count != stripes || chunk_count > STRIPES_MAX {
            return Flaw::damaged(format!("{chunk_count} chunks, expected {stripes}"));
        }
        cursor.expect(chunk_count * 20)?;
        let mut chunks = Vec::with_capacity(chunk_count);
        for _ in 0..chunk_count {
            chunks.push(read_chunk(&mut cursor, data_type, end)?);
        }
        let [values, nulls, encoded_bytes, raw_bytes] =
            [cursor.u64()?, cursor.u64()?, cursor.u64()?, cursor.u64()?];
        let bounds = Bounds::read(&mut cursor, data_type)?;
        let sketch_bytes = cursor.u32()? as usize;
        let packed = cursor.take(sketch_bytes)?;
        let symbols = match cursor.rest() {
            [] => None,
            rest => Some(Arc::new(SymbolTable::unpack(rest)?)),
        };
        let sketch = match packed.is_empty() {
            true => Vec::new(),
            false => match zstd::bulk::decompress(packed, sketch::REGISTERS) {
                Ok(registers) if registers.len() == sketch::REGISTERS => registers,
                _ => return Flaw::damaged("the distinct sketch does not decompress to its registers"),
            },
        };
        Ok(Self { chunks, values, nulls, encoded_bytes, raw_bytes, bounds, sketch, symbols })
    }
}

fn read_chunk(cursor: &mut Cursor<'_>, data_type: &DataType, end: u64) -> Checked<Chunk> {
    let offset = cursor.u64()?;
    let (slots, nulls) = (cursor.u32()?, cursor.u32()?);
    let bounds = Bounds::read(cursor, data_type)?;
    let block_count = cursor.u16()? as usize;
    cursor.expect(block_count * 20)?;
    let mut blocks = Vec::with_capacity(block_count);
    for _ in 0..block_count {
        let [bytes, header_bytes, header_crc, slots, nulls] =
            [cursor.u32()?, cursor.u32()?, cursor.u32()?, cursor.u32()?, cursor.u32()?];
        if slots as usize > BLOCK_VALUES || slots == 0 || nulls > slots || header_bytes > bytes {
            return Flaw::damaged(format!(
                "block of {slots} slots, {nulls} NULL, {bytes} bytes, {header_bytes} of them header"
            ));
        }
        blocks.push(BlockEntry { bytes, header_bytes, header_crc, slots, nulls });
    }
    let chunk = Chunk { offset, slots, nulls, bounds, blocks };
    let total: u64 = chunk.blocks.iter().map(|block| block.slots as u64).sum();
    let outside = chunk.offset > FILE_BYTES_MAX || chunk.offset + chunk.bytes() > end;
    if total != slots as u64 || slots as usize > SLOTS_MAX || outside {
        return Flaw::damaged(format!(
            "chunk at {offset} of {} bytes and {slots} slots, in {total} blocks' slots, chunks end at {end}",
            chunk.bytes()
        ));
    }
    Ok(chunk)
}
