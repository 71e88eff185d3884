//! Reading CONSTANT.

use std::mem::MaybeUninit;

use crate::encoding::{Checked, Flaw, Lane, Node};

/// An opened constant.
#[derive(Debug)]
pub(crate) struct Constant<L> {
    len: usize,
    value: L,
}

impl<L: Lane> Constant<L> {
    pub(crate) fn open(node: Node) -> Checked<Self> {
        node.expect_leaf()?;
        node.expect_pages(0)?;
        if node.parameters.len() != L::BYTES {
            return Flaw::damaged(format!(
                "constant of {} bytes, expected {}",
                node.parameters.len(),
                L::BYTES
            ));
        }
        Ok(Self { len: node.len as usize, value: L::read(&node.parameters) })
    }

    pub(crate) fn len(&self) -> usize {
        self.len
    }

    pub(crate) fn value(&self) -> L {
        self.value
    }

    pub(crate) fn decode(&self, out: &mut [MaybeUninit<L>]) {
        for slot in out {
            slot.write(self.value);
        }
    }
}
