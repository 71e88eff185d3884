//! The fetched bytes of a stripe, opened; shared by the decoders that read from it.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use bytes::Bytes;

use super::block::Block;
use super::decoder::StripeDecoder;
use super::metadata::Chunk;
use super::projection::Projection;
use super::reader::FileReader;
use crate::cursor::{IGNORE_CHECKSUMS, checksum};
use crate::encoding::fsst::SymbolTable;
use crate::encoding::{Checked, Flaw};
use crate::{Bitmap, Buffer, BufferMut, DataType, FormatError, Result, Vector};

/// One stripe's chunks of a projection, verified and ready to decode.
#[derive(Debug)]
pub struct StripeData {
    pub(super) reader: Arc<FileReader>,
    pub(super) projection: Projection,
    pub(super) stripe: usize,
    pub(super) streams: BTreeMap<usize, StreamChunk>,
}

/// A stream's opened blocks.
#[derive(Debug)]
pub(super) struct StreamChunk {
    pub(super) blocks: Vec<Block>,
    /// Slot at which each block begins, and the number of slots.
    pub(super) starts: Vec<usize>,
    /// Of a structure stream: where each slot's elements begin, and where the last ends.
    offsets: OnceLock<Checked<Buffer<u32>>>,
}

/// A part of a slot range that lies in one block.
pub(super) struct Part {
    pub(super) block: usize,
    /// First slot in the block.
    pub(super) start: usize,
    pub(super) len: usize,
}

impl StripeData {
    pub(super) fn new(
        reader: Arc<FileReader>,
        projection: Projection,
        stripe: usize,
        streams: BTreeMap<usize, StreamChunk>,
    ) -> Result<Self> {
        let data = Self { reader, projection, stripe, streams };
        data.check_slots()?;
        Ok(data)
    }

    /// The number of slots of each stream must be the rows, or the elements of its scope.
    fn check_slots(&self) -> Result<()> {
        for (&stream, chunk) in &self.streams {
            let expected = match self.reader.columns.of_stream(stream)?.shape.stream(stream).scope {
                None => self.rows(),
                Some(scope) if self.streams.contains_key(&scope) => {
                    let offsets = self.offsets(scope)?;
                    offsets[offsets.len() - 1] as usize
                }
                // A leaf read without its structure stands on its own.
                Some(_) => continue,
            };
            let found = chunk.slots();
            if found != expected {
                return Err(self.damaged(
                    stream,
                    0,
                    Flaw::Damaged(format!("{found} slots, expected {expected}")),
                ));
            }
        }
        Ok(())
    }

    /// Rows of the stripe.
    pub fn rows(&self) -> usize {
        self.reader.stripe_rows(self.stripe)
    }

    /// The number in the file of the stripe's first row.
    pub fn start(&self) -> u64 {
        self.reader.stripe_start(self.stripe)
    }

    /// The stripe's number in its file.
    pub fn stripe(&self) -> usize {
        self.stripe
    }

    /// Returns a decoder; several may read the same stripe and share what has been decoded once.
    pub fn decoder(self: &Arc<Self>) -> StripeDecoder {
        StripeDecoder::new(self.clone())
    }

    /// Where the elements of each slot of a structure stream begin.
    pub(super) fn offsets(&self, stream: usize) -> Result<&Buffer<u32>> {
        let chunk = &self.streams[&stream];
        chunk
            .offsets
            .get_or_init(|| chunk.build_offsets())
            .as_ref()
            .map_err(|flaw| self.damaged(stream, 0, flaw.clone()))
    }

    /// The error of a block.
    pub(super) fn damaged(&self, stream: usize, block: usize, flaw: Flaw) -> FormatError {
        let column = self.reader.columns.place(stream);
        flaw.at(self.reader.name(), format!("{column}, stripe {}, block {block}", self.stripe))
    }
}

impl StreamChunk {
    /// Opens the blocks of a chunk from its bytes and padding; an error comes with the block's number.
    pub(super) fn open(
        chunk: &Chunk,
        bytes: Bytes,
        data_type: Option<&DataType>,
        planes: usize,
        symbols: Option<&Arc<SymbolTable>>,
    ) -> std::result::Result<Self, (usize, Flaw)> {
        let mut rest = bytes;
        let mut starts = vec![0];
        let mut blocks = Vec::with_capacity(chunk.blocks.len());
        for (index, entry) in chunk.blocks.iter().enumerate() {
            let open = || {
                if entry.bytes as usize > rest.len() {
                    return Flaw::damaged(format!(
                        "{} bytes expected, {} are there",
                        entry.bytes,
                        rest.len()
                    ));
                }
                let block = rest.split_to(entry.bytes as usize);
                let found = checksum(&block[..entry.header_bytes as usize]);
                if !IGNORE_CHECKSUMS && found != entry.header_crc {
                    return Flaw::damaged(format!(
                        "header: expected checksum {:08x}, found {found:08x}",
                        entry.header_crc
                    ));
                }
                let block = Block::open(block, entry.header_bytes as usize, data_type, planes, symbols)?;
                if block.slots != entry.slots as usize || block.slots - block.present != entry.nulls as usize
                {
                    return Flaw::damaged(format!(
                        "{} slots, {} present; the metadata says {} and {} NULL",
                        block.slots, block.present, entry.slots, entry.nulls
                    ));
                }
                Ok(block)
            };
            let block: Checked<Block> = { open }();
            let block = block.map_err(|flaw| (index, flaw))?;
            starts.push(starts[index] + block.slots);
            blocks.push(block);
        }
        if rest.iter().any(|&byte| byte != 0) {
            return Err((blocks.len(), Flaw::Damaged("padding after the last block is not zero".into())));
        }
        Ok(Self { blocks, starts, offsets: OnceLock::new() })
    }

    pub(super) fn slots(&self) -> usize {
        self.starts[self.starts.len() - 1]
    }

    /// The parts of a slot range, block by block.
    pub(super) fn parts(&self, start: usize, len: usize) -> impl Iterator<Item = Part> + '_ {
        let end = start + len;
        let first = self.starts.partition_point(|&at| at <= start).saturating_sub(1);
        (first..self.blocks.len()).take_while(move |&block| self.starts[block] < end).map(move |block| {
            let from = start.max(self.starts[block]);
            let to = end.min(self.starts[block + 1]);
            Part { block, start: from - self.starts[block], len: to - from }
        })
    }

    /// Values of a slot range, by part; the caller joins them.
    pub(super) fn read(
        &self,
        data_type: &DataType,
        start: usize,
        len: usize,
    ) -> std::result::Result<Vec<Vector>, (usize, Flaw)> {
        self.parts(start, len)
            .map(|part| {
                self.blocks[part.block]
                    .read(data_type, part.start, part.len)
                    .map_err(|flaw| (part.block, flaw))
            })
            .collect()
    }

    /// Validity of a slot range by one of the planes; None when all are valid.
    pub(super) fn plane(&self, plane: usize, start: usize, len: usize) -> Option<Bitmap> {
        let parts: Vec<(Option<Bitmap>, usize)> = self
            .parts(start, len)
            .map(|part| (self.blocks[part.block].plane_range(plane, part.start, part.len), part.len))
            .collect();
        if parts.iter().all(|(bits, _)| bits.is_none()) {
            return None;
        }
        if let [(Some(bits), _)] = &parts[..] {
            return Some(bits.clone()).filter(|bits| bits.count_ones() < len);
        }
        let mut all = crate::BitmapBuilder::default();
        parts.iter().for_each(|(bits, len)| all.extend_validity(bits.as_ref(), *len));
        Some(all.finish()).filter(|bits| bits.count_ones() < len)
    }

    /// Sums the lengths up; NULL lists are empty.
    fn build_offsets(&self) -> Checked<Buffer<u32>> {
        let mut offsets = BufferMut::<u32>::with_capacity(self.slots() + 1);
        offsets.push(0);
        let mut end = 0u64;
        for block in &self.blocks {
            for &length in block.lengths(0, block.slots)?.iter() {
                end += length as u64;
                offsets.push(end as u32);
            }
        }
        match end <= super::SLOTS_MAX as u64 {
            true => Ok(offsets.freeze()),
            false => Flaw::damaged(format!("{end} elements in one stripe, over {}", super::SLOTS_MAX)),
        }
    }
}
