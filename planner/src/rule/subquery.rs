//! Subqueries in expressions become joins of the relation that the expression stands in.
//!
//! EXISTS and IN as conjuncts of a filter become semi and anti joins; elsewhere (under OR, in a select
//! list) they become mark joins, whose BOOL column stands for them. A scalar subquery becomes a join that
//! adds its one value. Correlated ones make dependent joins, and [`super::decorrelate`] removes those at once,
//! innermost first.

use std::collections::HashSet;

use canopy_format::{DataType, Value};

use super::decorrelate;
use super::predicate::{as_call, column, conjuncts, equal, filter, if_null};
use crate::algebra::{
    Aggregate, AggregateCall, Expr, Join, JoinKind, Query, Relation, SortKey, Subquery, SubqueryKind,
};
use crate::error::{PlanError, Result};
use crate::optimizer::Fresh;

/// Replaces every subquery of the query, and every dependent join.
pub(crate) fn apply(query: &mut Query, fresh: &mut Fresh) -> Result<()> {
    rewrite(&mut query.relation, fresh)
}

fn rewrite(relation: &mut Relation, fresh: &mut Fresh) -> Result<()> {
    for input in relation.inputs_mut() {
        rewrite(input, fresh)?;
    }
    if matches!(relation, Relation::Join(join) if join.dependent) {
        let Relation::Join(join) = relation.take() else { return Ok(()) };
        *relation = decorrelate::eliminate(*join, fresh)?;
    }
    if !relation.exprs().into_iter().any(Expr::has_subquery) {
        return Ok(());
    }
    match relation {
        Relation::Filter { input, predicate } => {
            let mut input = input.take();
            let mut rest = Vec::new();
            for conjunct in conjuncts(predicate.take()) {
                input = conjunct_into(conjunct, input, &mut rest, fresh)?;
            }
            *relation = filter(input, rest);
        }
        Relation::Join(join) if join.kind == JoinKind::Inner => {
            let (with, without) = std::mem::take(&mut join.on).into_iter().partition(Expr::has_subquery);
            join.on = without;
            *relation = filter(relation.take(), with);
            return rewrite_expressions_only(relation, fresh);
        }
        Relation::Join(join) => on_outer_join(join, fresh)?,
        _ => {
            let mut input = match relation.inputs_mut().as_mut_slice() {
                [input] => input.take(),
                _ => return Err(PlanError::Unsupported("a subquery in this place".into())),
            };
            for expr in relation.exprs_mut() {
                input = extract(expr, input, fresh)?;
            }
            if let [place] = relation.inputs_mut().as_mut_slice() {
                **place = input;
            }
        }
    }
    Ok(())
}

/// A filter whose input is rewritten already.
fn rewrite_expressions_only(relation: &mut Relation, fresh: &mut Fresh) -> Result<()> {
    let Relation::Filter { input, predicate } = relation else { return Ok(()) };
    let mut input = input.take();
    let mut rest = Vec::new();
    for conjunct in conjuncts(predicate.take()) {
        input = conjunct_into(conjunct, input, &mut rest, fresh)?;
    }
    *relation = filter(input, rest);
    Ok(())
}

/// A subquery in the ON clause of an outer join is computed on the side that it refers to.
fn on_outer_join(join: &mut Join, fresh: &mut Fresh) -> Result<()> {
    let left: HashSet<_> = join.left.columns().into_iter().map(|c| c.id).collect();
    let right: HashSet<_> = join.right.columns().into_iter().map(|c| c.id).collect();
    for conjunct in &mut join.on {
        if !conjunct.has_subquery() {
            continue;
        }
        let used = conjunct.columns();
        let side = match (used.is_disjoint(&left), used.is_disjoint(&right)) {
            (_, true) => &mut join.left,
            (true, _) => &mut join.right,
            _ => {
                return Err(PlanError::Unsupported(
                    "a subquery in the ON clause of an outer join that refers to both sides".into(),
                ));
            }
        };
        let input = side.take();
        *side = extract(conjunct, input, fresh)?;
    }
    Ok(())
}

/// Joins a conjunct's subqueries to the input; what is left of the conjunct goes to `rest`.
fn conjunct_into(
    mut conjunct: Expr,
    input: Relation,
    rest: &mut Vec<Expr>,
    fresh: &mut Fresh,
) -> Result<Relation> {
    let negated = matches!(as_call(&conjunct), Some(("$not", [Expr::Subquery(_)])));
    let subquery = match &mut conjunct {
        Expr::Subquery(subquery) => Some(subquery),
        Expr::Call { arguments, .. } if negated => match arguments.as_mut_slice() {
            [Expr::Subquery(subquery)] => Some(subquery),
            _ => None,
        },
        _ => None,
    };
    let Some(subquery) = subquery else {
        let input = extract(&mut conjunct, input, fresh)?;
        rest.push(conjunct);
        return Ok(input);
    };
    match &mut subquery.kind {
        SubqueryKind::Exists => {
            let kind = if negated { JoinKind::Anti } else { JoinKind::Semi };
            let right = existence(subquery.relation.take(), fresh)?;
            join(kind, input, right, Vec::new(), fresh)
        }
        SubqueryKind::In(operand) => {
            let mut operand = operand.take();
            let input = extract(&mut operand, input, fresh)?;
            let kind = if negated { JoinKind::NullAwareAnti } else { JoinKind::Semi };
            let right = prepared(subquery.relation.take(), fresh)?;
            join(kind, input, right, vec![equal(operand, column(&subquery.output))], fresh)
        }
        SubqueryKind::Scalar | SubqueryKind::Array => {
            let input = extract(&mut conjunct, input, fresh)?;
            rest.push(conjunct);
            Ok(input)
        }
    }
}

/// Joins the subqueries of an expression to the input, leaving columns in their places.
fn extract(expr: &mut Expr, input: Relation, fresh: &mut Fresh) -> Result<Relation> {
    let mut input = input;
    for child in expr.children_mut() {
        input = extract(child, input, fresh)?;
    }
    if !matches!(expr, Expr::Subquery(_)) {
        return Ok(input);
    }
    let Expr::Subquery(subquery) = expr.take() else { return Ok(input) };
    let Subquery { kind, relation, data_type, output } = *subquery;
    match kind {
        SubqueryKind::Scalar => {
            *expr = column(&output);
            let right = prepared(relation, fresh)?;
            scalar(input, right, fresh)
        }
        SubqueryKind::Array => {
            let relation = prepared(relation, fresh)?;
            let (right, array) = collected(relation, &output, &data_type, fresh);
            *expr = if_null(array, Expr::Literal(Value::Array(Vec::new()), data_type));
            scalar(input, right, fresh)
        }
        SubqueryKind::Exists => {
            let right = existence(relation, fresh)?;
            mark(expr, input, right, Vec::new(), false, fresh)
        }
        SubqueryKind::In(operand) => {
            let right = prepared(relation, fresh)?;
            let on = vec![equal(*operand, column(&output))];
            mark(expr, input, right, on, true, fresh)
        }
    }
}

/// A subquery's relation with its own subqueries replaced.
fn prepared(mut relation: Relation, fresh: &mut Fresh) -> Result<Relation> {
    rewrite(&mut relation, fresh)?;
    Ok(relation)
}

/// A relation of which only matters whether it has rows: columns, order and a limit mean nothing.
fn existence(relation: Relation, fresh: &mut Fresh) -> Result<Relation> {
    let mut relation = prepared(relation, fresh)?;
    loop {
        relation = match relation {
            Relation::Project { input, .. } | Relation::Sort { input, .. } => *input,
            Relation::Limit { input, limit, offset: 0 } if limit != Some(0) => *input,
            other => return Ok(other),
        };
    }
}

fn join(
    kind: JoinKind,
    left: Relation,
    right: Relation,
    on: Vec<Expr>,
    fresh: &mut Fresh,
) -> Result<Relation> {
    let join = Join { kind, left, right, on, mark: None, null_aware: false, dependent: true };
    decorrelate::eliminate(join, fresh)
}

fn mark(
    expr: &mut Expr,
    left: Relation,
    right: Relation,
    on: Vec<Expr>,
    null_aware: bool,
    fresh: &mut Fresh,
) -> Result<Relation> {
    let mark = fresh.ids.column("mark", DataType::Bool);
    *expr = column(&mark);
    let join = Join { kind: JoinKind::Mark, left, right, on, mark: Some(mark), null_aware, dependent: true };
    decorrelate::eliminate(join, fresh)
}

/// Adds the one row of a scalar subquery.
fn scalar(left: Relation, right: Relation, fresh: &mut Fresh) -> Result<Relation> {
    let kind = if has_one_row(&right) { JoinKind::Left } else { JoinKind::Single };
    if right.free_columns().is_empty() {
        let right = match kind {
            JoinKind::Left => right,
            _ => Relation::SingleRow(Box::new(right)),
        };
        return join(JoinKind::Inner, left, right, Vec::new(), fresh);
    }
    join(kind, left, right, Vec::new(), fresh)
}

/// True for relations that surely have exactly one row.
pub(super) fn has_one_row(relation: &Relation) -> bool {
    match relation {
        Relation::Aggregate(aggregate) => aggregate.keys.is_empty(),
        Relation::Project { input, .. }
        | Relation::Sort { input, .. }
        | Relation::RowNumber { input, .. } => has_one_row(input),
        Relation::Window(window) => has_one_row(&window.input),
        Relation::SingleRow(_) => true,
        Relation::Values { rows, .. } => rows.len() == 1,
        Relation::Join(join) => {
            matches!(join.kind, JoinKind::Inner | JoinKind::Left)
                && join.on.is_empty()
                && has_one_row(&join.left)
                && has_one_row(&join.right)
        }
        _ => false,
    }
}

/// ARRAY(SELECT ...): an aggregate of one row, and its array; NULL for no rows.
fn collected(
    relation: Relation,
    output: &crate::algebra::Column,
    data_type: &DataType,
    fresh: &mut Fresh,
) -> (Relation, Expr) {
    let (input, argument, order_by) = ordered_values(relation, output);
    let array = fresh.ids.column("array", data_type.clone());
    let call = AggregateCall { order_by, ..AggregateCall::new(array.clone(), "array_agg", vec![argument]) };
    let aggregate = Aggregate { input, keys: Vec::new(), calls: vec![call] };
    (Relation::Aggregate(Box::new(aggregate)), column(&array))
}

/// The input of ARRAY's aggregate, the value, and the order that the query asked for.
fn ordered_values(relation: Relation, output: &crate::algebra::Column) -> (Relation, Expr, Vec<SortKey>) {
    match relation {
        Relation::Sort { input, keys } => (*input, column(output), keys),
        Relation::Limit { input, limit, offset } if matches!(*input, Relation::Sort { .. }) => {
            let keys = match &*input {
                Relation::Sort { keys, .. } => keys.clone(),
                _ => Vec::new(),
            };
            (Relation::Limit { input, limit, offset }, column(output), keys)
        }
        Relation::Project { input, columns }
            if matches!(*input, Relation::Sort { .. } | Relation::Limit { .. }) =>
        {
            match columns.iter().find(|named| named.column.id == output.id) {
                Some(named) => {
                    let value = named.expr.clone();
                    let (input, _, keys) = ordered_values(*input, output);
                    (input, value, keys)
                }
                None => (Relation::Project { input, columns }, column(output), Vec::new()),
            }
        }
        other => (other, column(output), Vec::new()),
    }
}
