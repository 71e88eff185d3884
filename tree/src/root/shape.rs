//! Reading the shape of fragments: which inputs they have and which scan is shared out.

use canopy_proto::plan::{Fragment, Operator, Scan, operator};

/// The fragments that this fragment reads, in pre-order, each once; its own id (a mixer's) left out.
pub(crate) fn exchange_inputs(fragment: &Fragment) -> Vec<u32> {
    let mut inputs = Vec::new();
    if let Some(root) = &fragment.root {
        visit(root, &mut |operator| {
            if let Some(operator::Kind::ExchangeRead(read)) = &operator.kind
                && !inputs.contains(&read.fragment_id)
            {
                inputs.push(read.fragment_id);
            }
        });
    }
    inputs
}

/// The one scan whose files are shared out among the tasks of a fragment placed by splits: the first in
/// pre-order that is not below the build side of a join.
pub(crate) fn partitioned_scan(operator: &Operator) -> Option<(u32, &Scan)> {
    match operator.kind.as_ref()? {
        operator::Kind::Scan(scan) => Some((operator.id, scan)),
        operator::Kind::HashJoin(join) => partitioned_scan(join.probe.as_deref()?),
        operator::Kind::NestedLoopJoin(join) => partitioned_scan(join.probe.as_deref()?),
        kind => inputs(kind).into_iter().find_map(partitioned_scan),
    }
}

fn visit<'a>(operator: &'a Operator, see: &mut impl FnMut(&'a Operator)) {
    see(operator);
    if let Some(kind) = &operator.kind {
        inputs(kind).into_iter().for_each(|input| visit(input, see));
    }
}

fn inputs(kind: &operator::Kind) -> Vec<&Operator> {
    use operator::Kind;
    match kind {
        Kind::Scan(_) | Kind::Values(_) | Kind::ExchangeRead(_) | Kind::RecursiveRead(_) => Vec::new(),
        Kind::Filter(o) => o.input.as_deref().into_iter().collect(),
        Kind::Project(o) => o.input.as_deref().into_iter().collect(),
        Kind::HashJoin(o) => o.probe.as_deref().into_iter().chain(o.build.as_deref()).collect(),
        Kind::NestedLoopJoin(o) => o.probe.as_deref().into_iter().chain(o.build.as_deref()).collect(),
        Kind::Aggregate(o) => o.input.as_deref().into_iter().collect(),
        Kind::Sort(o) => o.input.as_deref().into_iter().collect(),
        Kind::TopN(o) => o.input.as_deref().into_iter().collect(),
        Kind::Limit(o) => o.input.as_deref().into_iter().collect(),
        Kind::Unnest(o) => o.input.as_deref().into_iter().collect(),
        Kind::Union(o) => o.inputs.iter().collect(),
        Kind::SingleRow(o) => o.input.as_deref().into_iter().collect(),
        Kind::RowNumber(o) => o.input.as_deref().into_iter().collect(),
        Kind::Window(o) => o.input.as_deref().into_iter().collect(),
        Kind::Recursive(o) => o.base.as_deref().into_iter().chain(o.step.as_deref()).collect(),
    }
}
