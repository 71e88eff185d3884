//! Writing RAW.

use bytes::Bytes;

use crate::encoding::choose::{Context, Estimate, NODE_BYTES, Scheme, Statistics};
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

/// RAW as a candidate: it always applies.
pub(crate) struct RawScheme;

impl<L: Lane> Scheme<[L], Statistics<L>> for RawScheme {
    fn encoding(&self) -> Encoding {
        Encoding::Raw
    }

    fn estimate(&self, values: &[L], _: &Statistics<L>, _: &Context<'_>) -> Option<Estimate> {
        Some(Estimate::leaf(Encoding::Raw, values.len(), values.len() * L::BYTES + NODE_BYTES))
    }

    fn encode(&self, values: &[L], _: &Statistics<L>, _: &Context<'_>) -> Option<Node> {
        Some(encode(values))
    }
}
