//! Pages of TEXT: the bytes themselves, perhaps compressed.

use bytes::Bytes;

use super::Codec;
use super::decode::TextPages;
use crate::BufferMut;
use crate::cursor::Cursor;
use crate::encoding::{Checked, EXPANSION_MAX, FixedDecoder, Flaw, Node, PAGE_VALUES, TEXT_RAW_BYTES_MAX};

/// Opened pages, decompressed when asked for.
#[derive(Debug)]
pub(crate) struct PlainPages {
    lengths: FixedDecoder<u32>,
    pages: Vec<Page>,
}

#[derive(Debug)]
struct Page {
    codec: Codec,
    raw_bytes: usize,
    bytes: Bytes,
}

impl PlainPages {
    pub(crate) fn open(mut node: Node) -> Checked<Self> {
        let len = node.len as usize;
        node.expect_pages(len.div_ceil(PAGE_VALUES))?;
        let [lengths] = node.take_children()?;
        let lengths = FixedDecoder::<u32>::open(lengths)?;
        if lengths.len() != len {
            return Flaw::damaged(format!("{} lengths of {len} values", lengths.len()));
        }
        let mut cursor = Cursor::new(&node.parameters);
        let mut pages = Vec::with_capacity(node.pages.len());
        let mut total = 0;
        for bytes in node.pages {
            let (codec, raw_bytes) = (Codec::from_id(cursor.u8()?)?, cursor.u32()? as usize);
            total += raw_bytes;
            if total > TEXT_RAW_BYTES_MAX || raw_bytes > bytes.len().saturating_mul(EXPANSION_MAX) {
                return Flaw::damaged(format!(
                    "text page of {} bytes that claims {raw_bytes}, {total} in its block so far",
                    bytes.len()
                ));
            }
            pages.push(Page { codec, raw_bytes, bytes });
        }
        cursor.finish()?;
        Ok(Self { lengths, pages })
    }
}

impl TextPages for PlainPages {
    fn open(&self, index: usize, start: usize, count: usize) -> Checked<(Bytes, BufferMut<u32>)> {
        let page = &self.pages[index];
        let mut offsets = BufferMut::<u32>::with_capacity(count + 1);
        offsets.push(0);
        self.lengths.append(start, count, &mut offsets)?;
        let end = sum_up(&mut offsets);
        if end != page.raw_bytes as u64 {
            return Flaw::damaged(format!(
                "text page {index} of {} bytes, its values of {end}",
                page.raw_bytes
            ));
        }
        Ok((page.codec.decompress(&page.bytes, page.raw_bytes)?, offsets))
    }
}

/// Turns lengths into where each ends; returns the sum. Each may be up to 2^32, so it is carried wide.
pub(crate) fn sum_up(lengths: &mut [u32]) -> u64 {
    let mut end = 0u64;
    for length in lengths {
        end += *length as u64;
        *length = end as u32;
    }
    end
}
