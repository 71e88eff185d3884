//! Filters that a join makes from its build side's keys for scans on its probe side.

use canopy_proto::plan::{self, JoinKind, operator::Kind};

/// True for kinds of which probe rows without a match leave no trace in the output.
pub(super) fn drops_unmatched(kind: JoinKind) -> bool {
    matches!(
        kind,
        JoinKind::Inner | JoinKind::Semi | JoinKind::Right | JoinKind::RightSemi | JoinKind::RightAnti
    )
}

/// Attaches the filter to the scans that the column comes from unchanged; false when there is none.
///
/// A row is dropped early that the join would drop later. On the way down it may only pass operators in which
/// one row's absence changes nothing for the rows that stay.
pub(super) fn attach(operator: &mut plan::Operator, column: u32, filter_id: u32) -> bool {
    match operator.kind.as_mut() {
        Some(Kind::Scan(scan)) => attach_to_scan(scan, column, filter_id),
        Some(Kind::Filter(filter)) => into(&mut filter.input, column, filter_id),
        Some(Kind::Project(project)) => match source(&project.columns, column) {
            Some(source) => into(&mut project.input, source, filter_id),
            None => false,
        },
        // Whole groups go when the column is a key.
        Some(Kind::Aggregate(aggregate)) if !aggregate.keys.is_empty() => {
            match source(&aggregate.keys, column) {
                Some(source) => into(&mut aggregate.input, source, filter_id),
                None => false,
            }
        }
        Some(Kind::Sort(sort)) => into(&mut sort.input, column, filter_id),
        Some(Kind::Unnest(unnest)) => into(&mut unnest.input, column, filter_id),
        Some(Kind::HashJoin(join)) => attach_to_join(join, column, filter_id),
        Some(Kind::NestedLoopJoin(join)) => into(&mut join.probe, column, filter_id),
        Some(Kind::Union(union)) => {
            let Some(position) = union.columns.iter().position(|c| c.id == column) else { return false };
            let sources: Vec<Option<u32>> =
                union.input_columns.iter().map(|ids| ids.ids.get(position).copied()).collect();
            let mut attached = false;
            for (input, source) in union.inputs.iter_mut().zip(sources) {
                if let Some(source) = source {
                    attached |= attach(input, source, filter_id);
                }
            }
            attached
        }
        _ => false,
    }
}

/// Of an inner join both sides, and both sides of a key: where one column has its value, so has the other.
/// The scan of the longer side is the one worth most, and that is the probe's.
fn attach_to_join(join: &mut plan::HashJoin, column: u32, filter_id: u32) -> bool {
    let kind = join.kind();
    let probe_only = matches!(
        kind,
        JoinKind::Left | JoinKind::Anti | JoinKind::NullAwareAnti | JoinKind::Mark | JoinKind::Single
    );
    if probe_only {
        return into(&mut join.probe, column, filter_id);
    }
    match kind {
        JoinKind::Inner | JoinKind::Semi | JoinKind::RightSemi => {
            let (mut probe, mut build) = (vec![column], vec![column]);
            for key in join.keys.iter().filter(|key| !key.null_safe) {
                if let (Some(a), Some(b)) = (plain(key.probe.as_ref()), plain(key.build.as_ref())) {
                    if a == column {
                        build.push(b);
                    }
                    if b == column {
                        probe.push(a);
                    }
                }
            }
            let in_probe = probe.into_iter().any(|column| into(&mut join.probe, column, filter_id));
            let in_build = build.into_iter().any(|column| into(&mut join.build, column, filter_id));
            in_probe || in_build
        }
        JoinKind::RightAnti => into(&mut join.build, column, filter_id),
        _ => false,
    }
}

fn plain(expression: Option<&plan::Expression>) -> Option<u32> {
    match expression?.kind {
        Some(plan::expression::Kind::Column(id)) => Some(id),
        _ => None,
    }
}

fn into(input: &mut Option<Box<plan::Operator>>, column: u32, filter_id: u32) -> bool {
    input.as_mut().is_some_and(|input| attach(input, column, filter_id))
}

fn attach_to_scan(scan: &mut plan::Scan, column: u32, filter_id: u32) -> bool {
    let found = scan.columns.iter().any(|c| c.column.as_ref().is_some_and(|c| c.id == column));
    if found {
        scan.runtime_filters.push(plan::RuntimeFilterUse { filter_id, column_id: column });
    }
    found
}

/// The input's column that an output column passes on unchanged.
fn source(columns: &[plan::NamedExpression], column: u32) -> Option<u32> {
    let named = columns.iter().find(|named| named.column_id == column)?;
    plain(named.expression.as_ref())
}
