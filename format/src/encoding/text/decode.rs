//! Reading text.

use std::sync::{Arc, OnceLock};

use bytes::Bytes;

use super::{Codec, views};
use crate::cursor::Cursor;
use crate::encoding::{
    Checked, EXPANSION_MAX, Encoding, FixedDecoder, Flaw, Node, PAGE_VALUES, TEXT_RAW_BYTES_MAX,
};
use crate::{BufferMut, StringVector, View};

/// Opened text; each page is decompressed, measured and checked once, at first use.
#[derive(Debug)]
pub(crate) struct TextDecoder {
    len: usize,
    lengths: FixedDecoder<u32>,
    pages: Vec<Page>,
    utf8: bool,
}

#[derive(Debug)]
struct Page {
    codec: Codec,
    raw_bytes: usize,
    bytes: Bytes,
    opened: OnceLock<Checked<OpenPage>>,
}

#[derive(Debug)]
struct OpenPage {
    data: Bytes,
    /// The page alone, as most reads want it.
    buffers: Arc<[Bytes]>,
    /// Where values start, and where the last one ends.
    offsets: BufferMut<u32>,
}

impl TextDecoder {
    /// Opens the values, which are UTF-8 if `utf8`.
    pub(crate) fn open(mut node: Node, utf8: bool) -> Checked<Self> {
        if node.encoding != Encoding::Text {
            return Flaw::damaged(format!("{} of text", node.encoding.name()));
        }
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
            pages.push(Page { codec, raw_bytes, bytes, opened: OnceLock::new() });
        }
        cursor.finish()?;
        Ok(Self { len, lengths, pages, utf8 })
    }

    pub(crate) fn len(&self) -> usize {
        self.len
    }

    fn page(&self, index: usize) -> Checked<&OpenPage> {
        let page = &self.pages[index];
        page.opened.get_or_init(|| self.open_page(index)).as_ref().map_err(Clone::clone)
    }

    fn open_page(&self, index: usize) -> Checked<OpenPage> {
        let page = &self.pages[index];
        let start = index * PAGE_VALUES;
        let count = PAGE_VALUES.min(self.len - start);
        let mut offsets = BufferMut::<u32>::with_capacity(count + 1);
        offsets.push(0);
        self.lengths.append(start, count, &mut offsets)?;
        // Each length may be up to 2^32, so the sum is carried wide and compared at the end.
        let mut end = 0u64;
        for offset in offsets.iter_mut() {
            end += *offset as u64;
            *offset = end as u32;
        }
        if end != page.raw_bytes as u64 {
            return Flaw::damaged(format!(
                "text page {index} of {} bytes, its values of {end}",
                page.raw_bytes
            ));
        }
        let data = page.codec.decompress(&page.bytes, page.raw_bytes)?;
        if self.utf8 {
            check_utf8(&data, &offsets, index)?;
        }
        Ok(OpenPage { buffers: Arc::new([data.clone()]), data, offsets })
    }

    /// The values of a range. Views point into the pages.
    pub(crate) fn decode(&self, start: usize, len: usize) -> Checked<StringVector> {
        if start.checked_add(len).is_none_or(|end| end > self.len) {
            return Flaw::damaged(format!("values {start}+{len} of {}", self.len));
        }
        if len == 0 {
            return Ok(StringVector::default());
        }
        let (first, last) = (start / PAGE_VALUES, (start + len - 1) / PAGE_VALUES);
        let mut out = BufferMut::<View>::with_capacity(len);
        let mut buffers = Vec::new();
        for index in first..=last {
            let page = self.page(index)?;
            let from = start.max(index * PAGE_VALUES) - index * PAGE_VALUES;
            let to = (start + len).min((index + 1) * PAGE_VALUES) - index * PAGE_VALUES;
            views::append(&page.data, &page.offsets[from..=to], buffers.len() as u32, &mut out);
            buffers.push(page);
        }
        let shared = match buffers[..] {
            [only] => only.buffers.clone(),
            _ => buffers.iter().map(|page| page.data.clone()).collect(),
        };
        // The views were made from checked offsets, so the check of StringVector::new is not needed again.
        Ok(StringVector::new(BufferMut::new().freeze(), shared).with_views(out.freeze()))
    }
}

/// Checks a page once: the whole is UTF-8 and no value begins inside a character.
fn check_utf8(data: &[u8], offsets: &[u32], page: usize) -> Checked<()> {
    if let Err(error) = std::str::from_utf8(data) {
        return Flaw::damaged(format!("text page {page} is not UTF-8: {error}"));
    }
    let inside = |&offset: &u32| data.get(offset as usize).is_some_and(|byte| byte & 0xc0 == 0x80);
    match data.is_ascii() || !offsets.iter().any(inside) {
        true => Ok(()),
        false => Flaw::damaged(format!("a value of text page {page} begins inside a character")),
    }
}
