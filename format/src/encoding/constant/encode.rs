//! Writing CONSTANT.

use bytes::Bytes;

use crate::StringVector;
use crate::encoding::choose::{Context, Estimate, NODE_BYTES, Scheme, Statistics, TextStatistics};
use crate::encoding::{Encoding, Lane, Node};

/// Returns `len` times the value.
pub(crate) fn encode<L: Lane>(value: L, len: usize) -> Node {
    let mut bytes = Vec::with_capacity(L::BYTES);
    value.write(&mut bytes);
    Node { parameters: bytes.into(), ..Node::new(Encoding::Constant, len) }
}

/// CONSTANT as a candidate.
pub(crate) struct ConstantScheme;

impl<L: Lane> Scheme<[L], Statistics<L>> for ConstantScheme {
    fn encoding(&self) -> Encoding {
        Encoding::Constant
    }

    fn estimate(&self, values: &[L], statistics: &Statistics<L>, _: &Context<'_>) -> Option<Estimate> {
        let estimate = || Estimate::leaf(Encoding::Constant, values.len(), NODE_BYTES + L::BYTES);
        (statistics.runs == 1).then(estimate)
    }

    fn encode(&self, values: &[L], statistics: &Statistics<L>, _: &Context<'_>) -> Option<Node> {
        (statistics.runs == 1).then(|| encode(values[0], values.len()))
    }
}

impl Scheme<StringVector, TextStatistics> for ConstantScheme {
    fn encoding(&self) -> Encoding {
        Encoding::Constant
    }

    fn estimate(
        &self,
        values: &StringVector,
        statistics: &TextStatistics,
        _: &Context<'_>,
    ) -> Option<Estimate> {
        let bytes = || NODE_BYTES + values.bytes(0).len();
        statistics.constant.then(|| Estimate::leaf(Encoding::Constant, values.len(), bytes()))
    }

    fn encode(&self, values: &StringVector, statistics: &TextStatistics, _: &Context<'_>) -> Option<Node> {
        let parameters = || Bytes::copy_from_slice(values.bytes(0));
        statistics
            .constant
            .then(|| Node { parameters: parameters(), ..Node::new(Encoding::Constant, values.len()) })
    }
}
