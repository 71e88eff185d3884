//! Removes dependent joins, after Neumann & Kemper 2015, "Unnesting Arbitrary Queries".
//!
//! First the simple way: correlated conjuncts are pulled up out of the right side into the join's ON, through
//! projections, inner joins and, for equalities, aggregates (which then group by the inner side, Kim 1982).
//! COUNT over no rows is 0, not NULL: a scalar aggregate becomes a left join and its counts IFNULL(c, 0).
//! What cannot be pulled up goes the general way of [`super::domain`].

use std::collections::{HashMap, HashSet};

use canopy_format::{DataType, Value};

use super::domain;
use super::predicate::{as_call, boolean, call, column, conjuncts, equal, filter, if_null};
use crate::algebra::{Aggregate, AggregateCall, Column, ColumnId, Expr, Join, JoinKind, Named, Relation};
use crate::error::Result;
use crate::optimizer::Fresh;

/// Returns a relation with the rows of the dependent join but without the dependency.
pub(crate) fn eliminate(mut join: Join, fresh: &mut Fresh) -> Result<Relation> {
    let outer = correlation(&join);
    join.dependent = false;
    if outer.is_empty() {
        return Ok(Relation::Join(Box::new(join)));
    }
    if let Relation::SingleRow(_) = join.right
        && matches!(join.kind, JoinKind::Inner | JoinKind::Left | JoinKind::Single)
        && join.on.is_empty()
        && let Relation::SingleRow(inner) = join.right.take()
    {
        join.right = *inner;
        join.kind = JoinKind::Single;
    }
    if let Some(unnest) = unnest_of_left(&mut join) {
        return Ok(unnest);
    }
    if join.kind == JoinKind::NullAwareAnti || join.null_aware {
        return relaxed(join, fresh);
    }
    let ids: HashSet<ColumnId> = outer.iter().map(|column| column.id).collect();
    match pull(&join.right, &ids, fresh) {
        Some(pulled) if pulled.above.is_none() && pulled.defaults.is_empty() => {
            join.right = pulled.relation;
            join.on.extend(pulled.conditions);
            Ok(Relation::Join(Box::new(join)))
        }
        Some(pulled)
            if matches!(join.kind, JoinKind::Left | JoinKind::Single | JoinKind::Inner)
                && join.on.is_empty() =>
        {
            Ok(scalar_aggregate(join, pulled))
        }
        _ => domain::eliminate(join, outer, fresh),
    }
}

/// The left side's columns that the right side refers to.
pub(super) fn correlation(join: &Join) -> Vec<Column> {
    let free = join.right.free_columns();
    if free.is_empty() {
        return Vec::new();
    }
    join.left.columns().into_iter().filter(|column| free.contains(&column.id)).collect()
}

/// `t, UNNEST(t.array)`: no join at all.
fn unnest_of_left(join: &mut Join) -> Option<Relation> {
    let kinds = matches!(join.kind, JoinKind::Inner) || (join.kind == JoinKind::Left && join.on.is_empty());
    let Relation::Unnest(unnest) = &join.right else { return None };
    if !kinds || unnest.input != Relation::one_row() {
        return None;
    }
    let mut unnest = unnest.clone();
    unnest.input = join.left.take();
    unnest.outer |= join.kind == JoinKind::Left;
    Some(filter(Relation::Unnest(unnest), std::mem::take(&mut join.on)))
}

/// IN's NULL rules over correlated rows, spelled out: `x NOT IN q` keeps a row for which no row of q
/// makes `x = y` TRUE or NULL; `x IN q` is TRUE when some row does, else NULL when one makes it NULL.
pub(super) fn relaxed(mut join: Join, fresh: &mut Fresh) -> Result<Relation> {
    let may_match = |on: &[Expr]| on.iter().map(|e| if_null(e.clone(), boolean(true))).collect::<Vec<_>>();
    if join.kind == JoinKind::NullAwareAnti {
        join.kind = JoinKind::Anti;
        join.on = may_match(&join.on);
        return eliminate(join, fresh);
    }
    let Some(mark) = join.mark.clone() else { return eliminate(join, fresh) };
    let kept = join.left.columns();
    let (copy, renamed) = join.right.clone_fresh(&mut fresh.ids);
    let sure = fresh.ids.column("matches", DataType::Bool);
    let maybe = fresh.ids.column("may_match", DataType::Bool);
    let mut loose = may_match(&join.on);
    for expr in &mut loose {
        expr.for_each_id_mut(&mut |id| *id = renamed.get(id).copied().unwrap_or(*id));
    }
    join.mark = Some(sure.clone());
    join.null_aware = false;
    let first = eliminate(join, fresh)?;
    let second = eliminate(
        Join {
            kind: JoinKind::Mark,
            left: first,
            right: copy,
            on: loose,
            mark: Some(maybe.clone()),
            null_aware: false,
            dependent: false,
        },
        fresh,
    )?;
    let unsure = call(
        "if",
        vec![column(&maybe), Expr::Literal(Value::Null, DataType::Bool), boolean(false)],
        DataType::Bool,
    );
    let value = call("if", vec![column(&sure), boolean(true), unsure], DataType::Bool);
    let mut columns: Vec<Named> = kept.into_iter().map(|c| Named { expr: column(&c), column: c }).collect();
    columns.push(Named { column: mark, expr: value });
    Ok(Relation::Project { input: Box::new(second), columns })
}

/// A right side with its correlated conjuncts taken out.
struct Pulled {
    relation: Relation,
    /// Over the outer columns and columns of `relation`.
    conditions: Vec<Expr>,
    /// Calls of a scalar aggregate whose value over no rows is not NULL: the call's column, the column
    /// it must appear as, the value.
    defaults: Vec<(Column, Column, Expr)>,
    /// What a scalar aggregate's rows are projected to, to be computed above the join.
    above: Option<Vec<Named>>,
}

impl Pulled {
    fn plain(relation: Relation, conditions: Vec<Expr>) -> Self {
        Self { relation, conditions, defaults: Vec::new(), above: None }
    }

    fn is_scalar_aggregate(&self) -> bool {
        self.above.is_some()
    }
}

fn refers_to(relation: &Relation, outer: &HashSet<ColumnId>) -> bool {
    !relation.free_columns().is_disjoint(outer)
}

fn uses(expr: &Expr, outer: &HashSet<ColumnId>) -> bool {
    !expr.columns().is_disjoint(outer)
}

/// Pulls correlated conjuncts up; None when something else is correlated, or a conjunct cannot pass.
fn pull(relation: &Relation, outer: &HashSet<ColumnId>, fresh: &mut Fresh) -> Option<Pulled> {
    if !refers_to(relation, outer) {
        return Some(Pulled::plain(relation.clone(), Vec::new()));
    }
    match relation {
        Relation::Filter { input, predicate } => {
            let mut pulled = pull(input, outer, fresh)?;
            if pulled.is_scalar_aggregate() {
                return None;
            }
            let (correlated, own) = conjuncts(predicate.clone()).into_iter().partition(|c| uses(c, outer));
            pulled.conditions.extend::<Vec<Expr>>(correlated);
            pulled.relation = filter(pulled.relation, own);
            Some(pulled)
        }
        Relation::Project { input, columns } => pull_project(input, columns, outer, fresh),
        Relation::Join(join) => pull_join(join, outer, fresh),
        Relation::Aggregate(aggregate) => pull_aggregate(aggregate, outer, fresh),
        // Without a limit the order of the right side cannot be seen.
        Relation::Sort { input, .. } => pull(input, outer, fresh),
        Relation::Unnest(unnest) if !uses(&unnest.array, outer) => {
            let pulled = pull(&unnest.input, outer, fresh).filter(|p| !p.is_scalar_aggregate())?;
            let mut unnest = unnest.clone();
            unnest.input = pulled.relation;
            Some(Pulled::plain(Relation::Unnest(unnest), pulled.conditions))
        }
        _ => None,
    }
}

fn pull_project(
    input: &Relation,
    columns: &[Named],
    outer: &HashSet<ColumnId>,
    fresh: &mut Fresh,
) -> Option<Pulled> {
    let mut pulled = pull(input, outer, fresh)?;
    if let Some(above) = &pulled.above {
        // The values over no rows must be known first: the projection moves above the join.
        let map: HashMap<ColumnId, Expr> =
            above.iter().map(|named| (named.column.id, named.expr.clone())).collect();
        let mut columns = columns.to_vec();
        columns.iter_mut().for_each(|named| named.expr.substitute(&map));
        pulled.above = Some(columns);
        return Some(pulled);
    }
    if columns.iter().any(|named| uses(&named.expr, outer)) {
        return None;
    }
    let mut columns = columns.to_vec();
    let available = pulled.relation.columns();
    let needed: HashSet<ColumnId> = pulled.conditions.iter().flat_map(Expr::columns).collect();
    for passed in available.iter().filter(|column| needed.contains(&column.id)) {
        if !columns.iter().any(|named| named.column.id == passed.id) {
            columns.push(Named { column: passed.clone(), expr: column(passed) });
        }
    }
    pulled.relation = Relation::Project { input: Box::new(pulled.relation), columns };
    Some(pulled)
}

fn pull_join(join: &Join, outer: &HashSet<ColumnId>, fresh: &mut Fresh) -> Option<Pulled> {
    let plain = |pulled: Option<Pulled>| pulled.filter(|pulled| !pulled.is_scalar_aggregate());
    let mut result = join.clone();
    let mut conditions = Vec::new();
    match join.kind {
        JoinKind::Inner => {
            let left = plain(pull(&join.left, outer, fresh))?;
            let right = plain(pull(&join.right, outer, fresh))?;
            let (correlated, own): (Vec<Expr>, Vec<Expr>) =
                join.on.iter().cloned().partition(|conjunct| uses(conjunct, outer));
            result.left = left.relation;
            result.right = right.relation;
            result.on = own;
            conditions.extend(left.conditions.into_iter().chain(right.conditions).chain(correlated));
        }
        JoinKind::Right | JoinKind::Full => return None,
        // Rows of the left that go later do not change what the others match.
        _ => {
            if refers_to(&join.right, outer) || join.on.iter().any(|conjunct| uses(conjunct, outer)) {
                return None;
            }
            let left = plain(pull(&join.left, outer, fresh))?;
            result.left = left.relation;
            conditions.extend(left.conditions);
        }
    }
    Some(Pulled::plain(Relation::Join(Box::new(result)), conditions))
}

fn pull_aggregate(aggregate: &Aggregate, outer: &HashSet<ColumnId>, fresh: &mut Fresh) -> Option<Pulled> {
    let own = |expr: &Expr| !uses(expr, outer);
    if !aggregate.keys.iter().all(|key| own(&key.expr))
        || !aggregate.calls.iter().all(|call| call.exprs().all(own))
    {
        return None;
    }
    let pulled = pull(&aggregate.input, outer, fresh).filter(|p| !p.is_scalar_aggregate())?;
    let mut result = aggregate.clone();
    result.input = pulled.relation;
    let mut conditions = Vec::new();
    for condition in pulled.conditions {
        let (inner, other) = equality(&condition, outer)?;
        let key = match result.keys.iter().find(|key| key.expr == inner) {
            Some(key) => key.column.clone(),
            None => {
                // A plain column may be a key under its own id, but the aggregate defines it anew.
                let key = fresh.ids.column("key", inner.data_type().clone());
                result.keys.push(Named { column: key.clone(), expr: inner });
                key
            }
        };
        conditions.push(equal(column(&key), other));
    }
    if !aggregate.keys.is_empty() {
        return Some(Pulled::plain(Relation::Aggregate(Box::new(result)), conditions));
    }
    let (defaults, above) = with_defaults(&mut result.calls, fresh);
    let relation = Relation::Aggregate(Box::new(result));
    Some(Pulled { relation, conditions, defaults, above: Some(above) })
}

/// Renames the calls whose value over no rows is not NULL. Returns what each was and is, and a projection that
/// gives all calls' columns.
fn with_defaults(
    calls: &mut [AggregateCall],
    fresh: &mut Fresh,
) -> (Vec<(Column, Column, Expr)>, Vec<Named>) {
    let mut defaults = Vec::new();
    let mut above = Vec::new();
    for call in calls {
        let seen = call.output.clone();
        let expr = match value_over_no_rows(&call.function) {
            Some(value) => {
                call.output = fresh.ids.column(seen.name.clone(), seen.data_type.clone());
                let default = Expr::Literal(value, seen.data_type.clone());
                defaults.push((call.output.clone(), seen.clone(), default.clone()));
                if_null(column(&call.output), default)
            }
            None => column(&seen),
        };
        above.push(Named { column: seen, expr });
    }
    (defaults, above)
}

/// Puts the projection that supplies defaults on a relation that joins scalar aggregates' rows.
pub(super) fn default_calls(calls: &mut [AggregateCall], fresh: &mut Fresh) -> Vec<Named> {
    with_defaults(calls, fresh).1
}

fn value_over_no_rows(function: &str) -> Option<Value> {
    matches!(function, "count" | "$count_star" | "countif" | "approx_count_distinct")
        .then_some(Value::Int64(0))
}

/// Takes apart `inner = outer`, either way around.
fn equality(condition: &Expr, outer: &HashSet<ColumnId>) -> Option<(Expr, Expr)> {
    let Some(("$equal", [a, b])) = as_call(condition) else { return None };
    let is_outer = |expr: &Expr| {
        let columns = expr.columns();
        !columns.is_empty() && columns.is_subset(outer)
    };
    let is_inner = |expr: &Expr| {
        let columns = expr.columns();
        !columns.is_empty() && columns.is_disjoint(outer)
    };
    if is_inner(a) && is_outer(b) {
        Some((a.clone(), b.clone()))
    } else if is_inner(b) && is_outer(a) {
        Some((b.clone(), a.clone()))
    } else {
        None
    }
}

/// A scalar aggregate by group, joined to the rows it belongs to.
fn scalar_aggregate(join: Join, pulled: Pulled) -> Relation {
    let mut columns: Vec<Named> =
        join.left.columns().into_iter().map(|c| Named { expr: column(&c), column: c }).collect();
    columns.extend(pulled.above.into_iter().flatten());
    // Each group is one row, so the left join finds one or none.
    let joined = Join { kind: JoinKind::Left, right: pulled.relation, on: pulled.conditions, ..join };
    Relation::Project { input: Box::new(Relation::Join(Box::new(joined))), columns }
}
