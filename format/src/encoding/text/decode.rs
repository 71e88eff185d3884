//! Reading text: pages of whatever encoding, opened once and handed out as views.

use std::sync::{Arc, OnceLock};

use bytes::Bytes;

use super::plain::PlainPages;
use super::views;
use crate::encoding::fsst::{FsstPages, SymbolTable};
use crate::encoding::prefix::PrefixPages;
use crate::encoding::textnum::TextNumPages;
use crate::encoding::{Checked, Encoding, Flaw, Node, PAGE_VALUES};
use crate::{BufferMut, StringVector, View};

/// Opened text; each page is decoded, measured and checked once, at first use.
#[derive(Debug)]
pub(crate) struct TextDecoder {
    len: usize,
    source: Box<dyn TextPages>,
    pages: Vec<OnceLock<Checked<OpenPage>>>,
    utf8: bool,
}

/// What turns the bytes of an encoding into text, page by page.
pub(crate) trait TextPages: std::fmt::Debug + Send + Sync {
    /// The bytes of values `start .. start + count`, which are page `index`, and where each begins: `count + 1`
    /// ascending offsets, the first 0 and the last the number of bytes.
    fn open(&self, index: usize, start: usize, count: usize) -> Checked<(Bytes, BufferMut<u32>)>;

    /// The source as FSST, where it is: for tests on codes.
    fn as_fsst(&self) -> Option<&FsstPages> {
        None
    }
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
    /// Opens the values, which are UTF-8 if `utf8`; `symbols` are the column's, if it has any.
    pub(crate) fn open(node: Node, utf8: bool, symbols: Option<&Arc<SymbolTable>>) -> Checked<Self> {
        let len = node.len as usize;
        let source: Box<dyn TextPages> = match node.encoding {
            Encoding::Text => Box::new(PlainPages::open(node)?),
            Encoding::Fsst => Box::new(FsstPages::open(node, symbols)?),
            Encoding::TextNum => Box::new(TextNumPages::open(node, symbols)?),
            Encoding::Prefix => Box::new(PrefixPages::open(node, symbols)?),
            other => return Flaw::damaged(format!("{} of text", other.name())),
        };
        let pages = (0..len.div_ceil(PAGE_VALUES)).map(|_| OnceLock::new()).collect();
        Ok(Self { len, source, pages, utf8 })
    }

    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// The values as FSST codes, where they are.
    pub(crate) fn as_fsst(&self) -> Option<&FsstPages> {
        self.source.as_fsst()
    }

    fn page(&self, index: usize) -> Checked<&OpenPage> {
        self.pages[index].get_or_init(|| self.open_page(index)).as_ref().map_err(Clone::clone)
    }

    fn open_page(&self, index: usize) -> Checked<OpenPage> {
        let start = index * PAGE_VALUES;
        let count = PAGE_VALUES.min(self.len - start);
        let (data, offsets) = self.source.open(index, start, count)?;
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
