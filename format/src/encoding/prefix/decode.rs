//! Reading shared beginnings.

use std::sync::Arc;

use bytes::Bytes;

use crate::BufferMut;
use crate::cursor::Cursor;
use crate::encoding::fsst::SymbolTable;
use crate::encoding::text::{TextDecoder, TextPages};
use crate::encoding::{Checked, Encoding, FixedDecoder, Flaw, Node, PAGE_VALUES, TEXT_RAW_BYTES_MAX};

/// Opened counts and rests.
#[derive(Debug)]
pub(crate) struct PrefixPages {
    shared: FixedDecoder<u32>,
    rests: TextDecoder,
    raw_bytes: Vec<usize>,
}

impl PrefixPages {
    pub(crate) fn open(mut node: Node, symbols: Option<&Arc<SymbolTable>>) -> Checked<Self> {
        node.expect_pages(0)?;
        let len = node.len as usize;
        let [shared, rests] = node.take_children()?;
        if !matches!(rests.encoding, Encoding::Text | Encoding::Fsst) {
            return Flaw::damaged(format!("{} of what values do not share", rests.encoding.name()));
        }
        // What follows a shared beginning may begin inside a character; whole values are checked.
        let (shared, rests) = (FixedDecoder::open(shared)?, TextDecoder::open(rests, false, symbols)?);
        if shared.len() != len || rests.len() != len {
            return Flaw::damaged(format!(
                "{} counts and {} rests of {len} values",
                shared.len(),
                rests.len()
            ));
        }
        let mut cursor = Cursor::new(&node.parameters);
        let mut raw_bytes = Vec::with_capacity(len.div_ceil(PAGE_VALUES));
        for _ in 0..len.div_ceil(PAGE_VALUES) {
            raw_bytes.push(cursor.u32()? as usize);
        }
        cursor.finish()?;
        let total: usize = raw_bytes.iter().sum();
        match total <= TEXT_RAW_BYTES_MAX {
            true => Ok(Self { shared, rests, raw_bytes }),
            false => Flaw::damaged(format!("{total} bytes of text in a block")),
        }
    }
}

impl TextPages for PrefixPages {
    fn open(&self, index: usize, start: usize, count: usize) -> Checked<(Bytes, BufferMut<u32>)> {
        let shared: BufferMut<u32> = self.shared.buffer(start, count)?;
        let rests = self.rests.decode(start, count)?;
        let limit = self.raw_bytes[index];
        // What is claimed may be more than there is: memory grows with what is found.
        let mut data: Vec<u8> = Vec::new();
        let mut offsets = BufferMut::<u32>::with_capacity(count + 1);
        offsets.push(0);
        let mut before = 0..0;
        for (row, &shared) in shared.iter().enumerate() {
            let (shared, rest, begin) = (shared as usize, rests.bytes(row), data.len());
            if shared > before.len() || begin + shared + rest.len() > limit {
                return Flaw::damaged(format!("value {row} of page {index} shares {shared} bytes"));
            }
            data.extend_from_within(before.start..before.start + shared);
            data.extend_from_slice(rest);
            before = begin..data.len();
            offsets.push(data.len() as u32);
        }
        match data.len() == limit {
            true => Ok((Bytes::from(data), offsets)),
            false => Flaw::damaged(format!("page {index} of {} bytes, expected {limit}", data.len())),
        }
    }
}
