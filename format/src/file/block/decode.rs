//! Reading a block.

use std::sync::{Arc, OnceLock};

use bytes::Bytes;

use super::{COMPACTED, HAS_PAYLOAD, HEADER_BYTES, Payload, Piece};
use crate::cursor::Cursor;
use crate::encoding::bitmap::BitsDecoder;
use crate::encoding::fsst::SymbolTable;
use crate::encoding::{BLOCK_VALUES, Checked, Flaw, Node, PAGE_VALUES};
use crate::file::bounds::Bounds;
use crate::{Bitmap, Buffer, DataType, Vector};

/// An opened block: checksums verified, trees validated; values are decoded when read.
#[derive(Debug)]
pub(crate) struct Block {
    pub(crate) slots: usize,
    pub(crate) present: usize,
    pub(crate) payload: Payload,
    compacted: bool,
    planes: Vec<BitsDecoder>,
    decoded: Vec<OnceLock<Bitmap>>,
    ranks: OnceLock<Vec<u32>>,
    zones: Bytes,
    opened_zones: OnceLock<Checked<Vec<Zone>>>,
    /// The block as read, for reports.
    bytes: Bytes,
    header_bytes: usize,
}

/// What is known of the slots of a page.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Zone {
    pub(crate) slots: u64,
    pub(crate) nulls: u64,
    pub(crate) bounds: Bounds,
}

impl Block {
    /// Opens a block of values of `data_type`, or of list lengths when None. The header's own checksum is the
    /// caller's.
    pub(crate) fn open(
        bytes: Bytes,
        header_bytes: usize,
        data_type: Option<&DataType>,
        plane_count: usize,
        symbols: Option<&Arc<SymbolTable>>,
    ) -> Checked<Self> {
        if header_bytes > bytes.len() {
            return Flaw::damaged(format!("block header of {header_bytes} bytes in {}", bytes.len()));
        }
        let mut payload_bytes = bytes.clone();
        let header = payload_bytes.split_to(header_bytes);
        let mut cursor = Cursor::new(&header);
        let (slots, present) = (cursor.u32()? as usize, cursor.u32()? as usize);
        let (flags, planes) = (cursor.u8()?, cursor.u8()? as usize);
        if slots > BLOCK_VALUES || present > slots || planes != plane_count || flags > HAS_PAYLOAD | COMPACTED
        {
            return Flaw::damaged(format!(
                "block of {slots} slots, {present} present, {planes} planes (expected {plane_count}), flags {flags}"
            ));
        }
        let zone_bytes = cursor.u32()? as usize;
        let zones = header.slice_ref(cursor.take(zone_bytes)?);
        let mut opened = Vec::with_capacity(planes);
        for _ in 0..planes {
            let plane = BitsDecoder::open(Node::read(&mut cursor, &mut payload_bytes)?)?;
            if plane.len() != slots {
                return Flaw::damaged(format!("validity of {} bits for {slots} slots", plane.len()));
            }
            opened.push(plane);
        }
        let payload = match flags & HAS_PAYLOAD {
            0 => Payload::None,
            _ => {
                let node = Node::read(&mut cursor, &mut payload_bytes)?;
                match data_type {
                    Some(data_type) => Payload::open(node, data_type, symbols)?,
                    None => Payload::open_lengths(node)?,
                }
            }
        };
        cursor.finish()?;
        if !payload_bytes.is_empty() {
            return Flaw::damaged(format!("{} bytes after the last page", payload_bytes.len()));
        }
        let decoded = opened.iter().map(|_| OnceLock::new()).collect();
        let compacted = flags & COMPACTED != 0;
        let block = Self {
            slots,
            present,
            payload,
            compacted,
            planes: opened,
            decoded,
            ranks: OnceLock::new(),
            zones,
            opened_zones: OnceLock::new(),
            bytes,
            header_bytes,
        };
        block.check_counts()?;
        Ok(block)
    }

    /// The encoding trees as they stand in the header: planes, then the payload if there is one.
    pub(crate) fn nodes(&self) -> Vec<Node> {
        let mut pages = self.bytes.clone();
        let header = pages.split_to(self.header_bytes);
        let mut cursor = Cursor::new(&header[HEADER_BYTES + self.zones.len()..]);
        std::iter::from_fn(|| Node::read(&mut cursor, &mut pages).ok()).collect()
    }

    /// Number of validity planes.
    pub(crate) fn plane_count(&self) -> usize {
        self.planes.len()
    }

    fn check_counts(&self) -> Checked<()> {
        let found = match self.planes.len() {
            0 => self.slots,
            planes => self.plane(planes - 1).count_ones(),
        };
        let expected = if self.compacted { self.present } else { self.slots };
        let values = match self.payload {
            Payload::None if self.present > 0 => 0,
            Payload::None => expected,
            _ => self.payload.len(),
        };
        match found == self.present && values == expected {
            true => Ok(()),
            false => Flaw::damaged(format!(
                "{found} present slots and {values} values, expected {} and {expected}",
                self.present
            )),
        }
    }

    /// The bits of a validity plane over all slots.
    pub(crate) fn plane(&self, index: usize) -> &Bitmap {
        self.decoded[index].get_or_init(|| self.planes[index].decode())
    }

    /// The validity of a range by its plane; None when every slot of the block is valid.
    pub(crate) fn plane_range(&self, index: usize, start: usize, len: usize) -> Option<Bitmap> {
        match &self.planes[index] {
            BitsDecoder::Constant { value: true, .. } => None,
            _ => Some(self.plane(index).slice(start, len)),
        }
    }

    /// Validity of a range of the stream itself; None when every slot of the range is present.
    pub(crate) fn validity(&self, start: usize, len: usize) -> Option<Bitmap> {
        let last = self.planes.len().checked_sub(1)?;
        self.plane_range(last, start, len).filter(|bits| bits.count_ones() < len)
    }

    /// List lengths of a range.
    pub(crate) fn lengths(&self, start: usize, len: usize) -> Checked<Buffer<u32>> {
        match &self.payload {
            Payload::W4(lengths) => Ok(lengths.buffer(start, len)?.freeze()),
            _ => Flaw::damaged("a structure block without lengths"),
        }
    }

    /// Position among the payload's values of the first one at or after `slot`.
    pub(crate) fn payload_start(&self, slot: usize) -> usize {
        if !self.compacted {
            return slot;
        }
        let bits = self.plane(self.planes.len() - 1);
        let ranks = self.ranks.get_or_init(|| {
            let mut sum = 0;
            bits.iter_words()
                .map(|word| {
                    sum += word.count_ones();
                    sum - word.count_ones()
                })
                .collect()
        });
        if slot >= self.slots {
            return self.present;
        }
        let below = bits.word(slot / 64) & ((1u64 << (slot % 64)) - 1);
        (ranks[slot / 64] + below.count_ones()) as usize
    }

    /// True when NULL slots have no values in the payload.
    pub(crate) fn is_compacted(&self) -> bool {
        self.compacted
    }

    /// Values `start .. start + len` in the cheapest form.
    pub(crate) fn read(&self, data_type: &DataType, start: usize, len: usize) -> Checked<Vector> {
        let validity = self.validity(start, len);
        if validity.as_ref().is_some_and(|bits| bits.count_ones() == 0) {
            return Ok(Vector::nulls(data_type.clone(), len));
        }
        let (first, end) = (self.payload_start(start), self.payload_start(start + len));
        let piece = self.payload.decode(data_type, first, end - first)?;
        let Some(validity) = validity else { return Ok(whole(data_type, piece, len)) };
        let spread = |dense: Vector| match self.compacted {
            true => dense.gather(&spread_rows(&validity)),
            false => dense,
        };
        Ok(match piece {
            // A constant among NULLs is a dictionary of one.
            Piece::Constant(value) => {
                let one = crate::Dictionary::new(Vector::constant(data_type.clone(), value, 1));
                let codes = crate::BufferMut::filled(0u32, len).freeze();
                Vector::dictionary_unchecked(codes, Some(validity), one)
            }
            Piece::Flat(values) => {
                spread(Vector::flat(data_type.clone(), values, None)).with_validity(validity)
            }
            Piece::Codes(codes, dictionary) => {
                spread(Vector::dictionary_unchecked(codes, None, dictionary)).with_validity(validity)
            }
        })
    }

    /// The zone map: one entry for each page of 8,192 slots; empty when the block has one page.
    pub(crate) fn zones(&self, data_type: &DataType) -> Checked<&[Zone]> {
        let zones = self.opened_zones.get_or_init(|| self.read_zones(data_type));
        zones.as_deref().map_err(Clone::clone)
    }

    fn read_zones(&self, data_type: &DataType) -> Checked<Vec<Zone>> {
        if self.zones.is_empty() {
            return Ok(Vec::new());
        }
        let mut cursor = Cursor::new(&self.zones);
        let mut zones = Vec::with_capacity(self.slots.div_ceil(PAGE_VALUES));
        for start in (0..self.slots).step_by(PAGE_VALUES) {
            let slots = PAGE_VALUES.min(self.slots - start) as u64;
            let nulls = cursor.u32()? as u64;
            if nulls > slots {
                return Flaw::damaged(format!("zone map with {nulls} NULL of {slots} slots"));
            }
            zones.push(Zone { slots, nulls, bounds: Bounds::read(&mut cursor, data_type)? });
        }
        cursor.finish()?;
        Ok(zones)
    }
}

fn whole(data_type: &DataType, piece: Piece, len: usize) -> Vector {
    match piece {
        Piece::Flat(values) => Vector::flat(data_type.clone(), values, None),
        Piece::Constant(value) => Vector::constant(data_type.clone(), value, len),
        Piece::Codes(codes, dictionary) => Vector::dictionary_unchecked(codes, None, dictionary),
    }
}

/// For each slot the position of its value among the present ones; a NULL repeats its neighbour's.
fn spread_rows(validity: &Bitmap) -> Vec<u32> {
    let mut next = 0u32;
    let mut rows = Vec::with_capacity(validity.len());
    for (index, word) in validity.iter_words().enumerate() {
        let count = 64.min(validity.len() - index * 64);
        for bit in 0..count {
            let valid = (word >> bit & 1) as u32;
            next += valid;
            rows.push(next.saturating_sub(1));
        }
    }
    rows
}
