//! Reading codes.

use std::sync::Arc;

use bytes::Bytes;

use super::encode::codes_of;
use super::table::{SYMBOL_BYTES_MAX, SymbolTable};
use super::{COLUMN_TABLE, OWN_TABLE};
use crate::BufferMut;
use crate::cursor::Cursor;
use crate::encoding::text::{TextPages, sum_up};
use crate::encoding::{Checked, FixedDecoder, Flaw, Node, PAGE_VALUES, TEXT_RAW_BYTES_MAX};

/// Codes decoded in one go.
const STRETCH: usize = 1024;

/// Opened pages of codes.
#[derive(Debug)]
pub(crate) struct FsstPages {
    table: Arc<SymbolTable>,
    counts: FixedDecoder<u32>,
    pages: Vec<Page>,
}

#[derive(Debug)]
struct Page {
    codes: usize,
    raw_bytes: usize,
    bytes: Bytes,
}

impl FsstPages {
    /// Opens a node; `symbols` are the column's, if it has any.
    pub(crate) fn open(mut node: Node, symbols: Option<&Arc<SymbolTable>>) -> Checked<Self> {
        let len = node.len as usize;
        node.expect_pages(len.div_ceil(PAGE_VALUES))?;
        let [counts] = node.take_children()?;
        let counts = FixedDecoder::<u32>::open(counts)?;
        if counts.len() != len {
            return Flaw::damaged(format!("{} counts of codes of {len} values", counts.len()));
        }
        let mut cursor = Cursor::new(&node.parameters);
        let scope = cursor.u8()?;
        cursor.expect(node.pages.len() * 8)?;
        let mut pages = Vec::with_capacity(node.pages.len());
        let mut total = 0;
        for bytes in node.pages {
            let (codes, raw_bytes) = (cursor.u32()? as usize, cursor.u32()? as usize);
            total += raw_bytes;
            if total > TEXT_RAW_BYTES_MAX || raw_bytes > codes.saturating_mul(SYMBOL_BYTES_MAX) {
                return Flaw::damaged(format!(
                    "page of {codes} codes that claims {raw_bytes} bytes, {total} in its block so far"
                ));
            }
            pages.push(Page { codes, raw_bytes, bytes });
        }
        let rest = node.parameters.slice(1 + pages.len() * 8..);
        let table = match (scope, symbols) {
            (OWN_TABLE, _) => Arc::new(SymbolTable::unpack(&rest)?),
            (COLUMN_TABLE, Some(symbols)) if rest.is_empty() => symbols.clone(),
            (COLUMN_TABLE, None) => return Flaw::damaged("the column has no symbol table"),
            _ => return Flaw::damaged(format!("symbol table of scope {scope}, {} bytes", rest.len())),
        };
        for page in &pages {
            if page.bytes.len() != (page.codes * table.width() as usize).div_ceil(8) {
                return Flaw::damaged(format!("{} codes in {} bytes", page.codes, page.bytes.len()));
            }
        }
        Ok(Self { table, counts, pages })
    }

    /// The codes of a value, by which it is found among the others.
    pub(crate) fn codes_of(&self, value: &[u8]) -> Vec<u16> {
        codes_of(&self.table, value)
    }

    /// Where the codes of each value of a page begin and the last end, checked against the page.
    fn ends(&self, index: usize, start: usize, count: usize) -> Checked<BufferMut<u32>> {
        let mut ends = BufferMut::<u32>::with_capacity(count + 1);
        ends.push(0);
        self.counts.append(start, count, &mut ends)?;
        match sum_up(&mut ends) == self.pages[index].codes as u64 {
            true => Ok(ends),
            false => {
                Flaw::damaged(format!("page {index} has {} codes, not its values'", self.pages[index].codes))
            }
        }
    }

    /// A bit for each value of `start ..` that has exactly these codes; the values lie in one page.
    pub(crate) fn equal_words(&self, start: usize, len: usize, wanted: &[u16]) -> Checked<Vec<u64>> {
        let index = start / PAGE_VALUES;
        let (page, page_start) = (&self.pages[index], index * PAGE_VALUES);
        let count = start + len - page_start;
        let mut ends = BufferMut::<u32>::with_capacity(count + 1);
        ends.push(0);
        self.counts.append(page_start, count, &mut ends)?;
        if sum_up(&mut ends) > page.codes as u64 {
            return Flaw::damaged(format!("page {index} has {} codes, its values more", page.codes));
        }
        let width = self.table.width() as usize;
        let mut words = vec![0u64; len.div_ceil(64)];
        for (row, pair) in ends[start - page_start..].windows(2).enumerate() {
            let (first, end) = (pair[0] as usize, pair[1] as usize);
            let equal = end - first == wanted.len()
                && wanted.iter().enumerate().all(|(i, &code)| code_at(&page.bytes, first + i, width) == code);
            words[row / 64] |= (equal as u64) << (row % 64);
        }
        Ok(words)
    }
}

/// One code, wherever it lies.
#[inline]
fn code_at(page: &[u8], index: usize, width: usize) -> u16 {
    let bit = index * width;
    let mut raw = [0u8; 4];
    let rest = &page[bit / 8..];
    let count = rest.len().min(4);
    raw[..count].copy_from_slice(&rest[..count]);
    ((u32::from_le_bytes(raw) >> (bit % 8)) & ((1 << width) - 1)) as u16
}

/// Unpacks `out.len()` codes from code `start` on; the page has them all.
fn unpack(page: &[u8], start: usize, width: usize, out: &mut [u16]) {
    let mask = (1u64 << width) - 1;
    // Eight bytes cover a code wherever it begins, up to the last few.
    let whole = (page.len().saturating_sub(8) * 8) / width;
    let fast = whole.saturating_sub(start).min(out.len());
    let (head, tail) = out.split_at_mut(fast);
    for (index, code) in head.iter_mut().enumerate() {
        let bit = (start + index) * width;
        let mut raw = [0u8; 8];
        raw.copy_from_slice(&page[bit / 8..bit / 8 + 8]);
        *code = (u64::from_le_bytes(raw) >> (bit % 8) & mask) as u16;
    }
    for (index, code) in tail.iter_mut().enumerate() {
        *code = code_at(page, start + fast + index, width);
    }
}

impl TextPages for FsstPages {
    fn open(&self, index: usize, start: usize, count: usize) -> Checked<(Bytes, BufferMut<u32>)> {
        let page = &self.pages[index];
        let ends = self.ends(index, start, count)?;
        let (symbols, lengths) = self.table.parts();
        // Each symbol is moved by 16 bytes, whatever its length; the next one overwrites the rest.
        let mut data = vec![0u8; page.raw_bytes + SYMBOL_BYTES_MAX];
        let mut offsets = BufferMut::<u32>::with_capacity(count + 1);
        let (mut codes, mut positions) = ([0u16; STRETCH], [0u32; STRETCH]);
        let (mut at, mut value) = (0usize, 0usize);
        for first in (0..page.codes).step_by(STRETCH) {
            let codes = &mut codes[..STRETCH.min(page.codes - first)];
            unpack(&page.bytes, first, self.table.width() as usize, codes);
            for (code, position) in codes.iter().zip(&mut positions) {
                *position = at as u32;
                let symbol = symbols.get(*code as usize).zip(data.get_mut(at..at + SYMBOL_BYTES_MAX));
                let Some((symbol, target)) = symbol else {
                    return Flaw::damaged(format!("code {code} of {} at byte {at}", symbols.len()));
                };
                target.copy_from_slice(symbol);
                at += lengths[*code as usize] as usize;
            }
            while let Some(&end) = ends.get(value).filter(|&&end| (end as usize) < first + codes.len()) {
                offsets.push(positions[end as usize - first]);
                value += 1;
            }
        }
        if at != page.raw_bytes {
            return Flaw::damaged(format!(
                "codes of page {index} give {at} bytes, expected {}",
                page.raw_bytes
            ));
        }
        // Values that begin where the codes end are empty.
        while value <= count {
            offsets.push(at as u32);
            value += 1;
        }
        data.truncate(page.raw_bytes);
        Ok((Bytes::from(data), offsets))
    }

    fn as_fsst(&self) -> Option<&FsstPages> {
        Some(self)
    }
}
