//! Writing sparse values.

use crate::encoding::choose::{Context, Estimate, NODE_BYTES, Scheme, Statistics};
use crate::encoding::{Encoding, Lane, Node, choose};

/// SPARSE as a candidate.
pub(crate) struct SparseScheme;

impl<L: Lane> Scheme<[L], Statistics<L>> for SparseScheme {
    fn encoding(&self) -> Encoding {
        Encoding::Sparse
    }

    fn estimate(&self, values: &[L], statistics: &Statistics<L>, context: &Context<'_>) -> Option<Estimate> {
        if !context.may_nest(Encoding::Sparse) || values.len() <= 16 || statistics.runs == 1 {
            return None;
        }
        let (_, count) = statistics.common(values)?;
        let exceptions = values.len() - count;
        if exceptions > values.len() / 4 {
            return None;
        }
        let position_bits = (values.len() / exceptions.max(1)).ilog2() + 2;
        let bits = exceptions * (position_bits + statistics.range_bits()) as usize;
        Some(Estimate::tree(
            Encoding::Sparse,
            values.len(),
            3 * NODE_BYTES + bits / 8,
            exceptions as f64 * 1.5,
        ))
    }

    fn encode(&self, values: &[L], statistics: &Statistics<L>, context: &Context<'_>) -> Option<Node> {
        if !context.may_nest(Encoding::Sparse) {
            return None;
        }
        let (common, _) = statistics.common(values)?;
        let (mut positions, mut others) = (Vec::<u32>::new(), Vec::new());
        for (position, &value) in values.iter().enumerate() {
            if value != common {
                positions.push(position as u32);
                others.push(value);
            }
        }
        let children = vec![
            context.encode(Encoding::Sparse, 0, &positions),
            choose::fixed(&others, &context.values(Encoding::Sparse, 1)),
        ];
        let mut parameters = Vec::with_capacity(L::BYTES);
        common.write(&mut parameters);
        Some(Node { parameters: parameters.into(), children, ..Node::new(Encoding::Sparse, values.len()) })
    }
}
