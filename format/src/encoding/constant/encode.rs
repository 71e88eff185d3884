//! Writing CONSTANT.

use crate::encoding::{Encoding, Lane, Node};

/// Returns `len` times the value.
pub(crate) fn encode<L: Lane>(value: L, len: usize) -> Node {
    let mut bytes = Vec::with_capacity(L::BYTES);
    value.write(&mut bytes);
    Node { parameters: bytes.into(), ..Node::new(Encoding::Constant, len) }
}
