//! Writing runs.

use crate::encoding::choose::{Context, Estimate, NODE_BYTES, Scheme, Statistics};
use crate::encoding::{Encoding, Lane, Node, choose};

/// RUN-LENGTH as a candidate.
pub(crate) struct RunLengthScheme;

impl<L: Lane> Scheme<[L], Statistics<L>> for RunLengthScheme {
    fn encoding(&self) -> Encoding {
        Encoding::RunLength
    }

    fn estimate(&self, values: &[L], statistics: &Statistics<L>, context: &Context<'_>) -> Option<Estimate> {
        let runs = statistics.runs;
        if !context.may_nest(Encoding::RunLength) || runs > values.len() / 3 || values.len() <= 16 {
            return None;
        }
        // Ends ascend by the mean length, and so do sorted values by their mean step.
        let step_bits = statistics.range_bits().saturating_sub(runs.ilog2()) + 1;
        let value_bits = match statistics.ascending || statistics.descending {
            true => step_bits,
            false => statistics.range_bits(),
        };
        let end_bits = (values.len() / runs).ilog2() + 1;
        let bytes = 3 * NODE_BYTES + runs * (value_bits + end_bits) as usize / 8;
        Some(Estimate::tree(Encoding::RunLength, values.len(), bytes, runs as f64))
    }

    fn encode(&self, values: &[L], statistics: &Statistics<L>, context: &Context<'_>) -> Option<Node> {
        context.may_nest(Encoding::RunLength).then(|| encode(values, statistics.runs, context))
    }
}

/// Returns the values as runs, the children encoded as is best for them.
pub(crate) fn encode<L: Lane>(values: &[L], runs: usize, context: &Context<'_>) -> Node {
    let (mut run_values, mut ends) = (Vec::with_capacity(runs), Vec::<u32>::with_capacity(runs));
    for run in values.chunk_by(|a, b| a == b) {
        run_values.push(run[0]);
        ends.push(ends.last().copied().unwrap_or(0) + run.len() as u32);
    }
    let children = vec![
        choose::fixed(&run_values, &context.values(Encoding::RunLength, 0)),
        context.encode(Encoding::RunLength, 1, &ends),
    ];
    Node { children, ..Node::new(Encoding::RunLength, values.len()) }
}
