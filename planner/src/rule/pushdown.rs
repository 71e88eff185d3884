//! Predicates move down: through projections, joins, groups and unions into the scans. On the way ORs are
//! factored, predicates are derived over equal columns, and outer joins become inner ones where they can.

use std::collections::{HashMap, HashSet};

use super::predicate::{conjuncts, filter, is_deterministic};
use super::{factor, outer_join, transitive};
use crate::algebra::{ColumnId, Expr, Join, JoinKind, Query, Relation, SetOperator};
use crate::error::Result;
use crate::optimizer::Fresh;

/// Moves every predicate as far down as it may stand.
pub(crate) fn apply(query: &mut Query, _: &mut Fresh) -> Result<()> {
    let relation = query.relation.take();
    query.relation = push(relation, Vec::new());
    Ok(())
}

fn ids(relation: &Relation) -> HashSet<ColumnId> {
    relation.columns().into_iter().map(|column| column.id).collect()
}

/// Splits predicates into those over these columns alone, and others.
fn split(predicates: Vec<Expr>, columns: &HashSet<ColumnId>) -> (Vec<Expr>, Vec<Expr>) {
    predicates.into_iter().partition(|e| e.columns().is_subset(columns) && is_deterministic(e))
}

/// Returns the relation's rows for which the predicates hold.
fn push(relation: Relation, mut predicates: Vec<Expr>) -> Relation {
    match relation {
        Relation::Filter { input, predicate } => {
            predicates.extend(factor::factor(predicate));
            push(*input, predicates)
        }
        Relation::Scan(mut scan) => {
            let (own, rest) = split(predicates, &ids(&Relation::Scan(scan.clone())));
            for predicate in own.into_iter().flat_map(conjuncts) {
                if !scan.predicates.contains(&predicate) {
                    scan.predicates.push(predicate);
                }
            }
            filter(Relation::Scan(scan), rest)
        }
        Relation::Project { input, columns } => {
            let map: HashMap<ColumnId, Expr> =
                columns.iter().map(|named| (named.column.id, named.expr.clone())).collect();
            let repeatable: HashSet<ColumnId> = columns
                .iter()
                .filter(|named| is_deterministic(&named.expr))
                .map(|named| named.column.id)
                .collect();
            let (mut down, rest) = split(predicates, &repeatable);
            down.iter_mut().for_each(|predicate| predicate.substitute(&map));
            let input = Box::new(push(*input, down));
            filter(Relation::Project { input, columns }, rest)
        }
        Relation::Join(join) => push_join(*join, predicates),
        Relation::Unnest(mut unnest) => {
            let (down, rest) = split(predicates, &ids(&unnest.input));
            unnest.input = push(unnest.input.take(), down);
            filter(Relation::Unnest(unnest), rest)
        }
        Relation::Aggregate(mut aggregate) => {
            let keys: HashMap<ColumnId, Expr> =
                aggregate.keys.iter().map(|key| (key.column.id, key.expr.clone())).collect();
            // Without keys there is a row even for no input: nothing may be taken from below it.
            let columns =
                if aggregate.keys.is_empty() { HashSet::new() } else { keys.keys().copied().collect() };
            let constant = |e: &Expr| e.columns().is_empty();
            let (mut down, mut rest) = split(predicates, &columns);
            if aggregate.keys.is_empty() {
                rest.extend(down.drain(..).filter(constant));
            }
            down.iter_mut().for_each(|predicate| predicate.substitute(&keys));
            aggregate.input = push(aggregate.input.take(), down);
            filter(Relation::Aggregate(aggregate), rest)
        }
        Relation::Window(mut window) => {
            // Whole partitions may go before the window is computed; single rows may not.
            let keys = window.partition_by.iter().filter_map(Expr::as_column).collect();
            let (down, rest) = split(predicates, &keys);
            window.input = push(window.input.take(), down);
            filter(Relation::Window(window), rest)
        }
        Relation::Sort { input, keys } => Relation::Sort { input: Box::new(push(*input, predicates)), keys },
        Relation::With { id, definition, body } => Relation::With {
            id,
            definition: Box::new(push(*definition, Vec::new())),
            body: Box::new(push(*body, predicates)),
        },
        Relation::SetOperation(mut operation) if operation.operator == SetOperator::UnionAll => {
            let (down, rest) = predicates.into_iter().partition::<Vec<Expr>, _>(is_deterministic);
            let inputs = std::mem::take(&mut operation.inputs);
            for (input, ids) in inputs.into_iter().zip(&operation.input_columns) {
                let sources = operation.columns.iter().zip(ids);
                let map: HashMap<ColumnId, Expr> = sources
                    .map(|(column, id)| {
                        (column.id, Expr::Column(crate::algebra::Column { id: *id, ..column.clone() }))
                    })
                    .collect();
                let mut own = down.clone();
                own.iter_mut().for_each(|predicate| predicate.substitute(&map));
                operation.inputs.push(push(input, own));
            }
            filter(Relation::SetOperation(operation), rest)
        }
        mut other => {
            for input in other.inputs_mut() {
                let below = input.take();
                *input = push(below, Vec::new());
            }
            filter(other, predicates)
        }
    }
}

fn push_join(mut join: Join, predicates: Vec<Expr>) -> Relation {
    let predicates: Vec<Expr> = predicates.into_iter().flat_map(factor::factor).collect();
    join.on = std::mem::take(&mut join.on).into_iter().flat_map(factor::factor).collect();
    let (left, right) = (ids(&join.left), ids(&join.right));
    join.kind = outer_join::simplified(join.kind, &predicates, &left, &right);
    match join.kind {
        JoinKind::Inner => push_inner(join, predicates),
        JoinKind::Left | JoinKind::Single => {
            let (down, rest) = split(predicates, &left);
            let (mut to_right, on) = split(join.on, &right);
            let mut all = on.clone();
            all.extend(down.iter().cloned());
            to_right.extend(implied(&all, &left, &right));
            join.on = on;
            filter(rebuilt(join, down, to_right), rest)
        }
        JoinKind::Right => {
            let (down, rest) = split(predicates, &right);
            let (to_left, on) = split(join.on, &left);
            join.on = on;
            filter(rebuilt(join, to_left, down), rest)
        }
        JoinKind::Full => filter(rebuilt(join, Vec::new(), Vec::new()), predicates),
        JoinKind::Semi => {
            let (mut to_left, rest) = split(predicates, &left);
            let (own, on) = split(join.on, &left);
            to_left.extend(own);
            let (mut to_right, on) = split(on, &right);
            let mut all = on.clone();
            all.extend(to_left.iter().cloned());
            to_right.extend(implied(&all, &left, &right));
            join.on = on;
            filter(rebuilt(join, to_left, to_right), rest)
        }
        JoinKind::Anti => {
            let (to_left, rest) = split(predicates, &left);
            let (mut to_right, on) = split(join.on, &right);
            let mut all = on.clone();
            all.extend(to_left.iter().cloned());
            to_right.extend(implied(&all, &left, &right));
            join.on = on;
            filter(rebuilt(join, to_left, to_right), rest)
        }
        JoinKind::NullAwareAnti => {
            let (to_left, rest) = split(predicates, &left);
            filter(rebuilt(join, to_left, Vec::new()), rest)
        }
        JoinKind::Mark => push_mark(join, predicates, &left, &right),
    }
}

/// Conditions of the right side decide whether there is a match; in IN's NULL rules they would decide more.
fn push_mark(
    mut join: Join,
    predicates: Vec<Expr>,
    left: &HashSet<ColumnId>,
    right: &HashSet<ColumnId>,
) -> Relation {
    let (to_left, rest) = split(predicates, left);
    let to_right = if join.null_aware {
        Vec::new()
    } else {
        let (to_right, on) = split(std::mem::take(&mut join.on), right);
        join.on = on;
        to_right
    };
    filter(rebuilt(join, to_left, to_right), rest)
}

fn rebuilt(mut join: Join, to_left: Vec<Expr>, to_right: Vec<Expr>) -> Relation {
    join.left = push(join.left, to_left);
    join.right = push(join.right, to_right);
    Relation::Join(Box::new(join))
}

/// What the conjuncts that hold of matching rows tell of the right side alone.
fn implied(conjuncts: &[Expr], left: &HashSet<ColumnId>, right: &HashSet<ColumnId>) -> Vec<Expr> {
    let input_of = left.iter().map(|id| (*id, 0)).chain(right.iter().map(|id| (*id, 1))).collect();
    let mut all = conjuncts.to_vec();
    let known = all.len();
    transitive::derive(&mut all, &input_of);
    let derived = conjuncts.iter().filter_map(|e| factor::derive(e, right));
    all.split_off(known).into_iter().filter(|e| e.columns().is_subset(right)).chain(derived).collect()
}

/// All inner joins below are one: their conjuncts are gathered, then dealt out to the inputs.
fn push_inner(join: Join, predicates: Vec<Expr>) -> Relation {
    let mut inputs = Vec::new();
    let mut all = predicates;
    flatten(Relation::Join(Box::new(join)), &mut inputs, &mut all);
    let columns: Vec<HashSet<ColumnId>> = inputs.iter().map(ids).collect();
    let mut input_of = HashMap::new();
    for (index, columns) in columns.iter().enumerate() {
        input_of.extend(columns.iter().map(|id| (*id, index)));
    }
    transitive::derive(&mut all, &input_of);
    let mut down: Vec<Vec<Expr>> = vec![Vec::new(); inputs.len()];
    let mut rest = Vec::new();
    for conjunct in all {
        let used = conjunct.columns();
        let single = columns.iter().position(|columns| used.is_subset(columns));
        match single {
            Some(input) if is_deterministic(&conjunct) => down[input].push(conjunct),
            _ => {
                for (input, columns) in columns.iter().enumerate() {
                    if let Some(derived) = factor::derive(&conjunct, columns)
                        && !down[input].contains(&derived)
                    {
                        down[input].push(derived);
                    }
                }
                rest.push(conjunct);
            }
        }
    }
    let pushed = inputs.into_iter().zip(down).map(|(input, down)| push(input, down)).collect();
    left_deep(pushed, rest)
}

/// Gathers the inputs and conjuncts of a tree of inner joins.
pub(crate) fn flatten(relation: Relation, inputs: &mut Vec<Relation>, all: &mut Vec<Expr>) {
    match relation {
        Relation::Join(join) if join.kind == JoinKind::Inner && !join.dependent => {
            all.extend(join.on.into_iter().flat_map(factor::factor));
            flatten(join.left, inputs, all);
            flatten(join.right, inputs, all);
        }
        Relation::Filter { input, predicate } if is_inner(&input) => {
            all.extend(factor::factor(predicate));
            flatten(*input, inputs, all);
        }
        other => inputs.push(other),
    }
}

fn is_inner(relation: &Relation) -> bool {
    match relation {
        Relation::Join(join) => join.kind == JoinKind::Inner && !join.dependent,
        Relation::Filter { input, .. } => is_inner(input),
        _ => false,
    }
}

/// Joins the inputs one after another, each conjunct where its columns first meet.
pub(crate) fn left_deep(inputs: Vec<Relation>, mut conjuncts: Vec<Expr>) -> Relation {
    let mut inputs = inputs.into_iter();
    let Some(mut left) = inputs.next() else { return Relation::one_row() };
    for right in inputs {
        let mut columns = ids(&left);
        columns.extend(ids(&right));
        let (on, rest) = split(conjuncts, &columns);
        conjuncts = rest;
        left = inner(left, right, on);
    }
    filter(left, conjuncts)
}

/// Returns an inner join.
pub(crate) fn inner(left: Relation, right: Relation, on: Vec<Expr>) -> Relation {
    let kind = JoinKind::Inner;
    Relation::Join(Box::new(Join { kind, left, right, on, mark: None, null_aware: false, dependent: false }))
}
