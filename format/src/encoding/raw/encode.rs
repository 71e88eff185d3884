//! Writing RAW.

use bytes::Bytes;

use crate::encoding::{Encoding, Lane, Node, PAGE_VALUES};

/// Returns the values as they are.
pub(crate) fn encode<L: Lane>(values: &[L]) -> Node {
    let mut node = Node::new(Encoding::Raw, values.len());
    for page in values.chunks(PAGE_VALUES) {
        let mut bytes = Vec::with_capacity(page.len() * L::BYTES);
        page.iter().for_each(|value| value.write(&mut bytes));
        node.pages.push(Bytes::from(bytes));
    }
    node
}
