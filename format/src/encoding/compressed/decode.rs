//! Reading compressed pages of numbers.

use std::mem::MaybeUninit;
use std::sync::OnceLock;

use bytes::Bytes;

use crate::encoding::text::Codec;
use crate::encoding::{Checked, EXPANSION_MAX, Flaw, Isa, Lane, Node, PAGE_VALUES};

/// Opened pages; each is decompressed once, at first use.
#[derive(Debug)]
pub(crate) struct Compressed<L: Lane> {
    len: usize,
    width: usize,
    planes: bool,
    base: L,
    pages: Vec<Page>,
}

#[derive(Debug)]
struct Page {
    codec: Codec,
    bytes: Bytes,
    opened: OnceLock<Checked<Bytes>>,
}

impl<L: Lane> Compressed<L> {
    pub(crate) fn open(node: Node) -> Checked<Self> {
        node.expect_leaf()?;
        let len = node.len as usize;
        node.expect_pages(len.div_ceil(PAGE_VALUES))?;
        node.expect_parameters(2 + L::BYTES + node.pages.len())?;
        let (width, planes) = (node.parameters[0] as usize, node.parameters[1]);
        if !(1..=L::BYTES).contains(&width) || planes > 1 {
            return Flaw::damaged(format!("compressed values of {width} bytes, planes {planes}"));
        }
        let base = L::read(&node.parameters[2..]);
        let mut pages = Vec::with_capacity(node.pages.len());
        for (index, (bytes, &codec)) in
            node.pages.into_iter().zip(&node.parameters[2 + L::BYTES..]).enumerate()
        {
            let raw_bytes = PAGE_VALUES.min(len - index * PAGE_VALUES) * width;
            if raw_bytes > bytes.len().saturating_mul(EXPANSION_MAX) {
                return Flaw::damaged(format!("page of {} bytes for {raw_bytes}", bytes.len()));
            }
            pages.push(Page { codec: Codec::from_id(codec)?, bytes, opened: OnceLock::new() });
        }
        Ok(Self { len, width, planes: planes == 1, base, pages })
    }

    pub(crate) fn len(&self) -> usize {
        self.len
    }

    pub(crate) fn decode(&self, start: usize, out: &mut [MaybeUninit<L>]) -> Checked<()> {
        let mut done = 0;
        while done < out.len() {
            let (index, first) = ((start + done) / PAGE_VALUES, (start + done) % PAGE_VALUES);
            let values = PAGE_VALUES.min(self.len - index * PAGE_VALUES);
            let count = (values - first).min(out.len() - done);
            let page = &self.pages[index];
            let raw = page.opened.get_or_init(|| page.codec.decompress(&page.bytes, values * self.width));
            let raw = raw.as_ref().map_err(Clone::clone)?;
            let slots = &mut out[done..done + count];
            match self.planes {
                true => self.take_planes(raw, values, first, slots),
                false => self.take_values(&raw[first * self.width..], slots),
            }
            done += count;
        }
        Ok(())
    }

    fn take_values(&self, raw: &[u8], out: &mut [MaybeUninit<L>]) {
        match self.width {
            1 => self.each::<1>(raw, out),
            2 => self.each::<2>(raw, out),
            3 => self.each::<3>(raw, out),
            4 => self.each::<4>(raw, out),
            8 => self.each::<8>(raw, out),
            width => {
                for (slot, bytes) in out.iter_mut().zip(raw.chunks_exact(width)) {
                    slot.write(self.base.wrapping_add(L::from_bytes(bytes)));
                }
            }
        }
    }

    #[inline]
    fn each<const WIDTH: usize>(&self, raw: &[u8], out: &mut [MaybeUninit<L>]) {
        let base = self.base;
        Isa::detect().run(
            #[inline(always)]
            move || {
                for (slot, bytes) in out.iter_mut().zip(raw.as_chunks::<WIDTH>().0) {
                    slot.write(base.wrapping_add(L::from_bytes(bytes)));
                }
            },
        );
    }

    fn take_planes(&self, raw: &[u8], values: usize, first: usize, out: &mut [MaybeUninit<L>]) {
        for (at, slot) in out.iter_mut().enumerate() {
            let mut bytes = [0u8; 32];
            for (plane, byte) in bytes[..self.width].iter_mut().enumerate() {
                *byte = raw[plane * values + first + at];
            }
            slot.write(self.base.wrapping_add(L::from_bytes(&bytes[..self.width])));
        }
    }
}
