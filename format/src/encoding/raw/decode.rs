//! Reading RAW.

use std::mem::MaybeUninit;

use bytes::Bytes;

use crate::encoding::{Checked, Flaw, Lane, Node, PAGE_VALUES};

/// Opened RAW values.
#[derive(Debug)]
pub(crate) struct Raw {
    len: usize,
    pages: Vec<Bytes>,
}

impl Raw {
    pub(crate) fn open(node: Node, width: usize) -> Checked<Self> {
        node.expect_leaf()?;
        let len = node.len as usize;
        node.expect_pages(len.div_ceil(PAGE_VALUES))?;
        for (index, page) in node.pages.iter().enumerate() {
            let expected = PAGE_VALUES.min(len - index * PAGE_VALUES) * width;
            if page.len() != expected {
                return Flaw::damaged(format!(
                    "raw page {index} of {} bytes, expected {expected}",
                    page.len()
                ));
            }
        }
        Ok(Self { len, pages: node.pages })
    }

    pub(crate) fn len(&self) -> usize {
        self.len
    }

    pub(crate) fn decode<L: Lane>(&self, start: usize, out: &mut [MaybeUninit<L>]) {
        let mut done = 0;
        while done < out.len() {
            let at = start + done;
            let (page, first) = (&self.pages[at / PAGE_VALUES], at % PAGE_VALUES);
            let bytes = &page[first * L::BYTES..];
            let count = (bytes.len() / L::BYTES).min(out.len() - done);
            for (slot, value) in out[done..done + count].iter_mut().zip(bytes.chunks_exact(L::BYTES)) {
                slot.write(L::read(value));
            }
            done += count;
        }
    }
}
