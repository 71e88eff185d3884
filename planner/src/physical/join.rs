//! Joins: keys and residual, which side is built, and how both sides meet.

use std::collections::HashSet;

use canopy_format::DataType;
use canopy_proto::plan::{self, JoinKind as Kind, operator};

use super::relation::with;
use super::stream::{Location, Stream};
use super::{Planner, expression, runtime_filter};
use crate::algebra::{Column, ColumnId, Expr, Join, JoinKind};
use crate::error::{PlanError, Result};
use crate::statistics::{self, Estimate};

/// A probe row costs about this many times less than a build row.
const BUILD_COST: f64 = 2.0;

/// One equality between the sides.
struct Key {
    probe: Expr,
    build: Expr,
    null_safe: bool,
}

impl Planner<'_> {
    /// Returns the stream of a join's rows.
    pub(super) fn join(&mut self, join: &Join, wanted: &HashSet<ColumnId>) -> Result<Stream> {
        if join.dependent {
            return Err(PlanError::Internal("a dependent join is left after decorrelation".into()));
        }
        let needed = with(wanted, &join.on);
        let left = self.relation(&join.left, &side(&needed, &join.left.columns()), false)?;
        let right = self.relation(&join.right, &side(&needed, &join.right.columns()), false)?;
        let estimate = statistics::join(&left.estimate, &right.estimate, join.kind, &join.on);
        let (left_ids, right_ids) = (ids(&left), ids(&right));
        let (mut keys, mut residual) = (Vec::new(), Vec::new());
        // Only a hash join tells NULL from FALSE: there a side may be a constant.
        let null_aware = join.null_aware || join.kind == JoinKind::NullAwareAnti;
        for conjunct in &join.on {
            match key(conjunct, &left_ids, &right_ids, null_aware) {
                Some(key) => keys.push(key),
                None => residual.push(conjunct.clone()),
            }
        }
        let (kind, swapped) = physical_kind(join.kind, &left, &right, !keys.is_empty());
        let (probe, build) = if swapped { (right, left) } else { (left, right) };
        if swapped {
            keys.iter_mut().for_each(|key| std::mem::swap(&mut key.probe, &mut key.build));
        }
        let parts = Parts { kind, probe, build, keys, residual, estimate };
        let stream = match parts.keys.is_empty() {
            true => self.nested_loop_join(parts, join)?,
            false => self.hash_join(parts, join)?,
        };
        Ok(self.fragments.narrow(stream, wanted))
    }

    fn hash_join(&mut self, parts: Parts, join: &Join) -> Result<Stream> {
        let Parts { kind, probe, build, mut keys, residual, estimate } = parts;
        let null_aware = kind == Kind::NullAwareAnti || join.null_aware;
        if null_aware && (keys.len() > 1 || !residual.is_empty()) {
            return Err(PlanError::Internal("a null-aware join has conditions beside its key".into()));
        }
        let (mut probe, build) = self.meet(kind, probe, build, &mut keys, null_aware)?;
        let mut filters = Vec::new();
        for (index, key) in keys.iter().enumerate() {
            if let Some(column) = key.probe.as_column()
                && runtime_filter::drops_unmatched(kind)
                && !key.null_safe
                && is_filterable(key.probe.data_type())
            {
                let filter_id = self.fragments.filter_id();
                if runtime_filter::attach(&mut probe.operator, column.0, filter_id) {
                    filters.push(plan::RuntimeFilterMake { filter_id, key_index: index as u32 });
                }
            }
        }
        let message = |key: &Key| {
            Ok(plan::JoinKey {
                probe: Some(expression(&key.probe)?),
                build: Some(expression(&key.build)?),
                null_safe: key.null_safe,
            })
        };
        let columns = output_columns(kind, &probe, &build, join);
        let location = joined_location(kind, probe.location, &build.location);
        let hash_join = plan::HashJoin {
            kind: kind as i32,
            probe: Some(Box::new(probe.operator)),
            build: Some(Box::new(build.operator)),
            keys: keys.iter().map(message).collect::<Result<_>>()?,
            residual: expression::conjunction(&residual)?,
            mark_column: join.mark.as_ref().map(expression::column),
            null_aware_mark: join.null_aware,
            runtime_filters: filters,
        };
        let operator = self.fragments.operator(estimate.rows, operator::Kind::HashJoin(Box::new(hash_join)));
        Ok(Stream {
            operator,
            columns,
            location,
            partition_count: probe.partition_count,
            estimate,
            order: Vec::new(),
        })
    }

    fn nested_loop_join(&mut self, parts: Parts, join: &Join) -> Result<Stream> {
        let Parts { kind, probe, build, residual, estimate, .. } = parts;
        let supported =
            matches!(kind, Kind::Inner | Kind::Left | Kind::Semi | Kind::Anti | Kind::Mark | Kind::Single);
        if !supported {
            let name = match kind {
                Kind::Full => "FULL JOIN without an equality in its ON clause",
                Kind::NullAwareAnti => "NOT IN without an equality",
                _ => "RIGHT JOIN without an equality in its ON clause",
            };
            return Err(PlanError::Unsupported(name.into()));
        }
        let build = self.beside(&probe, build);
        let columns = output_columns(kind, &probe, &build, join);
        let message = plan::NestedLoopJoin {
            kind: kind as i32,
            probe: Some(Box::new(probe.operator)),
            build: Some(Box::new(build.operator)),
            predicate: expression::conjunction(&residual)?,
            mark_column: join.mark.as_ref().map(expression::column),
        };
        let operator =
            self.fragments.operator(estimate.rows, operator::Kind::NestedLoopJoin(Box::new(message)));
        let partition_count = probe.partition_count;
        Ok(Stream {
            operator,
            columns,
            location: probe.location,
            partition_count,
            estimate,
            order: Vec::new(),
        })
    }

    /// Makes all build rows visible to each task of the probe side.
    fn beside(&mut self, probe: &Stream, build: Stream) -> Stream {
        let together = probe.location == Location::Single && build.location == Location::Single;
        // Within a recursion all is in one place already.
        if together || self.recursion_depth > 0 { build } else { self.fragments.broadcast(build) }
    }

    /// Brings rows with equal keys together.
    fn meet(
        &mut self,
        kind: Kind,
        probe: Stream,
        build: Stream,
        keys: &mut [Key],
        null_aware: bool,
    ) -> Result<(Stream, Stream)> {
        let in_one_place =
            |stream: &Stream| matches!(stream.location, Location::Single | Location::Everywhere);
        if in_one_place(&probe) && in_one_place(&build) {
            return Ok((probe, build));
        }
        let keeps_build = matches!(kind, Kind::Right | Kind::Full | Kind::RightSemi | Kind::RightAnti);
        let small = build.bytes() <= self.options.broadcast_limit_bytes as f64;
        if null_aware || (!keeps_build && (small || build.location == Location::Everywhere)) {
            let build = self.fragments.broadcast(build);
            return Ok((probe, build));
        }
        let probe_keys: Vec<Expr> = keys.iter().map(|key| key.probe.clone()).collect();
        let build_keys: Vec<Expr> = keys.iter().map(|key| key.build.clone()).collect();
        let (probe, probe_columns) = self.as_columns(probe, &probe_keys)?;
        let (build, build_columns) = self.as_columns(build, &build_keys)?;
        for (key, (probe, build)) in keys.iter_mut().zip(probe_columns.iter().zip(&build_columns)) {
            key.probe = Expr::Column(probe.clone());
            key.build = Expr::Column(build.clone());
        }
        let probe = self.fragments.hash(probe, &column_ids(&probe_columns));
        let build = self.fragments.hash(build, &column_ids(&build_columns));
        Ok((probe, build))
    }
}

/// A join taken apart.
struct Parts {
    kind: Kind,
    probe: Stream,
    build: Stream,
    keys: Vec<Key>,
    residual: Vec<Expr>,
    estimate: Estimate,
}

/// Which side is built: the smaller one, where the kind has a mirror image.
fn physical_kind(kind: JoinKind, left: &Stream, right: &Stream, keyed: bool) -> (Kind, bool) {
    let cheaper_swapped = keyed && left.bytes() * BUILD_COST < right.bytes();
    match kind {
        JoinKind::Inner => (Kind::Inner, left.bytes() < right.bytes()),
        JoinKind::Left if cheaper_swapped => (Kind::Right, true),
        JoinKind::Left => (Kind::Left, false),
        // Read from the other side, RIGHT is LEFT.
        JoinKind::Right if keyed && right.bytes() * BUILD_COST < left.bytes() => (Kind::Right, false),
        JoinKind::Right => (Kind::Left, true),
        JoinKind::Full => (Kind::Full, left.bytes() < right.bytes()),
        JoinKind::Semi if cheaper_swapped => (Kind::RightSemi, true),
        JoinKind::Semi => (Kind::Semi, false),
        JoinKind::Anti if cheaper_swapped => (Kind::RightAnti, true),
        JoinKind::Anti => (Kind::Anti, false),
        JoinKind::NullAwareAnti => (Kind::NullAwareAnti, false),
        JoinKind::Mark => (Kind::Mark, false),
        JoinKind::Single => (Kind::Single, false),
    }
}

/// Where the join's rows are. Rows that only the build side has do not stand in the partition of
/// the probe side's (then NULL) keys, so nothing may be concluded from the location any more.
fn joined_location(kind: Kind, probe: Location, build: &Location) -> Location {
    match (kind, probe) {
        (_, Location::Everywhere) if *build == Location::Single => Location::Single,
        (Kind::RightSemi | Kind::RightAnti, Location::Hash(_)) => build.clone(),
        (Kind::Right | Kind::Full, Location::Hash(_)) => Location::Hash(Vec::new()),
        (_, location) => location,
    }
}

fn output_columns(kind: Kind, probe: &Stream, build: &Stream, join: &Join) -> Vec<Column> {
    match kind {
        Kind::Semi | Kind::Anti | Kind::NullAwareAnti => probe.columns.clone(),
        Kind::RightSemi | Kind::RightAnti => build.columns.clone(),
        Kind::Mark => probe.columns.iter().chain(&join.mark).cloned().collect(),
        _ => probe.columns.iter().chain(&build.columns).cloned().collect(),
    }
}

/// Takes apart an equality of an expression of the left with one of the right, constants if they may be.
fn key(conjunct: &Expr, left: &HashSet<ColumnId>, right: &HashSet<ColumnId>, constants: bool) -> Option<Key> {
    let Expr::Call { function, arguments, .. } = conjunct else { return None };
    let null_safe = match &**function {
        "$equal" => false,
        "$is_not_distinct" => true,
        _ => return None,
    };
    let [a, b] = arguments.as_slice() else { return None };
    if a.data_type() != b.data_type() {
        return None;
    }
    let (in_a, in_b) = (a.columns(), b.columns());
    if !constants && (in_a.is_empty() || in_b.is_empty()) {
        return None;
    }
    let (probe, build) = if in_a.is_subset(left) && in_b.is_subset(right) {
        (a, b)
    } else if in_a.is_subset(right) && in_b.is_subset(left) {
        (b, a)
    } else {
        return None;
    };
    Some(Key { probe: probe.clone(), build: build.clone(), null_safe })
}

/// True for types whose stored values the format compares as the join does. Of intervals it knows the parts
/// only, not that a month is 30 days; of ranges it knows no bounds.
fn is_filterable(data_type: &DataType) -> bool {
    data_type.is_scalar() && !matches!(data_type, DataType::Interval | DataType::Range(_))
}

fn ids(stream: &Stream) -> HashSet<ColumnId> {
    stream.columns.iter().map(|column| column.id).collect()
}

fn column_ids(columns: &[Column]) -> Vec<ColumnId> {
    columns.iter().map(|column| column.id).collect()
}

fn side(needed: &HashSet<ColumnId>, columns: &[Column]) -> HashSet<ColumnId> {
    columns.iter().map(|column| column.id).filter(|id| needed.contains(id)).collect()
}
