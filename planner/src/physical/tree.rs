//! Walks over operator trees.

use canopy_proto::plan::{self, operator::Kind};

/// Returns the operators directly below; of a join the probe side, then the build side.
pub(crate) fn inputs(operator: &plan::Operator) -> Vec<&plan::Operator> {
    fn one(input: &Option<Box<plan::Operator>>) -> Vec<&plan::Operator> {
        input.as_deref().into_iter().collect()
    }
    match &operator.kind {
        None | Some(Kind::Scan(_) | Kind::Values(_) | Kind::ExchangeRead(_) | Kind::RecursiveRead(_)) => {
            Vec::new()
        }
        Some(Kind::Filter(o)) => one(&o.input),
        Some(Kind::Project(o)) => one(&o.input),
        Some(Kind::HashJoin(o)) => [one(&o.probe), one(&o.build)].concat(),
        Some(Kind::NestedLoopJoin(o)) => [one(&o.probe), one(&o.build)].concat(),
        Some(Kind::Aggregate(o)) => one(&o.input),
        Some(Kind::Sort(o)) => one(&o.input),
        Some(Kind::TopN(o)) => one(&o.input),
        Some(Kind::Limit(o)) => one(&o.input),
        Some(Kind::Unnest(o)) => one(&o.input),
        Some(Kind::Union(o)) => o.inputs.iter().collect(),
        Some(Kind::SingleRow(o)) => one(&o.input),
        Some(Kind::RowNumber(o)) => one(&o.input),
        Some(Kind::Window(o)) => one(&o.input),
        Some(Kind::Recursive(o)) => [one(&o.base), one(&o.step)].concat(),
    }
}

/// Calls `visit` with the operator and all below it, parents first.
pub(crate) fn walk<'a>(operator: &'a plan::Operator, visit: &mut dyn FnMut(&'a plan::Operator)) {
    visit(operator);
    for input in inputs(operator) {
        walk(input, visit);
    }
}
