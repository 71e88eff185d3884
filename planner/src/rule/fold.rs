//! Constants are computed and predicates simplified: by Boolean algebra under three-valued logic, and by
//! running the executor's own functions on literals. A constant that fails to compute stays as it is: the
//! error belongs to the rows that need it, and there may be none.

use canopy_format::{DataType, Value};

use super::predicate::{as_call, boolean, call, conjunction, conjuncts, disjunction, disjuncts};
use crate::algebra::{Expr, Query, Relation};
use crate::error::Result;
use crate::optimizer::Fresh;

/// Simplifies every expression of the query.
pub(crate) fn apply(query: &mut Query, fresh: &mut Fresh) -> Result<()> {
    rewrite(&mut query.relation, fresh);
    Ok(())
}

fn rewrite(relation: &mut Relation, fresh: &mut Fresh) {
    relation.inputs_mut().into_iter().for_each(|input| rewrite(input, fresh));
    for expr in relation.exprs_mut() {
        simplify(expr, fresh);
    }
    if let Relation::Filter { input, predicate } = relation {
        match predicate {
            Expr::Literal(Value::Bool(true), _) => *relation = input.take(),
            // FALSE and NULL let nothing through.
            Expr::Literal(..) => {
                *relation = Relation::Values { columns: relation.columns(), rows: Vec::new() };
            }
            _ => {}
        }
    }
    if let Relation::Join(join) = relation {
        join.on = std::mem::take(&mut join.on).into_iter().flat_map(conjuncts).collect();
    }
}

fn simplify(expr: &mut Expr, fresh: &mut Fresh) {
    expr.children_mut().into_iter().for_each(|child| simplify(child, fresh));
    if let Expr::Subquery(subquery) = expr {
        rewrite(&mut subquery.relation, fresh);
        return;
    }
    if is_over_literals(expr) {
        if let Some(value) = fresh.fold(expr) {
            *expr = Expr::Literal(value, expr.data_type().clone());
        }
        return;
    }
    let simpler = match as_call(expr) {
        Some(("$and", _)) => Some(and(expr.clone())),
        Some(("$or", _)) => Some(or(expr.clone())),
        Some(("$not", [inner])) => negated(inner),
        Some(("$in", [value, only])) => {
            Some(call("$equal", vec![value.clone(), only.clone()], DataType::Bool))
        }
        Some(("$equal", [inner, Expr::Literal(Value::Bool(true), _)])) => Some(inner.clone()),
        Some(("if", [Expr::Literal(condition, _), yes, no])) => {
            Some(if *condition == Value::Bool(true) { yes.clone() } else { no.clone() })
        }
        _ => None,
    };
    if let Some(simpler) = simpler {
        *expr = simpler;
    }
}

/// A call or cast of literals only, worth running now.
fn is_over_literals(expr: &Expr) -> bool {
    let literal = |child: &&Expr| matches!(child, Expr::Literal(..));
    match expr {
        // What a list or record of constants would be is what it is: folding gains nothing.
        Expr::Call { function, .. } if matches!(&**function, "$array" | "$struct") => false,
        Expr::Call { .. } | Expr::Cast { .. } | Expr::Field { .. } => expr.children().iter().all(literal),
        _ => false,
    }
}

fn and(expr: Expr) -> Expr {
    let mut kept: Vec<Expr> = Vec::new();
    for conjunct in conjuncts(expr) {
        if conjunct == boolean(false) {
            return conjunct;
        }
        if !kept.contains(&conjunct) {
            kept.push(conjunct);
        }
    }
    conjunction(kept).unwrap_or_else(|| boolean(true))
}

fn or(expr: Expr) -> Expr {
    let mut kept: Vec<Expr> = Vec::new();
    for alternative in disjuncts(expr) {
        if alternative == boolean(true) {
            return alternative;
        }
        if alternative != boolean(false) && !kept.contains(&alternative) {
            kept.push(alternative);
        }
    }
    disjunction(kept)
}

/// NOT moved into what it negates, where that is shorter. NaN compares FALSE with everything, so
/// comparisons of floats keep their NOT.
fn negated(inner: &Expr) -> Option<Expr> {
    let (function, arguments) = as_call(inner)?;
    let flipped = match function {
        "$not" => return arguments.first().cloned(),
        "$equal" => "$not_equal",
        "$not_equal" => "$equal",
        "$less" => "$greater_or_equal",
        "$less_or_equal" => "$greater",
        "$greater" => "$less_or_equal",
        "$greater_or_equal" => "$less",
        "$is_null" => "$is_not_null",
        "$is_not_null" => "$is_null",
        _ => return None,
    };
    let exact = matches!(function, "$is_null" | "$is_not_null" | "$equal" | "$not_equal")
        || arguments.iter().all(|argument| is_totally_ordered(argument.data_type()));
    exact.then(|| call(flipped, arguments.to_vec(), DataType::Bool))
}

fn is_totally_ordered(data_type: &DataType) -> bool {
    data_type.is_scalar() && *data_type != DataType::Float64
}
