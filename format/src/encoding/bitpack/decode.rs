//! Reading bit-packed vectors.

use std::mem::MaybeUninit;

use bytes::Bytes;

use super::{BYTES_PER_BIT, ENTRY_BYTES};
use crate::cursor::Cursor;
use crate::encoding::{Checked, Flaw, Lane, Node, PAGE_VALUES, VECTOR_VALUES};

const VECTORS_PER_PAGE: usize = PAGE_VALUES / VECTOR_VALUES;

/// Opened bit-packed values.
#[derive(Debug)]
pub(crate) struct BitPacked {
    len: usize,
    pages: Vec<Bytes>,
    vectors: Vec<PackedVector>,
}

/// Where a vector lies and how it is packed; checked against its page.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PackedVector {
    pub base: u64,
    pub width: u32,
    pub exceptions: u32,
    offset: u32,
}

impl BitPacked {
    pub(crate) fn open(node: Node, width_max: u32, value_bytes: usize) -> Checked<Self> {
        node.expect_leaf()?;
        let len = node.len as usize;
        node.expect_pages(len.div_ceil(PAGE_VALUES))?;
        let mut vectors = Vec::with_capacity(len.div_ceil(VECTOR_VALUES));
        for (index, page) in node.pages.iter().enumerate() {
            let values = PAGE_VALUES.min(len - index * PAGE_VALUES);
            open_page(page, values.div_ceil(VECTOR_VALUES), width_max, value_bytes, &mut vectors)?;
        }
        Ok(Self { len, pages: node.pages, vectors })
    }

    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// Base, width and exception count of a vector: what bounds its values.
    pub(crate) fn vector(&self, index: usize) -> PackedVector {
        self.vectors[index]
    }

    pub(crate) fn decode<L: Lane>(&self, start: usize, out: &mut [MaybeUninit<L>]) -> Checked<()> {
        let mut done = 0;
        while done < out.len() {
            let (vector, first) = ((start + done) / VECTOR_VALUES, (start + done) % VECTOR_VALUES);
            let rest = &mut out[done..];
            if first == 0
                && let Some((whole, _)) = rest.split_first_chunk_mut::<VECTOR_VALUES>()
            {
                self.decode_vector(vector, whole)?;
                done += VECTOR_VALUES;
                continue;
            }
            let count = rest.len().min(VECTOR_VALUES - first);
            let mut scratch = [const { MaybeUninit::<L>::uninit() }; VECTOR_VALUES];
            self.decode_vector(vector, &mut scratch)?;
            rest[..count].copy_from_slice(&scratch[first..first + count]);
            done += count;
        }
        Ok(())
    }

    /// How a vector is packed, and the bytes from its packed ones on.
    pub(super) fn vector_bytes(&self, index: usize) -> (PackedVector, &[u8]) {
        let vector = self.vectors[index];
        (vector, &self.pages[index / VECTORS_PER_PAGE][vector.offset as usize..])
    }

    /// Shows each exception of a vector by position.
    pub(super) fn each_exception<L: Lane>(
        &self,
        index: usize,
        mut visit: impl FnMut(usize, L),
    ) -> Checked<()> {
        let (vector, page) = self.vector_bytes(index);
        let (packed_bytes, count) = (vector.width as usize * BYTES_PER_BIT, vector.exceptions as usize);
        let positions = page[packed_bytes..packed_bytes + count * 2].chunks_exact(2);
        let values = page[packed_bytes + count * 2..].chunks_exact(L::BYTES);
        for (position, value) in positions.zip(values) {
            let position = u16::from_le_bytes([position[0], position[1]]) as usize;
            if position >= VECTOR_VALUES {
                return Flaw::damaged(format!("exception at position {position} of a vector"));
            }
            visit(position, L::read(value));
        }
        Ok(())
    }

    /// Decodes one vector, the padding of a short last one included.
    fn decode_vector<L: Lane>(&self, index: usize, out: &mut [MaybeUninit<L>; VECTOR_VALUES]) -> Checked<()> {
        let (vector, page) = self.vector_bytes(index);
        L::unpack(&page[..vector.width as usize * BYTES_PER_BIT], vector.width, vector.base, out)?;
        match vector.exceptions {
            0 => Ok(()),
            _ => self.each_exception(index, |position, value| {
                out[position].write(value);
            }),
        }
    }
}

fn open_page(
    page: &[u8],
    vector_count: usize,
    width_max: u32,
    value_bytes: usize,
    vectors: &mut Vec<PackedVector>,
) -> Checked<()> {
    let mut cursor = Cursor::new(page);
    let mut expected = vector_count * ENTRY_BYTES;
    for _ in 0..vector_count {
        let base = cursor.u64()?;
        let (width, zero) = (cursor.u8()? as u32, cursor.u8()?);
        let exceptions = cursor.u16()? as u32;
        let offset = cursor.u32()?;
        let odd = width > width_max || zero != 0 || exceptions as usize > VECTOR_VALUES;
        if odd || offset as usize != expected {
            return Flaw::damaged(format!(
                "bit-packed vector of width {width}, {exceptions} exceptions, at {offset}, expected at {expected}"
            ));
        }
        expected += width as usize * BYTES_PER_BIT + exceptions as usize * (2 + value_bytes);
        vectors.push(PackedVector { base, width, exceptions, offset });
    }
    match expected == page.len() {
        true => Ok(()),
        false => Flaw::damaged(format!("bit-packed page of {} bytes, expected {expected}", page.len())),
    }
}
